"""Names by GLiNER, against a stand-in for its documented interface.

The package asks for an older transformers than ours, so it cannot be installed beside it. The
stand-in has what the detector uses, and drops what is beyond its window, as the real one does.
"""

from __future__ import annotations

import re
import sys
from types import ModuleType, SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenward.errors import PluginError, UsageError
from tokenward.types import Tag, Tagger
from tokenward_plugins.names import NamesSettings, register_detectors
from tokenward_plugins.names.prompted import PromptedNames, windows

KNOWN = {"Anna Weber": "person", "Lisbon": "location", "Nordwind": "organization"}
WORD = re.compile(r"\w+(?:[-_]\w+)*|\S")


class StandInForGLiNER:
    """Finds a few names, in what it sees; a token stands for a byte."""

    def __init__(self, words=12, tokens=10**30):
        self.config = SimpleNamespace(max_len=words)
        tokenizer = SimpleNamespace(model_max_length=tokens)
        self.data_processor = SimpleNamespace(
            words_splitter=self.split, transformer_tokenizer=tokenizer
        )
        self.asked = []

    @classmethod
    def from_pretrained(cls, folder, *, local_files_only, map_location):
        assert local_files_only
        if "torn" in folder:
            raise FileNotFoundError("No model file found\nand more")
        model = cls()
        model.device = map_location
        return model

    @staticmethod
    def split(text):
        return ((match[0], match.start(), match.end()) for match in WORD.finditer(text))

    def inference(self, texts, labels, *, flat_ner, threshold, multi_label, batch_size):
        self.asked.append((len(texts), labels, threshold, batch_size))
        assert flat_ner and not multi_label
        assert [len(text) for text in texts] == sorted(len(text) for text in texts)
        return [list(self.found(text, labels, threshold)) for text in texts]

    def found(self, text, labels, threshold):
        room = self.data_processor.transformer_tokenizer.model_max_length
        room -= sum(len(label.encode()) + 2 for label in labels)
        seen = 0
        for number, (word, _, end) in enumerate(self.split(text)):
            room -= len(word.encode())
            if number == self.config.max_len or room < 0:
                break
            seen = end
        for name, label in KNOWN.items():
            for match in re.finditer(name, text[:seen]):
                if label in labels and threshold <= 0.875:
                    yield {
                        "start": match.start(), "end": match.end(), "text": match[0],
                        "label": label, "score": 0.875,
                    }  # fmt: skip


@pytest.fixture
def installed(monkeypatch):
    module = ModuleType("gliner")
    module.GLiNER = StandInForGLiNER
    monkeypatch.setitem(sys.modules, "gliner", module)


def load(folder, **settings):
    (plugin,) = register_detectors()
    return plugin.create(NamesSettings(model=str(folder), backend="gliner", **settings), None)


def spans(tags):
    return [(tag.start, tag.end, tag.type) for tag in tags]


def test_it_asks_in_words_and_gives_presidios_types(installed, tmp_path):
    tagger = load(tmp_path)

    assert isinstance(tagger, Tagger)
    assert {"PERSON", "LOCATION", "ORGANIZATION", "NRP"} == tagger.types
    assert [[Tag("PERSON", 3, 13, 0.875), Tag("LOCATION", 17, 23, 0.875)], []] == tagger.tag(
        ["so Anna Weber in Lisbon", "nobody"]
    )
    assert {"label": "person"} == tagger.tag(["Anna Weber"])[0][0].evidence
    ((_, labels, threshold, batch), *_) = tagger._model.asked
    assert ["person", "location", "organization"] == labels[:3]
    assert (0.3, 8) == (threshold, batch)


def test_labels_are_what_is_asked_for(installed, tmp_path):
    tagger = load(tmp_path, labels={"person": None, "product": "PRODUCT"}, min_score=0.9)

    assert {"LOCATION", "ORGANIZATION", "NRP", "PRODUCT"} == tagger.types
    assert [[]] == tagger.tag(["Anna Weber in Lisbon"])
    with pytest.raises(UsageError, match="leaves nothing to look for"):
        load(tmp_path, labels=dict.fromkeys(tagger._kinds) | {"person": None, "product": None})


def test_texts_keep_their_order(installed, tmp_path):
    texts = ["in Lisbon and nowhere else", "", "Lisbon", " \n", "\ud800 Lisbon", "for Nordwind"]

    assert [
        [(3, 9, "LOCATION")], [], [(0, 6, "LOCATION")], [], [(2, 8, "LOCATION")],
        [(4, 12, "ORGANIZATION")],
    ] == [spans(tags) for tags in load(tmp_path).tag(texts)]  # fmt: skip
    assert [] == load(tmp_path).tag([])


SOME = st.lists(st.sampled_from([*KNOWN, "the", "über-x", "中文", "😀", "x" * 30]), max_size=40)


@given(SOME, st.integers(4, 20), st.sampled_from([10**30, 200, 512]))
def test_what_is_beyond_a_window_is_seen_by_another(words, most, tokens):
    text = " ".join(words)
    tagger = PromptedNames(StandInForGLiNER(most, tokens), NamesSettings(model="x"))
    expected = sorted(
        (match.start(), match.end()) for name in KNOWN for match in re.finditer(name, text)
    )

    assert expected == [(tag.start, tag.end) for tag in tagger.tag(["", text])[1]]


@given(st.text(max_size=60), st.integers(2, 9), st.integers(8, 30))
def test_windows_cover_every_word(text, most, room):
    some = [(start, end) for _, start, end in StandInForGLiNER.split(text) if end - start < 4]
    cut = list(windows(text, some, most, room))
    inside = {place for start, end in cut for place in range(start, end)}

    assert inside >= {place for start, end in some for place in range(start, end)}
    for start, end in cut:
        held = [one for one in some if start <= one[0] and one[1] <= end]
        assert len(held) <= most


def test_older_versions_have_another_name_for_it(installed, tmp_path, monkeypatch):
    monkeypatch.setattr(
        StandInForGLiNER, "batch_predict_entities", StandInForGLiNER.inference, raising=False
    )
    monkeypatch.delattr(StandInForGLiNER, "inference")

    assert [[(0, 6, "LOCATION")]] == [spans(tags) for tags in load(tmp_path).tag(["Lisbon"])]


def test_without_the_package_it_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "gliner", None)
    with pytest.raises(UsageError, match="needs 'gliner', which is not installed; pip install gl"):
        load(tmp_path)


def test_a_torn_model_says_so(installed, tmp_path):
    folder = tmp_path / "torn"
    folder.mkdir()
    with pytest.raises(PluginError, match="does not load: No model file found; it must hold glin"):
        load(folder)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"device": "cuda:9"}, "the device 'cuda:9' is not there"),
        ({"max_tokens": 500}, "max_tokens is 500; the model sees 12 words at once"),
    ],
)
def test_settings_that_the_model_cannot_follow_are_refused(installed, tmp_path, settings, message):
    with pytest.raises(UsageError, match=message):
        load(tmp_path, **settings)


def test_labels_that_leave_no_room_for_text_are_refused():
    settings = NamesSettings(model="x", labels={"a very long label " * 30: "THING"})
    with pytest.raises(UsageError, match="the model sees 512 tokens at once, prompts included"):
        PromptedNames(StandInForGLiNER(12, 512), settings)
