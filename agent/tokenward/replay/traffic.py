"""Decides again about recorded traffic, record by record; memory does not grow with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from tokenward.decisions.record import Interaction, KeptText, strongest
from tokenward.engine.compile import ANY_STAGE
from tokenward.engine.driving import decide
from tokenward.engine.engine import Engine
from tokenward.engine.text import TextStream
from tokenward.replay.compared import Compared, Fired, span
from tokenward.replay.known import Known
from tokenward.replay.recorded import FAILED, Judge, Judged
from tokenward.store.store import Store
from tokenward.stream.plan import CHANGES, STRENGTH
from tokenward.types import STAGES, ActionKind, Decision, Detection

BATCH = 500
INPUTS = ("input", "tool_result")
NO_ANSWER = "the answer was never asked for"
MASKED = "the text that is stored was masked or cut"
NO_DECISION = "the record holds no decision"


class Replay:
    """A policy over a store."""

    def __init__(self, engine: Engine, known: Known) -> None:
        self._engine = engine
        self._judge = Judge(engine.compiled, known)
        self._rules = {rule.id: rule for rule in engine.compiled.policy.rules}

    def over(
        self, store: Store, start: float | None, end: float | None, where: Mapping[str, str]
    ) -> Iterator[Compared]:
        """Yields a comparison for each interaction of a period that a policy decided about."""
        rows = store.interactions(start, end, where)
        while batch := list(islice(rows, BATCH)):
            texts = store.texts.of([one.decision_id for one in batch])
            for one in batch:
                if one.decisions:
                    yield self.compare(one, texts.get(one.decision_id, ()))

    def compare(self, one: Interaction, texts: Sequence[KeptText] = ()) -> Compared:
        """Returns what was decided and what would be."""
        stages = [(was, self._judged(was, texts)) for was in one.decisions]
        before, low = (
            one.action or strongest(one.decisions),
            self._least([now for _, now in stages]),
        )
        doubts = {name: why for _, now in stages for name, why in now.unknown.items()}
        doubtful = {
            name: why
            for name, why in doubts.items()
            if self._rules[name].mode == "enforce" and self._strength(name) > STRENGTH[low]
        }
        why = list(dict.fromkeys(doubtful.values()))
        if low != "block" and unasked(one, stages):
            why.append(NO_ANSWER)
        high = "block" if NO_ANSWER in why else self._most(low, doubtful)
        rules = dict(self._fired(stages))
        stronger = self._stronger([now for _, now in stages], high)
        unsure = self._unsure(rules, doubts, stronger, exact=high == low)
        return Compared(
            id=one.decision_id,
            before=before,
            after=None if why else low,
            edited=None if why else self._edited(before, low, stages, doubts),
            rules=rules,
            stronger=stronger,
            unsure=unsure,
            why=tuple(why),
            spans=tuple(chain.from_iterable(self._spans(was, now, rules) for was, now in stages)),
            weight=one.sample_weight,
            policy=f"{one.policy}@{one.revision}",
        )

    def _stronger(self, stages: Iterable[Judged], high: ActionKind) -> frozenset[str]:
        """Returns the rules that watch and would certainly strengthen the action if enforced."""
        return frozenset(
            name
            for now in stages
            for name, kind in now.fires.items()
            if self._watches(name) and STRENGTH[kind] > STRENGTH[high]
        )

    def _unsure(
        self,
        rules: Mapping[str, Fired],
        doubts: Mapping[str, str],
        stronger: frozenset[str],
        *,
        exact: bool,
    ) -> frozenset[str]:
        """Returns the rules that watch and perhaps would."""
        return frozenset(
            name
            for name in {*rules, *doubts} - stronger
            if self._watches(name) and (name in doubts or (rules[name].after and not exact))
        )

    def _watches(self, name: str) -> bool:
        return name in self._rules and self._rules[name].mode == "monitor"

    def _strength(self, name: str) -> int:
        return STRENGTH[self._rules[name].action.kind]

    def _least(self, stages: Iterable[Judged]) -> ActionKind:
        actions = [self._judge.strongest(one) for one in stages]
        return max(actions, key=STRENGTH.__getitem__, default="allow")

    def _most(self, low: ActionKind, doubtful: Iterable[str]) -> ActionKind:
        kinds = [low, *(self._rules[name].action.kind for name in doubtful)]
        return max(kinds, key=STRENGTH.__getitem__)

    def _edited(
        self,
        before: ActionKind,
        after: ActionKind,
        stages: Sequence[tuple[Decision, Judged]],
        doubts: Iterable[str],
    ) -> bool | None:
        """Tells whether the same action leaves another text; of a block nothing more is asked."""
        if before != after or after == "block":
            return False
        edits = [now.edited for _, now in stages]
        if any(edits):
            return True
        open_ = [
            name
            for name in doubts
            if self._rules[name].mode == "enforce" and self._strength(name) >= CHANGES
        ]
        return None if open_ or None in edits else False

    def _fired(self, stages: Sequence[tuple[Decision, Judged]]) -> Iterator[tuple[str, Fired]]:
        before = {rule.id for was, _ in stages for rule in was.rules}
        after = {name for _, now in stages for name in now.fires}
        unknown = {name for _, now in stages for name in now.unknown}
        for name in sorted(before | after | unknown):
            fires = True if name in after else None if name in unknown else False
            yield name, Fired(name in before, fires)

    # -- texts ------------------------------------------------------------------------------

    def _judged(self, was: Decision, texts: Sequence[KeptText]) -> Judged:
        """Returns what the scores tell, and where they do not, what the stored texts do."""
        judged = self._judge.judge(was)
        mine = [one for one in texts if one.stage == was.stage]
        if judged.unknown and mine:
            self._look(judged, was, mine)
        return judged

    def _look(self, judged: Judged, was: Decision, texts: Sequence[KeptText]) -> None:
        stage = None if was.stage == ANY_STAGE else was.stage
        decisions = [decide(TextStream(self._engine, stage), one.text) for one in texts]
        whole = all(one.whole for one in texts)
        failed = sorted({name for one in decisions for name in one.degraded})
        for rule in (rule for one in decisions for rule in one.rules):
            if rule.id in judged.unknown and rule.count:
                judged.unknown.pop(rule.id)
                judged.fires[rule.id] = rule.action
                judged.found[rule.id] = rule.detections
        for name in tuple(judged.unknown):
            broken = [one for one in failed if one in self._rules[name].detect]
            if broken:
                judged.unknown[name] = FAILED.format(broken[0])
            elif whole:
                del judged.unknown[name]
            else:
                judged.unknown[name] = MASKED
        judged.edited = self._judge.edited(was, judged)

    def _spans(
        self, was: Decision, now: Judged, rules: Mapping[str, Fired]
    ) -> Iterator[dict[str, Any]]:
        """Yields what made rules fire in one of the two only; of a score its place is not known."""
        old = {rule.id: rule.detections for rule in was.rules}
        for name, detections in old.items():
            if name not in now.fires and rules[name].after is not None:
                for one in detections:
                    yield {"in": "before", **span(was.stage, name, one)}
        for name in now.fires:
            if name not in old:
                for found in now.found.get(name) or self._scored(name, was):
                    yield {"in": "after", **span(was.stage, name, found)}

    def _scored(self, name: str, was: Decision) -> Iterator[Detection]:
        rule = self._rules[name]
        for key, score in was.scores.items():
            detector, _, type_ = key.partition(".")
            if score and detector in rule.detect and rule.when.holds(score):
                yield Detection(detector, type_, -1, -1, score)


def unasked(one: Interaction, stages: Sequence[tuple[Decision, Judged]]) -> bool:
    """Tells whether a prompt was blocked that may pass now: its answer was never made.

    A record of the hook is that of one text, and has no answer to wait for.
    """
    if one.source == "hook" and len(one.decisions) == 1:
        return False
    blocked = {was.stage for was, _ in stages if was.action == "block"}
    return bool(blocked & {*INPUTS}) and not any(
        was.stage in STAGES and was.stage not in INPUTS for was, _ in stages
    )
