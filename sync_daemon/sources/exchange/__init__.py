"""What reading Exchange on site and reading Exchange Online have in common; neither of the two imports the other.

Threads that ask side by side, and what becomes of those that hang; bounds of time; what a failure asks for; for how
long a server wants to be left alone; whose items an answer shows.
"""
