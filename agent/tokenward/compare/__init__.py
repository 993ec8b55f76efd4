"""What an optimisation broke: a base and an optimized model side by side, with a gate for CI.

A comparison goes: suites give cases, each model runs them in a process of its own and leaves a
recorded run, metrics turn two runs into paired values, statistics into intervals, the gate into
``pass``, ``fail`` or ``inconclusive``, and writers into JSON, JUnit, Markdown and a page.
"""
