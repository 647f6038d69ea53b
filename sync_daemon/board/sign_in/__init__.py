"""Who may see the board: what stands between a request and its page.

`guard` decides; `sessions` remembers who has signed in, `csrf` tells our own forms from others', `limits` how often a
password may be tried, `pages` is where one signs in and out. Another way to sign in (OpenID Connect) makes a `Viewer`
of what it was told, and calls `SignIn.begin`.
"""
