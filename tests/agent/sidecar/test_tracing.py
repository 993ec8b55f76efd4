"""Traces and metrics in the words of OpenTelemetry, as a collector gets them."""

from __future__ import annotations

import gzip
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from tests.agent.sidecar.process import ServeProcess, until

from tokenward.errors import MissingExtra
from tokenward.sidecar import genai
from tokenward.sidecar.tracing import Tracing
from tokenward.testing.echo import Answer, EchoUpstream

POLICY = """\
name: two
detectors:
  ours: {plugin: keywords, words: {rival: [first]}}
  seen: {plugin: keywords, words: {odd: [second]}}
rules:
  - id: no-rivals
    stage: [input, output]
    detect: {ours: [rival]}
    action: block
  - id: look
    stage: [input, output]
    detect: {seen: [odd]}
    action: flag
"""
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
CONTEXT = {"traceparent": f"00-{TRACE}-{PARENT}-01", "tracestate": "vendor=1"}


class Collector:
    """Takes what is exported."""

    def __init__(self):
        self.bodies: list[tuple[str, bytes]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                outer.bodies.append((self.path, body))
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def _read(self, path, kind):
        for at, body in tuple(self.bodies):
            if at == path:
                message = kind()
                message.ParseFromString(body)
                yield message

    @property
    def spans(self):
        return [
            span
            for message in self._read("/v1/traces", ExportTraceServiceRequest)
            for resource in message.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    @property
    def services(self):
        return {
            value(attribute.value)
            for message in self._read("/v1/traces", ExportTraceServiceRequest)
            for resource in message.resource_spans
            for attribute in resource.resource.attributes
            if attribute.key == "service.name"
        }

    @property
    def metrics(self):
        return {
            metric.name: metric
            for message in self._read("/v1/metrics", ExportMetricsServiceRequest)
            for resource in message.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }


def value(any_value):
    kind = any_value.WhichOneof("value")
    if kind == "array_value":
        return [value(one) for one in any_value.array_value.values]
    return getattr(any_value, kind)


def attributes(one):
    return {attribute.key: value(attribute.value) for attribute in one.attributes}


@pytest.fixture
def collector():
    one = Collector()
    yield one
    one.close()


@pytest.fixture
def upstream():
    def answer(body):
        if body["messages"][-1]["content"] == "fail":
            return Answer(status=500, body=b'{"error":{"message":"no"}}')
        if body["messages"][-1]["content"] == "garble":
            return Answer(body=b"no JSON")
        return Answer(text="a second thing", usage=True)

    with EchoUpstream(answer) as server:
        yield server


@pytest.fixture
def start(tmp_path, collector, upstream):
    (tmp_path / "two.yaml").write_text(POLICY)
    processes = []

    def run(*arguments, **environment):
        usual = ("--upstream", upstream.url, "--port", "0", "--policy", "two.yaml")
        given = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "50"}
        processes.append(ServeProcess(tmp_path, *usual, *arguments, **(given | environment)))
        return processes[-1].ready()

    yield run
    for process in processes:
        process.kill()


def test_a_request_is_a_span_of_the_conventions(start, collector, upstream):
    served = start("--otel", "requests")
    got = served.ask(headers=CONTEXT, temperature=0.5, max_tokens=9)
    [span] = until(lambda: collector.spans)
    assert (span.name, span.kind) == ("chat m", span.SPAN_KIND_CLIENT)
    assert (span.trace_id.hex(), span.parent_span_id.hex()) == (TRACE, PARENT)
    told = attributes(span)
    usage = got.json["usage"]
    assert {key: told.get(key) for key in EXPECTED} == EXPECTED | {
        "gen_ai.usage.input_tokens": usage["prompt_tokens"],
        "gen_ai.usage.output_tokens": usage["completion_tokens"],
        "tokenward.decision.id": got.headers["x-tokenward-decision-id"],
    }
    assert told["gen_ai.response.time_to_first_chunk"] > 0
    assert span.end_time_unix_nano > span.start_time_unix_nano
    [event] = span.events
    assert event.name == "gen_ai.evaluation.result"
    assert attributes(event) == {
        "gen_ai.evaluation.name": "seen.odd",
        "gen_ai.evaluation.score.value": 1.0,
        "gen_ai.evaluation.score.label": "flag",
        "tokenward.stage": "output",
        "tokenward.rules": ["look"],
    }
    assert collector.services == {"tokenward"}
    # the model server goes on with the trace, behind our span
    sent = upstream.headers[0]
    assert sent["traceparent"] == f"00-{TRACE}-{span.span_id.hex()}-01"
    assert sent["tracestate"] == "vendor=1"


EXPECTED = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "m",
    "gen_ai.request.temperature": 0.5,
    "gen_ai.request.max_tokens": 9,
    "gen_ai.usage.input_tokens": None,
    "gen_ai.usage.output_tokens": None,
    "tokenward.decision.id": None,
    "tokenward.action": "flag",
    "tokenward.policy.name": "two",
    "http.response.status_code": 200,
    "error.type": None,
}


