"""Groups and interventions of a trial page: items whose lines follow each other without a mark between them. Pure.

    name, description, "Intervention Type" CODE                       in the section Interventions
    name, description, "Group Type" CODE, then for each intervention
    name, "Intervention Type" CODE, description                       in the section Study Groups

After an intervention's type, some lines are its description and others begin the next group. Only the section
Interventions shows which: there each description comes before its type.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tracker.records.maps import by_arm, by_intervention
from tracker.records.text import fold
from tracker.records.trial import Arm, Intervention
from tracker.registries.trialpage.labels import NO_INTERVENTIONS
from tracker.registries.trialpage.outline import LabelledLine
from tracker.registries.trialpage.page_values import blocks, code, text_of

__all__ = ["read_arms", "read_interventions"]

Sections = Mapping[str, tuple[LabelledLine, ...]]
_GROUP, _INTERVENTION = "Group Type", "Intervention Type"


def read_interventions(sections: Sections) -> dict[str, Intervention]:
    """Return the interventions, each with the groups that get it."""
    found = [
        Intervention(texts[0], code(kind), _joined(texts[1:]))
        for texts, kind in blocks(sections.get("Interventions", ()), _INTERVENTION)
        if texts
    ]
    groups = list(_groups(sections.get("Study Groups", ()), {fold(item.description or "") for item in found}))
    return by_intervention(
        Intervention(item.name, item.type, item.description, _getting(item, groups)) for item in found
    )


def _getting(item: Intervention, groups: Sequence[tuple[Arm, list[tuple[str, str]]]]) -> tuple[str, ...]:
    return tuple(sorted(arm.label for arm, given in groups if any(fold(name) == fold(item.name) for name, _ in given)))


def read_arms(sections: Sections, interventions: Mapping[str, Intervention]) -> dict[str, Arm]:
    known = {fold(item.description or "") for item in interventions.values()}
    return by_arm(arm for arm, _ in _groups(sections.get("Study Groups", ()), known))


def _groups(lines: Sequence[LabelledLine], known: set[str]) -> Iterator[tuple[Arm, list[tuple[str, str]]]]:
    """Yield each group, with the names and types of its interventions. `known`: descriptions of interventions."""
    for texts, kind, given in _cut(lines, known):
        names = tuple(sorted(f"{code_words(type_)}: {name}" if type_ else name for name, type_ in given))
        yield Arm(texts[0] if texts else "", code(kind), _joined(texts[1:]), names), given


def code_words(type_: str) -> str:
    """``DIETARY_SUPPLEMENT`` -> ``Dietary Supplement``, as the registry writes it before a name."""
    return type_.replace("_", " ").title()


def _cut(labelled: Sequence[LabelledLine], known: set[str]) -> Iterator[tuple[list[str], str, list[tuple[str, str]]]]:
    """Yield, for each group, the lines above its type, the type, and the interventions below it."""
    lines: list[str] = []
    group: tuple[list[str], str, list[tuple[str, str]]] | None = None
    for at, item in enumerate(labelled):
        if item.label == _GROUP:
            if group is not None:
                yield group
            group, lines = (lines, _below(labelled, at), []), []
        elif item.label == _INTERVENTION and group is not None and lines:
            group[2].append((lines.pop(), _below(labelled, at)))
            lines = []
        elif not item.label and not _is_taken(labelled, at) and not _is_about_intervention(item.text, known):
            lines.append(item.text.removeprefix("* "))
    if group is not None:
        yield group


def _below(lines: Sequence[LabelledLine], at: int) -> str:
    """Return the value of the label there: beside it, or the line after it."""
    return lines[at].text or (lines[at + 1].text if at + 1 < len(lines) else "")


def _is_taken(lines: Sequence[LabelledLine], at: int) -> bool:
    """Return True if this line is the value of the label above it."""
    return at > 0 and bool(lines[at - 1].label) and not lines[at - 1].text


def _is_about_intervention(text: str, known: set[str]) -> bool:
    return fold(text.removeprefix("* ")) in known or text.casefold().removeprefix("* ").startswith(NO_INTERVENTIONS)


def _joined(texts: Sequence[str]) -> str | None:
    return text_of([LabelledLine("", text) for text in texts])
