"""Where the sidecar's log lines go: stderr, in the form that was asked for."""

from __future__ import annotations

import json
import logging
import sys
import time

from tokenward.sidecar.settings import LogFormat


class JsonLines(logging.Formatter):
    """Writes each line as JSON; what is JSON already is put in as it is."""

    def format(self, record: logging.LogRecord) -> str:
        """Returns the line."""
        message = record.getMessage()
        line: dict[str, object] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname.lower(),
        }
        try:
            value = json.loads(message)
        except ValueError:
            value = None
        line |= value if isinstance(value, dict) else {"message": message}
        return json.dumps(line)


def set_up_logs(form: LogFormat) -> None:
    """Sends the agent's log to stderr: what happens to it, and with ``form`` how.

    Whether there is a line a request is the service's to say.
    """
    handler = logging.StreamHandler(sys.stderr)
    plain = logging.Formatter("%(asctime)s %(levelname)s %(message)s")
    handler.setFormatter(JsonLines() if form == "json" else plain)
    root = logging.getLogger("tokenward")
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    root.propagate = False
