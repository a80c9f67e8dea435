"""The meaning of each reply of a mail server or a webhook: where the fault lies, and whether it is permanent. Pure.

Sources: RFC 5321 (SMTP replies, section 4.2), RFC 3463 (enhanced status codes), RFC 4954 (logins), RFC 3207 (STARTTLS),
RFC 5248 and RFC 7505 (codes registered later), RFC 7504 (521 and 556), RFC 9110 (HTTP), Standard Webhooks 1.0.0 (only
2xx is success, 410 ends it). Their "permanent" is called lasting here, their "transient" passing.

    address   one recipient cannot be reached       lasting: mute it and notify the owner. passing: try again
    server    the other side is in trouble          the message waits, and is kept while nothing gets through
    us        our settings do not suit the server   as for server. lasting: notify the owner at once
    content   the receiver rejects this message     lasting: the message is dead, the channel goes on

docs/generate.py writes the tables below into docs/reference/delivery.md.
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
    "ReplyRow",
    "ReplyVerdict",
    "Step",
    "http_verdict",
    "smtp_verdict",
]

Fault = Literal["address", "server", "us", "content"]
Step = Literal["greeting", "EHLO", "STARTTLS", "AUTH", "MAIL FROM", "RCPT TO", "DATA", "message"]
STEPS: tuple[Step, ...] = ("greeting", "EHLO", "STARTTLS", "AUTH", "MAIL FROM", "RCPT TO", "DATA", "message")
"""The steps of sending a mail. `message` is the end of the mail itself, the final dot."""


@dataclass(frozen=True, slots=True)
class ReplyVerdict:
    """What one reply means."""

    fault: Fault
    lasting: bool
    #: Completes "because …".
    why: str
    #: False if an address counts as gone only when a second reply, a day later, says the same.
    sure: bool = True
    #: True if the server refuses the number of recipients, not the recipients themselves.
    split: bool = False
    #: True if the receiver wants no more messages at all.
    closes: bool = False


@dataclass(frozen=True, slots=True)
class ReplyRow:
    """One line of a table."""

    #: Digits, with `x` for any digit.
    code: str
    verdict: ReplyVerdict
    #: Steps of the SMTP session it applies to. () means all steps.
    steps: tuple[Step, ...] = ()
    policy: bool = False
    """True if the row applies only to texts about policy, relaying, logins or reputation."""


def _address(why: str, *, sure: bool = True) -> ReplyVerdict:
    return ReplyVerdict("address", True, why, sure=sure)


def _full(why: str) -> ReplyVerdict:
    return ReplyVerdict("address", False, why)


def _server(why: str, *, lasting: bool = False) -> ReplyVerdict:
    return ReplyVerdict("server", lasting, why)


def _us(why: str) -> ReplyVerdict:
    return ReplyVerdict("us", True, why)


def _content(why: str) -> ReplyVerdict:
    return ReplyVerdict("content", True, why)


_MANY = ReplyVerdict("server", False, "it takes fewer recipients at once", split=True)
_POLICY = "its policy does not let us send this"
_NO_MAIL_SERVER = "it did not answer as a mail server does"

ENHANCED: tuple[ReplyRow, ...] = (
    ReplyRow("x.1.0", _address("something is wrong with the address", sure=False)),
    ReplyRow("x.1.1", _address("it has no such mailbox")),
    # When a name server is in trouble, a domain can look as if it did not exist.
    ReplyRow("x.1.2", _address("the domain of the address is not there", sure=False)),
    ReplyRow("x.1.3", _address("the address is written wrongly")),
    ReplyRow("x.1.4", _address("the address may be one of several", sure=False)),
    ReplyRow("x.1.6", _address("the mailbox has moved")),
    ReplyRow("x.1.7", _us("the sender's address (from) is written wrongly")),
    ReplyRow("x.1.8", _us("the domain of the sender (from) takes no mail")),
    ReplyRow("x.1.10", _address("the domain of the address takes no mail")),
    ReplyRow("x.2.0", _address("something is wrong with the mailbox", sure=False)),
    ReplyRow("x.2.1", _address("the mailbox is disabled")),
    ReplyRow("x.2.2", _full("the mailbox is full")),
    ReplyRow("x.2.3", _content("the mail is too long for the mailbox")),
    ReplyRow("x.2.4", _full("the list behind the address cannot be read now")),
    ReplyRow("x.3.3", _us("it cannot do what our mails need")),
    ReplyRow("x.3.4", _content("the mail is too big for it")),
    ReplyRow("x.3.x", _server("its mail system is in trouble", lasting=True)),
    ReplyRow("x.4.x", _server("it cannot reach the place where the mail goes", lasting=True)),
    ReplyRow("x.5.3", _MANY),
    ReplyRow("x.5.x", _us("it does not understand what we say to it")),
    ReplyRow("x.6.x", _content("it cannot take what the mail holds")),
    ReplyRow("x.7.x", _us(_POLICY)),
)
"""By subject and detail, as in RFC 3463. Class 4 means the same, but passing. Codes that are not listed have no meaning
here.
"""

_LOGIN = _us("it wants a login, or another one")
_UNCLEAR = _address("it does not take mail for this address", sure=False)

BASIC: tuple[ReplyRow, ...] = (
    ReplyRow("421", _server("it closes the connection for now")),
    ReplyRow("432", _us("the password must be changed there first"), ("AUTH",)),
    ReplyRow("454", _server("TLS is not available now"), ("STARTTLS",)),
    ReplyRow("454", _server("logins are not available now"), ("AUTH",)),
    ReplyRow("521", _server("it takes no mail at all", lasting=True)),
    ReplyRow("523", _us("it wants an encrypted connection")),
    ReplyRow("524", _us("it wants an encrypted connection")),
    ReplyRow("525", _us("the account of the login is disabled")),
    ReplyRow("530", _us("it wants a login or TLS first")),
    ReplyRow("534", _us("it wants a stronger way to log in")),
    ReplyRow("535", _LOGIN),
    ReplyRow("538", _us("it wants an encrypted connection for the login")),
    ReplyRow("5xx", _LOGIN, ("AUTH",)),
    ReplyRow("450", _server("the mailbox is busy, or it makes newcomers wait"), ("RCPT TO",)),
    ReplyRow("452", _MANY, ("RCPT TO",)),
    ReplyRow("552", _MANY, ("RCPT TO",)),
    ReplyRow("55x", _us(_POLICY), ("RCPT TO",), policy=True),
    ReplyRow("550", _UNCLEAR, ("RCPT TO",)),
    ReplyRow("551", _address("the mailbox is not there", sure=False), ("RCPT TO",)),
    ReplyRow("553", _address("it does not allow this address", sure=False), ("RCPT TO",)),
    ReplyRow("556", _address("the domain of the address takes no mail"), ("RCPT TO",)),
    ReplyRow("554", _us(_POLICY), ("RCPT TO",)),
    ReplyRow("552", _content("the mail is too big for it"), ("MAIL FROM", "DATA", "message")),
    ReplyRow("55x", _us("it does not take mail from this sender (from)"), ("MAIL FROM",)),
    ReplyRow("55x", _us("it refuses the mail as a whole, for a reason of its own"), ("message",)),
    ReplyRow("500", _us("it does not understand what we say to it")),
    ReplyRow("501", _us("it does not understand what we say to it")),
    ReplyRow("502", _us("it does not know what we ask for")),
    ReplyRow("503", _us("it expects something else first, such as a login")),
    ReplyRow("504", _us("it does not know what we ask for")),
    ReplyRow("555", _us("it does not understand what we say to it")),
    ReplyRow("4xx", _server("it cannot do that now")),
    ReplyRow("5xx", _server("it does not serve us", lasting=True)),
)
"""By the three digits, for a reply without an enhanced code, or with x.0.0. The first matching row counts."""

_RECEIVER = "it does not take what we send there"
HTTP: tuple[ReplyRow, ...] = (
    ReplyRow("1xx", _server("it gave no final answer")),
    ReplyRow("3xx", _us("redirects are not followed")),
    ReplyRow("401", _us("it does not know us: the address or the secret is wrong")),
    ReplyRow("403", _us("it does not let us in: the address or the secret is wrong")),
    ReplyRow("404", _us("nothing is there: the address is wrong, or the receiver is not up yet")),
    ReplyRow("407", _us("something in between wants a login")),
    ReplyRow("408", _server("it waited too long for us")),
    ReplyRow("409", _server("it is busy with the same")),
    ReplyRow("410", ReplyVerdict("server", True, "it wants no more", closes=True)),
    ReplyRow("413", _content("the message is too big for it")),
    ReplyRow("421", _server("it does not answer for that name now")),
    ReplyRow("425", _server("it wants it a little later")),
    ReplyRow("429", _server("it wants fewer at a time")),
    ReplyRow("451", _server("it must not take it, by law", lasting=True)),
    ReplyRow("4xx", _us(_RECEIVER)),
    ReplyRow("501", _server("it cannot do what we ask for", lasting=True)),
    ReplyRow("505", _server("it cannot do what we ask for", lasting=True)),
    ReplyRow("511", _us("the network wants a login")),
    ReplyRow("5xx", _server("it is in trouble")),
)
"""By the status of an answer. 2xx is success. 413 with a Retry-After is the server's fault, and passes."""

