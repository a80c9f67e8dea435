"""The cookies of one process: kept until it ends, sent only to the host that set them, limited in size and number."""

from __future__ import annotations

from http.cookiejar import Cookie, CookieJar, DefaultCookiePolicy

__all__ = ["MOST_BYTES", "MOST_COOKIES", "kept_cookies"]

MOST_COOKIES = 50
"""RFC 6265 asks a client to keep this many for one domain."""
MOST_BYTES = 4096
"""The size limit of one cookie, name and value together, from the same RFC."""


def kept_cookies() -> CookieJar:
    """Return an empty cookie jar. Session cookies stay until the process ends, and nothing is written to disk."""
    return _BoundedJar(DefaultCookiePolicy(rfc2965=False, strict_ns_domain=DefaultCookiePolicy.DomainStrictNoDots))


class _BoundedJar(CookieJar):
    """Drops cookies that are too large or too many, so that request headers stay small for months."""

    def set_cookie(self, cookie: Cookie) -> None:
        if len(cookie.name) + len(cookie.value or "") > MOST_BYTES:
            return
        super().set_cookie(cookie)
        if len(self) > MOST_COOKIES:
            self.clear(cookie.domain, cookie.path, cookie.name)
