"""How far hanvisa goes: what a mailbox costs, measured, and a million of them on n hosts, simulated with that."""
