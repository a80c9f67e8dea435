"""Where people read a trial's record for themselves: the registry's own pages. Pure."""

from __future__ import annotations

__all__ = ["links_of", "results_of"]

_CTGOV = "https://clinicaltrials.gov/study/"
_EUCTR = "https://www.clinicaltrialsregister.eu/ctr-search/"


def links_of(trial: str) -> tuple[str, str]:
    """The address of a trial's page and of its history on its registry; "" for what there is not."""
    if trial.startswith("NCT"):
        return f"{_CTGOV}{trial}", f"{_CTGOV}{trial}?tab=history"
    if trial.startswith("EUCTR"):
        number, country = trial[5:19], trial[20:]
        return f"{_EUCTR}trial/{number}/{country}" if country else f"{_EUCTR}search?query={number}", ""
    return "", ""


def results_of(trial: str) -> str:
    """The address of a trial's posted results on its registry; "" for none."""
    if trial.startswith("NCT"):
        return f"{_CTGOV}{trial}?tab=results"
    return f"{_EUCTR}trial/{trial[5:19]}/results" if trial.startswith("EUCTR") else ""
