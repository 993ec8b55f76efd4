"""The tables of the store."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

APPLICATION_ID = 0x544B5744
"""``TKWD`` in the header of the file: tells our stores from other SQLite files."""

metadata = MetaData()

NUMBER = BigInteger().with_variant(Integer(), "sqlite")
"""Of 64 bits; SQLite's only kind of whole number that counts up by itself has the other name."""
CELLS = LargeBinary().with_variant(ARRAY(BigInteger), "postgresql")
"""``cells.pack`` tells what the bytes are."""

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
    Column("seq", NUMBER, primary_key=True, autoincrement=True),
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
    Column("cells", CELLS),
    Column("grp", Integer),
    Column("weight_millionths", BigInteger),
    Index("interactions_time", "time", "seq"),
    sqlite_autoincrement=True,  # else numbers would come again once their rows are sealed
)
"""``cells``, ``grp`` and ``weight_millionths`` are what is counted; rows of earlier schemas lack
them."""

segments = Table(
    "segments",
    metadata,
    Column("path", String, primary_key=True),
    Column("hour", BigInteger, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("first_seq", BigInteger, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("min_time", Float, nullable=False),
    Column("max_time", Float, nullable=False),
    Column("sha256", String, nullable=False),
    Column("schema_version", Integer, nullable=False),
    Index("segments_time", "min_time"),
)
"""Files of sealed hours, by their path beside the store; ``hour`` is when it began."""

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

texts = Table(
    "texts",
    metadata,
    Column("decision_id", String, nullable=False),
    Column("stage", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("time", Float, nullable=False),
    Column("until", Float),
    Column("subject", String),
    Column("whole", Boolean, nullable=False),
    Column("text", String, nullable=False),
    UniqueConstraint("decision_id", "stage", "number"),
    Index("texts_time", "time"),
    Index("texts_until", "until"),
    Index("texts_subject", "subject"),
)

policies = Table(
    "policies",
    metadata,
    Column("name", String, nullable=False),
    Column("revision", String, nullable=False),
    Column("facts", JSON, nullable=False),
    UniqueConstraint("name", "revision"),
)

feedback = Table(
    "feedback",
    metadata,
    Column("decision_id", String, nullable=False),
    Column("name", String, nullable=False),
    Column("time", Float, nullable=False),
    Column("of", Float, nullable=False),
    Column("subject", String),
    Column("model_label", String),
    Column("grp", Integer, nullable=False),
    Column("weight_millionths", NUMBER, nullable=False),
    Column("value", Float, nullable=False),
    UniqueConstraint("decision_id", "name"),
    Index("feedback_of", "of"),
)

states = Table(
    "states",
    metadata,
    Column("source", String, nullable=False),
    Column("column", String, nullable=False),
    Column("slice", String, nullable=False),
    Column("state", String, nullable=False),
    Column("since", Float, nullable=False),
    Column("told", String, nullable=False),
    Column("acknowledged", Float),
    Column("acknowledged_by", String),
    Column("note", String),
    UniqueConstraint("source", "column", "slice"),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", String, primary_key=True),
    Column("time", Float, nullable=False),
    Column("source", String, nullable=False),
    Column("event", JSON, nullable=False),
    Column("due", Float),
    Column("attempts", Integer, nullable=False),
    Column("done", JSON, nullable=False),
    Column("owner", String),
    Column("expires", Float),
    Column("sent", Float),
    Index("alerts_due", "due"),
    Index("alerts_time", "time"),
)
"""``due`` is when to try again; it is missing where nothing more is tried."""

silences = Table(
    "silences",
    metadata,
    Column("id", String, primary_key=True),
    Column("source", String, nullable=False),
    Column("column", String, nullable=False),
    Column("slice", String, nullable=False),
    Column("since", Float, nullable=False),
    Column("until", Float, nullable=False),
    Column("who", String, nullable=False),
    Column("why", String, nullable=False),
)

alarms = Table(
    "alarms",
    metadata,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("source", String, nullable=False),
    Column("column", String, nullable=False),
    Column("slice", String, nullable=False),
    Column("method", String, nullable=False),
    Column("statistic", Float, nullable=False),
    Column("threshold", Float, nullable=False),
    Column("since", Float, nullable=False),
    Column("raised", Float, nullable=False),
    Column("state", String, nullable=False),
    Column("changed", Float, nullable=False),
    Column("acknowledged_by", String),
    Column("note", String),
    Index("alarms_state", "state", "raised"),
)
"""``source`` is the report or the writer; ``changed`` is when the state last did."""

online_state = Table(
    "online_state",
    metadata,
    Column("writer", String, nullable=False),
    Column("column", String, nullable=False),
    Column("slice", String, nullable=False),
    Column("time", Float, nullable=False),
    Column("reference", JSON),
    Column("state", JSON, nullable=False),
    UniqueConstraint("writer", "column", "slice"),
)
"""What a writer knows of a stream; ``reference`` is large, and hardly ever changes."""

FILTERS = (
    "source", "route", "model", "model_label", "policy", "revision", "action", "language",
)  # fmt: skip
"""Columns by which rows can be filtered, grouped and sliced."""
