"""How the systems of ministries are spoken with, told by configuration: what the adapters to them have in common.

No adapter itself. `template` says what a request is made of, `answer` what a reply means, `feed` how statuses and
progress of dossiers are fetched, `web` and `login` how JSON goes over HTTP, `trouble` how errors are worded.
"""
