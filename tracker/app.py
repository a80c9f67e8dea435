"""The composition root: builds everything a process needs from its settings, and closes it again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager

from schedules.clock import Clock
from tracker.alerts.config import alert_config
from tracker.config.settings import Settings
from tracker.context.clock_of import clock_of
from tracker.context.context import Context
from tracker.context.open_store import open_store
from tracker.context.stored_rate_limiter import StoredRateLimiter
from tracker.delivery.worker import DeliveryWorker
from tracker.http.polite_client import Exchange, Limits, PoliteClient
from tracker.http.user_agent import registry_user_agent
from tracker.processes.process_name import holder_name
from tracker.registries.listed import REGISTRIES

__all__ = ["open_context", "open_delivery", "registry_urls"]


def registry_urls(settings: Settings) -> dict[str, str]:
    """Return the address of each registry, by its name."""
    return {name: settings.table(name).url for name in REGISTRIES}


@contextmanager
def open_context(
    settings: Settings,
    clock: Clock | None = None,
    limits: Limits | None = None,
    listener: Callable[[Exchange], None] | None = None,
) -> Iterator[Context]:
    """Open store, clock and registries. No registry is asked yet.

    `limits` apply to its requests. `listener` gets every exchange with a registry.
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

        with ExitStack() as opened:
            clients = {
                name: registry.connect(
                    opened.enter_context(closing(polite(settings.pace(name)))), settings.table(name), time
                )
                for name, registry in REGISTRIES.items()
            }
            soon, keep_days = settings.results.due_soon_days, settings.retention.days
            yield Context(database, time, REGISTRIES, clients, holder, alerts, soon, keep_days, settings.derived)


def open_delivery(context: Context, settings: Settings, stopping: Callable[[], bool] = lambda: False) -> DeliveryWorker:
    """Return the worker that carries a store's messages to the channels of these settings. Nothing is opened yet."""
    outbound = settings.outbound
    channels = {spec.name: spec.open(context.clock.stopwatch, outbound) for spec in context.alerts.channels}
    return DeliveryWorker(context, channels, context.alerts.retries, stopping)
