"""``tokenward serve``: the sidecar in front of a model server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

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
    admin_host: Annotated[
        str | None,
        typer.Option(envvar=HERE + "ADMIN_HOST", help="Where health and metrics are [127.0.0.1]."),
    ] = None,
    admin_port: Annotated[
        int | None,
        typer.Option(envvar=HERE + "ADMIN_PORT", help="Their port [port + 1]."),
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
    model_label: Annotated[
        str | None,
        typer.Option(envvar=HERE + "MODEL_LABEL", help="Label of records, for example int8."),
    ] = None,
    max_body_bytes: Annotated[
        int | None,
        typer.Option(envvar=HERE + "MAX_BODY_BYTES", help="Longest request body [16 MiB]."),
    ] = None,
    max_connections: Annotated[
        int | None,
        typer.Option(envvar=HERE + "MAX_CONNECTIONS", help="Open connections at most [2000]."),
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
        import uvloop  # noqa: PLC0415  # likewise
    except ImportError as error:
        raise MissingExtra("the sidecar", "sidecar", str(error.name)) from None
    from tokenward.sidecar.config import read_settings  # noqa: PLC0415
    from tokenward.sidecar.logs import set_up_logs  # noqa: PLC0415
    from tokenward.sidecar.server import serve as run  # noqa: PLC0415

    settings = read_settings(given, config)
    set_up_logs(settings.log_format)
    uvloop.run(run(settings, announce))


def announce(line: str) -> None:
    """Prints a line on stderr, at once."""
    typer.echo(line, err=True)
