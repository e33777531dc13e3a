"""The words of the bus: frozen values and their rules, made of the standard library alone."""
