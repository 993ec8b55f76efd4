"""Names by spaCy pipelines: of rules, and of a network that the tests train."""

from __future__ import annotations

import pytest
import spacy

from tokenward.errors import PluginError, UsageError
from tokenward.types import Tag, Tagger
from tokenward_plugins.names import NamesSettings, register_detectors


def load(model, **settings):
    (plugin,) = register_detectors()
    return plugin.create(NamesSettings(model=model, **settings), None)


def found(tagger, text):
    (tags,) = tagger.tag([text])
    return [(text[tag.start : tag.end], tag.type) for tag in tags]


def test_names_have_presidios_types(ruler):
    tagger = load(ruler)

    assert isinstance(tagger, Tagger)
    assert {"PERSON", "LOCATION", "ORGANIZATION"} == tagger.types
    assert [
        ("Anna Weber", "PERSON"),
        ("Lisbon", "LOCATION"),
        ("Nordwind", "ORGANIZATION"),
    ] == found(tagger, "Anna Weber left Lisbon for Nordwind on Monday.")


def test_scores_are_presidios_and_the_evidence_is_the_models_label(ruler):
    ((tag,),) = load(ruler).tag(["in Lisbon"])

    assert Tag("LOCATION", 3, 9, 0.85) == tag
    assert {"label": "GPE"} == tag.evidence
    assert [[]] == load(ruler, min_score=0.9).tag(["in Lisbon"])


def test_labels_may_be_mapped_and_left_out(ruler):
    tagger = load(ruler, labels={"DATE": "DATE_TIME", "ORG": None})

    assert {"PERSON", "LOCATION", "DATE_TIME"} == tagger.types
    assert [("Monday", "DATE_TIME")] == found(tagger, "Nordwind closes on Monday")


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ({"PERSONS": "PERSON"}, "the model has no label 'PERSONS'; use one of: DATE, GPE, LOC"),
        (dict.fromkeys(["PERSON", "GPE", "LOC", "ORG"]), "no label of the model has a type"),
    ],
)
def test_labels_that_the_model_has_not_are_refused(ruler, labels, message):
    with pytest.raises(UsageError, match=message):
        load(ruler, labels=labels)


def test_texts_keep_their_order_and_their_offsets(ruler):
    texts = ["", "Lisbon", "\n😀 Anna Weber\t", "nothing here", "\ud800 Mr Okafor", "我在東京。"]

    assert [
        [],
        [("LOCATION", 0, 6)],
        [("PERSON", 3, 13)],
        [],
        [("PERSON", 2, 11)],
        [],
    ] == [[(t.type, t.start, t.end) for t in tags] for tags in load(ruler).tag(texts)]


def test_no_texts_give_no_rows(ruler):
    assert [] == load(ruler).tag([])


def test_batches_of_any_size_say_the_same(ruler, trained):
    texts = [f"Anna Weber met Bert Nolan in Lisbon {'again ' * n}" for n in range(7)]
    for model in (ruler, trained):
        assert load(model, batch_size=1).tag(texts) == load(model, batch_size=50).tag(texts)


def test_a_trained_network_finds_names_that_it_was_not_told_of(trained):
    tagger = load(trained)

    assert ("Greta Larsen", "PERSON") in found(tagger, "please ask Greta Larsen about the invoice")
    assert ("Bergen", "LOCATION") in found(tagger, "the train to Bergen leaves at noon")


def test_words_of_texts_are_forgotten(trained):
    tagger = load(trained)
    tagger.tag(["please ask Zqxj7Wv Qqvbnty about the invoice"])

    strings = tagger._pipeline.vocab.strings
    assert "Zqxj7Wv" not in strings
    assert "Qqvbnty" not in strings


def test_the_network_alone_runs_where_nothing_else_is_needed(tmp_path):
    pipeline = spacy.blank("en")
    pipeline.add_pipe("attribute_ruler")
    ner = pipeline.add_pipe("ner")
    ner.add_label("PERSON")
    pipeline.initialize()
    pipeline.to_disk(tmp_path)

    assert ["ner"] == load(str(tmp_path))._pipeline.pipe_names


def test_rules_keep_the_components_that_they_may_look_at(tmp_path):
    pipeline = spacy.blank("en")
    pipeline.add_pipe("attribute_ruler").add([[{"ORTH": "Jo"}]], {"TAG": "NNP"})
    pipeline.add_pipe("entity_ruler").add_patterns([{"label": "PERSON", "pattern": "Jo"}])
    pipeline.to_disk(tmp_path)

    assert ["attribute_ruler", "entity_ruler"] == load(str(tmp_path))._pipeline.pipe_names


def test_a_pipeline_that_sets_no_entities_is_refused(tmp_path):
    pipeline = spacy.blank("en")
    pipeline.add_pipe("sentencizer")
    pipeline.to_disk(tmp_path)

    with pytest.raises(
        PluginError, match="sets entities; it holds sentencizer: use one with 'ner'"
    ):
        load(str(tmp_path))


def test_a_torn_pipeline_says_so(tmp_path):
    spacy.blank("en").to_disk(tmp_path)
    (tmp_path / "config.cfg").write_text("[nlp]\nlang = \n")

    with pytest.raises(PluginError, match="the pipeline does not load"):
        load(str(tmp_path))


def test_another_device_is_refused(ruler):
    with pytest.raises(UsageError, match="device is 'cuda'; a spaCy pipeline runs on 'cpu' here"):
        load(ruler, device="cuda")
