from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import gumbel_r, kstest

from tokenward.compare.backends.numbers import gumbel, key_of

KEYS = torch.tensor([key_of(0, f"case {i}", i % 3) for i in range(40)])


def test_noise_is_gumbel_distributed_over_tokens_steps_and_cases():
    noise = gumbel(KEYS, 3, 2000).numpy()
    assert kstest(noise.ravel(), gumbel_r.cdf).pvalue > 0.01
    steps = np.array([gumbel(KEYS[:1], step, 1)[0, 0] for step in range(3000)])
    assert kstest(steps, gumbel_r.cdf).pvalue > 0.01
    cases = torch.tensor([key_of(7, str(i), 0) for i in range(3000)])
    assert kstest(gumbel(cases, 0, 1)[:, 0].numpy(), gumbel_r.cdf).pvalue > 0.01


def test_noise_of_neighbours_is_uncorrelated():
    one, next_step = gumbel(KEYS, 5, 1000), gumbel(KEYS, 6, 1000)
    for other in (next_step, one.roll(1, 0), one.roll(1, 1)):
        correlation = np.corrcoef(one.numpy().ravel(), other.numpy().ravel())[0, 1]
        assert abs(correlation) < 4 / np.sqrt(one.numel())


def test_draws_have_the_distribution_that_they_are_drawn_from():
    wanted = torch.tensor([0.6, 0.25, 0.1, 0.05]).double()
    keys = torch.tensor([key_of(1, str(i), 0) for i in range(20_000)])
    drawn = (wanted.log() + gumbel(keys, 0, 4)).argmax(1)
    assert torch.bincount(drawn, minlength=4) / 20_000 == pytest.approx(wanted, abs=0.012)


def test_a_rows_noise_hangs_on_nothing_beside_it():
    alone = gumbel(KEYS[5:6], 2, 50)
    assert torch.equal(gumbel(KEYS, 2, 50)[5:6], alone)
    assert torch.equal(gumbel(KEYS[5:6], 2, 70)[:, :50], alone)


def test_keys_tell_seed_case_and_sample_apart():
    keys = {key_of(s, c, n) for s in (0, 1) for c in ("a", "b", "a1") for n in (0, 1, 11)}
    assert len(keys) == 18
