"""The first page on an empty store: the questions of `init`, and what `doctor` finds wrong before they are answered."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple

from tracker.api.poll import Check
from tracker.processes.daemon_lock import is_daemon_running
from tracker.services.beginning.begin import SAMPLE_TRIAL
from tracker.services.beginning.run_mode import RunMode, possible_mode
from tracker.services.diagnostics.doctor import examine
from tracker.web.site import Site

__all__ = ["FirstPage", "first_page"]

_MODES = {
    RunMode.USER_SERVICE: "As a service of the user, started with the machine",
    RunMode.CRON: "By cron, every four hours",
    RunMode.BY_HAND: "By hand, with Look now",
}


class FirstPage(NamedTuple):
    """`modes`: how it may run, in words, the best first; empty if a daemon runs. `wrong`: what has to be put right."""

    trial: str
    modes: Sequence[tuple[str, str]]
    wrong: Sequence[Check]


def first_page(site: Site) -> FirstPage:
    """Return what the form shows. Nothing is dialled."""
    best = possible_mode(os.environ)
    modes = [best, *(it for it in RunMode if it is not best)]
    wrong = [it for it in examine(site.settings, offline=True) if it.ok is False]
    shown = [] if is_daemon_running(site.database) else [(it.value, _MODES[it]) for it in modes]
    return FirstPage(SAMPLE_TRIAL, shown, wrong)
