"""`python -m sync_daemon`: the command line."""

from sync_daemon.cli import main

main()
