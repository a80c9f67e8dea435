"""All commands, in the order of `--help`. A command's module is imported only when the command runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

__all__ = [
    "ALERTS",
    "ALERTS_HELP",
    "COMMANDS",
    "COMPLETE_VARIABLE",
    "CONFIG",
    "CONFIG_HELP",
    "HELP_OPTIONS",
    "SECTIONS",
    "TOKENS",
    "TOKENS_HELP",
    "LazyCommand",
    "command_in",
]

HELP_OPTIONS = {"help_option_names": ["-h", "--help"]}
"""Settings of every command and group."""

COMPLETE_VARIABLE = "_TRIALWATCH_COMPLETE"
"""The environment variable by which a shell asks for completions."""


class LazyCommand(NamedTuple):
    """A command by its name. The `module` in `tracker.cli.commands` offers it as the function `command`."""

    name: str
    module: str
    short_help: str


SECTIONS = {
    "Start": ("init", "demo"),
    "Choose trials": ("watch", "unwatch", "list", "tag", "untag", "note", "similar", "import", "backfill"),
    "Look": ("changes", "show", "history", "diff", "results", "compare", "open"),
    "Check and tell": ("poll", "daemon", "status", "alerts"),
    "Pages": ("serve", "mcp", "tokens"),
    "Share": ("export", "cite", "evidence"),
    "Maintain": ("config", "doctor", "verify", "backup", "restore"),
    "Help": ("help", "version"),
}
"""The commands of `--help` by what they are for. One that is in no section comes last."""

COMMANDS = (
    LazyCommand("init", "init", "Set everything up, in three questions."),
    LazyCommand("demo", "demo", "See an example on built-in data; needs no network."),
    LazyCommand("watch", "watch", "Watch trials from now on."),
    LazyCommand("unwatch", "unwatch", "Stop watching; the history stays."),
    LazyCommand("list", "list", "List the watched trials."),
    LazyCommand("tag", "tag", "Put a tag on trials."),
    LazyCommand("untag", "untag", "Take a tag off trials."),
    LazyCommand("note", "note", "Write a note on a trial, or show its notes."),
    LazyCommand("backfill", "backfill", "Fetch the past of watched trials."),
    LazyCommand("poll", "poll", "Check the watched trials now and record what changed."),
    LazyCommand("status", "status", "Show health; exit 1 if attention is needed."),
    LazyCommand("daemon", "daemon", "Keep checking the trials until stopped."),
    LazyCommand("serve", "serve", "Serve pages, an API, feeds and a calendar."),
    LazyCommand("mcp", "mcp", "Answer an assistant (MCP) about what is stored."),
    LazyCommand("show", "show", "Show a record, now or as it was."),
    LazyCommand("history", "history", "List versions, or follow a field."),
    LazyCommand("diff", "diff", "Compare two versions of a trial."),
    LazyCommand("open", "open", "Open the registry's page of a trial."),
    LazyCommand("cite", "cite", "Print a citation of a version."),
    LazyCommand("compare", "compare", "Compare a saved page with the registry."),
    LazyCommand("changes", "changes", "Show what changed."),
    LazyCommand("results", "results", "Show which results are posted, due or late."),
    LazyCommand("similar", "similar", "Find the trials most like one."),
    LazyCommand("import", "import_", "Import ids, saved records or pages."),
    LazyCommand("export", "export", "Write changes, versions, trials or results as a table."),
    LazyCommand("evidence", "evidence", "Save a change and both records as a zip file."),
    LazyCommand("verify", "verify", "Check that nothing stored was altered."),
    LazyCommand("backup", "backup", "Create a backup (safe while the daemon runs)."),
    LazyCommand("restore", "restore", "Restore a backup."),
    LazyCommand("doctor", "doctor", "Check this installation."),
    LazyCommand("help", "help", "Show the help of a command."),
    LazyCommand("version", "version", "Show the version."),
)

ALERTS_HELP = "Set up and test messages about changes."
ALERTS = (
    LazyCommand("add", "alerts_add", "Be told at a mail address, in a chat, or by a webhook."),
    LazyCommand("check", "alerts_check", "Check channels and rules."),
    LazyCommand("test", "alerts_test", "Send a test message over a channel."),
    LazyCommand("preview", "alerts_preview", "Show what would be sent; send nothing."),
    LazyCommand("outbox", "alerts_outbox", "List messages that wait, were sent or were given up."),
    LazyCommand("retry", "alerts_retry", "Send messages again."),
    LazyCommand("purge", "alerts_purge", "Delete old messages."),
    LazyCommand("mute", "alerts_mute", "Stop sending to a channel or an address."),
)

CONFIG_HELP = "Show, check and change the settings."
CONFIG = (
    LazyCommand("path", "config_path", "Print where the config file is."),
    LazyCommand("show", "config_show", "Show every setting and where its value comes from."),
    LazyCommand("edit", "config_edit", "Edit the config file; it is stored only if it is valid."),
    LazyCommand("check", "config_check", "Check the config file."),
    LazyCommand("set", "config_set", "Change one setting."),
)

TOKENS_HELP = "Make and revoke tokens for pages, API and feeds."
TOKENS = (
    LazyCommand("add", "tokens_add", "Make a token."),
    LazyCommand("list", "tokens_list", "List the tokens by name."),
    LazyCommand("revoke", "tokens_revoke", "Revoke a token."),
)


def command_in(words: Sequence[str]) -> str:
    """Return the command that typed words begin with, such as ``alerts add``. "" if they name none."""
    groups = {"alerts": ALERTS, "config": CONFIG, "tokens": TOKENS}
    first, second = [*words, "", ""][:2]
    if first in groups:
        return f"{first} {second}" if second in {row.name for row in groups[first]} else first
    return first if first in {row.name for row in COMMANDS} else ""
