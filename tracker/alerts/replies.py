"""What an answer of a mail server or a webhook means: whose fault it is, and whether it will pass. Pure.

Sources: RFC 5321 (replies of SMTP, section 4.2), RFC 3463 (enhanced status codes), RFC 4954 (logins), RFC 3207
(STARTTLS), RFC 5248 and RFC 7505 (codes registered later), RFC 7504 (521 and 556), RFC 9110 (HTTP), Standard Webhooks
1.0.0 (only 2xx is success, 410 ends it). "Permanent" and "transient" in those mean lasting and passing here.

    address   one recipient cannot be reached        lasting: muted, and the owner is told. passing: tried again
    server    the other side is in trouble           the message waits, and is never given up while nothing gets through
    us        our settings do not suit it            as for the server; lasting: the owner is told at once
    content   this message is not wanted             lasting: the message is dead, the channel goes on

docs/reference/delivery.md shows the tables below, written by docs/generate.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

__all__ = [
    "BASIC",
    "CONNECTION",
    "ENHANCED",
    "HTTP",
    "STEPS",
    "Fault",
    "Row",
    "Step",
    "Verdict",
    "http_verdict",
    "smtp_verdict",
]

Fault = Literal["address", "server", "us", "content"]
Step = Literal["greeting", "EHLO", "STARTTLS", "AUTH", "MAIL FROM", "RCPT TO", "DATA", "message"]
STEPS: tuple[Step, ...] = ("greeting", "EHLO", "STARTTLS", "AUTH", "MAIL FROM", "RCPT TO", "DATA", "message")
"""The steps of a mail; `message` is the end of the mail itself, the final dot."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`why` completes "because …". `sure`: False when an address is gone only if that is said again a day later.

    `split`: not these recipients are refused but so many at once. `closes`: nothing more is wanted at all.
    """

    fault: Fault
    lasting: bool
    why: str
    sure: bool = True
    split: bool = False
    closes: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table. `code`: digits, with `x` for any. `steps`: () for every step."""

    code: str
    verdict: Verdict
    steps: tuple[Step, ...] = ()
    policy: bool = False
    """Only where the text speaks of policy, relaying, logins or reputation."""


def _address(why: str, *, sure: bool = True) -> Verdict:
    return Verdict("address", True, why, sure=sure)


def _full(why: str) -> Verdict:
    return Verdict("address", False, why)


def _server(why: str, *, lasting: bool = False) -> Verdict:
    return Verdict("server", lasting, why)


def _us(why: str) -> Verdict:
    return Verdict("us", True, why)


def _content(why: str) -> Verdict:
    return Verdict("content", True, why)


_MANY = Verdict("server", False, "it takes fewer recipients at once", split=True)
_POLICY = "its policy does not let us send this"
_NO_MAIL_SERVER = "it did not answer as a mail server does"

ENHANCED: tuple[Row, ...] = (
    Row("x.1.0", _address("something is wrong with the address", sure=False)),
    Row("x.1.1", _address("it has no such mailbox")),
    # A name server in trouble makes a domain look as if it were not there.
    Row("x.1.2", _address("the domain of the address is not there", sure=False)),
    Row("x.1.3", _address("the address is written wrongly")),
    Row("x.1.4", _address("the address may be one of several", sure=False)),
    Row("x.1.6", _address("the mailbox has moved")),
    Row("x.1.7", _us("the sender's address (from) is written wrongly")),
    Row("x.1.8", _us("the domain of the sender (from) takes no mail")),
    Row("x.1.10", _address("the domain of the address takes no mail")),
    Row("x.2.0", _address("something is wrong with the mailbox", sure=False)),
    Row("x.2.1", _address("the mailbox is disabled")),
    Row("x.2.2", _full("the mailbox is full")),
    Row("x.2.3", _content("the mail is too long for the mailbox")),
    Row("x.2.4", _full("the list behind the address cannot be read now")),
    Row("x.3.3", _us("it cannot do what our mails need")),
    Row("x.3.4", _content("the mail is too big for it")),
    Row("x.3.x", _server("its mail system is in trouble", lasting=True)),
    Row("x.4.x", _server("it cannot reach the place where the mail goes", lasting=True)),
    Row("x.5.3", _MANY),
    Row("x.5.x", _us("it does not understand what we say to it")),
    Row("x.6.x", _content("it cannot take what the mail holds")),
    Row("x.7.x", _us(_POLICY)),
)
"""By subject and detail, as RFC 3463 has them. With class 4 the same, and passing. What is not here says nothing."""

_LOGIN = _us("it wants a login, or another one")
_UNCLEAR = _address("it does not take mail for this address", sure=False)

