"""What other systems ask and do over HTTP: `/api/…`, in JSON, with a bearer token each; `openapi.json` describes it.

They are given what `hanvisa referrals --json` and the board's list show, of their own tenants, and act through the
same functions as the command line. What is wrong is told in `problem`, under the status that says what to do about it.
"""
