"""The tools there are, each once: its name, what it takes, what it answers, where its rows are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import cleandoc
from types import MappingProxyType
from typing import Any

from tracker.api.base import Shape
from tracker.mcp import tools, wanted
from tracker.mcp.reading import Reading

__all__ = ["TOOLS", "OfferedTool"]


@dataclass(frozen=True, slots=True)
class OfferedTool:
    """One tool. Its description is the docstring of `ask`."""

    title: str
    #: Takes a `Reading` and the arguments.
    ask: Callable[[Reading, Any], Shape]
    arguments: type[wanted.Wanted]
    #: The key of the list that `limit` counts. "" for an answer about one thing.
    rows: str = ""
    #: Other lists that `limit` cuts: name -> the key of its total, and how to ask for the rest.
    totals: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    #: Whether it reads so much that one of them runs at a time.
    is_heavy: bool = False
    #: How to see a text of a row that is cut, for tools that answer no parts.
    whole: str = ""

    @property
    def description(self) -> str:
        return cleandoc(self.ask.__doc__ or "")

    @property
    def in_parts(self) -> bool:
        """Whether a part of the answer can be asked for."""
        return "part" in self.arguments.model_fields


_SHOWN = "Ask get_trial for the trial"
TOOLS: Mapping[str, OfferedTool] = MappingProxyType(
    {
        "search_trials": OfferedTool(
            "Search the stored trials", tools.search_trials, wanted.TrialsWanted, "trials", whole=_SHOWN
        ),
        "get_trial": OfferedTool("Show a trial, now or on a day", tools.get_trial, wanted.TrialWanted),
        "list_changes": OfferedTool("List what changed", tools.list_changes, wanted.ChangesWanted, "changes"),
        "results_state": OfferedTool("Show where results stand", tools.results_state, wanted.ResultsWanted),
        "results_due": OfferedTool(
            "List who owes results",
            tools.results_due,
            wanted.DueWanted,
            "owing",
            totals={"due": ("due_total", "Ask with an earlier `before`, or by tag, rule or sponsor")},
            whole=_SHOWN,
        ),
        "similar_trials": OfferedTool(
            "Find similar trials, and why",
            tools.similar_trials,
            wanted.SimilarWanted,
            "similar",
            is_heavy=True,
            whole=_SHOWN,
        ),
        "reported_results": OfferedTool("Show reported results", tools.reported, wanted.ReportedWanted),
        "compare_outcomes": OfferedTool(
            "Compare registered and reported outcomes", tools.compare_outcomes, wanted.OutcomesWanted
        ),
    }
)
