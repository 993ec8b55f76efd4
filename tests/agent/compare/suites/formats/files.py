"""Writes small files of users, in whatever form."""

from __future__ import annotations

import csv
import gzip
import io
import json


def written(path, rows):
    """JSON lines, a table by the ending, or a text as it is; packed where the ending says so."""
    kind = [suffix for suffix in path.suffixes if suffix != ".gz"][-1:]
    if isinstance(rows, str):
        text = rows
    elif kind in ([".csv"], [".tsv"]):
        out = io.StringIO()
        keys = list(rows[0])
        table = csv.DictWriter(out, keys, delimiter="\t" if kind == [".tsv"] else ",")
        table.writeheader()
        table.writerows(rows)
        text = out.getvalue()
    elif kind == [".json"]:
        text = json.dumps(rows)
    else:
        text = "".join(json.dumps(row) + "\n" for row in rows)
    data = text.encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path
