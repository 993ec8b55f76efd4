from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from tests.agent.compare.small import chats, job, recorded, texts, timeless

from tokenward.compare.backends.opened import open_backend
from tokenward.compare.gate.gate import Noise
from tokenward.compare.job import Job
from tokenward.compare.recorded import read_run
from tokenward.compare.sampling import Sampling
from tokenward.errors import UpstreamError, UsageError


@pytest.fixture(scope="module")
def demo():
    return open_backend("demo", {})


@pytest.fixture(scope="module")
def base(demo, tmp_path_factory):
    folder = tmp_path_factory.mktemp("base")
    return recorded(demo, job(folder, texts(), chats(), noise=Noise(repeat=2, batch=(1, 3))))


class Dying:
    """A backend whose process ends within its work."""

    def __init__(self, backend, calls):
        self.backend, self.calls = backend, calls

    def __getattr__(self, name):
        return getattr(self.backend, name)

    def _go_on(self):
        self.calls -= 1
        if self.calls < 0:
            raise KeyboardInterrupt

    def generate(self, *given):
        self._go_on()
        return self.backend.generate(*given)

    def rate(self, *given):
        self._go_on()
        return self.backend.rate(*given)


def torn(path):
    """Leaves half of the last line, as a kill within a write does."""
    content = path.read_bytes()
    path.write_bytes(content[: content.rstrip(b"\n").rfind(b"\n") + 30])


@pytest.mark.parametrize(("calls", "tear"), [(0, ""), (2, "drawn.jsonl"), (5, "answers.jsonl"),
                                             (7, "ratings.jsonl"), (12, "answers.jsonl")])  # fmt: skip
def test_a_run_that_was_interrupted_goes_on_and_equals_a_whole_one(
    demo, base, tmp_path, calls, tear
):
    told = job(tmp_path, texts(), chats(), noise=Noise(repeat=2, batch=(1, 3)))
    with pytest.raises(KeyboardInterrupt):
        recorded(Dying(demo, calls), told)
    if tear:
        torn(tmp_path / tear)
    assert timeless(recorded(demo, told)) == timeless(base)
    for name in ("answers.jsonl", "ratings.jsonl", "drawn.jsonl"):
        ours, theirs = ((f / name).read_text().splitlines() for f in (tmp_path, base.folder))
        assert len(ours) == len(theirs)


def test_nothing_is_asked_again_of_a_run_that_is_whole(demo, base):
    again = job(base.folder, texts(), chats(), noise=Noise(repeat=2, batch=(1, 3)))
    assert timeless(recorded(Dying(demo, 0), again)) == timeless(base)


def test_a_torn_last_line_is_left_out_when_reading(base, tmp_path):
    shutil.copytree(base.folder, tmp_path / "run")
    torn(tmp_path / "run" / "answers.jsonl")
    assert timeless(read_run(tmp_path / "run"))[0] == timeless(base)[0][:-1]


def test_some_cases_can_be_run_first_and_the_rest_later(demo, tmp_path):
    sampling = Sampling(max_new_tokens=8)  # one at a time, so that batches are the same
    whole = recorded(demo, job(tmp_path / "whole", texts(), sampling=sampling))
    part = recorded(demo, job(tmp_path / "part", texts(), sampling=sampling, cases=("c1", "c3")))
    assert {row.case for row in part.answers} == {"c1", "c3"}
    grown = recorded(demo, job(tmp_path / "part", texts(), sampling=sampling))
    key = lambda row: (row.case, getattr(row, "part", ""))  # noqa: E731
    for ours, theirs in zip(timeless(grown)[:2], timeless(whole)[:2], strict=True):
        assert sorted(ours, key=key) == sorted(theirs, key=key)


@pytest.mark.parametrize(("changed", "named"), [
    ({"sampling": Sampling(max_new_tokens=13, batch=2)}, "sampling.max_new_tokens differs .8 there, 13 now"),
    ({"options": {"dtype": "bfloat16"}}, "options.dtype differs"),
    ({"noise": Noise(repeat=1)}, "noise.batch differs"),
])  # fmt: skip
def test_a_folder_with_another_run_is_refused(demo, base, changed, named):
    told = {"noise": Noise(repeat=2, batch=(1, 3)), **changed}
    with pytest.raises(UsageError, match=named):
        recorded(demo, job(base.folder, texts(), chats(), **told))


