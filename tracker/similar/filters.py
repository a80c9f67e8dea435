"""Which of the found trials are shown. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from storage.values.states import ResultsState
from tracker.records.trial import TrialRecord

__all__ = ["ALL", "Filters"]


@dataclass(frozen=True, slots=True)
class Filters:
    """Which trials are shown. Codes as the registry writes them; countries in any case. An empty set allows all."""

    statuses: frozenset[str] = frozenset()
    phases: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    has_results: bool = False

    def let(self, record: TrialRecord) -> bool:
        """Whether a trial passes: it has one value of each kind of filter."""
        here = {country.casefold() for country in record.countries}
        return (
            (not self.statuses or record.status in self.statuses)
            and (not self.phases or not self.phases.isdisjoint(record.phases))
            and (not self.countries or not here.isdisjoint(country.casefold() for country in self.countries))
            and (not self.has_results or record.results.state == ResultsState.POSTED)
        )


ALL = Filters()
