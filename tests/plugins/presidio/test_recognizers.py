"""Recognizers of users: what they find, how they are named, what is said where they are wrong."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tokenward.errors import ModelMissing, PluginError, PolicyError, UsageError
from tokenward.types import Tag, Tagger
from tokenward_plugins.recognizers import RecognizersSettings, register_detectors


def load(*recognizers, **settings):
    (plugin,) = register_detectors()
    return plugin.create(RecognizersSettings(recognizers=recognizers, **settings), None)


def found(tagger, text):
    (tags,) = tagger.tag([text])
    return [(tag.type, text[tag.start : tag.end], round(tag.score, 2)) for tag in tags]


# -- what is found ------------------------------------------------------------------------------


def test_a_class_of_presidio_runs_as_it_is():
    tagger = load("presidio_analyzer.predefined_recognizers:CreditCardRecognizer")

    assert isinstance(tagger, Tagger)
    assert {"CREDIT_CARD"} == tagger.types
    assert [("CREDIT_CARD", "4111 1111 1111 1111", 1.0)] == found(
        tagger, "card 4111 1111 1111 1111, not 4111 1111 1111 1112"
    )


def test_a_class_of_a_file_runs_with_its_own_check(module):
    tagger = load(f"{module}:Badges")

    assert [("BADGE", "B-123", 1.0), ("BADGE", "B-923", 0.5)] == found(tagger, "B-123 B-223 B-923")


def test_a_file_in_presidios_format_is_read(file):
    tagger = load(file)

    assert {"TICKET", "TITLE", "CREDIT_CARD"} == tagger.types
    assert [("TICKET", "T-1234", 0.4), ("TITLE", "Dr.", 1.0)] == found(
        tagger, "see T-1234 of Dr. No"
    )
    assert [("TICKET", "1234", 0.05)] == found(tagger, "see 1234")


def test_another_language_has_its_own_recognizers(file):
    tagger = load(file, language="de")

    assert {"KARTE", "TITLE", "CREDIT_CARD"} == tagger.types
    assert [("KARTE", "Kundenkarte", 1.0)] == found(tagger, "Meine Kundenkarte ist weg.")


def test_objects_and_classes_of_a_program_are_taken(kinds):
    tagger = load(kinds["Words"](), kinds["Badges"])

    assert {"WORD", "BADGE"} == tagger.types
    assert [("WORD", "secret", 0.75), ("BADGE", "B-101", 1.0)] == found(tagger, "a secret, B-101")


def test_words_before_a_value_raise_its_score_as_in_presidio(file):
    assert [("TICKET", "T-1234", 0.75)] == found(load(file), "your ticket is T-1234")
    assert [("TICKET", "T-1234", 0.4)] == found(load(file, context=False), "your ticket is T-1234")


def test_evidence_says_which_recognizer_and_pattern(file):
    tags = {tag.type: tag.evidence for tag in load(file).tag(["T-1234 of Dr. No"])[0]}

    assert {"recognizer": "Ticket recognizer", "pattern": "ticket"} == tags["TICKET"]
    assert {"recognizer": "Titles", "pattern": "deny_list"} == tags["TITLE"]


def test_own_thresholds_of_a_recognizer_count(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text(
        "recognizers:\n"
        "- name: Tickets\n"
        "  supported_entity: TICKET\n"
        "  score_thresholds: {default: 0.3}\n"
        "  context: [ticket]\n"
        "  patterns: [{name: t, regex: '[0-9]{4}', score: 0.1}]\n"
    )
    tagger = load(str(path))

    assert [] == found(tagger, "it is 1234")
    assert [("TICKET", "1234", 0.45)] == found(tagger, "the ticket is 1234")


def test_texts_keep_their_order_and_their_offsets(file):
    rows = load(file).tag(["", "T-1234", "\n😀 T-1234", "no", "\ud800 Prof. X"])

    assert [[], [(0, 6)], [(3, 9)], [], [(2, 7)]] == [
        [(tag.start, tag.end) for tag in tags] for tags in rows
    ]
    assert [] == load(file).tag([])


def test_a_pipeline_gives_lemmas_and_entities(tmp_path, kinds):
    import spacy

    pipeline = spacy.blank("en")
    pipeline.add_pipe("entity_ruler").add_patterns([{"label": "PERSON", "pattern": "Jo Doe"}])
    pipeline.to_disk(tmp_path)
    spacy_recognizer = "presidio_analyzer.predefined_recognizers:SpacyRecognizer"

    assert ("PERSON", "Jo Doe", 0.85) in found(
        load(spacy_recognizer, nlp=str(tmp_path)), "to Jo Doe"
    )
    assert [] == found(load(spacy_recognizer), "to Jo Doe")


def test_words_of_texts_are_forgotten(file):
    tagger = load(file)
    tagger.tag(["the ticket of Zqxj7Wv is T-1234"])

    assert "Zqxj7Wv" not in tagger._words._pipeline.vocab.strings


def test_a_result_without_an_explanation_takes_context_too(kinds):
    from presidio_analyzer import RecognizerResult

    words = kinds["Words"](lambda text: [RecognizerResult("WORD", 7, 10, 0.2)])
    words.context = ["secret"]

    assert [("WORD", "abc", 0.55)] == found(load(words), "secret abc")


# -- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({}, UsageError, "no recognizers are set; list some: 'package.module:ClassName'"),
        ({"language": "English"}, UsageError, "language is 'English'; use a code such as 'en'"),
        ({"nlp": ""}, UsageError, "nlp is empty; use 'blank' or the folder"),
        ({"nlp": "no/such"}, ModelMissing, "nlp 'no/such' is no folder; give that of a spaCy"),
        ({"language": "qq"}, UsageError, "for the language 'en', the detector for 'qq'"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, error, message, kinds):
    recognizers = [kinds["Words"]()] if settings else []
    with pytest.raises(error, match=message):
        load(*recognizers, **settings)


def test_a_language_without_a_tokenizer_is_refused(kinds):
    with pytest.raises(UsageError, match="spaCy has no tokenizer for the language 'qq'; set 'nlp'"):
        load(kinds["Words"](language="qq"), language="qq")


def test_a_folder_without_a_pipeline_is_refused(kinds, tmp_path):
    with pytest.raises(PluginError, match="the pipeline does not load"):
        load(kinds["Words"](), nlp=str(tmp_path))


@pytest.mark.parametrize(
    ("entry", "error", "message"),
    [
        ("Badges", UsageError, "is no class and no file; write 'package.module:ClassName'"),
        ("nobody.has_this:X", UsageError, "no module 'nobody'; install the package that has it"),
        ("json.nothing:X", UsageError, "no module 'json.nothing'"),
        ("no/such/file.py:X", UsageError, "no file 'no/such/file.py'; paths start at"),
        ("no/such/file.yaml", UsageError, "'no/such/file.yaml' cannot be read: No such file"),
        ("json:JSONDecoder", PluginError, "JSONDecoder is no presidio_analyzer.EntityRecognizer"),
        ("json:dumps", PluginError, "function is no presidio_analyzer.EntityRecognizer"),
        ("json:Missing", PluginError, "the module has no class 'Missing'; it has no presidio_an"),
        ("{module}:NoSuch", PluginError, "no class 'NoSuch'; use one of: Badges, EntityRecognizer"),
        ("{module}:NoRecognizer", PluginError, "NoRecognizer is no presidio_analyzer.EntityRecog"),
        ("{module}:NeedsArguments", UsageError, r"the class needs arguments \(words\); give them"),
        ("{module}:Fails", PluginError, "cannot be made: OSError: no such model"),
        ("{module}:German", UsageError, "is for the language 'de', the detector for 'en'; set"),
        ("{module}:FindsNothing", UsageError, "has no supported_entities; say what it finds"),
    ],
)
def test_an_entry_that_cannot_be_made_says_why(entry, error, message, module):
    with pytest.raises(error, match=message) as caught:
        load(entry.format(module=module))
    assert 1 == len(str(caught.value).splitlines())


@pytest.mark.parametrize(
    ("code", "error", "message"),
    [
        ("import not_installed_here", PluginError, "not_installed_here"),
        ("1 / 0", PluginError, "does not run: ZeroDivisionError: division by zero"),
        ("def", PluginError, "does not run: SyntaxError"),
    ],
)
def test_a_file_that_does_not_run_says_why(tmp_path, code, error, message):
    (tmp_path / "own.py").write_text(code)
    with pytest.raises(error, match=message):
        load(f"{tmp_path / 'own.py'}:Own")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import not_installed_here", "needs 'not_installed_here', which is not installed; instal"),
        ("raise RuntimeError('bad day')", "does not import: RuntimeError: bad day"),
    ],
)
def test_a_module_that_does_not_import_says_why(tmp_path, monkeypatch, code, message):
    name = f"own_recognizers_{abs(hash(code))}"
    (tmp_path / f"{name}.py").write_text(code)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(PluginError, match=message):
        load(f"{name}:Own")


def test_something_else_in_the_list_is_refused(kinds):
    for entry, kind in ((3, "int"), (object(), "object"), (kinds["NoRecognizer"], "type")):
        with pytest.raises(
            UsageError, match=f"number 2 is a {kind}; it must be text or a presidio"
        ):
            load(kinds["Words"](), entry)


# -- files in Presidio's format -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("recognizers: [", r"own.yaml:1:15: expected the node content|own.yaml:\d+:\d+: "),
        ("[]", "own.yaml:1: expected a mapping with a list 'recognizers'"),
        ("recognizers: 3", "own.yaml:1: expected a mapping with a list 'recognizers'"),
        ("recognizers: []\nrecognisers: []", "own.yaml:2: unknown key 'recognisers'; use one of"),
        ("recognizers:\n- 3", "own.yaml:2: a recognizer is a int, not a mapping"),
        ("recognizers:\n- name: A\n  supported_entity: A", "own.yaml:2: .*'A' not found"),
        ("recognizers:\n-\n  name: A\n  deny_list: [a]", "own.yaml:3: .*supported_entity"),
        (
            "recognizers:\n- {name: A, supported_entity: A, deny_list: [a]}\n"  # noqa: ISC004
            "- {name: B, supported_entity: B, deny_list: [b], contxt: [c]}",
            "own.yaml:3: unknown key 'contxt'; use one of: class_name, context",
        ),
        (
            "recognizers:\n- name: A\n  supported_entity: A\n  patterns: [{name: a, regex: '(', score: 1}]",
            "own.yaml:2: .*Invalid regex",
        ),
        (
            "recognizers:\n- name: A\n  supported_entity: A\n  patterns: [{name: a, regex: a, score: 3}]",
            "own.yaml:2: .*between 0 and 1",
        ),
        ("recognizers:\n- name: Nobody\n  type: predefined", "own.yaml:2: .*'Nobody' not found"),
    ],
)
def test_a_wrong_file_says_where(tmp_path, text, message):
    (tmp_path / "own.yaml").write_text(text)
    with pytest.raises(PolicyError, match=message) as caught:
        load(str(tmp_path / "own.yaml"))
    assert 1 == len(str(caught.value).splitlines())


def test_a_file_that_is_not_text_says_so(tmp_path):
    (tmp_path / "own.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(PolicyError, match=r"own.yaml: not UTF-8 at byte 0; save it as UTF-8"):
        load(str(tmp_path / "own.yaml"))


def test_a_file_without_the_language_says_so(tmp_path):
    (tmp_path / "own.yml").write_text(
        "recognizers:\n- name: A\n  supported_language: fr\n  supported_entity: A\n  deny_list: [a]"
    )
    with pytest.raises(UsageError, match="has none for the language 'en'; set 'language'"):
        load(str(tmp_path / "own.yml"))


def test_names_of_presidios_own_recognizers_are_enough(tmp_path):
    (tmp_path / "own.yaml").write_text("recognizers: [UsSsnRecognizer, IbanRecognizer]")

    assert {"US_SSN", "IBAN_CODE"} == load(str(tmp_path / "own.yaml")).types


def test_an_object_with_a_pattern_that_does_not_compile_is_refused():
    from presidio_analyzer import Pattern, PatternRecognizer

    pattern = Pattern("p", "a", 0.5)
    pattern.regex = "(a"
    with pytest.raises(PluginError, match="pattern 'p' of recognizer 'Own' does not compile"):
        load(PatternRecognizer("A", name="Own", patterns=[pattern]))


def test_a_deny_list_that_presidio_cannot_look_for_in_time_is_refused(tmp_path):
    """As YAML it is refused before Presidio makes a pattern of it, which would take minutes."""
    words = "".join(f"  - word{number}\n" for number in range(30_000))
    (tmp_path / "own.yaml").write_text(
        f"recognizers:\n- name: A\n  supported_entity: A\n  deny_list:\n{words}"
    )
    with pytest.raises(
        UsageError, match=r"own.yaml:2: deny_list has 30000 words, at most 10000 .* 'keywords'"
    ):
        load(str(tmp_path / "own.yaml"))


def test_an_object_with_a_long_deny_list_is_refused():
    from presidio_analyzer import PatternRecognizer

    one = PatternRecognizer("A", name="Own", deny_list=["a"])
    one.deny_list = ["a"] * 10_001
    with pytest.raises(UsageError, match="recognizer 'Own': deny_list has 10001 words"):
        load(one)


def test_registering_loads_no_framework():
    code = (
        "import sys\nfrom tokenward_plugins.recognizers import register_detectors\n"
        "register_detectors()\nprint({'spacy', 'presidio_analyzer'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "set()" == done.stdout.strip()


def test_a_tag_is_a_tag(file):
    (tags,) = load(file).tag(["Dr. No"])

    assert [Tag("TITLE", 0, 3, 1.0)] == tags
