"""`/metrics`: the numbers of the watch for Prometheus, where the extra `metrics` is installed."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from tracker.config.extras import install_extra
from tracker.services.diagnostics.metrics import Meter
from tracker.web.failures import Failure, failed
from tracker.web.site import Site

__all__ = ["METRICS", "routes"]

METRICS = "/metrics"


def routes(site: Site) -> list[BaseRoute]:
    """Return the route of the metrics. It is a plain function, so it runs in a thread."""
    meter = Meter(site.door)

    def metrics(request: Request) -> Response:
        try:
            from tracker.web.monitoring.metric_families import exposition  # noqa: PLC0415  (an extra, and only scrapers need it)
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] != "prometheus_client":
                raise
            return failed(request, Failure(404, "extra_missing", _missing()))
        found = exposition(meter.read(site.now), request.headers.get("accept", ""))
        # The library names the character set itself.
        return Response(found.content, headers={"content-type": found.media_type})

    return [Route(METRICS, metrics)]


def _missing() -> str:
    return (
        "The numbers for Prometheus are written by prometheus-client, which is not installed. In the folder of "
        f"Trialwatch's source: {install_extra('metrics')}"
    )
