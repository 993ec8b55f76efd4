"""The tables of the store."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

APPLICATION_ID = 0x544B5744
"""``TKWD`` in the header of the file: tells our stores from other SQLite files."""

metadata = MetaData()

schema_version = Table("schema_version", metadata, Column("version", Integer, nullable=False))

settings = Table(
    "settings",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)

score_names = Table(
    "score_names",
    metadata,
    Column("key", String, primary_key=True),
    Column("names", String, nullable=False),
)

meanings = Table(
    "meanings",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("what", String, nullable=False),
    Column("name", String, nullable=False),
    Column("base", String),
    Column("value", String),
)

interactions = Table(
    "interactions",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("decision_id", String, nullable=False, unique=True),
    Column("schema_version", Integer, nullable=False),
    Column("time", Float, nullable=False),
    Column("source", String, nullable=False),
    Column("route", String),
    Column("model", String),
    Column("model_label", String),
    Column("session", String),
    Column("subject", String),
    Column("policy", String),
    Column("revision", String),
    Column("action", String, nullable=False),
    Column("language", String),
    Column("prompt_tokens", Integer),
    Column("completion_tokens", Integer),
    Column("guard_seconds", Float),
    Column("ttft_seconds", Float),
    Column("total_seconds", Float),
    Column("hold_back", Integer, nullable=False),
    Column("rewinds", Integer, nullable=False),
    Column("is_degraded", Boolean, nullable=False),
    Column("sample_weight", Float, nullable=False),
    Column("decisions", String, nullable=False),
    Column("parameters", String, nullable=False),
    Column("timings", String, nullable=False),
    Column("features", String, nullable=False),
    Column("degraded", String, nullable=False),
    Column("labels", String, nullable=False),
    Index("interactions_time", "time", "seq"),
    Index("interactions_subject", "subject"),
)

report_runs = Table(
    "report_runs",
    metadata,
    Column("report", String, nullable=False),
    Column("reference_start", Float, nullable=False),
    Column("reference_end", Float, nullable=False),
    Column("current_start", Float, nullable=False),
    Column("current_end", Float, nullable=False),
    Column("owner", String, nullable=False),
    Column("expires", Float, nullable=False),
    Column("finished", Float),
    Column("drift", Boolean),
    Column("result", JSON),
    UniqueConstraint("report", "reference_start", "reference_end", "current_start", "current_end"),
)

FILTERS = (
    "source", "route", "model", "model_label", "policy", "revision", "action", "language",
)  # fmt: skip
"""Columns by which rows can be filtered, grouped and sliced."""
