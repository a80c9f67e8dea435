"""The analyses of a measure: points with their intervals. Pure.

One small axis for each kind of ratio or difference, because an odds ratio of response and a hazard ratio of death point
in opposite directions. Numbers stand as they were posted. ``NA`` is an open end, explained by the record's own comment.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from tracker.changes.wording.words import count_of, shortened
from tracker.records.results.reported import Analysis, Measure, number_of
from tracker.web.plots.estimates import RATIO, Estimate, estimates, told_sides, valued_sides, within_sentence
from tracker.web.plots.parts.drawing import Plot, PlotTable
from tracker.web.plots.parts.groups import group_names
from tracker.web.plots.parts.interval_rows import IntervalRow, Sides, interval_drawing, scale_of
from tracker.web.plots.parts.words import listing, text_words

__all__ = ["forest"]

_MOST = 40
_TITLE = 90


def forest(measure: Measure, *, plot_id: str = "forest") -> list[Plot]:
    """Return a plot for each kind of estimate among the analyses of a measure. Empty if no analysis has a number."""
    found = estimates(measure)
    return [
        _forest(measure, name, same, f"{plot_id}-{number}" if len(found) > 1 else plot_id)
        for number, (name, same) in enumerate(found.items(), 1)
    ]


def _forest(measure: Measure, name: str, same: Sequence[Estimate], plot_id: str) -> Plot:
    shown = same[:_MOST]
    shared = _shared(shown, measure) if len(shown) > 1 else None
    rows = [_analysis_row(it, measure, name, shared) for it in shown]
    ratio, sides = same[0].kind == RATIO, _sides(same, measure)
    neutral = same[0].neutral
    drawings = [
        interval_drawing(
            rows,
            scale_of(rows, ratio=ratio, zero=neutral == 0, most=6 if wide else 4),
            wide=wide,
            reference=neutral,
            sides=sides,
            unit="",
        )
        for wide in (True, False)
    ]
    return Plot(
        id=plot_id,
        title=_forest_title(measure, name, same),
        description=f"{name}{', logarithmic scale' if ratio else ''}: {listing([_said(row) for row in rows])}.",
        wide=drawings[0],
        narrow=drawings[1],
        table=_analysis_table(measure, name, same),
        note=" ".join([*_with(shared, measure), *_forest_note(same, sides, left=len(same) - len(shown))]),
    )


def _said(row: IntervalRow) -> str:
    return f"{row.name} {row.words}".strip()


def _forest_title(measure: Measure, name: str, same: Sequence[Estimate]) -> str:
    title = shortened(text_words(measure.title), _TITLE)
    if len(same) == 1:
        return f"{title}: {within_sentence(name)} {text_words(same[0].analysis.estimate_value)}"
    low, high = (pick(same, key=lambda it: it.value).analysis.estimate_value for pick in (min, max))
    return f"{title}: {within_sentence(name)}, {len(same)} analyses, {text_words(low)} to {text_words(high)}"


def _shared(same: Sequence[Estimate], measure: Measure) -> set[str]:
    """Return the groups that are in every analysis, if each analysis has another one beside them."""
    groups = [set(it.analysis.groups) & set(measure.groups) for it in same]
    common = set.intersection(*groups)
    return common if len(same) > 1 and len(common) == 1 and all(len(it) > 1 for it in groups) else set()


def _compared(analysis: Analysis, measure: Measure, room: int, but: Collection[str] = ()) -> str:
    """Return the groups of an analysis. The registry does not say which is compared with which."""
    names = group_names(measure.groups, room)
    return " and ".join(names[key] for key in measure.groups if key in analysis.groups and key not in but)


def _analysis_row(found: Estimate, measure: Measure, name: str, shared: set[str] | None) -> IntervalRow:
    """Return one analysis as a row. `shared` is None if it is the only one: then it is named by its estimate."""
    analysis, words = found.analysis, name
    if shared is not None:
        # Two groups share the room that one may have for itself.
        compared = _compared(analysis, measure, 44 if shared else 20, shared)
        words = compared or text_words(analysis.group_description) or name
    return IntervalRow(
        name=words,
        value=found.value,
        words=_interval_words(analysis.estimate_value, analysis.lower, analysis.upper),
        low=found.low,
        high=found.high,
        open_low=_is_open(analysis.lower),
        open_high=_is_open(analysis.upper),
    )


def _is_open(text: str | None) -> bool:
    """Return whether an end of an interval was posted that is no number, such as ``NA``."""
    return bool(text and text.strip()) and number_of(text) is None


def _interval_words(value: str | None, low: str | None, high: str | None) -> str:
    """Return a value with its interval as posted: ``0.57 (0.37 to 0.90)``."""
    around = f" ({text_words(low) or 'not given'} to {text_words(high) or 'not given'})" if low or high else ""
    return f"{text_words(value)}{around}"


def _sides(same: Sequence[Estimate], measure: Measure) -> Sides | None:
    """Return whom the sides favour, if all analyses that say so agree; else which group's values are higher there."""
    told = {sides for it in same if (sides := told_sides(it))}
    if same[0].neutral is None or len(told) > 1:
        return None
    if told:
        left, right = told.pop()
        return Sides(f"favours {left}" if left else "", f"favours {right}" if right else "")
    valued = {valued_sides(it, measure) for it in same}
    if len(valued) != 1 or (keys := valued.pop()) is None:
        return None
    names, more = group_names(measure.groups, 30), "longer" if "hazard" in same[0].name.lower() else "higher"
    return Sides(*(f"{more} with {names[key]}" for key in keys))


