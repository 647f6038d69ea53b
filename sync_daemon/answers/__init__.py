"""What people ask, for the command line and for a page: why a phone is closed, what is wrong, and the words for it."""