def test_other_suites_and_other_models_are_refused(demo, base):
    noise = Noise(repeat=2, batch=(1, 3))
    with pytest.raises(UsageError, match=r"suites.quality differs"):
        recorded(demo, job(base.folder, texts(6), chats(), noise=noise))
    other = Dying(demo, 0)
    other.identity = replace(demo.identity, weights="0" * 64)
    with pytest.raises(UsageError, match=r"another identity: weights differs .*another folder"):
        recorded(other, job(base.folder, texts(), chats(), noise=noise))


def test_a_refusal_does_not_tell_the_system_message(demo, tmp_path):
    sampling = Sampling(max_new_tokens=1, system="secret one")
    told = job(tmp_path, chats(1), sampling=sampling)
    recorded(demo, told)
    with pytest.raises(UsageError, match="system differs;") as error:
        recorded(demo, replace(told, sampling=replace(sampling, system="secret two")))
    assert "secret" not in str(error.value)


def test_a_base_with_other_cases_is_refused(demo, base, tmp_path):
    with pytest.raises(UsageError, match="recorded with another suite 'quality'"):
        recorded(demo, job(tmp_path, texts(6), reference=base.folder))


def test_the_same_model_has_no_divergence_and_agrees(demo, base, tmp_path):
    told = job(
        tmp_path, texts(), chats(), reference=base.folder, noise=Noise(repeat=2, batch=(1, 3))
    )
    again = recorded(demo, told)
    rows = [row for row in again.ratings if row.repeat == 0]
    assert {row.part for row in rows} == {"0", "drawn"}
    assert all(set(row.kl) == {0.0} and set(row.agree) == {1} for row in rows)
    assert all(len(row.entropy) == len(row.kl) == len(row.logprobs) for row in rows)
    assert min(min(row.entropy) for row in rows) > 0
    assert again.details["reference"] == base.details["id"]
    noise = [row for row in again.ratings if row.repeat > 0]
    assert max(max(row.kl) for row in noise) < 1e-6  # float32 in another batch
    assert timeless(again)[0] == timeless(base)[0]


def test_noise_is_measured_in_other_batches_on_whole_clusters(demo, base, tmp_path):
    batches = {(row.repeat, row.batch) for row in (*base.answers, *base.ratings)}
    assert batches == {(0, 2), (1, 1), (2, 3), (3, 1), (4, 3)}
    told = job(tmp_path, texts(8), noise=Noise(repeat=1, batch=(2,)), noise_cases=3)
    run = recorded(demo, told)
    again = [row.case for row in run.answers if row.repeat]
    assert len(again) == 4  # two clusters of two
    assert len({case.cluster for case in texts(8).cases if case.id in again}) == 2
    # two at a time is what the run did already
    assert {row.batch for row in run.answers if row.repeat} == {1}


def test_quantising_to_fewer_bits_diverges_more(demo, tmp_path):
    sampling = Sampling(max_new_tokens=8, batch=4)
    recorded(demo, job(tmp_path / "base", texts(), sampling=sampling))
    kls = {}
    for bits in (8, 6, 4, 3):
        options = {"quantize": f"int{bits}"}
        told = job(tmp_path / str(bits), texts(), reference=tmp_path / "base", options=options,
                   sampling=sampling)  # fmt: skip
        run = recorded(open_backend("demo", options), told)
        kls[bits] = np.mean(np.concatenate([row.kl for row in run.ratings]))
    assert 0 < kls[8] < kls[6] < kls[4] < kls[3]
    assert kls[3] > 30 * kls[8]


def test_another_tokenizer_rates_the_text_and_tells_no_divergence(demo, base, tmp_path):
    other = Dying(demo, 10**6)
    other.identity = replace(demo.identity, tokenizer="0" * 64)
    run = recorded(other, job(tmp_path, texts(), chats(), reference=base.folder))
    drawn = [row for row in run.ratings if row.part == "drawn"]
    assert len(drawn) > 2
    assert all(row.kl is None and row.agree is None for row in run.ratings)
    assert all(row.bytes > 0 and max(row.logprobs) <= 0 for row in drawn)


def test_a_backend_that_cannot_rate_only_answers(demo, tmp_path):
    mute = Dying(demo, 10**6)
    mute.can = frozenset({"generate"})
    run = recorded(mute, job(tmp_path, texts(), chats()))
    assert run.ratings == ()
    assert len(run.answers) == 6


