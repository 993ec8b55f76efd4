"""Durability: what was acknowledged is there after the process was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from tokenward.store.store import Store

WRITER = """
import sys
from tokenward.decisions.record import Interaction
from tokenward.decisions.recorder import Recorder
from tokenward.store.store import Store

recorder = Recorder(Store.open(sys.argv[1], create=True))
count = 0
while True:
    for _ in range(30):
        recorder.record(Interaction(decision_id=f"id-{count}", source="cli"))
        count += 1
    if recorder.flush():
        print(count, flush=True)
"""


def test_a_killed_process_loses_no_flushed_row(tmp_path):
    url = f"sqlite:///{tmp_path}/log.db"
    for round_ in range(2):
        path = url.replace("log", f"log{round_}")
        writer = subprocess.Popen([sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE)
        lines = [writer.stdout.readline() for _ in range(10 + 7 * round_)]
        os.kill(writer.pid, signal.SIGKILL)
        rest, _ = writer.communicate(timeout=10)
        acknowledged = int((lines + [line for line in rest.splitlines() if line])[-1])
        with Store.open(path) as store:
            kept = {one.decision_id for one in store.interactions()}
        assert {f"id-{number}" for number in range(acknowledged)} <= kept
