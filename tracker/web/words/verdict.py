"""Where the results of a trial stand, in the two sentences that its page begins with. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from storage.values.states import ResultsState
from tracker.api.results import Duty, TrialResults
from tracker.changes.wording.days import day_words
from tracker.changes.wording.words import at_start, count_of
from tracker.records.dates import earliest
from tracker.web.words.rule_names import LAWS, rule_name

__all__ = ["Verdict", "verdict"]


class Verdict(NamedTuple):
    """`state` and `late` choose the colour: `late` holds days past the day of a law. `why` may be empty."""

    state: str | None
    late: int | None
    say: str
    why: Sequence[str]


def verdict(results: TrialResults, today: date) -> Verdict:
    """Return what a reader wants to know first: are there results, since when, and if not, until when or how late."""
    state = results.state
    lates = [it.days_late for it in results.duties if _is_law(it) and it.standing is False and it.days_late]
    overdue = max(lates, default=None)
    if state == ResultsState.POSTED:
        return Verdict(state, None, _posted(results), [*_rounds(results), *_asked(results, today)])
    if results.vanished:
        say = f"Results were submitted, and since {day_words(results.vanished)} the registry lists none of it."
        return Verdict(state, overdue, say, _asked(results, today))
    if state == ResultsState.SUBMITTED:
        say = f"Results were submitted{_on(_last(results, 'submitted'))} and are in quality control."
        return Verdict(state, None, say, [*_since(results, "at the registry"), *_asked(results, today)])
    if state == ResultsState.RETURNED:
        say = (
            f"Quality control sent the results back{_on(_last(results, 'returned'))}. The sponsor has to correct them."
        )
        return Verdict(state, None, say, [*_since(results, "at the sponsor"), *_asked(results, today)])
    if state is None:
        return Verdict(state, None, "The source does not tell whether results were submitted.", _asked(results, today))
    begun = ""
    if state == ResultsState.CANCELLED:
        begun = f"The submission of the results was cancelled{_on(_last(results, 'cancelled'))}. "
    return Verdict(state, overdue, f"{begun}{_missing(results, today)}", _asked(results, today))


def _missing(results: TrialResults, today: date) -> str:
    """Return how late results are, or until when they are due: by a law first, then by who else asks."""
    surely = [it for it in results.duties if it.applies and it.due]
    laws = [it for it in surely if _is_law(it)] or surely
    first = min(laws, key=lambda it: str(it.due), default=None)
    if first is None or first.due is None:
        asked = [it for it in results.duties if it.due and it.applies is None]
        if asked:
            asking = min(asked, key=lambda it: str(it.due))
            verb = "asks" if asking.asked_by else "may ask"
            return f"No results are there. {at_start(_name(asking))} {verb} for them by {day_words(asking.due)}."
        return "No results are there, and no rule that is known here asks for them by a day."
    day = date.fromisoformat(first.due)
    if first.days_late:
        by_whom = f"{at_start(_name(first))} asked for them by {day_words(first.due)}."
        return f"Results are {count_of(first.days_late, 'day')} late. {by_whom}"
    if day < today:
        return f"Results were due on {day_words(first.due)}. They count as late only after some days of grace."
    if day == today:
        return f"Results are due today, by {_name(first)}."
    return f"Results are due in {count_of((day - today).days, 'day')}, on {day_words(first.due)}, by {_name(first)}."


def _posted(results: TrialResults) -> str:
    said = f"Results were posted{_on(_last(results, 'posted'))}."
    sent = next((it.date for it in results.cycle if it.event == "submitted" and it.date), None)
    due = min((it.due for it in results.duties if it.applies and it.due), default=None)
    if sent is None or due is None:
        return said
    days = _days(sent, due)
    if days is None:
        return said
    when = "on the day they were due"
    if days:
        when = f"{count_of(abs(days), 'day')} {'before' if days > 0 else 'after'} they were due"
    return f"{said} The sponsor first sent them {when}."


def _rounds(results: TrialResults) -> list[str]:
    """Return how the results went through quality control."""
    returned = sum(it.event == "returned" for it in results.cycle)
    found = []
    if returned:
        times = {1: "once", 2: "twice"}.get(returned, f"{returned:,} times")
        found.append(f"Quality control sent them back {times}.")
    days = [it.date for it in results.cycle if it.event in ("submitted", "posted") and it.date]
    if len(days) > 1 and (passed := _days(days[0], days[-1])) is not None:
        found.append(f"From first submission to posting: {count_of(passed, 'day')}.")
    return found


def _since(results: TrialResults, where: str) -> list[str]:
    days = results.days_in_state
    if days is None:
        return []
    return [f"They have been {where} for {count_of(days, 'day')}." if days else f"They are {where} since today."]


def _asked(results: TrialResults, today: date) -> list[str]:
    """Return one sentence for each rule that asks, or may ask, for these results."""
    found = []
    for it in results.duties:
        if it.applies and it.due:
            past = "asked" if it.due < today.isoformat() else "asks"
            found.append(f"{at_start(_name(it))} {past} for them by {day_words(it.due)}.")
        elif it.applies is None and it.due and not it.asked_by:
            found.append(f"If {_name(it)} applies, which the record cannot tell, the day is {day_words(it.due)}.")
    quiet = [_name(it) for it in results.duties if it.applies is False]
    if quiet:
        found.append(f"{at_start(_joined(quiet))} {'does' if len(quiet) == 1 else 'do'} not apply.")
    return found


def _joined(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _name(duty: Duty) -> str:
    return rule_name(duty.rule)


def _is_law(duty: Duty) -> bool:
    return bool(duty.applies) and duty.rule in LAWS


def _days(start: str, end: str) -> int | None:
    """Return the days between two dates. None if one of them is unknown. A month counts as its first day."""
    days = earliest(start), earliest(end)
    return None if days[0] is None or days[1] is None else (days[1] - days[0]).days


def _last(results: TrialResults, event: str) -> str | None:
    return next((it.date for it in reversed(results.cycle) if it.event == event), None)


def _on(day: str | None) -> str:
    return f" on {day_words(day)}" if day else ""
