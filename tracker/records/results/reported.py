"""What a trial reported when its results were posted: flow, baseline, measures, analyses, adverse events.

The record of a trial (`tracker.records.trial`) holds only a summary and a digest of each part. This is the whole of it,
read from the stored document when somebody asks, in one form for all registries.

Values are texts exactly as posted, because ``<0.001`` and ``NA`` are no numbers, and ``1.50`` says more than 1.5.
`number_of` gives the number where there is one. Things are in maps by natural key (`reported_keys`). A map keeps the
registry's order for display. The order never counts when two maps are compared.
`None` means that the source says nothing. It never means zero.
"""

from __future__ import annotations

import re
from math import inf, isfinite

import msgspec

__all__ = [
    "PRIMARY",
    "AdverseEvent",
    "AdverseEvents",
    "Agreement",
    "Analysis",
    "Baseline",
    "Cell",
    "Denominator",
    "EventCount",
    "EventGroupTotals",
    "Flow",
    "FlowCount",
    "LeavingReason",
    "Measure",
    "MeasureClass",
    "Milestone",
    "PValue",
    "Period",
    "PointOfContact",
    "Reported",
    "ReportedGroup",
    "number_of",
    "p_value_of",
]

PRIMARY = "PRIMARY"
_NUMBER = re.compile(r"(?=[+-]?\.?\d)[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?(?:[eE][+-]?\d{1,3})?")
_P_VALUE = re.compile(r"\s*(<=|>=|[<>=≤≥])?\s*(.*)", re.DOTALL)
_LONGEST_NUMBER = 40
_SIGNS = {"≤": "<=", "≥": ">="}


class _Listed(msgspec.Struct, frozen=True, kw_only=True):
    """Something in a list whose places have codes. Two such things are equal if all but their codes are."""

    #: The registry's code for the place in the list, such as ``OG000``. It moves when the list does.
    code: str | None = None

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        names = (name for name in self.__struct_fields__ if name != "code")
        return all(getattr(self, name) == getattr(other, name) for name in names)


class ReportedGroup(_Listed, frozen=True):
    """One group of participants, as one list of groups names it. Equal titles in two lists need not be one group."""

    title: str
    description: str | None = None


class Cell(msgspec.Struct, frozen=True):
    """One value of a table. `value`, `spread`, `lower` and `upper` are as posted."""

    value: str | None = None
    number: float | None = None
    spread: str | None = None
    lower: str | None = None
    upper: str | None = None
    #: The registry's only explanation of a value such as ``NA``.
    comment: str | None = None


class Denominator(msgspec.Struct, frozen=True):
    """How many were analyzed, in one unit: ``Participants``, ``Lesions``. Counts by group, as posted."""

    units: str
    counts: dict[str, str] = {}


class MeasureClass(msgspec.Struct, frozen=True):
    """One row group of a table, such as a visit. `categories` has the titles by key; "" for one without a title."""

    title: str = ""
    categories: dict[str, str] = {}
    #: Its own denominators by unit, if it has any.
    denominators: dict[str, Denominator] = {}


class Analysis(msgspec.Struct, frozen=True):
    """One statistical analysis of a measure. Numbers are texts as posted; `p_value_of` and `number_of` read them."""

    #: Keys of the groups that are compared, as the measure names them.
    groups: tuple[str, ...] = ()
    group_description: str | None = None
    hypothesis: str | None = None
    hypothesis_comment: str | None = None
    method: str | None = None
    method_comment: str | None = None
    p_value: str | None = None
    p_value_number: float | None = None
    p_value_comment: str | None = None
    #: The name of the estimate, such as ``Hazard Ratio (HR)``.
    estimate: str | None = None
    estimate_value: str | None = None
    estimate_number: float | None = None
    estimate_comment: str | None = None
    dispersion: str | None = None
    dispersion_value: str | None = None
    interval_percent: str | None = None
    interval_sides: str | None = None
    lower: str | None = None
    lower_comment: str | None = None
    upper: str | None = None
    upper_comment: str | None = None
    other: str | None = None


class Measure(msgspec.Struct, frozen=True):
    """One table of values: an outcome measure, or a measure of the baseline (without `type`, `time_frame`, `status`).

    `rows` maps class key -> category key -> group key -> cell. A group without a value has no cell.
    """

    title: str
    #: ``PRIMARY``, ``SECONDARY``, ``OTHER_PRE_SPECIFIED``, ``POST_HOC`` or a new word of the registry.
    type: str | None = None
    time_frame: str | None = None
    description: str | None = None
    population: str | None = None
    #: ``POSTED`` or ``NOT_POSTED``.
    status: str | None = None
    #: When a measure that is not posted is expected, as given (``2026-03``). Often missing.
    anticipated_posting: str | None = None
    units: str | None = None
    statistic: str | None = None
    dispersion: str | None = None
    #: What was counted, if not participants.
    units_analyzed: str | None = None
    calculated_percentage: bool = False
    groups: dict[str, ReportedGroup] = {}
    denominators: dict[str, Denominator] = {}
    classes: dict[str, MeasureClass] = {}
    rows: dict[str, dict[str, dict[str, Cell]]] = {}
    analyses: dict[str, Analysis] = {}

    @property
    def is_primary(self) -> bool:
        return self.type == PRIMARY

    @property
    def is_posted(self) -> bool:
        """Whether the measure has results. ``NOT_POSTED`` stands for "not yet"."""
        return self.status != "NOT_POSTED"


