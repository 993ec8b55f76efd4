"""What detectors state of their error is what their pages say."""

from pathlib import Path

import pytest

import tokenward_plugins
from tokenward.errors import PluginError
from tokenward.types import StatedError

ROOT = Path(tokenward_plugins.__file__).parent
PAGES = {"refusal": "style/EVALUATION.md", "toxicity": "toxicity/model/MODEL_CARD.md"}


def test_stated_errors_are_those_of_the_pages(registry):
    stated = {name: one.stated for name, one in registry.detectors.items() if one.stated}

    assert stated.keys() == PAGES.keys()
    for name, some in stated.items():
        page = (ROOT / PAGES[name]).read_text(encoding="utf-8")
        for one in some:
            for share in (one.sensitivity, 1 - one.specificity):
                assert f"{share:.3f}" in page or f"{share:.1%}".replace("%", " %") in page, name
            known = registry.detectors[name].types
            assert known is None or one.type in known


def test_a_share_beyond_its_limits_is_refused():
    with pytest.raises(PluginError, match=r"stated error of type 'a'.*must lie in \[0, 1\]"):
        StatedError("a", 0.5, 17.2, 0.9, 10, 10, "made")
