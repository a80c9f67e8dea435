"""All commands, in the order of `--help`. A command's module is imported only when the command runs."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ALERTS", "ALERTS_HELP", "COMMANDS", "LazyCommand"]


@dataclass(frozen=True, slots=True)
class LazyCommand:
    """A command by its name. The `module` in `tracker.cli.commands` offers it as the function `command`."""

    name: str
    module: str
    short_help: str


COMMANDS = (
    LazyCommand("demo", "demo", "Play the whole story; needs no network."),
    LazyCommand("watch", "watch", "Watch trials from now on."),
    LazyCommand("unwatch", "unwatch", "Stop watching; the history stays."),
    LazyCommand("list", "list", "List the watched trials."),
    LazyCommand("poll", "poll", "Check the watched trials now and record what changed."),
    LazyCommand("status", "status", "Show health; exit 1 if attention is needed."),
    LazyCommand("daemon", "daemon", "Keep polling in the foreground until stopped."),
    LazyCommand("show", "show", "Show a record, now or as it was."),
    LazyCommand("history", "history", "List versions, or follow a field."),
    LazyCommand("diff", "diff", "Compare two versions of a trial."),
    LazyCommand("compare", "compare", "Compare a saved page with the registry."),
    LazyCommand("changes", "changes", "Show what changed."),
    LazyCommand("results", "results", "Show the state of results and when they are due."),
    LazyCommand("similar", "similar", "Find the trials most like one."),
    LazyCommand("import", "import_", "Import ids, saved records or pages."),
    LazyCommand("export", "export", "Write changes, versions or trials as a table."),
    LazyCommand("evidence", "evidence", "Bundle a change with both records."),
    LazyCommand("verify", "verify", "Check every stored byte."),
    LazyCommand("backup", "backup", "Create a backup (safe while the daemon runs)."),
    LazyCommand("restore", "restore", "Restore a backup."),
    LazyCommand("doctor", "doctor", "Check this installation."),
)

ALERTS_HELP = "Check alert rules and inspect the outbox."
ALERTS = (
    LazyCommand("check", "alerts_check", "Check channels and rules."),
    LazyCommand("test", "alerts_test", "Send a test message over a channel."),
    LazyCommand("preview", "alerts_preview", "Show what would be sent; send nothing."),
    LazyCommand("outbox", "alerts_outbox", "List messages: waiting, sent and dead."),
    LazyCommand("retry", "alerts_retry", "Send messages again."),
    LazyCommand("purge", "alerts_purge", "Delete old messages."),
    LazyCommand("mute", "alerts_mute", "Stop sending to a channel or an address."),
)
