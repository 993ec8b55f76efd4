"""Logs of other tools, read as recorded runs: what they scored is compared, nothing is run.

``lm-eval:FILE`` is a file of samples of lm-evaluation-harness (``--log_samples``) or a folder of
them, ``inspect:FILE`` a log of inspect_ai, ``llama-kl:FILE`` what llama.cpp's
``perplexity --kl-divergence`` printed. The first two are known by their names, too.
"""