def _with(shared: set[str] | None, measure: Measure) -> list[str]:
    return [f"Each with {text_words(measure.groups[key].title)}." for key in shared or ()]


def _forest_note(same: Sequence[Estimate], sides: Sides | None, left: int) -> list[str]:
    said = []
    percents = {it.analysis.interval_percent for it in same if it.low is not None or it.high is not None}
    if len(percents) == 1 and (percent := text_words(percents.pop())):
        said.append(f"Lines are {percent} % confidence intervals.")
    if len(same) == 1:
        p_value = text_words(same[0].analysis.p_value)
        said.append(
            f"p {p_value if p_value[:1] in '<>=≤≥' else f'= {p_value}'}." if p_value else "No p-value was reported."
        )
    if same[0].neutral is not None and (sides is None or not (sides.left + sides.right).startswith("favours")):
        said.append("The record does not say which side favours which group.")
    if any(_is_open(end) for it in same for end in (it.analysis.lower, it.analysis.upper)):
        said.append("An arrow is an end without a number.")
    said += _comments(comment for it in same for comment in (it.analysis.lower_comment, it.analysis.upper_comment))
    said += [f"{count_of(left, 'more analysis', 'more analyses')} in the table."] if left else []
    return said


def _comments(comments: Iterable[str | None]) -> list[str]:
    found = dict.fromkeys(text for comment in comments if (text := text_words(comment)))
    return [f"The record: “{shortened(text, 200)}”" for text in list(found)[:3]]


def _analysis_table(measure: Measure, name: str, same: Sequence[Estimate]) -> PlotTable:
    rows = tuple(
        (
            _compared(it.analysis, measure, 200) or text_words(it.analysis.group_description) or name,
            text_words(it.analysis.estimate_value),
            _ends(it.analysis.lower, it.analysis.upper),
            text_words(it.analysis.interval_percent) and f"{text_words(it.analysis.interval_percent)} %",
            text_words(it.analysis.p_value) or "not reported",
        )
        for it in same
    )
    caption = f"Analyses of {text_words(measure.title)}"
    return PlotTable(("Groups", name, "Interval", "Confidence", "p"), rows, caption, (1,))


def _ends(low: str | None, high: str | None) -> str:
    return f"{text_words(low) or 'not given'} to {text_words(high) or 'not given'}" if low or high else "not given"
