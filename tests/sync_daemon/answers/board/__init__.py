"""The data behind the board."""
