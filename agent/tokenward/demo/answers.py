"""One variant of the demo model, as something that answers chats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tokenward.demo.model import NumberFormat, load


class Answers:
    """Generates answers with plain ``model.generate``: no guard is in here."""

    def __init__(self, number_format: NumberFormat) -> None:
        self.model, self.tokenizer = load(number_format)

    def answer(
        self,
        messages: list[dict[str, str]],
        *,
        on_text: Callable[[str], None] = lambda _: None,
        max_new_tokens: int = 64,
        temperature: float = 0.0,
        seed: int | None = None,
    ) -> tuple[str, dict[str, int]]:
        """Returns the answer and the token counts; ``on_text`` is given each piece as it comes."""
        import torch  # noqa: PLC0415 - heavy

        prompt = self.tokenizer.apply_chat_template(
            messages, add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        if seed is not None:
            torch.manual_seed(seed)
        sampling = {"do_sample": True, "temperature": temperature} if temperature else {}
        streamer = _pieces(self.tokenizer, on_text)
        with torch.inference_mode():
            sequence = self.model.generate(
                **prompt,
                max_new_tokens=max_new_tokens,
                streamer=streamer,
                **(sampling or {"do_sample": False}),
            )[0]
        asked = prompt["input_ids"].shape[1]
        text = self.tokenizer.decode(sequence[asked:], skip_special_tokens=True)
        told = len(sequence) - asked
        counts = {"prompt_tokens": asked, "completion_tokens": told, "total_tokens": asked + told}
        return text, counts


def _pieces(tokenizer: Any, on_text: Callable[[str], None]) -> Any:
    from transformers import TextStreamer  # noqa: PLC0415 - heavy

    class Pieces(TextStreamer):  # type: ignore[misc]
        def on_finalized_text(self, text: str, stream_end: bool = False) -> None:
            del stream_end
            if text:
                on_text(text)

    return Pieces(tokenizer, skip_prompt=True, skip_special_tokens=True)
