"""Pretended systems that speak over real HTTP as the real ones do: for tests, the demo and integrators.

Each runs inside a process (`with running(MinistryRest()) as system:`) or as one of its own
(`python -m adapters.simulators.ministry_rest --port 8100`). They keep everything in memory and protect nothing:
never put one where strangers can reach it.
"""
