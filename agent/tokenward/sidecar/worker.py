"""One of several processes that share the guarded port; ``workers`` starts it.

Its settings come as JSON on stdin; its argument is the number of the socket on which it answers
the process that started it.
"""

from __future__ import annotations

import dataclasses
import gc
import json
import socket
import sys
from typing import Any

from tokenward.errors import TokenwardError
from tokenward.online.settings import OnlineSettings
from tokenward.sidecar.settings import Bounds, Limits, Settings


def packed(settings: Settings) -> bytes:
    """Returns settings as JSON.

    >>> unpacked(packed(Settings("http://x"))) == Settings("http://x")
    True
    """
    return json.dumps(dataclasses.asdict(settings)).encode()


def unpacked(data: bytes) -> Settings:
    """Returns the settings that ``packed`` wrote."""
    values: dict[str, Any] = json.loads(data)
    limits, bounds = Limits(**values.pop("limits")), Bounds(**values.pop("bounds"))
    drift = OnlineSettings(**tuples(values.pop("drift")))
    return Settings(**tuples(values), limits=limits, bounds=bounds, drift=drift)


def tuples(values: dict[str, Any]) -> dict[str, Any]:
    """Returns values as settings have them: JSON knows lists only."""
    return {key: tuple(one) if isinstance(one, list) else one for key, one in values.items()}


def main() -> None:
    """Runs the process."""
    gc.disable()  # until all is loaded
    import uvloop  # noqa: PLC0415  # an extra, and slow to import

    from tokenward.sidecar.logs import set_up_logs  # noqa: PLC0415
    from tokenward.sidecar.running import serve_part  # noqa: PLC0415

    settings = unpacked(sys.stdin.buffer.read())
    set_up_logs(settings.log_format)
    try:
        uvloop.run(serve_part(settings, socket.socket(fileno=int(sys.argv[1]))))
    except TokenwardError as error:
        sys.stderr.write(f"tokenward: {error}\n")
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
