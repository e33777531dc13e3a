"""What is checked in a container; a file a question, each on its own."""