def test_blocks_are_no_errors_and_failures_are(start, collector):
    served = start("--otel", "stages")
    served.ask("first words of a secret plan")
    served.ask("fail")
    served.ask("garble")
    spans = until(lambda: len(s := [o for o in collector.spans if o.name == "chat m"]) == 3 and s)
    blocked, failed, lost = sorted(spans, key=lambda one: one.start_time_unix_nano)
    assert blocked.status.code == blocked.status.STATUS_CODE_UNSET
    assert attributes(blocked)["tokenward.action"] == "block"
    assert attributes(failed)["http.response.status_code"] == 500
    assert lost.status.code == lost.status.STATUS_CODE_ERROR
    assert attributes(lost)["error.type"] == "bad_upstream"
    stages = [one for one in collector.spans if one.name == "run_guardrail input"]
    assert {one.parent_span_id for one in stages} >= {blocked.span_id}
    assert attributes(stages[0])["tokenward.policy.name"] == "two"
    everything = b"".join(body for _, body in collector.bodies)
    assert b"secret plan" not in everything


def test_metrics_have_the_names_and_buckets_of_the_conventions(start, collector):
    served = start("--otel", "requests", OTEL_METRIC_EXPORT_INTERVAL="100")
    served.ask()
    served.ask(stream=True, stream_options={"include_usage": True})
    names = {genai.USAGE.name, genai.DURATION.name, genai.FIRST_CHUNK.name}
    until(lambda: names <= set(collector.metrics))
    points = until(
        lambda: (
            (p := collector.metrics[genai.DURATION.name].histogram.data_points)[0].count == 2 and p
        )
    )
    assert tuple(points[0].explicit_bounds) == genai.SECONDS
    assert attributes(points[0]) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
    }
    usage = collector.metrics[genai.USAGE.name]
    assert usage.unit == "{token}"
    kinds = {attributes(point)["gen_ai.token.type"] for point in usage.histogram.data_points}
    assert kinds == {"input", "output"}


def test_what_waits_is_sent_at_the_end(start, collector):
    served = start("--otel", "requests", OTEL_BSP_SCHEDULE_DELAY="60000", OTEL_SERVICE_NAME="desk")
    served.ask()
    assert collector.spans == []
    assert served.end() == 0
    assert len(collector.spans) == 1
    assert collector.services == {"desk"}


def test_a_collector_that_is_gone_is_no_reason_to_fail(start):
    served = start("--otel", "requests", OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9")
    assert served.ask().status == 200
    assert served.end() == 0


def test_the_context_is_passed_on_as_it_is_where_nothing_is_traced(start, upstream):
    start().ask(headers=CONTEXT)
    assert upstream.headers[0]["traceparent"] == CONTEXT["traceparent"]
    assert upstream.headers[0]["tracestate"] == CONTEXT["tracestate"]


def test_a_context_that_is_none_begins_a_new_trace(start, collector, upstream):
    start("--otel", "requests").ask(headers={"traceparent": "00-xyz"})
    [span] = until(lambda: collector.spans)
    assert span.parent_span_id == b""
    assert upstream.headers[0]["traceparent"].startswith(f"00-{span.trace_id.hex()}-")


@pytest.mark.parametrize(
    "name", ["opentelemetry.sdk.trace", "opentelemetry.exporter.otlp.proto.http"]
)
def test_a_missing_package_names_the_extra(monkeypatch, name):
    for known in [one for one in sys.modules if one.startswith(name)]:
        monkeypatch.delitem(sys.modules, known)
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtra, match=r"tokenward\[otel\]"):
        Tracing()