def test_samples_differ_and_come_back(demo, tmp_path):
    sampling = Sampling(max_new_tokens=10, temperature=1.0, samples=3, batch=4)
    told = job(tmp_path / "a", chats(4), sampling=sampling)
    one, other = recorded(demo, told), recorded(demo, replace(told, folder=tmp_path / "b"))
    assert timeless(one) == timeless(other)
    by_case = {}
    for row in one.answers:
        by_case.setdefault(row.case, {})[row.sample] = row.answer.text
    assert all(sorted(said) == [0, 1, 2] for said in by_case.values())
    assert sum(len(set(said.values())) for said in by_case.values()) > 8


def test_system_messages_of_run_and_case_come_first(demo, tmp_path):
    asked = []

    class Listening(Dying):
        def generate(self, asks, sampling):
            asked.extend(ask.prompt for ask in asks)
            assert sampling.system is None
            return self.backend.generate(asks, sampling)

    suite = chats(2)
    cases = (replace(suite.cases[0], system="case"), replace(suite.cases[1], prompt="Your order"))
    told = job(
        tmp_path, replace(suite, cases=cases), sampling=Sampling(max_new_tokens=1, system="run")
    )
    recorded(Listening(demo, 9), told)
    assert asked[0][0] == {"role": "system", "content": "run\n\ncase"}
    assert asked[1] == "run\n\nYour order"


def test_a_job_is_read_back_as_it_was(tmp_path):
    told = job(tmp_path, texts(), chats(), reference=tmp_path / "base", cases=("c1",), watched=True,
               sampling=Sampling(stop=("a", "b"), system="s"))  # fmt: skip
    again = Job.from_json(told.to_json())
    assert again == told
    assert [s.sha256 for s in again.suites] == [s.sha256 for s in told.suites]


def test_what_is_no_run_is_told(tmp_path):
    with pytest.raises(UsageError, match=r"no run.json in it"):
        read_run(tmp_path)
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(UsageError, match="cannot be read as JSON"):
        read_run(tmp_path)
    (tmp_path / "run.json").write_text(json.dumps({"format": "other/v9"}))
    with pytest.raises(UsageError, match="format is 'other/v9'"):
        read_run(tmp_path)


def test_a_line_that_is_no_json_is_told_with_its_place(base, tmp_path):
    shutil.copytree(base.folder, tmp_path / "run")
    path = tmp_path / "run" / "answers.jsonl"
    path.write_bytes(b"{broken}\n" + path.read_bytes())
    with pytest.raises(UsageError, match=r"answers.jsonl:1: no JSON"):
        read_run(tmp_path / "run")


def test_logits_that_are_not_finite_are_told_with_the_case_and_without_its_text(tmp_path):
    import torch

    backend = open_backend("demo", {})
    broken = backend.reader.prompt("Thank")[0]

    def breaks(module, given, output):
        return output.masked_fill((given[0] == broken)[..., None], torch.nan)

    backend.model.model.embed_tokens.register_forward_hook(breaks)
    with pytest.raises(UpstreamError, match=r"suite quality, case 'c7'.*not finite") as error:
        recorded(backend, job(tmp_path, texts(8)))
    assert "Thank" not in str(error.value)


def test_the_base_differs_from_itself_by_a_divergence_of_its_own(base):
    """Its repeats are rated against the distributions of its first pass, batch by batch."""
    first, *again = ([row for row in base.ratings if row.repeat == at] for at in (0, 1, 2))
    assert all(row.kl is None for row in first)
    for rows in again:
        quality = [row for row in rows if row.suite == "quality"]
        assert len(quality) == 8
        assert all(len(row.kl) == len(row.logprobs) for row in quality)
        assert all(abs(value) < 1e-4 for row in quality for value in row.kl)
        assert all(set(row.agree) == {1} for row in quality)


class Refusing(Dying):
    """A backend that fails to rate one continuation."""

    def rate(self, ratings, at=None):
        rated = self.backend.rate(ratings, at)
        return [replace(rated[0], logprobs=np.empty(0), error="status 400"), *rated[1:]]


def test_a_rating_that_failed_keeps_its_kind_of_error(demo, tmp_path):
    made = job(tmp_path, texts(1), sampling=Sampling(max_new_tokens=4))
    run = recorded(Refusing(demo, 1000), made)
    assert ["status 400", "status 400"] == [row.error for row in run.ratings]
    assert read_run(tmp_path).ratings == run.ratings
