"""How fast, and at what cost: `make bench`, or `python -m tests.benchmarks --help`."""
