"""The daemon around `rules`: reads calendars, keeps the switchboard's referral store in step, and says what it did."""
