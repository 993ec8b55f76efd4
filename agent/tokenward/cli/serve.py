"""``tokenward serve``: the sidecar in front of a model server."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from tokenward.errors import MissingExtra

HERE = "TOKENWARD_"


def serve(
    *,
    upstream: Annotated[
        str | None,
        typer.Option(
            envvar=HERE + "UPSTREAM", help="Base URL of the model server, with or without /v1."
        ),
    ] = None,
    policy: Annotated[
        list[str] | None,
        typer.Option(
            "--policy",
            "-p",
            envvar=HERE + "POLICY",
            help="A policy's name or path; may repeat, the most specific match is used.",
        ),
    ] = None,
    host: Annotated[
        str | None, typer.Option(envvar=HERE + "HOST", help="Where to listen [127.0.0.1].")
    ] = None,
    port: Annotated[
        int | None, typer.Option(envvar=HERE + "PORT", help="0 takes a free one [8080].")
    ] = None,
    store: Annotated[
        str | None,
        typer.Option(envvar=HERE + "STORE", help="Where records go, e.g. sqlite:///tokenward.db."),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(envvar=HERE + "CONFIG", help="YAML file with the same settings."),
    ] = None,
    on_block: Annotated[
        str | None,
        typer.Option(envvar=HERE + "ON_BLOCK", help="filter, refusal or error [filter]."),
    ] = None,
    continues: Annotated[
        str | None,
        typer.Option(
            envvar=HERE + "CONTINUES",
            help="How the upstream goes on with an answer, for rules that rewind: none, auto, vllm,"
            " llamacpp or anthropic [none].",
        ),
    ] = None,
    admin_host: Annotated[
        str | None,
        typer.Option(envvar=HERE + "ADMIN_HOST", help="Where health and metrics are [127.0.0.1]."),
    ] = None,
    admin_port: Annotated[
        int | None,
        typer.Option(envvar=HERE + "ADMIN_PORT", help="Their port [port + 1]."),
    ] = None,
    admin_token_file: Annotated[
        str | None,
        typer.Option(
            envvar=HERE + "ADMIN_TOKEN_FILE",
            help="File of the token that the admin port asks for; needed where it is not local.",
        ),
    ] = None,
    reports: Annotated[
        str | None,
        typer.Option(envvar=HERE + "REPORTS", help="Folder of a monitor's reports, to show."),
    ] = None,
    cases: Annotated[
        str | None,
        typer.Option(
            envvar=HERE + "CASES", help="Folder that the playground may write cases into."
        ),
    ] = None,
    tls_cert: Annotated[
        str | None,
        typer.Option(envvar=HERE + "TLS_CERT", help="PEM file of the port's certificate chain."),
    ] = None,
    tls_key: Annotated[
        str | None, typer.Option(envvar=HERE + "TLS_KEY", help="PEM file of its key.")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(envvar=HERE + "WORKERS", help="Processes that share the port [1]."),
    ] = None,
    upstream_timeout: Annotated[
        float | None,
        typer.Option(
            envvar=HERE + "UPSTREAM_TIMEOUT", help="Longest silence of the upstream, seconds [600]."
        ),
    ] = None,
    connect_timeout: Annotated[
        float | None,
        typer.Option(envvar=HERE + "CONNECT_TIMEOUT", help="Seconds to connect to it [10]."),
    ] = None,
    upstream_ca: Annotated[
        str | None,
        typer.Option(envvar=HERE + "UPSTREAM_CA", help="File of authorities for https upstreams."),
    ] = None,
    drain_timeout: Annotated[
        float | None,
        typer.Option(
            envvar=HERE + "DRAIN_TIMEOUT", help="Seconds that open answers get at the end [30]."
        ),
    ] = None,
    session_ttl: Annotated[
        float | None,
        typer.Option(
            envvar=HERE + "SESSION_TTL",
            help="Seconds that values of a session are kept; 0: each request on its own [0].",
        ),
    ] = None,
    pass_through: Annotated[
        list[str] | None,
        typer.Option(
            envvar=HERE + "PASS_THROUGH", help="Pattern of paths that are relayed unguarded."
        ),
    ] = None,
    redirect_hosts: Annotated[
        list[str] | None,
        typer.Option(
            "--redirect-host",
            envvar=HERE + "REDIRECT_HOSTS",
            help="HOST or HOST:PORT that a redirect of the upstream may lead to; may repeat.",
        ),
    ] = None,
    gateway: Annotated[
        list[str] | None,
        typer.Option(
            envvar=HERE + "GATEWAY",
            help="fms, litellm or both (fms,litellm): gateways whose calls are answered, too.",
        ),
    ] = None,
    envoy_port: Annotated[
        int | None,
        typer.Option(
            envvar=HERE + "ENVOY_PORT",
            help="Where Envoy asks by gRPC, as its external processor; needs the extra envoy.",
        ),
    ] = None,
    model_label: Annotated[
        str | None,
        typer.Option(envvar=HERE + "MODEL_LABEL", help="Label of records, for example int8."),
    ] = None,
    label: Annotated[
        list[str] | None,
        typer.Option(
            envvar=HERE + "LABEL",
            help="Of requests' metadata, or header x-tokenward-label-NAME, what records carry.",
        ),
    ] = None,
    max_body_bytes: Annotated[
        int | None,
        typer.Option(envvar=HERE + "MAX_BODY_BYTES", help="Longest request body [16 MiB]."),
    ] = None,
    max_streams: Annotated[
        int | None,
        typer.Option(envvar=HERE + "MAX_STREAMS", help="Requests at work at most [1000]."),
    ] = None,
    max_connections: Annotated[
        int | None,
        typer.Option(envvar=HERE + "MAX_CONNECTIONS", help="Open connections at most [2000]."),
    ] = None,
    otel: Annotated[
        str | None,
        typer.Option(
            envvar=HERE + "OTEL",
            help="none, requests or stages: what has a span; traces and metrics go where"
            " OTEL_EXPORTER_OTLP_ENDPOINT and its like say [none].",
        ),
    ] = None,
    log_format: Annotated[
        str | None,
        typer.Option(
            envvar=HERE + "LOG_FORMAT", help="off, plain or json: a line a request, no text [off]."
        ),
    ] = None,
) -> None:
    """Guard a model server: listen here, pass on what the policies let through."""
    given = dict(locals())
    del given["config"]
    try:
        import httptools  # noqa: F401, PLC0415  # an extra
        import orjson  # noqa: F401, PLC0415  # likewise
        import uvloop  # noqa: F401, PLC0415  # likewise
    except ImportError as error:
        raise MissingExtra("the sidecar", "sidecar", str(error.name)) from None
    gc.disable()  # what is loaded stays: to look at it again and again is a tenth of the start
    try:
        status = run(given, config)
    finally:
        gc.enable()
    if status:
        raise typer.Exit(status)


def run(given: Mapping[str, Any], config: Path | None) -> int:
    """Runs the sidecar until it is told to end; returns the exit status."""
    import uvloop  # noqa: PLC0415  # an extra

    from tokenward.sidecar.config import read_settings  # noqa: PLC0415
    from tokenward.sidecar.logs import set_up_logs  # noqa: PLC0415
    from tokenward.sidecar.running import serve as serve_alone  # noqa: PLC0415
    from tokenward.sidecar.running import serve_many  # noqa: PLC0415

    settings = read_settings(given, config)
    set_up_logs(settings.log_format)
    if settings.workers > 1:
        status: int = uvloop.run(serve_many(settings, announce))
        return status
    uvloop.run(serve_alone(settings, announce))
    return 0


def announce(line: str) -> None:
    """Prints a line on stderr, at once."""
    typer.echo(line, err=True)
