"""The Python side of the benchmarks: the page of prometheus_client and a readiness probe, as a service on FastAPI has them.

fastapi_peer.py PORT    needs fastapi, uvicorn and prometheus-client
"""

import sys
from datetime import datetime, timezone

import uvicorn
from fastapi import FastAPI
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, make_asgi_app

COMPONENTS = 1000
IDENTITY = {"environment": "production", "version": "1.0.0", "instance": "benchmark"}


def registry() -> CollectorRegistry:
    """The families of the Go side; `_created` series are left out, as there."""
    registered, common = CollectorRegistry(), list(IDENTITY)
    duration = Histogram(
        "probe_duration_seconds", "Duration of runs.", ["component", "check", *common], registry=registered,
        buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2),
    )
    runs = Counter("probe_runs", "Runs by result.", ["component", "check", "result", *common], registry=registered)
    status = Gauge("probe_status", "The status.", ["component", "status", *common], registry=registered)
    for number in range(COMPONENTS):
        name = f"c{number}"
        duration.labels(component=name, check="a", **IDENTITY).observe(0.003)
        for result in ("success", "failure", "timeout", "internal"):
            runs.labels(component=name, check="a", result=result, **IDENTITY).inc(17)
        for value in ("healthy", "degraded", "unknown", "unhealthy"):
            status.labels(component=name, status=value, **IDENTITY).set(1)
    return registered


def main() -> None:
    app = FastAPI()
    app.mount("/metrics", make_asgi_app(registry=registry(), disable_compression=False))

    @app.get("/readyz")
    async def readyz() -> dict[str, str]:
        return {"status": "ready", "timestamp": datetime.now(timezone.utc).isoformat()}

    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error")


if __name__ == "__main__":
    main()
