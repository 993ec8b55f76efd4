"""Bans of tokens in vLLM: where a guard in front of the server asks for another continuation.

vLLM cannot take tokens back. Whoever rewinds, a sidecar for instance, sends the kept text again and
names the tokens that must not come next; a logits processor in the server sees to that. It is
loaded by class path, never as an entry point: one for the other runner would stop vLLM's start.

* model runner V1: ``--logits-processors tokenward.inprocess.vllm_bans.runner_v1:BanTokens``
* model runner V2: ``--logits-processors tokenward.inprocess.vllm_bans.runner_v2:BanTokens``

A request asks with ``extra_args`` (over HTTP ``vllm_xargs``): ``{"tokenward_bans": ["0:11,13"]}``
forbids the tokens 11 and 13 as the first that is generated.
"""
