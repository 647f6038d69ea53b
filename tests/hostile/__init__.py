"""What somebody might send who means harm."""
