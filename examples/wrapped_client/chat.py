"""Guards the calls of an OpenAI client in this process: python chat.py URL "question"."""

from __future__ import annotations

import sys

from openai import OpenAI

from tokenward import Guard, TokenwardError


def main(url: str, question: str) -> None:
    """Prints an answer as it comes and one that comes whole, and what is not let through."""
    guard = Guard.load("private")
    client = guard.wrap(OpenAI(base_url=f"{url}/v1", api_key="unused"))
    asked = {"model": "m", "messages": [{"role": "user", "content": question}]}

    print("streamed: ", end="")
    for chunk in client.chat.completions.create(**asked, stream=True):
        print(chunk.choices[0].delta.content or "", end="", flush=True)

    raw = client.chat.completions.with_raw_response.create(**asked)
    print(f"\nwhole: {raw.parse().choices[0].message.content}")
    print(f"decision: {raw.headers['x-tokenward-decision-id']}")

    try:
        client.embeddings.create(model="m", input=question)
    except TokenwardError as error:
        print(f"refused: {error}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
