"""A mail server on a real socket that answers each step as a test says, for any number of mails and transactions."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

from tests.support.channels.smtp_script import ScriptedSmtpServer, Talk

__all__ = ["StepsServer"]


@dataclass
class StepsServer:
    """A mail server.

    `say` maps a step or a recipient's address to the answer instead of yes. `most` is the number of recipients in one
    transaction: the next one gets `too_many`. `mails` has the recipients of each accepted mail. `login` lists the
    methods it offers.
    """

    say: dict[str, str] = field(default_factory=dict)
    most: int = 0
    too_many: str = "452 4.5.3 too many recipients"
    login: bool = False
    starttls: bool = False
    mails: list[tuple[str, ...]] = field(default_factory=list)

    def __enter__(self) -> StepsServer:
        self.raw = ScriptedSmtpServer(self._talk)
        self.raw.__enter__()
        return self

    def __exit__(self, *about: object) -> None:
        self.raw.__exit__(None, None, None)

    @property
    def port(self) -> int:
        return self.raw.port

    @property
    def connections(self) -> int:
        return self.raw.connections

    def _talk(self, talk: Talk) -> None:
        talk.say(self.say.get("greeting", "220 ready"))
        to: list[str] = []
        while line := talk.hear():
            word = line.split(b" ")[0].strip().upper()
            if word == b"QUIT":
                talk.say("221 bye")
                return
            if word in (b"EHLO", b"HELO"):
                more = ["250-AUTH PLAIN"] * self.login + ["250-STARTTLS"] * self.starttls
                talk.say(*([self.say["EHLO"]] if "EHLO" in self.say else ["250-me", *more, "250 OK"]))
            elif word == b"STARTTLS":
                talk.say(self.say.get("STARTTLS", "220 go on"))
            elif word == b"AUTH":
                talk.say(self.say.get("AUTH", "235 welcome"))
            elif word == b"MAIL":
                to = []
                talk.say(self.say.get("MAIL FROM", "250 fine"))
            elif word == b"RCPT":
                talk.say(self._recipient(line, to))
            elif word == b"DATA":
                self._data(talk, to)
            else:
                talk.say("250 fine")

    def _recipient(self, line: bytes, to: list[str]) -> str:
        address = line.decode().partition("<")[2].partition(">")[0]
        answer = self.say.get(address, self.say.get("RCPT TO", "250 fine"))
        if answer.startswith("25") and self.most and len(to) >= self.most:
            return self.too_many
        if answer.startswith("25"):
            to.append(address)
        return answer

    def _data(self, talk: Talk, to: list[str]) -> None:
        if "DATA" in self.say:
            talk.say(self.say["DATA"])
            return
        talk.say("354 go on")
        while talk.hear() not in (b".\r\n", b""):
            pass
        answer = self.say.get("message", "250 kept")
        if answer.startswith("25"):
            self.mails.append(tuple(to))
        talk.say(answer)

    def passwords(self) -> list[bytes]:
        """Return what logins said."""
        lines = [it for it in self.raw.heard if it.upper().startswith(b"AUTH PLAIN ")]
        return [base64.b64decode(it.split(b" ")[2]) for it in lines]
