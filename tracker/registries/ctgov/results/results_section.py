"""Results at ClinicalTrials.gov: the rounds of a pending submission, certificates of delay, and posted results.

While results are pending, `submissionTracking` (derived section) lists all rounds, including the open one.
`unpostedAnnotation` lists only finished rounds, as single events. On posting both vanish. So the first is read, and the
second only if the first is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from tracker.records.dates import RegistryDate
from tracker.records.results.summary import EventGroup, ResultsSummary
from tracker.records.trial import Delay, Results, Submission
from tracker.registries.ctgov import codes
from tracker.registries.typed_reading import Section
from tracker.results.cycle import ordered, state_of

__all__ = ["read_date", "read_results"]

_ENDS = ("RESET", "UNRELEASE")
_MOST_DIGITS = 12


def read_date(section: Section, name: str) -> RegistryDate | None:
    """Read a ``{date, type}`` structure."""
    part = section.section(name)
    text = part.word("date")
    return RegistryDate(text, part.word("type")) if text else None


def read_results(document: Section, status: Section, digests: Mapping[str, str]) -> Results:
    tracking = document.section("derivedSection").section("miscInfoModule").section("submissionTracking")
    posted = document.section("resultsSection")
    # As for the content hash, an empty section is the same as a missing one.
    has_content = any(path.partition(".")[0] == "resultsSection" for path in digests)
    flagged = document.flag("hasResults")
    rounds = _rounds(document, tracking)
    first_posted = read_date(status, "resultsFirstPostDateStruct")
    # If a copy without results says that it has them, and since when, it was cut short. Nothing was removed.
    stands = has_content or bool(flagged and first_posted)
    if flagged is not None and flagged != has_content:
        document.warnings.add(f"hasResults is {flagged} but resultsSection is {'there' if has_content else 'missing'}")
    return Results(
        state=state_of(rounds, posted=stands),
        first_submitted=status.word("resultsFirstSubmitDate"),
        first_submitted_qc=status.word("resultsFirstSubmitQcDate"),
        first_posted=first_posted,
        waived=status.flag("resultsWaived"),
        estimated_submission=tracking.word("estimatedResultsFirstSubmitDate"),
        posted_with_comments=read_date(tracking.section("firstMcpInfo"), "postDateStruct"),
        submissions=rounds,
        delay=_delay(status),
        summary=_summary(document, posted, digests) if has_content else None,
        claimed=flagged if flagged != stands else None,
        unposted_party=_unposted(document).text("unpostedResponsibleParty"),
    )


def _delay(status: Section) -> Delay | None:
    submitted = status.word("dispFirstSubmitDate")
    posted = read_date(status, "dispFirstPostDateStruct")
    if submitted is None and posted is None:
        return None
    return Delay(submitted, status.word("dispFirstSubmitQcDate"), posted)


def _rounds(document: Section, tracking: Section) -> tuple[Submission, ...]:
    tracked = tracking.each("submissionInfos", _round)
    if tracked:
        return ordered(tracked)
    events = [
        (event.word("date"), event.code("type", codes.UNPOSTED_EVENTS) or "", bool(event.flag("dateUnknown")))
        for event in _unposted(document).sections("unpostedEvents")
    ]
    return _paired(events)


def _unposted(document: Section) -> Section:
    return document.section("annotationSection").section("annotationModule").section("unpostedAnnotation")


def _round(info: Section) -> Submission:
    return Submission(
        submitted=info.word("releaseDate"),
        returned=info.word("resetDate"),
        cancelled=info.word("unreleaseDate"),
        cancelled_unknown=bool(info.flag("unreleaseDateUnknown")),
        posted_with_comments=info.count("mcpReleaseN"),
    )


def _paired(events: Iterable[tuple[str | None, str, bool]]) -> tuple[Submission, ...]:
    """Build rounds from single events: each release with the first end that follows it.

    If another release follows a release, the first must have ended unseen in between. A cancellation without a date
    belongs there.
    """
    listed = list(events)
    releases = sorted(date or "" for date, kind, _ in listed if kind == "RELEASE")
    ends = sorted((date or "", kind) for date, kind, unknown in listed if kind in _ENDS and not unknown)
    unknown_ends = sum(1 for _, kind, unknown in listed if kind in _ENDS and unknown)
    rounds = []
    at = 0
    for position, released in enumerate(releases):
        following = releases[position + 1] if position + 1 < len(releases) else None
        # An end before this release is before all later ones, too.
        while at < len(ends) and ends[at][0] < released:
            at += 1
        if at < len(ends) and (following is None or ends[at][0] <= following):
            rounds.append(_ended(released, *ends[at]))
            at += 1
        # No dated end fits this release. An end without a date can only belong to such a round.
        elif unknown_ends:
            unknown_ends -= 1
            rounds.append(Submission(submitted=released or None, cancelled_unknown=True))
        else:
            rounds.append(Submission(submitted=released or None))
    return tuple(rounds)


def _ended(released: str, date: str, kind: str) -> Submission:
    if kind == "RESET":
        return Submission(submitted=released or None, returned=date)
    return Submission(submitted=released or None, cancelled=date)


def _summary(document: Section, posted: Section, digests: Mapping[str, str]) -> ResultsSummary:
    kinds = [
        measure.word("type") or "" for measure in posted.section("outcomeMeasuresModule").sections("outcomeMeasures")
    ]
    groups = _event_groups(posted.section("adverseEventsModule"))
    alone = groups[0] if len(groups) == 1 else EventGroup()
    return ResultsSummary(
        primary_measures=kinds.count("PRIMARY"),
        secondary_measures=kinds.count("SECONDARY"),
        other_measures=len(kinds) - kinds.count("PRIMARY") - kinds.count("SECONDARY"),
        participants=_started(posted.section("participantFlowModule"), _totals(document, posted)),
        serious_events_affected=alone.serious_affected,
        other_events_affected=alone.other_affected,
        deaths_affected=alone.deaths_affected,
        event_groups=groups,
        modules={
            path.removeprefix("resultsSection."): digest[:16]
            for path, digest in sorted(digests.items())
            if path.startswith("resultsSection.")
        },
    )


def _event_groups(events: Section) -> tuple[EventGroup, ...]:
    """Return the groups by title, because the registry changes their order. They may overlap (a part of the trial, all
    of it).
    """
    found = events.each(
        "eventGroups",
        lambda group: EventGroup(
            title=group.word("title"),
            serious_affected=group.count("seriousNumAffected"),
            serious_at_risk=group.count("seriousNumAtRisk"),
            other_affected=group.count("otherNumAffected"),
            other_at_risk=group.count("otherNumAtRisk"),
            deaths_affected=group.count("deathsNumAffected"),
            deaths_at_risk=group.count("deathsNumAtRisk"),
        ),
    )
    return tuple(sorted(found, key=lambda group: (group.title or "", msgspec.json.encode(group))))


def _totals(document: Section, posted: Section) -> frozenset[int]:
    """Return the numbers of participants reported for all: the count of participants, and the total of the baseline."""
    enrolled = document.section("protocolSection").section("designModule").section("enrollmentInfo")
    found = {enrolled.count("count")} if enrolled.word("type") == "ACTUAL" else set()
    baseline = posted.section("baselineCharacteristicsModule")
    groups = {group.word("id"): group.word("title") for group in baseline.sections("groups")}
    whole = {key for key, title in groups.items() if len(groups) == 1 or (title or "").casefold() == "total"}
    for denominator in baseline.sections("denoms"):
        if (denominator.word("units") or "").casefold() == "participants":
            counts = [count for count in denominator.sections("counts") if count.word("groupId") in whole]
            found |= {_whole(count.word("value") or "") for count in counts}
    return frozenset(number for number in found if number)


def _started(flow: Section, totals: frozenset[int]) -> int | None:
    """Return the number of participants who started, from the period with the highest number (periods have no reliable
    order).

    Several groups are added up only if the sum is reported for all (`totals`), because groups may overlap.
    """
    found: list[list[int]] = []
    for period in flow.sections("periods"):
        for milestone in period.sections("milestones"):
            if milestone.word("type") == "STARTED":
                numbers = [part.word("numSubjects") or "" for part in milestone.sections("achievements")]
                found.append([_whole(number) for number in numbers])
    most = max(found, key=sum, default=[])
    return sum(most) if len(most) == 1 or sum(most) in totals else None


def _whole(text: str) -> int:
    """Return the number. 0 if it is not a number, or has too many digits for a count of people."""
    return int(text) if text.isdecimal() and len(text) <= _MOST_DIGITS else 0
