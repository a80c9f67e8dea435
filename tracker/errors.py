"""Everything that can go wrong in `tracker`, as one tree.

    TrialwatchError                     kind, message, subject
    ├── UsageError                      the arguments of a command are wrong                 exit 2
    │   └── SettingsError               a setting or the config file is wrong; names key and line
    ├── UnknownTrial                    nothing is stored or known under this id             exit 4
    ├── NoResults                       this version of the trial reports no results         exit 4
    ├── UnknownMessage                  the outbox has no message under this key             exit 4
    ├── UnknownChange                   there is no change with this id or seq               exit 4
    ├── InvalidTrialId                  not an id of any registry we read                    exit 2
    ├── Busy                            another process holds the poll; names it             exit 1
    ├── Stopped                         the daemon ended because it could not continue       exit 1
    ├── RecordError                     one record cannot be read: quarantined, the poll goes on
    │   ├── Unreadable                  … with the path in the record and what was found there
    │   ├── ReaderFault                 … because our own code fails on it (`tracker.isolation`)
    │   └── UnreadableVersion           … and it is a stored version: names it
    ├── DeliveryError                   one message did not get through its channel
    │   ├── NotDelivered                the server's fault or ours: retried by the schedule; may carry a Retry-After
    │   ├── Undeliverable               this message is not accepted: it is dead, the channel goes on
    │   └── ChannelClosed               the receiver wants no more (410): the channel is disabled
    └── RegistryError                   talking to a registry failed
        ├── Retryable                   may pass by itself: asked again a little later
        │   ├── Unreachable             no connection, no answer, cut off, out of time
        │   ├── ServerTrouble           5xx
        │   └── DamagedAnswer           the answer is not what was asked for (truncated, HTML for JSON …)
        ├── NotBefore                   we must not ask before an instant (Retry-After, open circuit); carries it
        └── Permanent                   asking again the same way is pointless
            ├── Refused                 the question was refused: 4xx, a redirect elsewhere, a bad certificate
            │   └── Blocked             this program or this network was refused, not the question (403, a firewall)
            ├── TooLarge                over a size or depth limit
            └── NotThere                404 or 410 for one id

`storage` has its own tree. `tracker.cli.failures` translates the few of its errors that users meet.
Whether to retry is a property of the error (`retryable`), not of the caller.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

__all__ = [
    "Blocked",
    "Busy",
    "ChannelClosed",
    "DamagedAnswer",
    "DeliveryError",
    "InvalidTrialId",
    "NotBefore",
    "NotDelivered",
    "NotThere",
    "Permanent",
    "ReaderFault",
    "RecordError",
    "Refused",
    "RegistryError",
    "Retryable",
    "ServerTrouble",
    "SettingsError",
    "Stopped",
    "TooLarge",
    "TrialwatchError",
    "Undeliverable",
    "UnknownChange",
    "UnknownMessage",
    "UnknownTrial",
    "Unreachable",
    "Unreadable",
    "UnreadableVersion",
    "UsageError",
]


PauseCause = Literal["", "refused", "asked", "failing"]


class TrialwatchError(Exception):
    """Root of the tree. `subject` is the id, host, file or key it is about. `message` is one plain sentence."""

    kind = "failed"
    exit_code = 1
    retryable = False

    def __init__(self, message: str, *, subject: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.subject = subject


class UsageError(TrialwatchError):
    kind = "usage"
    exit_code = 2


class SettingsError(UsageError):
    kind = "settings"


class InvalidTrialId(UsageError):
    kind = "invalid_id"


class UnknownTrial(TrialwatchError):
    kind = "unknown_trial"
    exit_code = 4


class NoResults(TrialwatchError):
    """A version of a trial reports no results."""

    kind = "no_results"
    exit_code = 4


class UnknownMessage(TrialwatchError):
    kind = "unknown_message"
    exit_code = 4


class UnknownChange(TrialwatchError):
    kind = "unknown_change"
    exit_code = 4


class Busy(TrialwatchError):
    kind = "busy"


class Stopped(TrialwatchError):
    kind = "stopped"


class RecordError(TrialwatchError):
    """One record cannot be read. This never stops a poll: the record is quarantined with this as its reason."""

    kind = "record"


class Unreadable(RecordError):
    """`path` says where in the raw document. `expected` and `found` say what (`found` is a short type or value)."""

    kind = "unreadable"

    def __init__(self, path: str, expected: str, found: str, *, subject: str = "") -> None:
        super().__init__(f"{path}: expected {expected}, found {found}", subject=subject)
        self.path = path


class Unplaceable(RecordError):
    """A record that has no place among the versions of its trial."""

    kind = "unplaceable"


class ReaderFault(RecordError):
    """Our code failed on one record with an error outside our tree. `__cause__` is that error."""

    kind = "reader_fault"


class UnreadableVersion(RecordError):
    """A stored version that this program cannot read. Its document is kept, and can be shown as it came."""

    kind = "unreadable_version"

    def __init__(self, trial: str, version: int, why: str) -> None:
        super().__init__(
            f"Version {version} of {trial} cannot be read by this program: {why.rstrip('.')}. "
            f"Its document is kept: trialwatch show {trial} --version {version} --raw",
            subject=trial,
        )
        self.version = version


class DeliveryError(TrialwatchError):
    """`subject` is the channel. `status` is the answer of the other side (HTTP or SMTP), None if there was none.

    `lasting` means that it will not pass by itself, so the owner is told at once. The message ends with the next step.
    It goes into logs, lists and mails, so it never holds a secret or the path or query of an address.
    """

    kind = "delivery"

    def __init__(
        self,
        message: str,
        *,
        subject: str = "",
        status: int | None = None,
        retry_after: timedelta | None = None,
        lasting: bool = False,
    ) -> None:
        super().__init__(message, subject=subject)
        self.status = status
        self.retry_after = retry_after
        self.lasting = lasting


class NotDelivered(DeliveryError):
    kind = "not_delivered"
    retryable = True


class Undeliverable(DeliveryError):
    kind = "undeliverable"


class ChannelClosed(DeliveryError):
    kind = "channel_closed"


class RegistryError(TrialwatchError):
    """`subject` is the host or the trial id. `url` is the address asked, without a query."""

    kind = "registry"

    def __init__(self, message: str, *, subject: str = "", url: str = "", status: int | None = None) -> None:
        super().__init__(message, subject=subject)
        self.url = url
        self.status = status


class Retryable(RegistryError):
    kind = "registry_retryable"
    retryable = True


class Unreachable(Retryable):
    kind = "registry_unreachable"


class ServerTrouble(Retryable):
    kind = "registry_server"


class DamagedAnswer(Retryable):
    kind = "registry_damaged"


class NotBefore(RegistryError):
    """The host is left alone. `until` is the earliest instant to ask it again.

    `cause`: the host asked for it (`asked`), refused this program or network (`refused`), or keeps failing (`failing`).
    """

    kind = "registry_not_before"

    def __init__(
        self, message: str, *, until: datetime, subject: str = "", url: str = "", cause: PauseCause = "asked"
    ) -> None:
        super().__init__(message, subject=subject, url=url)
        self.until = until
        self.cause = cause


class Permanent(RegistryError):
    kind = "registry_permanent"


class Refused(Permanent):
    kind = "registry_refused"


class Blocked(Refused):
    """A firewall, or the host itself, refused this program or this network. Another question has no better chance."""

    kind = "registry_blocked"


class TooLarge(Permanent):
    kind = "registry_too_large"


class NotThere(Permanent):
    kind = "registry_not_there"
