"""Guards a transformers model token by token: redacts, rewinds, and shows what was done."""

from __future__ import annotations

import sys

from transformers import AutoModelForCausalLM, AutoTokenizer

from tokenward import Guard
from tokenward.demo.model import model_dir

QUESTIONS = ["What are your opening hours?", "What is Anna's e-mail?", "You stupid bot!"]


def main(model_folder: str) -> None:
    model = AutoModelForCausalLM.from_pretrained(model_folder, local_files_only=True)
    tokenizer = AutoTokenizer.from_pretrained(model_folder, local_files_only=True)
    with Guard.load("rewind") as guard:
        for question in QUESTIONS:
            print(f"> {question}")
            answer = guard.generate(
                model,
                tokenizer,
                [{"role": "user", "content": question}],
                on_text=lambda _, text: print(text, end="", flush=True),
                do_sample=False,
                max_new_tokens=60,
            )
            rules = ", ".join(rule.id for rule in answer.decision.rules) or "no rule"
            print(f"\n  {answer.decision.action} ({rules}), {answer.rewinds} rewinds\n")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else str(model_dir()))
