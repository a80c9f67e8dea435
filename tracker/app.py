"""The composition root: builds everything a process needs from its settings, and closes it again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from schedules.clock import Clock
from tracker.alerts.config import alert_config
from tracker.config.settings import Settings
from tracker.context.context import Context
from tracker.context.open_store import clock_of, open_store
from tracker.context.stored_rate_limiter import StoredRateLimiter
from tracker.delivery.worker import DeliveryWorker
from tracker.http.polite_client import Exchange, Limits, PoliteClient
from tracker.http.user_agent import registry_user_agent
from tracker.processes.process_name import holder_name
from tracker.registries.ctgov import Ctgov
from tracker.registries.ctgov.client import CtgovClient
from tracker.registries.ctgov.history import HistoryClient
from tracker.registries.euctr import Euctr
from tracker.registries.euctr.client import EuctrClient
from tracker.registries.registry import Registry

__all__ = ["open_context", "open_delivery", "registry_urls"]


def registry_urls(settings: Settings) -> dict[str, str]:
    """Where each registry is asked, by its name."""
    return {"ctgov": settings.ctgov.url, "euctr": settings.euctr.url}


@contextmanager
def open_context(
    settings: Settings,
    clock: Clock | None = None,
    limits: Limits | None = None,
    listener: Callable[[Exchange], None] | None = None,
) -> Iterator[Context]:
    """Store, clock and registries, open. Nothing is asked of a registry yet.

    `limits`: of its requests. `listener` hears every exchange with a registry.
    """
    time = clock or clock_of(settings)
    alerts = alert_config(settings)
    outbound = settings.outbound
    agent = registry_user_agent(outbound.contact)
    with open_store(settings, time) as database:
        holder = holder_name()

        def polite(pace: float) -> PoliteClient:
            rate_limiter = StoredRateLimiter(database, time, requests_per_second=pace, holder=holder)
            client = PoliteClient(rate_limiter, time, user_agent=agent, limits=limits, outbound=outbound)
            client.listener = listener
            return client

        pace = settings.ctgov.requests_per_second
        with (
            closing(polite(pace)) as http,
            closing(polite(settings.euctr.requests_per_second or pace / 2)) as slowly,
        ):
            known: tuple[Registry, ...] = (
                Ctgov(CtgovClient(http, settings.ctgov.url), HistoryClient(http, settings.ctgov.url)),
                Euctr(EuctrClient(slowly, settings.euctr.url, time)),
            )
            registries = {registry.name: registry for registry in known}
            soon, keep_days = settings.results.due_soon_days, settings.retention.days
            yield Context(database, time, registries, holder, http, alerts, soon, keep_days)


def open_delivery(context: Context, settings: Settings, stopping: Callable[[], bool] = lambda: False) -> DeliveryWorker:
    """Who carries the messages of a store to the channels of these settings. Nothing is opened yet."""
    outbound = settings.outbound
    channels = {spec.name: spec.open(context.clock.stopwatch, outbound) for spec in context.alerts.channels}
    return DeliveryWorker(context, channels, context.alerts.retries, stopping)
