"""The message bus through which a province's agencies exchange signed documents."""
