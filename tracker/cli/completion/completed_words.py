"""The words that a shell may offer for a value. Each function gets what is typed, and returns words with their help.

All of it goes to a shell that may evaluate it (zsh does), and titles come from strangers. So a word with any character
that a shell might obey is left out, and such characters of a help text become blanks.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from tracker.errors import TrialwatchError

__all__ = ["COMPLETERS", "Words", "words_for"]

Words = list[tuple[str, str]]
_SAFE = re.compile(r"[\w.:@/+-]+")
_UNSAFE = re.compile(r"[^\w.,/+-]+")
_LONGEST = 70


def words_for(name: str, typed: str) -> Words:
    """Return the words of one kind that begin with `typed`. Without a store or a readable config, there are none."""
    try:
        found = COMPLETERS[name](typed)
    except (TrialwatchError, OSError, ValueError):
        return []
    return [
        (word, _UNSAFE.sub(" ", about).strip()[:_LONGEST])
        for word, about in found
        if _SAFE.fullmatch(word) and word.startswith(typed)
    ]


def _ids(typed: str) -> Iterable[tuple[str, str]]:
    from storage.watching.known_words import stored_ids  # noqa: PLC0415  (SQLite, for this kind alone)

    store = _store()
    # Ids may be typed in any case. What a shell offers must go on from what is typed.
    found = stored_ids(store, typed.upper()) if store else []
    return [(typed + trial[len(typed) :], title) for trial, title in found]


def _tags(typed: str) -> Iterable[tuple[str, str]]:
    from storage.watching.known_words import stored_tags  # noqa: PLC0415  (as above)

    store = _store()
    return [(tag, "") for tag in (stored_tags(store, typed) if store else ())]


def _store() -> Path | None:
    """Return the file of the store. None if it is on a server: asking that may take longer than a person waits."""
    from tracker.config.read_settings import read_settings  # noqa: PLC0415  (for words of the store and the config alone)

    found = read_settings(os.environ).settings.database
    return found if isinstance(found, Path) else None


def _channels(_typed: str) -> Iterable[tuple[str, str]]:
    from tracker.config.read_settings import read_settings  # noqa: PLC0415  (as above)

    return [(it.name, it.type) for it in read_settings(os.environ).settings.channel]


def _config_keys(_typed: str) -> Iterable[tuple[str, str]]:
    from tracker.config.read_settings import read_settings  # noqa: PLC0415  (as above)
    from tracker.services.config.show import settings_now  # noqa: PLC0415  (as above)

    # The values are not shown: some are secret.
    return [(it.key, "") for it in settings_now(read_settings(os.environ))]


def _kinds(_typed: str) -> Iterable[tuple[str, str]]:
    from tracker.changes.kinds import KINDS  # noqa: PLC0415  (for this kind alone)

    return [(kind, "") for kind in KINDS]


def _fields(_typed: str) -> Iterable[tuple[str, str]]:
    from tracker.changes.fields import FIELDS  # noqa: PLC0415  (for this kind alone)

    return [(row.pattern, row.label) for row in FIELDS if "*" not in row.pattern]


def _rules(_typed: str) -> Iterable[tuple[str, str]]:
    from tracker.results.duties import RULES  # noqa: PLC0415  (for this kind alone)

    return [(name, "") for name in RULES]


COMPLETERS: dict[str, Callable[[str], Iterable[tuple[str, str]]]] = {
    "ids": _ids,
    "tags": _tags,
    "channels": _channels,
    "kinds": _kinds,
    "fields": _fields,
    "rules": _rules,
    "config keys": _config_keys,
}
