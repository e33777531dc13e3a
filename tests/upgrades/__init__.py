"""What was released, and the way from each release to what is here."""
