"""Names of metrics, as gate files use them."""

from fnmatch import fnmatchcase

from tests.agent.compare.metrics import made

from tokenward.compare.metrics.known import BY_FORMAT, names, paired, prefixed

SUITES = [
    made.suite("leak-context", [made.case("a")]),
    made.suite("quality", [made.case("a")], "stories"),
    made.suite("quality", [made.case("a")], "letters"),
]


def test_metrics_are_known_under_their_own_names():
    for name, metric in names().items():
        assert metric.name == name
        assert metric.about
        assert not metric.about.endswith(".")
        assert metric.kind != "binary" or metric.unit == ""


def test_a_format_begins_its_names_and_a_second_suite_its_own():
    assert [prefix for _, prefix in prefixed(SUITES)] == ["leak", "quality", "letters"]
    known = names(SUITES)

    assert known["letters.kl"].name == "letters.kl"
    assert known["letters.kl"].about == known["quality.kl"].about
    assert "stories.kl" not in known
    assert "leak-context.leaked" not in known


def test_all_metrics_of_a_format_are_found_or_said_to_lack():
    for format_, kind in BY_FORMAT.items():
        suite = made.suite(format_, [made.case("a")], "x")
        found, lacking = paired(made.run(), made.run(), [suite])
        told = {line.partition(": ")[0] for line in lacking}

        assert not found, format_
        assert {one.name for one in kind.metrics if "*" not in one.name} <= told, format_
        assert all(fnmatchcase(name, "toxicity.*") or name in names() for name in told), format_
