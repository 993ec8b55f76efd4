"""What a change means and what to do about it, in a few words."""

from __future__ import annotations

from collections.abc import Sequence

from tokenward.monitor.drift import ColumnDrift

WORDS: Sequence[tuple[str, str]] = (
    (
        "action",
        (
            "Open some of these requests and see which rules fired. If they were right, the "
            "traffic changed: tell whoever owns the clients. If not, adjust the rule and try "
            "it on recorded traffic with `tokenward policy replay`."
        ),
    ),
    (
        "rule.",
        (
            "Open some of these requests. If the rule is right, the traffic or the model "
            "changed; if it is wrong, adjust it and try it on recorded traffic with `tokenward "
            "policy replay`."
        ),
    ),
    (
        "detections.",
        (
            "See in these requests whether the findings are real. Real ones in answers point "
            "to the model or its data, in prompts to the clients."
        ),
    ),
    (
        "score.",
        (
            "Scores moved, whether or not rules fire yet. See how far the threshold is, and "
            "whether the model, its quantisation or the prompts changed at that time."
        ),
    ),
    (
        "degraded",
        (
            "Detectors did not run to their end. See `/metrics` for the detector and the "
            "reason, and give it more time, memory or workers."
        ),
    ),
    (
        "timing.",
        (
            "Compare with the load at that time. `timing.guard` is the guard's own time; the "
            "rest is the model's."
        ),
    ),
    (
        "cost",
        (
            "The tokens of a request cost another sum. See which of prompt_tokens and "
            "completion_tokens moved, and by which route."
        ),
    ),
    (
        "energy",
        (
            "Answers take another amount of energy, by what is stated for a thousand tokens of "
            "each model. See whether completion_tokens moved, or which model answers."
        ),
    ),
    (
        "prompt_tokens",
        (
            "Prompts have another length: look for a new client, a new template or more "
            "retrieved context."
        ),
    ),
    (
        "completion_tokens",
        (
            "Answers have another length: look at stop words, max_tokens, and whether the "
            "model was changed."
        ),
    ),
    (
        "parameter.",
        (
            "Clients ask with other parameters. If nobody meant to, limit them in the policy "
            "(`limits:`)."
        ),
    ),
    (
        "answer.refusal",
        (
            "The model refuses at another rate. Compare model labels with "
            "`report --reference label=NAME` before you change a prompt."
        ),
    ),
    (
        "answer.repetition",
        (
            "Answers repeat themselves at another rate, often the first sign of a quantisation "
            "that went too far. Compare model labels with `report --reference label=NAME`."
        ),
    ),
    (
        "prompt.embedding",
        (
            "Prompts are about other things than before. Read some, and see whether the policy "
            "covers them."
        ),
    ),
    (
        "answer.embedding",
        (
            "Answers read otherwise than before. If prompts did not change, the model did: "
            "compare model labels with `report --reference label=NAME`."
        ),
    ),
    (
        "prompt.",
        "The prompts changed, so what users send: look for a new client, language or campaign.",
    ),
    (
        "answer.",
        (
            "The answers changed. If the prompts did not, the model or its settings did: "
            "compare model labels with `report --reference label=NAME`."
        ),
    ),
)
"""What to do about columns, by how their names begin."""
USUAL = "Open some of these requests, and see what they have in common."
REVISED = (
    "The policy has another revision in the two periods; that alone may explain it. Compare the "
    "revisions with `tokenward policy diff`."
)


def advice(one: ColumnDrift, *, revised: bool) -> str:
    """Returns what to do about a column that drifted; ``revised`` says that the policy changed."""
    told = next((words for begin, words in WORDS if one.column.startswith(begin)), USUAL)
    by_policy = one.column.startswith(("action", "rule.", "detections.", "score."))
    return f"{REVISED} {told}" if revised and by_policy else told


def title(column: str) -> str:
    """Returns a column in words.

    >>> title("rule.no-pii"), title("detections.output.pii.EMAIL_ADDRESS"), title("cost")
    ('rule no-pii fires', 'EMAIL_ADDRESS found by pii in the output', 'cost of the tokens')
    """
    begin, _, rest = column.partition(".")
    plain = {
        "action": "what the guard did",
        "degraded": "detectors that did not run",
        "cost": "cost of the tokens",
        "energy": "energy of the answers",
        "hold_back": "characters held back",
        "rewinds": "rewinds",
        "prompt_tokens": "tokens of the prompt",
        "completion_tokens": "tokens of the answer",
    }
    if column in plain:
        return plain[column]
    if begin in ("detections", "score"):
        stage, _, name = rest.partition(".")
        detector, _, kind = name.partition(".")
        told = f"found by {detector}" if begin == "detections" else f"score of {detector}"
        return f"{kind or detector} {told} in the {stage.replace('_', ' ')}"
    told = rest.replace("_", " ")
    return {
        "rule": f"rule {rest} fires",
        "timing": f"time: {told}",
        "parameter": f"parameter {rest}",
        "prompt": f"prompt: {told}",
        "answer": f"answer: {told}",
    }.get(begin, column.replace("_", " "))
