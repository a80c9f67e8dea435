"""Addresses of a trial's pages on its registry. Pure."""

from __future__ import annotations

__all__ = ["links_of", "results_of"]

_CTGOV = "https://clinicaltrials.gov/study/"
_EUCTR = "https://www.clinicaltrialsregister.eu/ctr-search/"


def links_of(trial: str) -> tuple[str, str]:
    """Return the addresses of a trial's page and of its history on its registry; "" for a page that does not exist."""
    if trial.startswith("NCT"):
        return f"{_CTGOV}{trial}", f"{_CTGOV}{trial}?tab=history"
    if trial.startswith("EUCTR"):
        number, country = trial[5:19], trial[20:]
        return f"{_EUCTR}trial/{number}/{country}" if country else f"{_EUCTR}search?query={number}", ""
    return "", ""


def results_of(trial: str) -> str:
    """Return the address of a trial's posted results on its registry, or ""."""
    if trial.startswith("NCT"):
        return f"{_CTGOV}{trial}?tab=results"
    return f"{_EUCTR}trial/{trial[5:19]}/results" if trial.startswith("EUCTR") else ""
