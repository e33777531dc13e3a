"""The adapters that come with the bus. Each knows `lgsp.sdk` and nothing else of it."""
