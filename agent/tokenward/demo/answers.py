"""One variant of the demo model, as something that answers chats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
        goes_on: bool = False,
        bad_words: Sequence[str] = (),
    ) -> tuple[str, dict[str, int]]:
        """Returns the answer and the token counts; ``on_text`` is given each piece as it comes.

        With ``goes_on`` the last message is gone on with, and what follows it is the answer.
        ``bad_words`` are not said.
        """
        import torch  # noqa: PLC0415 - heavy

        prompt = self.tokenizer.apply_chat_template(
            messages,
            add_generation_prompt=not goes_on,
            continue_final_message=goes_on,
            return_tensors="pt",
            return_dict=True,
        )
        if seed is not None:
            torch.manual_seed(seed)
        sampling = self._sampling(temperature, bad_words)
        streamer = _pieces(self.tokenizer, on_text)
        with torch.inference_mode():
            sequence = self.model.generate(
                **prompt, max_new_tokens=max_new_tokens, streamer=streamer, **sampling
            )[0]
        asked = prompt["input_ids"].shape[1]
        text = self.tokenizer.decode(sequence[asked:], skip_special_tokens=True)
        told = len(sequence) - asked
        counts = {"prompt_tokens": asked, "completion_tokens": told, "total_tokens": asked + told}
        return text, counts

    def _sampling(self, temperature: float, bad_words: Sequence[str]) -> dict[str, Any]:
        sampling: dict[str, Any] = {"do_sample": bool(temperature)}
        if temperature:
            sampling["temperature"] = temperature
        if bad_words:  # as they begin a text, and as they stand in one
            spoken = [space + word for word in bad_words for space in ("", " ")]
            encode = self.tokenizer.encode
            sampling["bad_words_ids"] = [encode(w, add_special_tokens=False) for w in spoken]
        return sampling


def _pieces(tokenizer: Any, on_text: Callable[[str], None]) -> Any:
    from transformers import TextStreamer  # noqa: PLC0415 - heavy

    class Pieces(TextStreamer):  # type: ignore[misc]
        def on_finalized_text(self, text: str, stream_end: bool = False) -> None:
            del stream_end
            if text:
                on_text(text)

    return Pieces(tokenizer, skip_prompt=True, skip_special_tokens=True)
