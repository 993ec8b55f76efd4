"""The demo: one policy, three doors, on this machine and with no download."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tokenward.demo.answers import Answers
from tokenward.demo.prompts import PROMPTS
from tokenward.demo.server import ModelServer
from tokenward.demo.sidecar import SidecarProcess
from tokenward.demo.traffic import Messages, bad_week, usual
from tokenward.errors import MissingExtra, StoreError
from tokenward.guard import Guard

SHOWN = ("hours", "own-card", "email", "record", "furious", "insult")
BASE, OPTIMIZED = "float32", "int8"
REQUESTS = 120
MAX_TOKENS = 48


class Demo:
    """The steps of the demo; ``folder`` gets the records and the reports."""

    def __init__(self, folder: Path, console: Console, requests: int = REQUESTS) -> None:
        self.folder = folder
        self.store = folder / "records.db"
        self.requests = requests
        self._console = console
        self._models: dict[str, Answers] = {}
        self._periods: dict[str, str] = {}

    def run(self) -> None:
        """Runs all three doors."""
        import torch  # noqa: PLC0415 - heavy

        began = time.monotonic()
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.store.exists():
            self.store.unlink()
        self._say("Loading the demonstration model, in float32 and in int8.")
        # a model this small gains nothing from more threads, and takes the cores from the sidecar
        torch.set_num_threads(1)
        self._models = {BASE: Answers("float32"), OPTIMIZED: Answers("int8")}
        self._generate_loop()
        with ModelServer(self._models) as upstream:
            self._sidecar(upstream.url)
        self._reports()
        self._say(f"Done in {time.monotonic() - began:.0f} seconds. Records: {self.store}")

    # -- door one ---------------------------------------------------------------------------

    def _generate_loop(self) -> None:
        self._title("1", "Python hook: guard.generate() in the generate loop, policy 'rewind'")
        table = Table(show_lines=True)
        for column in ("asked", "unguarded, float32", "unguarded, int8", "guarded, int8", "did"):
            table.add_column(column)
        prompts = {prompt.name: prompt for prompt in PROMPTS}
        with Guard.load("rewind") as guard:
            for name in SHOWN:
                messages = prompts[name].messages
                bare = [self._models[v].answer(messages)[0] for v in (BASE, OPTIMIZED)]
                table.add_row(prompts[name].user, *bare, *self._guarded(guard, messages))
        self._console.print(table)

    def _guarded(self, guard: Guard, messages: Messages) -> tuple[str, str]:
        model = self._models[OPTIMIZED]
        result = guard.generate(
            model.model, model.tokenizer, messages, max_new_tokens=64, do_sample=False
        )
        assert not isinstance(result, list)
        text = result.text + (f"[{result.message}]" if result.blocked else "")
        did = result.decision.action
        return text, f"{did}, {result.rewinds} rewinds" if result.rewinds else did

    # -- door two ---------------------------------------------------------------------------

    def _sidecar(self, upstream: str) -> None:
        self._title("2", "Sidecar: tokenward serve and the openai client, policy 'default'")
        with SidecarProcess(upstream, "default", self.store, BASE) as sidecar:
            self._show_streams(sidecar.url)
            self._traffic(sidecar.url, BASE, "reference", usual(self.requests, 1))
        with SidecarProcess(upstream, "default", self.store, OPTIMIZED) as sidecar:
            self._traffic(sidecar.url, OPTIMIZED, "optimized", usual(self.requests, 2))
            self._traffic(sidecar.url, OPTIMIZED, "bad week", bad_week(self.requests, 3))

    def _show_streams(self, url: str) -> None:
        client = _client(url)
        for name in ("hours", "named-card", "furious"):
            prompt = next(prompt for prompt in PROMPTS if prompt.name == name)
            self._console.print(f"[dim]user[/]       {prompt.user}")
            self._console.print("[dim]assistant[/]  ", end="")
            stream = client.chat.completions.create(
                model=BASE, messages=prompt.messages, stream=True, max_tokens=MAX_TOKENS
            )
            reason = None
            for chunk in stream:
                for choice in chunk.choices:
                    self._console.print(choice.delta.content or "", end="", markup=False)
                    reason = choice.finish_reason or reason
            self._console.print(f"  [dim]({reason})[/]")

    def _traffic(self, url: str, model: str, period: str, questions: list[Messages]) -> None:
        client = _client(url)
        began = datetime.now(UTC)
        reasons: Counter[str] = Counter()
        for seed, messages in enumerate(questions):
            answer = client.chat.completions.create(
                model=model, messages=messages, max_tokens=MAX_TOKENS, temperature=0.7, seed=seed
            )
            reasons[answer.choices[0].finish_reason] += 1
        self._periods[period] = f"{began.isoformat()}/{datetime.now(UTC).isoformat()}"
        stopped = reasons["content_filter"]
        self._say(f"{len(questions)} requests to {model}, {period}: {stopped} stopped by policy.")

    # -- door three -------------------------------------------------------------------------

    def _reports(self) -> None:
        self._title("3", "Reports: what the guard saw, compared")
        self._report("optimized", "float32 against int8, the same customers", "json,md")
        pages = self._report(
            "bad week", "int8, usual customers against a bad week", "html,json,md", "optimized"
        )
        for page in pages:
            if page.endswith(".html"):
                self._say(f"Open in a browser: {Path(page).resolve().as_uri()}")

    def _report(
        self, period: str, title: str, formats: str, reference: str = "reference"
    ) -> list[str]:
        out = self.folder / period.replace(" ", "-")
        result = subprocess.run(  # noqa: S603  # our own command line
            [
                sys.executable,
                "-m",
                "tokenward",
                "report",
                "--store",
                str(self.store),
                "--reference",
                self._periods[reference],
                "--current",
                self._periods[period],
                "--out",
                str(out),
                "--format",
                formats,
                "--json",
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode not in (0, 1):
            raise StoreError(f"the report failed: {result.stderr.strip()}")
        report = json.loads(result.stdout)
        self._say(f"{title}: {_verdict(report)}")
        self._console.print(_drifted(report))
        return list(report["artifacts"])

    def _title(self, number: str, text: str) -> None:
        self._console.rule(f"[bold]{number}[/]  {text}", align="left")

    def _say(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


def _verdict(report: dict[str, Any]) -> str:
    if not any(column["statistic"] is not None for column in report["columns"]):
        return "not measured, there are too few rows"
    return "drift" if report["drift"] else "no drift"


def _drifted(report: dict[str, Any]) -> Table | str:
    columns = [column for column in report["columns"] if column["drift_detected"]]
    if not columns:
        return f"  (of {len(report['columns'])} columns none is known to have changed)"
    table = Table()
    for head in ("column", "method", "statistic", "threshold", "p value", "n"):
        table.add_column(head)
    for column in columns:
        table.add_row(
            column["column"],
            column["method"],
            f"{column['statistic']:.3f}",
            f"{column['threshold']:.3f}",
            f"{column['p_value']:.2g}",
            f"{column['n_reference']} / {column['n_current']}",
        )
    return table


def _client(url: str) -> Any:
    try:
        from openai import OpenAI  # noqa: PLC0415 - heavy
    except ModuleNotFoundError:
        raise MissingExtra("the demo", "all", "openai") from None
    return OpenAI(base_url=f"{url}/v1", api_key="demo", max_retries=0)
