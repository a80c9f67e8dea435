"""The next step after each kind of trouble with the store. It fits the cause: the driver, the server, the folder."""

from __future__ import annotations

from storage.errors import StorageError, Unavailable, UnavailableCause
from tracker.config.extras import install_extra

__all__ = ["next_step"]

_HOME = "TRIALWATCH_HOME"
_URL = "TRIALWATCH_DATABASE_URL (or database_url in the config file)"
_BY_KIND = {
    "storage_newer_schema": f"Install the newer trialwatch, or name another store with {_HOME}",
    "storage_locked": "Another process is writing; try again in a moment",
    "storage_held": "Try again when it is done",
    "storage_full": "Make room on that disk and run the command again: nothing was half written",
    "storage_replaced": "If the file that is there now is the right one, run the command again; else put the right "
    "one back",
    "storage_damaged": "See all that is wrong: trialwatch verify",
}
_BY_CAUSE: dict[UnavailableCause, str] = {
    "address": f"Correct {_URL}",
    "login": f"Correct the user or the password in {_URL}",
    "database": f"Create it on that server (createdb), or correct the name at the end of {_URL}",
    "host": f"Correct the host in {_URL}",
    "server": f"Start the server, or correct host and port in {_URL}",
    "access": "Let this machine and this user in on that server (pg_hba.conf)",
    "privilege": "Let the owner of that database give this user the right to it (GRANT)",
    "read_only": "If this server is a copy, give the address of the one that takes writes. Otherwise let the database "
    "take them (default_transaction_read_only)",
    "encoding": "Make one that holds all characters: createdb -E UTF8 -T template0 NAME. To move a store there: "
    "trialwatch backup --help",
    "busy": "Try again in a moment, or let the server allow more connections (max_connections)",
    "time": "Try again, or let the server give this user more time (statement_timeout)",
    "folder": f"Set {_HOME} to a folder that this user may write to, or correct TRIALWATCH_DATABASE_URL",
    "file": f"Give this user the right to read and write that file, or name another store with {_HOME}",
    "other": f"Check where the store is ({_HOME}, TRIALWATCH_DATABASE_URL) and who may write there, then: trialwatch "
    "doctor",
}


def next_step(error: StorageError) -> str:
    """Return the next step, with the full stop and the blank before it. "" if the message has it already."""
    if getattr(error, "table", "") == "database":
        return f". Put a backup in its place (trialwatch restore --help), or name another store with {_HOME}"
    if isinstance(error, Unavailable):
        if error.cause == "driver":
            return f". In the folder of Trialwatch's source: {install_extra('postgres')}"
        return f". {_BY_CAUSE[error.cause]}"
    step = _BY_KIND.get(error.kind, "")
    return f". {step}" if step else ""
