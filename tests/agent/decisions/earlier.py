"""Makes files as earlier versions of the store left them."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

from tokenward.store.schema import APPLICATION_ID

TABLES = """
CREATE TABLE schema_version (version INTEGER NOT NULL);
CREATE TABLE settings (name VARCHAR NOT NULL, value VARCHAR NOT NULL, PRIMARY KEY (name));
CREATE TABLE interactions (
    seq INTEGER NOT NULL, decision_id VARCHAR NOT NULL, schema_version INTEGER NOT NULL,
    time FLOAT NOT NULL, source VARCHAR NOT NULL, route VARCHAR, model VARCHAR,
    model_label VARCHAR, session VARCHAR, subject VARCHAR, policy VARCHAR, revision VARCHAR,
    action VARCHAR NOT NULL, language VARCHAR, prompt_tokens INTEGER, completion_tokens INTEGER,
    guard_seconds FLOAT, ttft_seconds FLOAT, total_seconds FLOAT, hold_back INTEGER NOT NULL,
    rewinds INTEGER NOT NULL, is_degraded BOOLEAN NOT NULL, sample_weight FLOAT NOT NULL,
    decisions VARCHAR NOT NULL, parameters VARCHAR NOT NULL, timings VARCHAR NOT NULL,
    features VARCHAR NOT NULL, degraded VARCHAR NOT NULL, labels VARCHAR NOT NULL,
    PRIMARY KEY (seq), UNIQUE (decision_id)
);
CREATE INDEX interactions_time ON interactions (time, seq);
CREATE INDEX interactions_subject ON interactions (subject);
CREATE TABLE report_runs (
    report VARCHAR NOT NULL, reference_start FLOAT NOT NULL, reference_end FLOAT NOT NULL,
    current_start FLOAT NOT NULL, current_end FLOAT NOT NULL, owner VARCHAR NOT NULL,
    expires FLOAT NOT NULL, finished FLOAT, drift BOOLEAN, result JSON,
    UNIQUE (report, reference_start, reference_end, current_start, current_end)
);
"""
SCORES = {"pii.EMAIL_ADDRESS": 0.0, "toxicity.toxicity": 0.5}
KEY = "1f0c6a2d9b3e4f5061728394"
FEATURES = {"prompt.language": "en", "answer.length": 12.0}


def decision(schema):
    """Returns the JSON of a decision: schema 1 had all scores, schema 2 those above 0 and a key."""
    value = {
        "decision_id": "d", "stage": "output", "action": "allow", "rules": [],
        "scores": SCORES if schema == 1 else {"toxicity.toxicity": 0.5},
        "policy": {"name": "default", "revision": "r1"}, "degraded": [],
    }  # fmt: skip
    return value if schema == 1 else {**value, "names": KEY}


def make(path, schema, count=3, first=0):
    """Makes a store of an earlier schema with some records."""
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA journal_mode = WAL")
        file.executescript(TABLES)
        file.execute("INSERT INTO schema_version VALUES (?)", (schema,))
        file.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        if schema == 2:
            file.execute("CREATE TABLE score_names (key VARCHAR NOT NULL PRIMARY KEY, names VARCHAR NOT NULL)")  # fmt: skip
            file.execute("INSERT INTO score_names VALUES (?, ?)", (KEY, json.dumps(list(SCORES))))
        for number in range(first, first + count):
            row = {
                "decision_id": f"id-{number}", "schema_version": schema, "time": 1000.0 + number,
                "source": "sidecar", "model": "m", "session": f"{number % 2:032x}",
                "policy": "default", "revision": "r1", "action": "allow", "language": "en", "guard_seconds": 0.25,
                "hold_back": 0, "rewinds": 0, "is_degraded": 0, "sample_weight": 1.0,
                "decisions": json.dumps([decision(schema)]), "parameters": '{"temperature":0.5}',
                "timings": '{"guard":0.25}', "features": json.dumps(FEATURES), "degraded": "[]",
                "labels": "{}",
            }  # fmt: skip
            places = ", ".join(f":{name}" for name in row)
            file.execute(f"INSERT INTO interactions ({', '.join(row)}) VALUES ({places})", row)
        file.commit()
    return f"sqlite:///{path}"
