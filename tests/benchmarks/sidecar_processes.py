"""The processes that the sidecar's benchmark measures, each on a core of its own where there are two."""

from __future__ import annotations

import math
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SECONDS = 60.0
NGINX = """
daemon off; master_process off; worker_processes 1;
pid {folder}/pid; error_log stderr error;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    upstream model {{ server 127.0.0.1:{model}; keepalive 512; }}
    server {{
        listen 127.0.0.1:{port} backlog=2048;
        keepalive_requests 1000000;
        location / {{
            proxy_pass http://model; proxy_buffering off; tcp_nodelay on;
            proxy_http_version 1.1; proxy_set_header Connection "";
        }}
    }}
}}
"""
"""Nothing buffered, connections to the model kept, one process: the least that a proxy costs."""


@dataclass
class Running:
    """A process that listens; ``wall`` and ``cpu`` are the seconds until it did."""

    process: subprocess.Popen[str]
    port: int
    wall: float = 0.0
    cpu: float = 0.0
    resident: float = 0.0

    @property
    def pid(self) -> int:
        return self.process.pid

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def cpu_seconds(pid: int) -> float:
    """Returns the CPU time of a process, ended threads included, to the nanosecond."""
    return time.clock_gettime(~pid << 3 | 2)  # the id that clock_getcpuclockid(3) returns


def waited(pid: int) -> float:
    """Returns the seconds that a process's main thread was ready to run and others had the core.

    Where the system does not tell, it is not a number.
    """
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text("ascii").split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return math.nan


def resident(pid: int) -> float:
    """Returns the resident memory of a process in MiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def has_torch(pid: int) -> bool:
    """Tells whether a process has loaded torch."""
    return "libtorch" in Path(f"/proc/{pid}/maps").read_text("utf-8")


@contextmanager
def pinned(place: int) -> Iterator[None]:
    """Lets this thread, and the processes it starts, run on one core, where there are several."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) > 1:
        os.sched_setaffinity(0, {cores[place]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def popen(command: Sequence[str], log: Path) -> subprocess.Popen[str]:
    """Starts a process whose words go to a file: a pipe that nobody reads would stop it."""
    with log.open("w") as words:
        return subprocess.Popen(
            command, cwd=ROOT, stdout=words, stderr=subprocess.STDOUT, text=True
        )


def until_said(process: subprocess.Popen[str], log: Path, pattern: str) -> int:
    """Returns the port that a process says it listens on."""
    began = time.monotonic()
    while time.monotonic() - began < SECONDS and process.poll() is None:
        found = re.search(pattern, log.read_text("utf-8"), re.MULTILINE)
        if found:
            return int(found[1])
        time.sleep(0.005)
    process.kill()
    raise SystemExit(f"a process did not start; its words:\n{log.read_text('utf-8')}")


def started(command: Sequence[str], log: Path, pattern: str, place: int) -> Running:
    """Starts a process on a core, and waits until it says its port."""
    began = time.monotonic()
    with pinned(place):
        process = popen(command, log)
    port = until_said(process, log, pattern)
    wall = time.monotonic() - began
    return Running(process, port, wall, cpu_seconds(process.pid), resident(process.pid))


def model(folder: Path) -> Running:
    """Starts the model server."""
    command = [sys.executable, "-m", "tests.benchmarks.sidecar_model"]
    return started(command, folder / "model.log", r"^(\d+)\n", 1)


def plain(upstream: int, folder: Path) -> Running:
    """Starts the proxy that looks at nothing."""
    command = [sys.executable, "-m", "tests.benchmarks.sidecar_plain", str(upstream)]
    return started(command, folder / "plain.log", r"^(\d+)\n", 0)


def sidecar(upstream: int, folder: Path, policy: str, store: str = "") -> Running:
    """Starts the sidecar, with a store of this name where one is given."""
    command = [sys.executable, "-m", "tokenward", "serve", "--port", "0", "--policy", policy]
    command += ["--upstream", f"http://127.0.0.1:{upstream}"]
    command += ["--store", f"sqlite:///{folder / store}.db"] if store else []
    log = folder / f"sidecar-{time.monotonic_ns()}.log"
    return started(command, log, r"^listening on .*:(\d+)\n", 0)


def nginx(upstream: int, folder: Path) -> Running | None:
    """Starts nginx; ``None`` where it is not installed."""
    program = nginx_path()
    if program is None:
        return None
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    file = folder / "nginx.conf"
    file.write_text(NGINX.format(folder=folder, model=upstream, port=port))
    began = time.monotonic()
    with pinned(0):
        process = popen([program, "-p", str(folder), "-c", str(file)], folder / "nginx.log")
    while not answers(port):
        if process.poll() is not None or time.monotonic() - began > SECONDS:
            raise SystemExit(f"nginx did not start:\n{(folder / 'nginx.log').read_text()}")
        time.sleep(0.005)
    wall = time.monotonic() - began
    return Running(process, port, wall, cpu_seconds(process.pid), resident(process.pid))


def nginx_path() -> str | None:
    """Returns where nginx is; it is often outside the paths of a user."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def nginx_version() -> str:
    """Returns the version of nginx, or that it is not installed."""
    program = nginx_path()
    if program is None:
        return "not installed"
    said = subprocess.run([program, "-v"], capture_output=True, text=True, check=False)
    return said.stderr.strip().rpartition("/")[2]


def answers(port: int) -> bool:
    """Tells whether somebody listens on a port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
