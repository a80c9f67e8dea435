"""Which of the found trials are shown. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from storage.values.states import ResultsState
from tracker.records.trial import TrialRecord

__all__ = ["ALL", "Facets", "Filters", "facets_of"]


# They hold texts alone. Without `gc` a large index is read in a third of the time.
class Facets(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the filters look at, kept beside each trial of the index."""

    status: str | None = None
    phases: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    has_results: bool = False


def facets_of(record: TrialRecord) -> Facets:
    return Facets(record.status, record.phases, record.countries, record.results.state == ResultsState.POSTED)


@dataclass(frozen=True, slots=True)
class Filters:
    """Which trials are shown. Codes as the registry writes them; countries in any case. An empty set allows all."""

    statuses: frozenset[str] = frozenset()
    phases: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    has_results: bool = False

    def let(self, facets: Facets) -> bool:
        """Whether a trial passes: it has one value of each kind of filter."""
        here = {country.casefold() for country in facets.countries}
        return (
            (not self.statuses or facets.status in self.statuses)
            and (not self.phases or not self.phases.isdisjoint(facets.phases))
            and (not self.countries or not here.isdisjoint(country.casefold() for country in self.countries))
            and (not self.has_results or facets.has_results)
        )


ALL = Filters()
