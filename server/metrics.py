"""What is measured while the server runs, for Prometheus. No label holds a number, a name or a call id."""

from __future__ import annotations

from dataclasses import dataclass

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

from server.gateways.platforms import PLATFORMS
from server.gateways.table import AUDIOSOCKET, GATEWAYS

COUNTED = frozenset({*GATEWAYS, AUDIOSOCKET.name, *PLATFORMS, "outcome"})
"""Gateways that have a label each; who tells of a call at `/outcome` may name any other."""


@dataclass(frozen=True, slots=True)
class Metrics:
    calls: Gauge
    ended: Counter
    revised: Counter
    refused: Counter
    webhooks: Counter
    delay: Histogram
    lateness: Histogram
    taken: Counter
    told: Counter
    outbox: Gauge
    tasks: Gauge


def metrics(registry: CollectorRegistry = REGISTRY) -> Metrics:
    fine = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
    how = ("gateway", "disposition", "grade")
    answer = "From the words of a caller to the first sound of the answer"
    late = "How late the clock of all calls was"
    return Metrics(
        Gauge("huashu_calls", "Calls in progress", registry=registry),
        Counter("huashu_calls_ended", "Calls by what became of them", how, registry=registry),
        Counter("huashu_calls_revised", "Closed calls that the network told more about", how, registry=registry),
        Counter("huashu_calls_refused", "Calls that were not taken", ("gateway",), registry=registry),
        Counter("huashu_webhooks", "Webhooks by path and what was done with them", ("path", "done"), registry=registry),
        Histogram("huashu_answer_seconds", answer, registry=registry, buckets=(*fine, 2.0, 5.0)),
        Histogram("huashu_tick_late_seconds", late, registry=registry, buckets=fine),
        Counter("huashu_outbox_taken", "Messages for others that calls have made", ("type",), registry=registry),
        Counter("huashu_outbox_tries", "What came of sending them", ("outcome",), registry=registry),
        Gauge("huashu_outbox_messages", "Messages that are not delivered", ("state",), registry=registry),
        Gauge("huashu_tasks", "Tasks of the event loop; as calls end they go down again", registry=registry),
    )


def gateway_label(name: str) -> str:
    return name if name in COUNTED else "other"


METRICS = metrics()
