"""What a person does to a phone: refers, opens, takes back; for the command line, the board and its interface alike."""
