"""The registry: each hook works, and each way to break one stops start-up with one clear error."""

from __future__ import annotations

import importlib.metadata
import sys
from dataclasses import dataclass
from types import ModuleType

import pytest

from tokenward.engine.find import find_policy, installed
from tokenward.errors import PluginError, PolicyError, UsageError
from tokenward.hookspecs import hookimpl
from tokenward.registry import Registry
from tokenward.types import DetectorPlugin, DriftMethod, DriftOutcome, Feature, Grouping, Swapper


@dataclass(frozen=True)
class Settings:
    unit: str = "sentence"
    least: int = 1


class Empty:
    """A classifier that scores nothing high."""

    types = frozenset({"x"})
    inline = True

    def __init__(self, settings):
        self.unit, self.least = settings.unit, settings.least

    def score(self, texts):
        return [{"x": 0.0} for _ in texts]


def plugin(name="empty", create=lambda settings, source: Empty(settings), settings=Settings):
    return DetectorPlugin(name, create, settings, frozenset({"x"}), "Finds nothing.")


def module(name="sample", **hooks):
    """A plugin as a module, its functions marked."""
    made = ModuleType(name)
    for hook, function in hooks.items():
        setattr(made, hook, hookimpl(function))
    return made


def registry(*modules):
    return Registry([(made.__name__, made) for made in modules])


def one_line(raised):
    """Returns the message of an error, which is one line in the house's form."""
    message = str(raised.value)
    assert "\n" not in message
    assert not message.endswith(".")
    assert message[0].islower() or message[0] in "<$-" or message.startswith("TOKENWARD_")
    return message


def nothing(_table):
    return DriftOutcome(0.0, 1.0)


def drift_method(name):
    return DriftMethod(name, nothing, frozenset({"rate"}), 0.1, "a distance", "somebody 2026")


# -- the hooks ------------------------------------------------------------------------------


def test_hook_register_detectors():
    made = registry(module(register_detectors=lambda: [plugin("one"), plugin("two")]))
    assert ["one", "two"] == list(made.detectors)
    detector = made.build("two", {"least": 3}, "here")
    assert (3, "sentence") == (detector.least, detector.unit)


def test_hook_register_features():
    length = Feature("length", "number", len, "Characters.")
    made = registry(
        module("a", register_features=lambda: [length]), module("b", register_features=lambda: ())
    )
    assert [length] == made.features()


def test_hook_register_groupings():
    trades = Grouping("trades", str.split, "Trades.")
    made = registry(
        module("a", register_groupings=lambda: [trades]), module("b", register_groupings=lambda: ())
    )
    assert [trades] == made.groupings()


def test_hook_register_swappers():
    swapper = Swapper("trades", lambda text, most: [], "Trades.")
    made = registry(
        module("a", register_swappers=lambda: [swapper]), module("b", register_swappers=lambda: ())
    )
    assert [swapper] == made.swappers()


def test_hook_register_drift_methods():
    gap = drift_method("gap")
    made = registry(
        module("a", register_drift_methods=lambda: [gap]),
        module("b", register_drift_methods=lambda: [drift_method("other")]),
    )
    assert {"gap": gap, "other": drift_method("other")} == made.drift_methods()


def test_two_drift_methods_of_one_name_stop():
    made = registry(
        module("a", register_drift_methods=lambda: [drift_method("gap")]),
        module("b", register_drift_methods=lambda: [drift_method("gap")]),
    )
    with pytest.raises(PluginError) as raised:
        made.drift_methods()
    assert "plugins 'a' and 'b' both register the drift method 'gap'" in one_line(raised)


def test_hook_register_policies(tmp_path):
    (tmp_path / "calm.yaml").write_text("name: calm\nrules: []\n")
    (tmp_path / "calm.test.yaml").write_text("cases: []\n")
    (tmp_path / "notes.txt").write_text("no policy")
    made = registry(module(register_policies=lambda: tmp_path))
    assert {"calm": tmp_path / "calm.yaml"} == installed(made)
    assert "calm" == find_policy("calm", made).name


# -- how a plugin can be wrong --------------------------------------------------------------


def test_a_hook_that_does_not_exist_stops():
    with pytest.raises(PluginError) as raised:
        registry(module(register_detector=lambda: ()))
    assert one_line(raised) == (
        "plugin 'sample' implements an unknown hook; use one of: "
        "register_detectors, register_drift_methods, register_features, register_groupings, "
        "register_policies, register_swappers"
    )


def test_an_argument_that_the_hook_does_not_have_stops():
    with pytest.raises(PluginError) as raised:
        registry(module(register_detectors=lambda settings: []))
    message = one_line(raised)
    assert message.startswith("plugin 'sample' breaks the contract: ")
    assert "settings" in message


def test_a_hook_that_raises_stops():
    with pytest.raises(PluginError) as raised:
        registry(module(register_detectors=lambda: 1 / 0))
    expected = "plugin 'sample' failed in register_detectors(): ZeroDivisionError: division by zero"
    assert expected == one_line(raised)


def test_something_that_is_no_detector_plugin_stops():
    with pytest.raises(PluginError) as raised:
        registry(module(register_detectors=lambda: [Empty]))
    assert "plugin 'sample' registers a type as a detector" in one_line(raised)


def test_a_detector_that_two_plugins_register_stops():
    with pytest.raises(PluginError) as raised:
        registry(
            module("one", register_detectors=lambda: [plugin()]),
            module("two", register_detectors=lambda: [plugin()]),
        )
    message = one_line(raised)
    assert "'one' and 'two'" in message or "'two' and 'one'" in message
    assert "both register the detector 'empty'; uninstall one" in message


