"""Random numbers that both models of a comparison share, whatever is read beside a prompt.

The number of a token hangs on seed, case, sample, step and the token alone. Two models that draw
with the same numbers say the same as long as their distributions are the same, so that their
answers differ by what the optimisation changed (common random numbers), and a batch of another size
draws the same answers.
"""

from __future__ import annotations

import hashlib
import json

import torch

GOLDEN = 0x9E3779B97F4A7C15
FIRST, SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


def key_of(seed: int, case: str, sample: int) -> int:
    """Returns 64 bits for a sample of a case, as a signed number."""
    digest = hashlib.sha256(json.dumps([seed, case, sample]).encode()).digest()
    return int.from_bytes(digest[:8], "little", signed=True)


def gumbel(keys: torch.Tensor, step: int, vocabulary: int) -> torch.Tensor:
    """Returns standard Gumbel noise, float64 of shape (rows, vocabulary), for keys (rows,).

    The likeliest of log-probabilities with such noise added is a draw from the distribution
    (Gumbel 1954; Maddison, Tarlow and Minka 2014). Bits are mixed as in SplitMix64 (Steele, Lea
    and Flood 2014, doi 10.1145/2660193.2660195), which needs no state and is the same anywhere.
    """
    rows = _mixed(keys + _signed(GOLDEN * (step + 1)))
    tokens = torch.arange(1, vocabulary + 1, device=keys.device) * _signed(GOLDEN)
    bits = _shifted(_mixed(rows[:, None] + tokens[None]), 11)  # 53 bits, as many as a float64 has
    uniform = (bits.double() + 0.5) * 2.0**-53
    return -torch.log(-torch.log(uniform))


def _mixed(bits: torch.Tensor) -> torch.Tensor:
    bits = (bits ^ _shifted(bits, 30)) * _signed(FIRST)
    bits = (bits ^ _shifted(bits, 27)) * _signed(SECOND)
    return bits ^ _shifted(bits, 31)


def _shifted(bits: torch.Tensor, places: int) -> torch.Tensor:
    """Shifts to the right as if numbers had no sign."""
    return (bits >> places) & ((1 << (64 - places)) - 1)


def _signed(number: int) -> int:
    number &= (1 << 64) - 1
    return number - (1 << 64) if number >> 63 else number
