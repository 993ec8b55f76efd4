"""Streams one answer through the sidecar with the openai client: python chat.py URL "question"."""

from __future__ import annotations

import sys

from openai import OpenAI


def main(url: str, question: str) -> None:
    """Prints the answer as it comes, and why it ended."""
    client = OpenAI(base_url=f"{url}/v1", api_key="unused")
    model = client.models.list().data[0].id
    stream = client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": question}], stream=True
    )
    reason = None
    for chunk in stream:
        for choice in chunk.choices:
            print(choice.delta.content or "", end="", flush=True)
            reason = choice.finish_reason or reason
    print(f"\n({reason})")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
