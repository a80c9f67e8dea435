"""Well-known mail providers: the server that sends for an address, and how a program logs in there. Pure.

As mail programs are set up for them, and as others wrote in 2026. None of it was tried against the servers. A person
who knows better names another server.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Provider", "provider_of"]


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider."""

    name: str
    #: The server, without a user. "" if it takes no passwords from programs.
    smtp: str
    #: How to get a password that a program can use.
    advice: str


_APP = "{name} wants an app password: a password for this program alone. Make one at {page}."
_TWO_STEPS = _APP.replace("Make", "Turn on two-step verification, then make")
_OWN = "{name} takes the password of the mailbox{also}."


def _app(name: str, smtp: str, page: str, *, two_steps: bool = True) -> Provider:
    return Provider(name, smtp, (_TWO_STEPS if two_steps else _APP).format(name=name, page=page))


def _own(name: str, smtp: str, also: str = "") -> Provider:
    return Provider(name, smtp, _OWN.format(name=name, also=also))


_GMX_SWITCH = ". In its settings, allow sending by other programs first (POP3/IMAP)"
_MICROSOFT = Provider(
    "Outlook.com",
    "",
    "Outlook.com takes no passwords from programs any more. Let another account send: "
    "--smtp smtp+starttls://user@mail.example.org:587 --from user@example.org",
)

_PROVIDERS: dict[str, Provider] = {
    **dict.fromkeys(
        ("gmail.com", "googlemail.com"),
        _app("Gmail", "smtp+starttls://smtp.gmail.com:587", "https://myaccount.google.com/apppasswords"),
    ),
    **dict.fromkeys(("outlook.com", "hotmail.com", "live.com", "msn.com", "outlook.de", "hotmail.de"), _MICROSOFT),
    **dict.fromkeys(
        ("icloud.com", "me.com", "mac.com"),
        _app("iCloud Mail", "smtp+starttls://smtp.mail.me.com:587", "https://account.apple.com"),
    ),
    **dict.fromkeys(
        ("yahoo.com", "yahoo.de", "yahoo.co.uk", "yahoo.fr", "ymail.com"),
        _app("Yahoo Mail", "smtps://smtp.mail.yahoo.com:465", "https://login.yahoo.com/account/security"),
    ),
    "aol.com": _app("AOL Mail", "smtps://smtp.aol.com:465", "https://login.aol.com/account/security"),
    **dict.fromkeys(
        ("fastmail.com", "fastmail.fm"),
        _app(
            "Fastmail",
            "smtps://smtp.fastmail.com:465",
            "Settings, Privacy & Security, on fastmail.com",
            two_steps=False,
        ),
    ),
    **dict.fromkeys(
        ("zoho.com", "zohomail.com"),
        _app("Zoho Mail", "smtps://smtp.zoho.com:465", "https://accounts.zoho.com/home#security"),
    ),
    **dict.fromkeys(
        ("gmx.net", "gmx.de", "gmx.at", "gmx.ch"), _own("GMX", "smtp+starttls://mail.gmx.net:587", _GMX_SWITCH)
    ),
    "gmx.com": _own("GMX", "smtp+starttls://mail.gmx.com:587", _GMX_SWITCH),
    "web.de": _own("WEB.DE", "smtp+starttls://smtp.web.de:587", _GMX_SWITCH),
    "mailbox.org": _own("mailbox.org", "smtps://smtp.mailbox.org:465", ", or an app password"),
    **dict.fromkeys(("posteo.de", "posteo.net", "posteo.org"), _own("Posteo", "smtps://posteo.de:465")),
}


def provider_of(address: str) -> Provider | None:
    """Return the provider of a mail address by its domain. None if it is not known."""
    return _PROVIDERS.get(address.rpartition("@")[2].lower())