CONNECTION: dict[str, ReplyVerdict] = {
    "unreachable": _server("no connection"),
    "cut": _server("the connection ended"),
    "late": _server("out of time"),
    "protocol": _server("what came was no answer"),
    "certificate": _us("its certificate is not trusted"),
    "tls": _us("there is no TLS"),
    "missing": _us("what was asked for is not offered"),
    "proxy": _us("the proxy lets nothing through"),
}
"""The meaning of a failure without a reply."""

_CODE = re.compile(r"\s*([45])\.(\d{1,3})\.(\d{1,3})(?!\d)")
_OF_POLICY = re.compile(
    r"relay|policy|polic(e|ies)|spam|block|blacklist|listed|reputation|access denied|permi(t|ssion)|prohibit|forbid"
    r"|authenti|log.?in|spf|dkim|dmarc|\brate\b|too many|sender|\bclient\b|\bhelo\b|\bip\b|try again|later|rcpthosts",
    re.IGNORECASE,
)
_MAY_BE_CONTENT: tuple[Step, ...] = ("MAIL FROM", "RCPT TO", "DATA", "message")


def smtp_verdict(step: Step, code: int, text: str) -> ReplyVerdict:
    """Return the meaning of a refusal. `text` is the reply without its three digits, with or without an
    enhanced code.
    """
    # For logins the three digits say more than the enhanced code.
    found = (_enhanced(code, text) if step != "AUTH" else None) or _basic(step, code, text)
    if found.split and step != "RCPT TO":
        return _server(found.why)
    if found.fault == "address" and step != "RCPT TO":
        # This reply is about no single recipient. A complaint about "the address" then means our sender, or the
        # server's own trouble.
        return replace(found, fault="us" if step == "MAIL FROM" else "server", sure=True)
    if found.fault == "content" and step not in _MAY_BE_CONTENT:
        return _server("it does not serve us", lasting=found.lasting)
    return found


