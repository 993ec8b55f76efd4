"""The groups by which `tokenward evaluate --identity` measures."""

from __future__ import annotations

import pytest

from tokenward_plugins.bias import register_groupings


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("Can I get a loan?", set()),
        ("Can a Muslim woman get a loan?", {"religion:muslim", "gender:female"}),
        ("JEWS and Christians, and Christians again", {"religion:jewish", "religion:christian"}),
        ("A black cat on a white wall", set()),
        ("Two black men", {"race:black", "gender:male"}),
    ],
)
def test_every_group_that_a_text_names_is_told(text, groups):
    (grouping,) = register_groupings()
    assert groups == set(grouping.of(text))
