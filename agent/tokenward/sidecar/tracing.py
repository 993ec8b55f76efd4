"""Traces and metrics of requests, sent by OpenTelemetry where its environment variables say."""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tokenward.errors import MissingExtra
from tokenward.sidecar import genai

if TYPE_CHECKING:
    from opentelemetry.metrics import Histogram
    from opentelemetry.sdk.metrics.export import MetricReader
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.trace import Span

    from tokenward.decisions.record import Interaction
    from tokenward.types import Decision
    from tokenward.wire.request import Request

CONTEXT = (b"traceparent", b"tracestate")
SECONDS_TO_END = 5.0
NANO = 1_000_000_000
FIRST_STAGES = ("input", "tool_result")


class Tracing:
    """Begins a span for each guarded request, and ends it with what is known of it then.

    The model server gets the trace on: its spans are children of ours. ``stages`` adds a span for
    each stage, which the conventions do not have yet.
    """

    def __init__(
        self, *, stages: bool = False, spans: SpanProcessor | None = None,
        reader: MetricReader | None = None,
    ) -> None:  # fmt: skip
        """``spans`` and ``reader`` stand for the exporters."""
        try:
            from opentelemetry.sdk.metrics import MeterProvider  # noqa: PLC0415  # an extra
            from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
            from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415

            spans, reader = spans or span_exporter(), reader or metric_exporter()
        except ImportError as error:
            raise MissingExtra("otel", "otel", str(error.name)) from None

        resource = Resource.create(identity())
        self._stages = stages
        self._tracers = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._tracers.add_span_processor(spans)
        self._meters = MeterProvider([reader], resource=resource, shutdown_on_exit=False)
        self._tracer = self._tracers.get_tracer("tokenward")
        self._usage, self._duration, self._first_chunk = map(
            self._histogram, (genai.USAGE, genai.DURATION, genai.FIRST_CHUNK)
        )

    def _histogram(self, one: genai.Instrument) -> Histogram:
        return self._meters.get_meter("tokenward").create_histogram(
            one.name, one.unit, explicit_bucket_boundaries_advisory=one.bounds
        )

    def begin(self, request: Request, protocol: str) -> Span:
        """Begins the span of a request; the request carries its context on."""
        from opentelemetry.trace import SpanKind, set_span_in_context  # noqa: PLC0415
        from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415
            TraceContextTextMapPropagator,
        )

        given = {n.decode(): v.decode("latin-1") for n, v in request.headers if n in CONTEXT}
        propagator = TraceContextTextMapPropagator()
        names = genai.named(protocol)
        span = self._tracer.start_span(
            str(names[genai.OPERATION]),
            propagator.extract(given),
            kind=SpanKind.CLIENT,
            attributes=names,
        )
        told: dict[str, str] = {}
        propagator.inject(told, set_span_in_context(span))
        request.headers = [pair for pair in request.headers if pair[0] not in CONTEXT]
        request.headers += [(name.encode(), value.encode()) for name, value in told.items()]
        return span

    def end(
        self, span: Span, row: Interaction, protocol: str, seconds: Mapping[str, float]
    ) -> None:
        """Ends a span with what is known of its request, and counts it.

        ``seconds`` are what guarding took, by stage.
        """
        from opentelemetry.trace import Status, StatusCode  # noqa: PLC0415

        found = genai.attributes(row)
        if span.is_recording():
            span.set_attributes(found)
            if row.model is not None:
                span.update_name(f"{genai.named(protocol)[genai.OPERATION]} {row.model}")
            if genai.ERROR in found:
                span.set_status(Status(StatusCode.ERROR))
            for decision in row.decisions:
                for event in genai.evaluations(decision):
                    span.add_event(genai.EVENT, event)
                if self._stages:
                    self._tell_stage(span, decision, row.time, seconds)
        self._count(row, genai.named(protocol) | found)
        span.end()

    def _tell_stage(
        self, span: Span, decision: Decision, began: float, took: Mapping[str, float]
    ) -> None:
        """Adds the span of a stage: what guarding took, at the beginning or the end of all."""
        from opentelemetry.trace import set_span_in_context  # noqa: PLC0415

        seconds = took.get(decision.stage, 0.0)
        start = began if decision.stage in FIRST_STAGES else time.time() - seconds
        child = self._tracer.start_span(
            f"{genai.GUARDRAIL} {decision.stage}",
            set_span_in_context(span),
            attributes=genai.stage_attributes(decision),
            start_time=int(start * NANO),
        )
        child.end(int((start + seconds) * NANO))

    def _count(self, row: Interaction, found: dict[str, genai.Value]) -> None:
        labels: dict[str, Any] = {key: found[key] for key in genai.OF_METRICS if key in found}
        self._duration.record(row.timings["total"], labels)
        if "ttft" in row.timings:
            self._first_chunk.record(row.timings["ttft"], labels)
        for ours, kind in genai.TYPES.items():
            count = getattr(row, ours)
            if count is not None:
                self._usage.record(count, {**labels, genai.TOKEN_TYPE: kind})

    def close(self) -> None:
        """Sends what waits; a collector that does not answer is given up after some seconds."""
        thread = threading.Thread(target=self._shut_down, daemon=True)
        thread.start()
        thread.join(SECONDS_TO_END)

    def _shut_down(self) -> None:
        self._tracers.shutdown()
        self._meters.shutdown()


def span_exporter() -> SpanProcessor:
    """Returns what sends spans, by the environment variables of OpenTelemetry."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415  # an extra
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    return BatchSpanProcessor(OTLPSpanExporter())


def metric_exporter() -> MetricReader:
    """Returns what sends metrics, by the same variables."""
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import (  # noqa: PLC0415  # an extra
        OTLPMetricExporter,
    )
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader  # noqa: PLC0415

    return PeriodicExportingMetricReader(OTLPMetricExporter())


def identity() -> dict[str, str]:
    """Returns what a process is called: the operator's own name of the service goes first."""
    own = os.environ.get("OTEL_SERVICE_NAME") or (
        "service.name=" in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    )
    instance = {"service.instance.id": str(uuid.uuid4())}
    return instance if own else {"service.name": "tokenward", **instance}
