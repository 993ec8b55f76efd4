"""Spark counts the same whole numbers, over the files of sealed hours; it needs Java."""

from __future__ import annotations

import sys

import pytest
from tests.agent.monitor.golden import STATED, check, records

from tokenward.monitor.engines import SparkEngine
from tokenward.monitor.expression import SCHEMA
from tokenward.monitor.ranges import Period
from tokenward.monitor.tail import files_of
from tokenward.monitor.traffic import Traffic

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),  # of pyspark's own sockets
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def session(tmp_path, monkeypatch):
    from pyspark.sql import SparkSession

    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    builder = SparkSession.builder.master("local[1]").appName("tokenward")
    for name, value in {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "1",
        "spark.driver.memory": "1g",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.warehouse.dir": str(tmp_path / "warehouse"),
        "spark.sql.session.timeZone": "UTC",
    }.items():
        builder = builder.config(name, value)
    found = builder.getOrCreate()
    yield found
    found.stop()


def test_spark_counts_the_same(session, store, make_traffic, tmp_path):
    store.append(records(make_traffic))
    with store.snapshot() as snapshot:
        files = files_of(snapshot, [(0.0, 1000.0)], tmp_path, tuple(SCHEMA))
    session.read.parquet(*map(str, files)).createOrReplaceTempView("interactions")
    check(Traffic(SparkEngine(session), snapshot.dictionary, STATED), list(store.interactions()))
    assert 60 == len(
        Traffic(SparkEngine(session), snapshot.dictionary).sample(Period(0.0, 1000.0), 60, 100.0)
    )
