"""What the board shows: everybody's state in a row each, found while somebody types."""