def test_a_detector_of_neither_shape_stops():
    made = registry(module(register_detectors=lambda: [plugin(create=lambda s, source: object())]))
    with pytest.raises(PluginError) as raised:
        made.build("empty", {}, "p.yaml:3:1")
    assert "p.yaml:3:1: detector 'empty' is neither a span detector" in one_line(raised)


def test_a_detector_that_nobody_registered_stops():
    with pytest.raises(PolicyError) as raised:
        registry(module(register_detectors=lambda: [plugin()])).build("full", {}, "p.yaml:3:1")
    assert one_line(raised) == (
        "p.yaml:3:1: nobody registered the detector 'full'; use one of: empty, "
        "or install the plugin that brings it"
    )


@dataclass(frozen=True)
class NoSettings:
    """Nothing to set."""


@dataclass(frozen=True)
class Demanding:
    words: dict[str, list[str]]


SETTINGS = [
    (Settings, {"size": 3}, "detector 'empty' has no setting 'size'; use one of: unit, least"),
    (NoSettings, {"size": 3}, "detector 'empty' has no setting 'size'; it takes none"),
    (Settings, {"least": "many"}, "setting 'least' of detector 'empty': input should be a valid"),
    (Settings, {"unit": 7}, "setting 'unit' of detector 'empty': input should be a valid string"),
    (Demanding, {}, "setting 'words' of detector 'empty': field required"),
    (Demanding, {"words": {"a": "b"}}, "setting 'words.a' of detector 'empty': input should be a"),
]


@pytest.mark.parametrize(("kind", "values", "expected"), SETTINGS)
def test_settings_that_do_not_fit_stop(kind, values, expected):
    made = registry(module(register_detectors=lambda: [plugin(settings=kind)]))
    with pytest.raises(PolicyError) as raised:
        made.build("empty", values, "p.yaml:3:1")
    assert one_line(raised).startswith(f"p.yaml:3:1: {expected}")


def test_a_plugin_may_build_another_detector():
    outer = plugin("outer", lambda settings, source: source("empty"))
    made = registry(module(register_detectors=lambda: [plugin(), outer]))
    assert isinstance(made.build("outer", {}, "here"), Empty)


# -- what is installed ----------------------------------------------------------------------


@pytest.fixture
def points(monkeypatch, tmp_path, installed):
    """Installs two small plugins, and one that does not import, as entry points."""
    monkeypatch.syspath_prepend(str(tmp_path))
    code = "from tokenward.hookspecs import hookimpl\n@hookimpl\ndef register_features():\n    return []\n"
    (tmp_path / "sample_a.py").write_text(code)
    (tmp_path / "sample_b.py").write_text(code)
    (tmp_path / "sample_broken.py").write_text("import nothing_of_that_name\n")
    for name in ("sample_a", "sample_b", "sample_broken"):
        monkeypatch.delitem(sys.modules, name, raising=False)

    def install(**modules):
        made = [importlib.metadata.EntryPoint(n, m, "tokenward") for n, m in modules.items()]
        installed(*made)

    monkeypatch.delenv("TOKENWARD_PLUGINS", raising=False)
    return install


def names():
    return [name for name, _, _ in Registry.load().plugins()]


def test_every_installed_plugin_is_loaded_and_listed(points):
    points(a="sample_a", b="sample_b")
    assert [
        ("a", "sample_a", ["register_features"]),
        ("b", "sample_b", ["register_features"]),
    ] == Registry.load().plugins()


def test_a_plugin_that_does_not_import_stops(points):
    points(a="sample_a", broken="sample_broken")
    with pytest.raises(PluginError) as raised:
        Registry.load()
    message = one_line(raised)
    assert "plugin 'broken' (sample_broken, from unknown package) does not load" in message
    assert "No module named 'nothing_of_that_name'" in message
    assert message.endswith("repair or uninstall it, or list the others in TOKENWARD_PLUGINS")


def test_the_allow_list_says_which_plugins_are_loaded(points, monkeypatch):
    points(a="sample_a", b="sample_b", broken="sample_broken")
    monkeypatch.setenv("TOKENWARD_PLUGINS", "b, a")
    assert ["a", "b"] == names()


def test_an_allow_list_that_names_what_is_not_installed_stops(points, monkeypatch):
    points(a="sample_a", b="sample_b")
    monkeypatch.setenv("TOKENWARD_PLUGINS", "a,c")
    with pytest.raises(UsageError) as raised:
        Registry.load()
    assert "TOKENWARD_PLUGINS names 'c', not installed; use one of: a, b" == one_line(raised)


def test_a_plugin_without_a_hook_is_refused():
    with pytest.raises(
        PluginError, match=r"plugin .empty. implements no hook; mark one with tokenward\.hookimpl"
    ):
        Registry([("empty", type(sys)("empty"))])


def test_hook_calls_can_be_traced(monkeypatch, capsys):
    class Plugin:
        @hookimpl
        def register_detectors(self):
            return []

    monkeypatch.setenv("TOKENWARD_TRACE_HOOKS", "1")
    Registry([("p", Plugin())])

    assert "tokenward: register_detectors() of plugin 'p'\n" == capsys.readouterr().err


def test_a_detector_knows_the_plugin_that_brings_it(registry):
    assert registry.owner("refusal") == "style"
    assert registry.owner("pii") == "pii"
