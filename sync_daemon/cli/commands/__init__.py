"""The commands, by who gives them: the switchboard's operator, whoever runs the daemon, and who wants to know why."""
