"""A receiver of webhooks, and reports whose columns are in states that a test names."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

from tokenward.monitor.drift import ColumnDrift
from tokenward.monitor.report import Report

SECRET = "a secret of sixteen or more"


class Hook(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append(
            (self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        )
        statuses = self.server.statuses
        self.send_response(statuses.pop(0) if len(statuses) > 1 else statuses[0])
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self):
        self.server.got.append((self.path, {}, b""))  # a redirect that was followed

    def log_message(self, *arguments):
        pass


@contextmanager
def receiver():
    """A server that takes what is posted into ``got`` and answers with ``statuses`` in turn."""
    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        server.got, server.statuses, server.headers = [], [200], {}
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        server.url = f"http://127.0.0.1:{server.server_port}/hook/token"
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def column(name, drifts, part=None):
    """A column that drifts, or does not, or (``None``) could not be measured."""
    return ColumnDrift(
        name,
        "number",
        part,
        "psi",
        None if drifts is None else 0.5 if drifts else 0.01,
        0.1,
        None if drifts is None else 0.001,
        drift_detected=bool(drifts),
        n_reference=300,
        n_current=300,
    )


def report(states, name="daily"):
    """A report of columns by name, or by name and slice."""
    side = {"n": 300, "start": "2026-01-01T00:00:00Z", "end": "2026-01-02T00:00:00Z"}
    columns = [
        column(*((key, drifts) if isinstance(key, str) else (key[0], drifts, key[1])))
        for key, drifts in states.items()
    ]
    return Report(name, side, side, tuple(columns), samples=())
