"""The demo's story: what its registry says about each trial, day by day.

`data/NCT*.toml` hold facts, one trial per file, in the registry's v2 shape. `about.facts` names their sources.
`data/story.toml` holds the steps: small edits in time order, with `invented = true` where no source has them. A trial's
first step may rewind its facts to an earlier state, and later steps lead forward again.

If a trial's earlier versions are not available, it appears with the first one that is. `record_on` then returns None
for days on which the real registry already had the trial. Weekends are not special here, but the data avoid them.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final

from tracker.records.json_objects import RawRecord

SEED: Final = "NCT05349331"


@dataclass(frozen=True, slots=True)
class StoryStep:
    """One edit of one trial. `changes` is a JSON merge patch: objects merge, other values replace, None removes."""

    day: date
    trial: str
    note: str
    changes: Mapping[str, Any]
    invented: bool


@dataclass(frozen=True, slots=True)
class Story:
    """Facts by trial, and the steps in time order. Two steps on one day keep their order."""

    facts: Mapping[str, RawRecord]
    steps: tuple[StoryStep, ...]
    opening: date
    quiet: tuple[date, ...] = ()

    def record_on(self, trial: str, day: date) -> RawRecord | None:
        """Return a copy of the whole v2 record on `day`, or None before the trial's first step."""
        states = self._states(trial, day)
        return deepcopy(states[-1]) if states else None

    def versions_on(self, trial: str, day: date) -> list[RawRecord]:
        """Return the protocol sections submitted up to `day`, oldest first.

        Each new submit date is a version. So what the registry does by itself (status UNKNOWN, found papers, the stages
        of a results submission) makes none.
        """
        by_submit_date: dict[str, RawRecord] = {}
        for state in self._states(trial, day):
            protocol = state["protocolSection"]
            by_submit_date.setdefault(protocol["statusModule"]["lastUpdateSubmitDate"], protocol)
        return [deepcopy(protocol) for protocol in by_submit_date.values()]

    def steps_on(self, day: date) -> list[StoryStep]:
        return [step for step in self.steps if step.day == day]

    def days(self) -> list[date]:
        """Return the days to replay: those with a step from the opening on, and the quiet ones."""
        return sorted({step.day for step in self.steps if step.day >= self.opening} | {*self.quiet})

    def _states(self, trial: str, day: date) -> list[RawRecord]:
        """Return the record after each day that changed it, up to `day`. The states share unchanged parts."""
        by_day: dict[date, RawRecord] = {}
        state = self.facts.get(trial, {})
        for step in self.steps:
            if step.trial == trial and step.day <= day:
                state = by_day[step.day] = merged(state, step.changes)
        return list(by_day.values())


def merged(target: Any, patch: Any) -> Any:
    """Return `target` with a JSON merge patch applied (RFC 7396). The arguments are not changed."""
    if not isinstance(patch, Mapping):
        return patch
    result = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def read_story(folder: Traversable) -> Story:
    """Read the story in `folder`: story.toml and one TOML file per trial."""
    document = tomllib.loads((folder / "story.toml").read_text("utf-8"))
    steps = [_step(row, folder) for row in document["step"]]
    facts = {trial: _facts(folder / f"{trial}.toml") for trial in sorted({step.trial for step in steps})}
    in_time = tuple(sorted(steps, key=lambda step: step.day))
    return Story(facts, in_time, opening=document["opening"], quiet=tuple(document["quiet"]))


def _facts(file: Traversable) -> RawRecord:
    record = tomllib.loads(file.read_text("utf-8"))
    del record["about"]
    unwrapped: RawRecord = _unwrapped(record)
    return unwrapped


_WRAP = re.compile(r"(?<!\n)\n(?![\n*\s])")


def _unwrapped(value: Any) -> Any:
    """Return paragraphs without the line breaks of the file. Blank lines and list items keep theirs."""
    if isinstance(value, dict):
        return {key: _unwrapped(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_unwrapped(item) for item in value]
    return _WRAP.sub(" ", value) if isinstance(value, str) else value


def _step(row: Mapping[str, Any], folder: Traversable) -> StoryStep:
    changes: RawRecord = row.get("set", {})
    if "submitted" in row:
        changes = merged(_handed_in(row["submitted"], row["day"]), changes)
    if "results" in row:
        section = json.loads((folder / row["results"]).read_text("utf-8"))
        changes = merged(changes, {"resultsSection": section, "hasResults": True})
    for path in row.get("drop", ()):
        changes = _removing(changes, path)
    return StoryStep(row["day"], row["trial"], row["note"], changes, row["invented"])


def _handed_in(submitted: date, posted: date) -> RawRecord:
    status = {
        "statusVerifiedDate": f"{submitted:%Y-%m}",
        "lastUpdateSubmitDate": submitted.isoformat(),
        "lastUpdatePostDateStruct": {"date": posted.isoformat(), "type": "ACTUAL"},
    }
    return {"protocolSection": {"statusModule": status}}


def _removing(changes: RawRecord, path: str) -> RawRecord:
    """Return `changes` that also remove what the dotted `path` names."""
    head, _, rest = path.partition(".")
    below = _removing(changes.get(head, {}), rest) if rest else None
    return {**changes, head: below}


STORY: Final = read_story(files("tracker.demo") / "data")


def record_on(trial: str, day: date) -> RawRecord | None:
    """Return the demo story's record of `trial` on `day`. See `Story.record_on`."""
    return STORY.record_on(trial, day)


def days() -> list[date]:
    """Return the days of the demo's replay. See `Story.days`."""
    return STORY.days()
