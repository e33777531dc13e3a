"""What can be proven later, to a stranger, offline."""
