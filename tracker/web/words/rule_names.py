"""The rules on results, by the names that people use."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["LAWS", "rule_name", "short_rule"]

LAWS = frozenset({"fdaaa801", "eu-ctr"})
"""The rules that are laws. The others are asked for."""

_NAMES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "fdaaa801": ("FDAAA 801", "FDAAA 801"),
        "eu-ctr": ("the EU regulation", "EU regulation"),
        "who-2017": ("the WHO statement of 2017", "WHO 2017"),
    }
)


def rule_name(rule: str) -> str:
    """Return the name of a rule within a sentence. A rule that is not known keeps its own."""
    return _NAMES.get(rule, (rule, rule))[0]


def short_rule(rule: str) -> str:
    """Return the name of a rule for a cell of a table."""
    return _NAMES.get(rule, (rule, rule))[1]
