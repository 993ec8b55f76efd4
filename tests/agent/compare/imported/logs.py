"""Small logs in the shapes in which lm-evaluation-harness and inspect_ai write them."""

from __future__ import annotations

import io
import json
import zipfile

from backports.zstd import zipfile as zstandard

DATE = "2026-02-03T04-05-06.789012"


def sample(number, *, filter_="none", prompt="p", **metrics):
    """A row of lm-eval's --log_samples, of 0.4.4 and later."""
    return {
        "doc_id": number,
        "doc": {"question": f"What is {number} + 1?"},
        "target": str(number + 1),
        "arguments": {"gen_args_0": {"arg_0": f"{prompt} {number}", "arg_1": " 2"}},
        "resps": [[["-1.5", "False"]]],
        "filtered_resps": [["-1.5", "False"]],
        "filter": filter_,
        "metrics": list(metrics),
        "doc_hash": f"{number:064x}",
        "prompt_hash": f"{prompt}-{number}",
        "target_hash": f"t{number}",
        **metrics,
    }


def lm_eval(folder, task, rows, *, date=DATE, results=None):
    """A file of samples, with one of results where there are any."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"samples_{task}_{date}.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    if results is not None:
        (folder / f"results_{date}.json").write_text(json.dumps(results), "utf-8")
    return path


def scored(number, epoch=1, **fields):
    """A sample of inspect as its summaries have it; ``scores`` are values by scorer."""
    scores = fields.pop("scores", {"match": "C"})
    return {
        "id": f"q{number}",
        "epoch": epoch,
        "input": f"say {number}",
        "target": str(number),
        "metadata": {"page": f"p{number // 2}"},
        "scores": {
            name: {"value": value, "answer": "x", "history": []} for name, value in scores.items()
        },
        "completed": True,
        **fields,
    }


def inspect(samples, *, status="success", epochs=1, cluster=None, **fields):
    """A log of inspect as its JSON form has it."""
    names = dict.fromkeys(name for one in samples for name in one.get("scores") or ())
    params = {"cluster": cluster} if cluster else {}
    metric = {"stderr": {"name": "stderr", "value": 0.1, "params": params}}
    return {
        "version": 2,
        "status": status,
        "eval": {
            "run_id": "r", "created": "2026-02-03T04:05:06+00:00", "task": "pack/small",
            "task_id": "t", "model": "mock/model", "dataset": {"samples": len(samples)},
            "model_generate_config": {"temperature": 0.5},
            "config": {"epochs": epochs}, "packages": {"inspect_ai": "0.3.285"},
        },
        "plan": {"steps": [], "config": {"max_tokens": 32}},
        "results": {
            "total_samples": len(samples),
            "scores": [{"name": n, "scorer": n, "params": {}, "metrics": metric} for n in names],
        },
        "samples": samples,
        **fields,
    }  # fmt: skip


def as_json(path, log):
    path.write_text(json.dumps(log), "utf-8")
    return path


def as_eval(path, log, *, compression=zstandard.ZIP_ZSTANDARD, summaries=True, header=True):
    """The zip form, packed as inspect packs it."""
    head = {key: value for key, value in log.items() if key != "samples"}
    out = io.BytesIO()
    with zstandard.ZipFile(out, "w", compression) as file:
        file.writestr("_journal/start.json", json.dumps({"version": 2, "eval": log["eval"]}))
        for one in log["samples"]:
            whole = {**one, "messages": [], "events": []}
            file.writestr(f"samples/{one['id']}_epoch_{one['epoch']}.json", json.dumps(whole))
        if summaries:
            file.writestr("summaries.json", json.dumps(log["samples"]))
        if header:
            file.writestr("header.json", json.dumps(head))
    path.write_bytes(out.getvalue())
    return path


STORED, DEFLATED = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