BASIC: tuple[Row, ...] = (
    Row("421", _server("it closes the connection for now")),
    Row("432", _us("the password must be changed there first"), ("AUTH",)),
    Row("454", _server("TLS is not available now"), ("STARTTLS",)),
    Row("454", _server("logins are not available now"), ("AUTH",)),
    Row("521", _server("it takes no mail at all", lasting=True)),
    Row("523", _us("it wants an encrypted connection")),
    Row("524", _us("it wants an encrypted connection")),
    Row("525", _us("the account of the login is disabled")),
    Row("530", _us("it wants a login or TLS first")),
    Row("534", _us("it wants a stronger way to log in")),
    Row("535", _LOGIN),
    Row("538", _us("it wants an encrypted connection for the login")),
    Row("5xx", _LOGIN, ("AUTH",)),
    Row("450", _server("the mailbox is busy, or it makes newcomers wait"), ("RCPT TO",)),
    Row("452", _MANY, ("RCPT TO",)),
    Row("552", _MANY, ("RCPT TO",)),
    Row("55x", _us(_POLICY), ("RCPT TO",), policy=True),
    Row("550", _UNCLEAR, ("RCPT TO",)),
    Row("551", _address("the mailbox is not there", sure=False), ("RCPT TO",)),
    Row("553", _address("it does not allow this address", sure=False), ("RCPT TO",)),
    Row("556", _address("the domain of the address takes no mail"), ("RCPT TO",)),
    Row("554", _us(_POLICY), ("RCPT TO",)),
    Row("552", _content("the mail is too big for it"), ("MAIL FROM", "DATA", "message")),
    Row("55x", _us("it does not take mail from this sender (from)"), ("MAIL FROM",)),
    Row("55x", _us("it refuses the mail as a whole, for a reason of its own"), ("message",)),
    Row("500", _us("it does not understand what we say to it")),
    Row("501", _us("it does not understand what we say to it")),
    Row("502", _us("it does not know what we ask for")),
    Row("503", _us("it expects something else first, such as a login")),
    Row("504", _us("it does not know what we ask for")),
    Row("555", _us("it does not understand what we say to it")),
    Row("4xx", _server("it cannot do that now")),
    Row("5xx", _server("it does not serve us", lasting=True)),
)
"""By the three digits, for an answer without an enhanced code, or with x.0.0. The first row that fits counts."""

_RECEIVER = "it does not take what we send there"
HTTP: tuple[Row, ...] = (
    Row("1xx", _server("it gave no final answer")),
    Row("3xx", _us("redirects are not followed")),
    Row("401", _us("it does not know us: the address or the secret is wrong")),
    Row("403", _us("it does not let us in: the address or the secret is wrong")),
    Row("404", _us("nothing is there: the address is wrong, or the receiver is not up yet")),
    Row("407", _us("something in between wants a login")),
    Row("408", _server("it waited too long for us")),
    Row("409", _server("it is busy with the same")),
    Row("410", Verdict("server", True, "it wants no more", closes=True)),
    Row("413", _content("the message is too big for it")),
    Row("421", _server("it does not answer for that name now")),
    Row("425", _server("it wants it a little later")),
    Row("429", _server("it wants fewer at a time")),
    Row("451", _server("it must not take it, by law", lasting=True)),
    Row("4xx", _us(_RECEIVER)),
    Row("501", _server("it cannot do what we ask for", lasting=True)),
    Row("505", _server("it cannot do what we ask for", lasting=True)),
    Row("511", _us("the network wants a login")),
    Row("5xx", _server("it is in trouble")),
)
"""By the status of an answer; 2xx is success. 413 with a Retry-After is the server's, and passes."""

CONNECTION: dict[str, Verdict] = {
    "unreachable": _server("no connection"),
    "cut": _server("the connection ended"),
    "late": _server("out of time"),
    "protocol": _server("what came was no answer"),
    "certificate": _us("its certificate is not trusted"),
    "tls": _us("there is no TLS"),
    "missing": _us("what was asked for is not offered"),
    "proxy": _us("the proxy lets nothing through"),
}
"""What there is when nothing was answered."""

_CODE = re.compile(r"\s*([45])\.(\d{1,3})\.(\d{1,3})(?!\d)")
_OF_POLICY = re.compile(
    r"relay|policy|polic(e|ies)|spam|block|blacklist|listed|reputation|access denied|permi(t|ssion)|prohibit|forbid"
    r"|authenti|log.?in|spf|dkim|dmarc|\brate\b|too many|sender|\bclient\b|\bhelo\b|\bip\b|try again|later|rcpthosts",
    re.IGNORECASE,
)
_MAY_BE_CONTENT: tuple[Step, ...] = ("MAIL FROM", "RCPT TO", "DATA", "message")


def smtp_verdict(step: Step, code: int, text: str) -> Verdict:
    """What a refusal means. `text`: the answer behind its three digits, with an enhanced code in front or without."""
    # Of a login the three digits say more.
    found = (_enhanced(code, text) if step != "AUTH" else None) or _basic(step, code, text)
    if found.split and step != "RCPT TO":
        return _server(found.why)
    if found.fault == "address" and step != "RCPT TO":
        # Of no recipient, or of all: what is said of an address there is the sender's, or the server's own trouble.
        return replace(found, fault="us" if step == "MAIL FROM" else "server", sure=True)
    if found.fault == "content" and step not in _MAY_BE_CONTENT:
        return _server("it does not serve us", lasting=found.lasting)
    return found


def http_verdict(status: int, *, asks_for_pause: bool = False) -> Verdict:
    """What a status other than 2xx means. `asks_for_pause`: it came with a Retry-After."""
    if status == 413 and asks_for_pause:
        return _server("it has no room now")
    for row in HTTP:
        if _fits(row.code, str(status)):
            return row.verdict
    return _server("that is no status of HTTP")


def _enhanced(code: int, text: str) -> Verdict | None:
    found = _CODE.match(text)
    if found is None or found[1] != str(code)[:1]:
        return None
    for row in ENHANCED:
        _, subject, detail = row.code.split(".")
        if subject == str(int(found[2])) and detail in ("x", str(int(found[3]))):
            passing = found[1] == "4"
            return replace(row.verdict, lasting=False) if passing else row.verdict
    return None


def _basic(step: Step, code: int, text: str) -> Verdict:
    for row in BASIC:
        here = _fits(row.code, str(code)) and (not row.steps or step in row.steps)
        if here and (not row.policy or _OF_POLICY.search(text)):
            return row.verdict
    return _server(_NO_MAIL_SERVER)


def _fits(pattern: str, code: str) -> bool:
    return len(pattern) == len(code) and all(it in ("x", digit) for it, digit in zip(pattern, code, strict=True))
