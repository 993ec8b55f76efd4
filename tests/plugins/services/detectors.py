"""A detector service of the FMS kind, for tests: it says what it is told to say."""

from __future__ import annotations

import http.server
import json
import ssl
import threading
import time

PATH = "/api/v1/text/contents"


class DetectorService:
    """A server in threads of its own; ``answer`` gets the contents, and returns rows or a status."""

    def __init__(self, answer, certificate=None):
        self.requests, self.headers = [], []
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                service.requests.append((self.path, body))
                service.headers.append(dict(self.headers))
                found = answer(body["contents"])
                status, data = (found, b'{"code": 1, "message": "no"}')
                if not isinstance(found, int):
                    status, data = (
                        200,
                        found if isinstance(found, bytes) else json.dumps(found).encode(),
                    )
                self.send_response(status if self.path == PATH else 404)
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *arguments):
                """Says nothing."""

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, request, client_address):
                """A client that goes away is no news."""

        self._server = Server(("127.0.0.1", 0), Handler)
        scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            scheme = "https"
        self.url = f"{scheme}://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def words(kind, word, score=0.9, *, text=True, count=len):
    """Returns an answer that finds a word everywhere; ``count`` is how offsets are counted."""

    def answer(contents):
        rows = []
        for content in contents:
            row, at = [], content.find(word)
            while at >= 0:
                one = {
                    "start": count(content[:at]), "end": count(content[: at + len(word)]),
                    "detection": kind, "detection_type": "pii", "score": score,
                }  # fmt: skip
                row.append({**one, "text": word} if text else one)
                at = content.find(word, at + 1)
            rows.append(row)
        return rows

    return answer


def late(seconds):
    def answer(contents):
        time.sleep(seconds)
        return [[] for _ in contents]

    return answer
