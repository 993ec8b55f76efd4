from __future__ import annotations

import pytest

from tokenward.engine.compile import compile_policy
from tokenward.engine.keeping import Keeper
from tokenward.engine.masking import Masker
from tokenward.errors import DetectorError, UsageError
from tokenward.guard import Guard
from tokenward.policy.loader import load_mapping

MAIL, CARD = "ann@example.org", "4111 1111 1111 1111"


def rule(name, stage, detect, action, **more):
    return {"id": name, "stage": stage, "detect": detect, "action": action, **more}


def policy(*rules, **more):
    return {"name": "p", "rules": list(rules), **more}


@pytest.mark.parametrize(
    "how",
    [
        {"action": "flag"},
        {"action": "block"},
        {"action": {"redact": "mask"}},
        {"action": {"redact": "tag"}, "mode": "monitor"},
        {"action": {"redact": "tag"}, "stage": "input"},
        {"action": {"redact": "pseudonym"}, "stage": "tool_result"},
    ],
)
def test_whatever_a_rule_does_and_where_what_it_finds_is_not_kept(registry, how):
    one = {**rule("r", "output", {"pii": ["EMAIL_ADDRESS"]}, "flag"), **how}
    masker = Masker(compile_policy(load_mapping(policy(one)), registry))

    assert "write to <EMAIL_ADDRESS>, or 555" == masker(f"write to {MAIL}, or 555")


def test_classifiers_find_no_places_and_rules_that_allow_take_nothing_out(registry):
    toxic = rule("t", "output", {"toxicity": "all"}, "block")
    allow = rule("a", "output", {"pii": ["EMAIL_ADDRESS"]}, "allow")
    masker = Masker(compile_policy(load_mapping(policy(toxic, allow)), registry))

    assert f"you idiot, {MAIL}" == masker(f"you idiot, {MAIL}")


def test_a_text_is_not_masked_by_half(registry, monkeypatch):
    one = rule("r", "output", {"pii": ["EMAIL_ADDRESS"]}, "flag")
    compiled = compile_policy(load_mapping(policy(one)), registry)
    masker = Masker(compiled)

    def fails(*_):
        raise RuntimeError("no")

    monkeypatch.setattr(type(compiled.detectors["pii"]), "open", fails)
    with pytest.raises(DetectorError, match="a detector that masks it did not run"):
        masker(f"some text with a value, {MAIL}")


def recorded(tmp_path, given, use):
    from tokenward.store.store import Store

    with Guard.load(given, store=tmp_path / "log.db") as guard:
        use(guard)
    with Store.open(f"{tmp_path}/log.db", read_only=True) as store:
        rows = list(store.interactions())
        return rows, store.texts.of([one.decision_id for one in rows]), store.policies.all()


def test_a_guard_keeps_masked_texts_only_where_its_policy_says_so(tmp_path):
    one = rule("r", "output", {"pii": ["EMAIL_ADDRESS"]}, "flag")
    rows, texts, kept = recorded(tmp_path, policy(one), lambda guard: guard.check(MAIL))
    assert (1, {}, ["p"]) == (len(rows), texts, [facts["name"] for facts in kept])

    masked = policy(one, record={"text": "masked"})
    rows, texts, _ = recorded(tmp_path, masked, lambda guard: guard.check(f"to {MAIL}"))
    ((found,),) = texts.values()

    assert ("output", "to <EMAIL_ADDRESS>", False) == (found.stage, found.text, found.whole)
    assert MAIL.encode() not in (tmp_path / "log.db").read_bytes()


def test_what_comes_back_in_an_answer_is_not_kept(tmp_path):
    restored = policy(
        rule("r", "input", {"names": ["rival"]}, {"redact": {"style": "tag", "restore": True}}),
        detectors={"names": {"plugin": "keywords", "words": {"rival": ["Acmecorp"]}}},
        record={"text": "masked"},
    )

    def use(guard):
        session = guard.session()
        prompt = session.check("buy Acmecorp shares", stage="input").text
        assert "Acmecorp" not in prompt
        answer = session.check(f"never {prompt.split()[1]}, ACMECORP'S rival", stage="output")
        assert "never Acmecorp" in answer.text

    _, texts, _ = recorded(tmp_path, restored, use)
    kept = [one.text for some in texts.values() for one in some]

    assert 2 == len(kept)
    assert not any("Acmecorp" in text for text in kept)


def test_a_blocked_text_keeps_what_was_let_out_and_no_more(tmp_path):
    one = rule("r", "output", {"secrets": "all"}, "block")
    masked = policy(one, record={"text": "masked"})
    secret = "AKIAIOSFODNN7EXAMPLE"

    def use(guard):
        list(guard.iter(["all is well. ", "take ", secret, " and go"]))

    _, texts, _ = recorded(tmp_path, masked, use)

    assert all(secret not in one.text for some in texts.values() for one in some)


def test_sampling_and_subjects_follow_the_policy(tmp_path, registry):
    one = rule("r", "output", {"pii": ["EMAIL_ADDRESS"]}, "flag")

    def use(guard):
        for number in range(60):
            guard.check(MAIL if number % 10 == 0 else "nothing")

    rows, _, _ = recorded(tmp_path, policy(one, record={"sample": 0.25}), use)
    weights = [row.sample_weight for row in rows]

    assert 6 == weights.count(1.0)
    assert {1.0, 4.0} == set(weights)
    assert len(weights) < 40


def test_a_record_says_nothing_of_who_asked_where_the_policy_wants_it_so(registry):
    from tokenward.decisions.record import Interaction

    class Sink:
        def record(self, interaction, **_):
            self.got = interaction

    compiled = compile_policy(
        load_mapping(
            policy(rule("r", "output", {"pii": "all"}, "flag"), record={"subject": "none"})
        ),
        registry,
    )
    sink = Sink()
    row = Interaction(decision_id="d", source="hook", subject="ann", session="s")
    Keeper.of(compiled).record(sink, row)

    assert (None, None) == (sink.got.subject, sink.got.session)


def test_feedback_finds_its_record_even_if_that_was_just_made(tmp_path):
    from tokenward.store.store import Store

    one = rule("r", "output", {"pii": ["EMAIL_ADDRESS"]}, "flag")
    with Guard.load(policy(one), store=tmp_path / "log.db") as guard:
        decision = guard.check("nothing")
        guard.feedback(decision.decision_id, "good")
        guard.feedback(decision.decision_id, 3, "stars")
    with Store.open(f"{tmp_path}/log.db", read_only=True) as store:
        assert {"rating": 1.0, "stars": 3.0} == store.feedback.of(decision.decision_id)

    with (
        Guard.load(policy(one)) as guard,
        pytest.raises(UsageError, match="this guard keeps no records; load it with store="),
    ):
        guard.feedback("d", "good")