def http_verdict(status: int, *, asks_for_pause: bool = False) -> ReplyVerdict:
    """Return the meaning of a status other than 2xx. `asks_for_pause`: the answer had a Retry-After header."""
    if status == 413 and asks_for_pause:
        return _server("it has no room now")
    for row in HTTP:
        if _fits(row.code, str(status)):
            return row.verdict
    return _server("that is no status of HTTP")


def _enhanced(code: int, text: str) -> ReplyVerdict | None:
    found = _CODE.match(text)
    if found is None or found[1] != str(code)[:1]:
        return None
    for row in ENHANCED:
        _, subject, detail = row.code.split(".")
        if subject == str(int(found[2])) and detail in ("x", str(int(found[3]))):
            passing = found[1] == "4"
            return replace(row.verdict, lasting=False) if passing else row.verdict
    return None


def _basic(step: Step, code: int, text: str) -> ReplyVerdict:
    for row in BASIC:
        here = _fits(row.code, str(code)) and (not row.steps or step in row.steps)
        if here and (not row.policy or _OF_POLICY.search(text)):
            return row.verdict
    return _server(_NO_MAIL_SERVER)


def _fits(pattern: str, code: str) -> bool:
    return len(pattern) == len(code) and all(it in ("x", digit) for it, digit in zip(pattern, code, strict=True))
