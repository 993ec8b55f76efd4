"""Servers that tell log-probabilities of given texts, with the demo model's own numbers."""

from __future__ import annotations

import torch
from tests.agent.compare.backends.speaking import MODELS, NOT_FOUND
from tests.agent.upstream import Said

from tokenward.compare.backends.base import Ask
from tokenward.compare.sampling import Sampling


class Server:
    """The demo model behind the ways of vLLM, as far as they are used."""

    def __init__(self, demo, top=64):
        self.demo, self.reader, self.top = demo, demo.reader, top
        self.tokenizer = demo.reader.tokenizer

    def __call__(self, asked):
        path = asked.path.removeprefix("/v1")
        if path == "/models":
            return Said({"data": [{"id": "m", "owned_by": "vllm"}]})
        answer = getattr(self, path.strip("/").replace("/", "_"), None)
        return NOT_FOUND if answer is None else answer(asked.json)

    def tokenize(self, body):
        if "messages" in body:
            return Said({"tokens": self.reader.prompt(tuple(body["messages"]))})
        special = body.get("add_special_tokens", True)
        ids = self.tokenizer(body["prompt"], add_special_tokens=special)["input_ids"]
        return Said({"tokens": ids})

    def detokenize(self, body):
        return Said({"prompt": self.tokenizer.decode(body["tokens"])})

    def numbers(self, ids):
        """Returns what each of the ids had, and all: its log-probabilities behind those before."""
        with torch.inference_mode():
            logs = self.demo.model(torch.tensor([ids])).logits[0, :-1].double().log_softmax(-1)
        return [float(row[one]) for row, one in zip(logs, ids[1:], strict=True)], logs

    def chat_completions(self, body):
        ask = Ask((0, "", 0), tuple(body["messages"]))
        (answer,) = self.demo.generate([ask], Sampling(max_new_tokens=body["max_tokens"]))
        return self.said({"message": {"role": "assistant", "content": answer.text}}, answer)

    def said(self, choice, answer):
        usage = {"prompt_tokens": answer.prompt_count, "completion_tokens": answer.count}
        told = {"finish_reason": answer.finish, "token_ids": list(answer.tokens)}
        return Said({"choices": [{**choice, **told}], "usage": usage})

    def completions(self, body):
        if "prompt_logprobs" not in body and not body.get("echo"):
            (answer,) = self.demo.generate(
                [Ask((0, "", 0), body["prompt"])], Sampling(max_new_tokens=body["max_tokens"])
            )
            return self.said({"text": answer.text}, answer)
        if not isinstance(body["prompt"], list) or body["prompt_logprobs"] > self.top:
            return Said({"error": "cannot"}, status=400)
        ids = body["prompt"]
        told = [None]
        for one, own, row in zip(ids[1:], *self.numbers(ids), strict=True):
            top = row.topk(body["prompt_logprobs"])
            entry = {str(one): {"logprob": own, "rank": 1}}
            for other, value in zip(top.indices.tolist(), top.values.tolist(), strict=True):
                entry[str(other)] = {"logprob": value, "rank": 1}
            told.append(entry)
        return Said({"choices": [{"text": "", "prompt_logprobs": told}]})


class Echo(Server):
    """The same numbers as a server of text completions tells them."""

    FEW = 5

    def __call__(self, asked):
        if asked.path == "/v1/models":
            return Said(MODELS)
        return self.echo(asked.json) if asked.path == "/v1/completions" else NOT_FOUND

    def echo(self, body):
        if body["logprobs"] > self.FEW:
            return Said({"error": "too many"}, status=400)
        ids = self.reader.prompt(body["prompt"])
        own, logs = self.numbers(ids)
        names = [self.name(ids[: at + 1]) for at in range(len(ids))]
        tops = [
            {
                self.name([*ids[:at], one]): float(row[one])
                for one in row.topk(self.FEW).indices.tolist()
            }
            for at, row in enumerate(logs, 1)
        ]
        logprobs = {
            "tokens": [*names, "!"],
            "token_logprobs": [None, *own, -1.0],
            "top_logprobs": [None, *tops, {"!": -1.0}],
        }
        usage = {"prompt_tokens": len(ids), "completion_tokens": 1}
        return Said({"choices": [{"text": "", "logprobs": logprobs}], "usage": usage})

    def name(self, ids):
        return self.reader.text(ids[-1:], ids[:-1])
