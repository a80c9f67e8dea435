"""The table of the numbers for monitors, as a scrape has them. `docs.generate` writes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from storage.reads.health.monitoring import ChannelTrouble, JobState
from tracker.services.diagnostics.metrics import Metrics, RegistryMetrics, StoreSize
from tracker.web.monitoring.metric_families import families

__all__ = ["with_metrics"]

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_SAMPLE = Metrics(
    now=_NOW,
    version="",
    schema="",
    database="",
    registries={"": RegistryMetrics(1, {"": 1}, _NOW, timedelta(), _NOW, held=False)},
    changes={"": 1},
    messages={("", ""): 1},
    overdue={"": timedelta()},
    attempts={("", ""): 1},
    channels=(ChannelTrouble("", 0, is_disabled=False, reason=""),),
    jobs=(JobState("", 0, _NOW, None, ""),),
    quarantined=0,
    is_daemon_running=True,
    size=StoreSize(0, 0, 0),
)
"""Numbers with one row of everything."""


def with_metrics(page: str) -> str:
    """`page` with the table of the numbers for monitors put between its marks."""
    start, end = "<!-- metrics: written by docs/generate.py -->", "<!-- end of metrics -->"
    before, _, rest = page.partition(start)
    lines = ["| name | kind | labels | what it is |", "|---|---|---|---|"]
    for name, kind, labels, said in _rows():
        lines.append(f"| `{name}` | {kind} | {', '.join(f'`{it}`' for it in labels)} | {said} |")
    return f"{before}{start}\n" + "\n".join(lines) + f"\n{end}{rest.partition(end)[2]}"


def _rows() -> list[tuple[str, str, tuple[str, ...], str]]:
    """Return the name, kind, labels and description of every number, as a scrape has them."""
    found = []
    for family in families(_SAMPLE):
        name = {"counter": f"{family.name}_total", "info": f"{family.name}_info"}.get(family.type, family.name)
        kind = "gauge" if family.type == "info" else family.type
        found.append((name, kind, tuple(family.samples[0].labels), family.documentation))
    return found
