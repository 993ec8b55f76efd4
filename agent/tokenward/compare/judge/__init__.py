"""The judge: paired values and a gate in, a row for each metric and one outcome out.

A margin is kept (``pass``) when the worse end of the interval, at the gate's alpha, lies inside it.
All metrics must pass, so none of these tests is corrected (intersection-union, Berger 1982,
doi:10.1080/00401706.1982.10487790). A metric fails when its better end lies outside the margin at a
level that Holm's steps over all tests of the gate allow, since any may fail by chance. Everything
else is inconclusive. So the interval that is drawn decides whether a metric passes, and its own p
against the margin, adjusted over the gate, whether it fails.
"""

from __future__ import annotations

from tokenward.compare.judge.impossible import Size, impossible
from tokenward.compare.judge.judging import judge
from tokenward.compare.judge.outcome import outcome

__all__ = ["Size", "impossible", "judge", "outcome"]
