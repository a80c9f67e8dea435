"""Which network addresses the program may dial for a webhook. Pure.

The program runs inside the operator's network, where a webhook receiver has no access. So all addresses but plainly
public ones are refused: private, loopback, link-local, shared, reserved, multicast and documentation ranges. An IPv6
address that contains an IPv4 address is checked for that, too. `ipaddress.is_global` lets several of these pass.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address

__all__ = ["is_public"]

# IANA's special-purpose registries (IPv4 and IPv6, as of 2026), and ranges that were retired since.
_REFUSED_4 = tuple(
    IPv4Network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    )
)
_GLOBAL_6 = IPv6Network("2000::/3")
_REFUSED_6 = tuple(
    IPv6Network(text)
    # 2001::/23 contains Teredo, 2002::/16 is 6to4. Both lead to an IPv4 address in their own way.
    for text in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3ffe::/16", "3fff::/20")
)
_NAT64 = IPv6Network("64:ff9b::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)


def is_public(text: str) -> bool:
    """Return True if an address (as a resolver returns it) is public. Text that is no address, or has a zone,
    is not.
    """
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _REFUSED_4)
    if address.scope_id is not None:
        return False
    inside = IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _NAT64:
        return is_public(str(inside))
    if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP and not is_public(str(inside)):
        return False
    return address in _GLOBAL_6 and not any(address in network for network in _REFUSED_6)
