"""The numbers in the text of Prometheus. The only file that knows `prometheus-client`, which is an extra.

No label holds an address, a secret or a text of a registry. The names of channels are those of the config file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from prometheus_client.core import CollectorRegistry, CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import choose_encoder

from tracker.services.diagnostics.metrics import Metrics

__all__ = ["Exposition", "exposition", "families"]


class Exposition(NamedTuple):
    content: bytes
    media_type: str


def exposition(metrics: Metrics, accept: str) -> Exposition:
    """Return the numbers in the form that a scraper accepts. `accept`: its header, "" for none."""
    # A registry of its own for each answer: nothing is kept between two scrapes, and nothing of this process is in it.
    registry = CollectorRegistry()
    registry.register(_Collector(metrics))
    encode, media_type = choose_encoder(accept)
    return Exposition(encode(registry), media_type)


class _Collector:
    """Gives the numbers to a registry, once."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        yield from families(self._metrics)


def families(metrics: Metrics) -> Iterator[Metric]:
    """Yield every number with its name, in the order of the text."""
    yield from _of_registries(metrics)
    yield from _of_changes(metrics)
    yield from _of_the_outbox(metrics)
    yield from _of_the_daemon(metrics)
    yield from _of_the_store(metrics)


def _of_registries(metrics: Metrics) -> Iterator[Metric]:
    every = metrics.registries.items()
    yield _gauge(
        "watched_trials", "Trials that are watched.", ["registry"], (([name], it.watched) for name, it in every)
    )
    yield _gauge(
        "last_good_poll_timestamp_seconds",
        "When the last poll ended that could read something.",
        ["registry"],
        (([name], it.last_good) for name, it in every),
    )
    yield _gauge(
        "last_good_poll_age_seconds",
        "Since when nothing could be read of the watched trials, at the clock of the server. It counts from the first "
        "watch if no poll ever could.",
        ["registry"],
        (([name], it.unread_for) for name, it in every),
    )
    yield _gauge(
        "registry_data_timestamp_seconds",
        "The data timestamp that the registry gave in the last good poll.",
        ["registry"],
        (([name], it.data) for name, it in every),
    )
    yield _gauge(
        "registry_data_age_seconds",
        "How old the data of the registry are, at the clock of the server.",
        ["registry"],
        (([name], metrics.now - it.data if it.data else None) for name, it in every),
    )
    yield _gauge(
        "poll_held",
        "1 if the last poll looked wrong and waits for a person. Its number: trialwatch status",
        ["registry"],
        (([name], it.held) for name, it in every),
    )
    yield _counter(
        "polls",
        "Polls that have ended, by outcome. Those that could read nothing are failed.",
        ["registry", "outcome"],
        (([name, outcome], number) for name, it in every for outcome, number in it.polls.items()),
    )
    yield _gauge(
        "quarantined_documents", "Records that could not be read and are kept aside.", [], [([], metrics.quarantined)]
    )


def _of_changes(metrics: Metrics) -> Iterator[Metric]:
    rows = (([name], number) for name, number in metrics.changes.items())
    yield _counter("changes", "Changes that are stored, with those of the past that was fetched.", ["severity"], rows)


def _of_the_outbox(metrics: Metrics) -> Iterator[Metric]:
    yield _gauge(
        "outbox_messages",
        "Messages in the outbox. Those that were sent or given up are deleted after 90 days.",
        ["channel", "state"],
        ((names, number) for names, number in metrics.messages.items()),
    )
    yield _gauge(
        "outbox_overdue_seconds",
        "For how long the first message that has not gone out has been due. 0 if none is due.",
        ["channel"],
        (([name], age) for name, age in metrics.overdue.items()),
    )
    yield _gauge(
        "delivery_attempts",
        "Attempts to send the messages that are in the outbox. Not a counter: they are deleted with their messages.",
        ["channel", "result"],
        ((names, number) for names, number in metrics.attempts.items()),
    )
    yield _gauge(
        "channel_failures",
        "Failures of a channel in a row.",
        ["channel"],
        (([it.channel], it.failures) for it in metrics.channels),
    )
    yield _gauge(
        "channel_disabled",
        "1 if a channel is closed, so that its messages wait.",
        ["channel"],
        (([it.channel], it.is_disabled) for it in metrics.channels),
    )


def _of_the_daemon(metrics: Metrics) -> Iterator[Metric]:
    # Not `job`: Prometheus has a label of that name.
    yield _gauge("daemon_running", "1 if a daemon runs on this store.", [], [([], metrics.is_daemon_running)])
    yield _gauge(
        "daemon_job_failures",
        "Failures of a job of the daemon in a row.",
        ["task"],
        (([it.job], it.failures) for it in metrics.jobs),
    )
    yield _gauge(
        "daemon_job_last_success_timestamp_seconds",
        "When a job of the daemon last succeeded.",
        ["task"],
        (([it.job], it.succeeded_at) for it in metrics.jobs),
    )


def _of_the_store(metrics: Metrics) -> Iterator[Metric]:
    size = metrics.size
    yield _gauge("store_bytes", "Size of the store, without its log.", [], [([], size.store)])
    yield _gauge("store_log_bytes", "Size of the write-ahead log beside the file of the store.", [], [([], size.log)])
    yield _gauge("store_free_bytes", "What the disk of the store has left.", [], [([], size.free)])
    about = {"version": metrics.version, "schema": metrics.schema, "database": metrics.database}
    yield InfoMetricFamily("trialwatch_build", "The program and its database.", about)


Rows = Iterable[tuple[Iterable[str], datetime | timedelta | float | None]]


def _gauge(name: str, said: str, labels: list[str], rows: Rows) -> Metric:
    """Return a gauge. A row without a value is left out."""
    made = GaugeMetricFamily(f"trialwatch_{name}", said, labels=labels)
    for names, value in rows:
        if value is not None:
            made.add_metric([*names], _seconds(value))
    return made


def _counter(name: str, said: str, labels: list[str], rows: Iterable[tuple[list[str], int]]) -> Metric:
    """Return what only grows. The library adds `_total` to the name."""
    made = CounterMetricFamily(f"trialwatch_{name}", said, labels=labels)
    for names, value in rows:
        made.add_metric(names, value)
    return made


def _seconds(value: datetime | timedelta | float) -> float:
    if isinstance(value, datetime):
        return value.timestamp()
    return value.total_seconds() if isinstance(value, timedelta) else float(value)
