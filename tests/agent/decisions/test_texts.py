from __future__ import annotations

import time
from dataclasses import replace

import pytest
from tests.agent.decisions.contents import content

import tokenward
from tokenward.decisions.record import KeptText
from tokenward.decisions.recorder import Recorder
from tokenward.store.beside import texts as module
from tokenward.store.store import Store

TEXT = "a text that its policy keeps"


def bytes_of(store):
    return content(store.path.parent)


def with_texts(one, *texts, **more):
    return replace(one, texts=tuple(texts or [KeptText("input", TEXT, whole=True)]), **more)


def test_texts_are_kept_apart_in_order_and_not_read_with_the_record(store, interaction):
    some = [KeptText("input", "one"), KeptText("input", "two", whole=True), KeptText("output", "x")]
    store.append([with_texts(interaction(1), *some), interaction(2)])

    assert {"id-1": some} == store.texts.of(["id-1", "id-2", "id-3"])
    assert () == store.get("id-1").texts
    assert TEXT not in repr(with_texts(interaction(1)))


def test_a_long_text_is_cut_and_is_not_whole_any_more(store, interaction):
    long = KeptText("input", "é" * (module.LONGEST + 1), whole=True)
    many = [KeptText("output", str(number), whole=True) for number in range(module.MOST + 5)]
    store.append([with_texts(interaction(1), long, *many)])
    kept = store.texts.of(["id-1"])["id-1"]
    answers = [one for one in kept if one.stage == "output"]

    assert (module.LONGEST, False) == (len(kept[0].text), kept[0].whole)
    assert [str(number) for number in range(5, module.MOST + 5)] == [one.text for one in answers]
    assert {False} == {one.whole for one in answers}


def test_lone_surrogates_do_not_stop_the_writer(store, interaction):
    store.append([with_texts(interaction(1), KeptText("input", "a\ud800b"))])

    assert ["a?b"] == [one.text for one in store.texts.of(["id-1"])["id-1"]]


def test_purge_erases_the_bytes_of_texts_too(store, interaction):
    mine, theirs = "only of this subject", "of somebody else, earlier"
    store.append(
        [
            with_texts(interaction(1, subject="ann", time=2000.0), KeptText("input", mine)),
            with_texts(interaction(2, subject="bob", time=1000.0), KeptText("input", theirs)),
        ]
    )
    store.purge(subject="ann")
    assert (mine.encode() in bytes_of(store), theirs.encode() in bytes_of(store)) == (False, True)
    assert {"id-2"} == set(store.texts.of(["id-1", "id-2"]))

    store.purge(before=1500.0)
    assert theirs.encode() not in bytes_of(store)


def test_texts_go_when_their_days_are_over_and_records_stay(store, interaction, monkeypatch):
    monkeypatch.setattr(module, "EXPIRE_SECONDS", 0.0)
    day, now = 86_400.0, time.time()
    store.append([with_texts(interaction(1, time=now - 8 * day), text_days=7)])
    store.append([with_texts(interaction(2, time=now - 6 * day), text_days=7)])
    store.append([with_texts(interaction(3, time=now - 900 * day))])

    assert {"id-2", "id-3"} == set(store.texts.of(["id-1", "id-2", "id-3"]))
    assert 3 == store.count()


def test_all_files_of_a_store_with_several_writers_are_read(tmp_path, interaction):
    url = f"{tmp_path}/log.db"
    with Store.open(url, create=True) as first, Store.open(url, create=True, shard=1) as second:
        first.append([with_texts(interaction(1))])
        second.append([with_texts(interaction(2))])
        second.policies.keep({"name": "p", "revision": "r"})

        assert {"id-1", "id-2"} == set(first.texts.of(["id-1", "id-2"]))
        assert ["p"] == [one["name"] for one in first.policies.all()]


def test_the_recorder_masks_what_is_kept_and_keeps_nothing_that_it_cannot_mask(
    store, interaction, caplog
):
    def mask(text):
        if "broken" in text:
            raise RuntimeError(text)
        return text.replace("secret", "<SECRET>")

    recorder = Recorder(store)
    whole, part = KeptText("input", "calm", whole=True), KeptText("output", "a secret", whole=True)
    recorder.record(with_texts(interaction(1), whole, part), mask=mask)
    recorder.record(with_texts(interaction(2), whole, KeptText("input", "a broken one")), mask=mask)
    recorder.record(with_texts(interaction(3)))
    recorder.flush()
    recorder.close()

    assert {"id-1": [whole, KeptText("output", "a <SECRET>", whole=False)]} == store.texts.of(
        ["id-1", "id-2", "id-3"]
    )
    assert (3, {"mask": 1}) == (store.count(), recorder.dropped)
    assert "broken" not in caplog.text


@pytest.mark.parametrize("most", [10, 100])
def test_kept_texts_count_as_waiting_text(store, interaction, most):
    recorder = Recorder(store, max_characters=most)
    recorder.record(with_texts(interaction(1)), mask=str.upper)
    recorder.flush()
    recorder.close()

    assert (most > len(TEXT)) == bool(store.texts.of(["id-1"]))
    assert ({} if most > len(TEXT) else {"text_full": 1}) == recorder.dropped


def test_kept_policies_are_kept_once(store):
    for _ in range(2):
        store.policies.keep({"name": "p", "revision": "r", "rules": {}})

    facts = {"name": "p", "revision": "r", "rules": {}}
    assert [{**facts, "version": tokenward.__version__}] == store.policies.all()
