"""What others are built on, beside our SOAP door: `python -m tests.benchmarks.peers`.

Small harnesses of our own around the libraries, not the products that use them. Each takes the same signed documents
by HTTP POST in a SOAP envelope. The peers validate, verify, insert with a commit, publish with a confirm, acknowledge.
The bus does what it always does: it asks its rules, routes, seals, signs a receipt, writes history and evidence too.
"""
