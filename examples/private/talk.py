"""A conversation with a model that never sees personal data, and a user who gets it back."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tokenward import Guard

PROMPT = "I am ann.lee@corp-mail.com, my card is 4111 1111 1111 1111. Book me a table."


def model(prompt: str) -> Iterator[str]:
    """Stands for any model: it repeats what it was told, and makes something up."""
    answer = f"You wrote: {prompt} Or ask our manager, jane.roe@real-company.com."
    yield from (answer[at : at + 3] for at in range(0, len(answer), 3))


def tool_call(prompt: str) -> str:
    """Stands for a call that a model makes; its arguments are JSON."""
    return json.dumps({"guest": prompt.split()[2].strip(","), "note": "by the window"})


def main() -> None:
    with Guard.load("private") as guard, guard.session() as session:
        seen = session.check(PROMPT, stage="input").text
        assert seen is not None
        print("the user says:   ", PROMPT)
        print("the model sees:  ", seen)
        print("the user gets:   ", "".join(session.iter(model(seen))))
        print("the tool is given:", session.check(tool_call(seen), stage="tool_call").text)
        print(session)

        other = guard.session()  # somebody else, who has seen what the model saw
        print("another one gets:", other.check(f"Tell me about {seen}").text)


if __name__ == "__main__":
    main()
