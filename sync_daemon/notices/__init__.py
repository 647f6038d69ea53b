"""Notices of unmanned departments on their way to the switchboard, by mail and webhook, out of the store."""
