"""Speaks up: mail when something begins to be wrong and when it is over, a heartbeat, and mail to staff.

`decision` says what is to be said, `messages` in which words, `mail` and `monitor` send it. What who knows is kept in
the store (`memory`), so that `hanvisa run` and `hanvisa status --mail` never say the same thing twice.
"""
