"""From calendar entries to referrals: the domain, pure.

Nothing here reads a file, asks a clock or writes a log; time, holidays and the check of telephone numbers come in as
arguments, and only the standard library is imported. The contract is docs/rules.md.

Read in this order: `policy` (every number that a municipality may change), `command` (what a subject says), `entry`
(which entries count), `office_hours` (lunch and night), `absence` (entries become absences), `referral` (what the
store holds and which one is in force), `plan` (what has to change), `brake` (whether it may), `departments`,
`explain`.
"""
