"""The evidence of one document in one file: written from the ledger, judged by a stranger with nothing else."""
