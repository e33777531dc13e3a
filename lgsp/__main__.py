"""`python -m lgsp` is the command `lgsp`."""

from lgsp.cli import app

app()