class FlowCount(msgspec.Struct, frozen=True):
    """Participants (and other units, if the trial counts them) of one group, as posted."""

    participants: str | None = None
    units: str | None = None
    comment: str | None = None


class Milestone(msgspec.Struct, frozen=True):
    """One point of a period, such as ``STARTED``, with a count for each group."""

    type: str
    comment: str | None = None
    counts: dict[str, FlowCount] = {}


class LeavingReason(msgspec.Struct, frozen=True):
    """One reason for leaving a period, with a count for each group."""

    type: str
    comment: str | None = None
    counts: dict[str, FlowCount] = {}


class Period(msgspec.Struct, frozen=True):
    """One period of the participant flow."""

    title: str
    milestones: dict[str, Milestone] = {}
    reasons: dict[str, LeavingReason] = {}


class Flow(msgspec.Struct, frozen=True):
    """The participant flow: who started, who completed, who left and why."""

    recruitment: str | None = None
    before_assignment: str | None = None
    #: What is counted beside participants.
    units: str | None = None
    groups: dict[str, ReportedGroup] = {}
    periods: dict[str, Period] = {}


class Baseline(msgspec.Struct, frozen=True):
    """Who the participants were. `groups` often holds a total as well, which is no arm."""

    population: str | None = None
    units_analyzed: str | None = None
    groups: dict[str, ReportedGroup] = {}
    denominators: dict[str, Denominator] = {}
    measures: dict[str, Measure] = {}


class EventGroupTotals(_Listed, frozen=True):
    """One group of the adverse events, with its totals: numbers of participants. Groups may overlap."""

    title: str
    description: str | None = None
    deaths_affected: int | None = None
    deaths_at_risk: int | None = None
    serious_affected: int | None = None
    serious_at_risk: int | None = None
    other_affected: int | None = None
    other_at_risk: int | None = None


class EventCount(msgspec.Struct, frozen=True):
    """One term in one group: participants affected and at risk, and the number of events."""

    affected: int | None = None
    at_risk: int | None = None
    events: int | None = None


class AdverseEvent(msgspec.Struct, frozen=True):
    """One adverse event term."""

    serious: bool
    system: str
    term: str
    vocabulary: str | None = None
    assessment: str | None = None
    notes: str | None = None
    counts: dict[str, EventCount] = {}


class AdverseEvents(msgspec.Struct, frozen=True):
    """All adverse events that were reported."""

    time_frame: str | None = None
    description: str | None = None
    deaths_comment: str | None = None
    #: Per cent of a group from which on other events are listed, as posted.
    threshold: str | None = None
    groups: dict[str, EventGroupTotals] = {}
    events: dict[str, AdverseEvent] = {}


class Agreement(msgspec.Struct, frozen=True):
    """What the sponsor and the investigators agreed on publishing the results."""

    investigators_are_employees: bool | None = None
    restrictive: bool | None = None
    restriction: str | None = None
    details: str | None = None


class PointOfContact(msgspec.Struct, frozen=True):
    """Whom to ask about the results. Shown only on request."""

    title: str | None = None
    organization: str | None = None
    email: str | None = None
    phone: str | None = None
    extension: str | None = None


class Reported(msgspec.Struct, frozen=True):
    """Everything that one version of a trial reports as results."""

    flow: Flow = Flow()
    baseline: Baseline = Baseline()
    #: The outcome measures by title.
    measures: dict[str, Measure] = {}
    adverse_events: AdverseEvents = AdverseEvents()
    limitations: str | None = None
    agreement: Agreement | None = None
    contact: PointOfContact | None = None


class PValue(msgspec.Struct, frozen=True):
    """A p-value as a number with its sign: ``<``, ``<=``, ``=``, ``>=`` or ``>``."""

    sign: str
    number: float


def number_of(text: str | None) -> float | None:
    """Return the number that a posted text is, or None. A comma may only separate thousands."""
    if text is None or len(text) > _LONGEST_NUMBER:
        return None
    plain = text.strip().replace("−", "-")
    # At most three digits of an exponent still reach infinity, which is no number anybody posted.
    number = float(plain.replace(",", "")) if _NUMBER.fullmatch(plain) else inf
    return number if isfinite(number) else None


def p_value_of(text: str | None) -> PValue | None:
    """Return a p-value with its sign, or None if the text is not one. ``<.001`` and ``= 0.0927`` are."""
    if text is None:
        return None
    found = _P_VALUE.fullmatch(text)
    number = number_of(found[2]) if found else None
    if found is None or number is None:
        return None
    sign = found[1] or "="
    return PValue(_SIGNS.get(sign, sign), number)
