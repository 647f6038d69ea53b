"""The operators' board: a page that says who is away, when they are back and whom to try; `hanvisa board` serves it.

A process of its own beside `run`, on the same configuration and store. It asks `answers` and acts through `by_hand`, as
the command line does, so that no two of them can say different things.
"""
