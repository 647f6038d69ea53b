"""Booking as Outlook would, through exchangelib, as the mailbox's owner."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from exchangelib import (
    BASIC,
    DELEGATE,
    Account,
    CalendarItem,
    Configuration,
    Credentials,
    EWSDate,
    EWSDateTime,
    EWSTimeZone,
    Version,
)
from exchangelib.folders import Calendar, Root
from exchangelib.items import SEND_TO_ALL_AND_SAVE_COPY, SEND_TO_NONE
from exchangelib.properties import DistinguishedFolderId, Mailbox
from exchangelib.recurrence import AbsoluteMonthlyPattern, DailyPattern, Recurrence, WeeklyPattern
from exchangelib.version import EXCHANGE_2019

from tests.exchange.process import Exchange

_HERE = ZoneInfo("Europe/Stockholm")
ZONE = EWSTimeZone("Europe/Stockholm")


def account(  # noqa: PLR0913 - what a logon is made of
    exchange: Exchange,
    mailbox: str,
    *,
    user: str | None = None,
    password: str | None = None,
    auth: str = BASIC,
    access: str = DELEGATE,
) -> Any:  # noqa: ANN401 - exchangelib has no types
    """An exchangelib account: its owner's, or as another user with `access` to it."""
    credentials = Credentials(user or mailbox, password or exchange.owner_password(mailbox))
    configuration = Configuration(
        service_endpoint=exchange.endpoint, credentials=credentials, auth_type=auth, version=Version(EXCHANGE_2019)
    )
    return Account(mailbox, config=configuration, access_type=access, autodiscover=False, default_timezone=ZONE)


def service_account(exchange: Exchange, mailbox: str, *, auth: str = BASIC, access: str) -> Any:  # noqa: ANN401
    """The service account's way to a mailbox."""
    return account(exchange, mailbox, user=exchange.user, password=exchange.password, auth=auth, access=access)


def calendar(of: Any) -> Any:  # noqa: ANN401 - exchangelib has no types
    """The calendar of an account, without asking for the root, which a delegate may not see.

    The id is given because exchangelib would set it later, and a folder's hash changes with it.
    """
    mailbox = Mailbox(email_address=of.primary_smtp_address)
    return Calendar(root=Root(account=of), _distinguished_id=DistinguishedFolderId(id="calendar", mailbox=mailbox))


class Owner:
    """Somebody in front of their own calendar. Times may be in any zone, or dates for whole days, the last included."""

    def __init__(self, exchange: Exchange, mailbox: str, *, auth: str = BASIC) -> None:
        self.account = account(exchange, mailbox, auth=auth)

    def book(self, subject: str, start: datetime | date, end: datetime | date, **fields: Any) -> Any:  # noqa: ANN401
        """A single item; with `required_attendees` they are invited."""
        item = CalendarItem(
            account=self.account,
            folder=self.account.calendar,
            subject=subject,
            start=ews_time(start),
            end=ews_time(end),
            is_all_day=not isinstance(start, datetime),
            **fields,
        )
        return item.save(send_meeting_invitations=_sending(fields))

    def book_private(self, subject: str, start: datetime, end: datetime, **fields: Any) -> Any:  # noqa: ANN401
        """A private one."""
        return self.book(subject, start, end, sensitivity="Private", **fields)

    def book_days(self, subject: str, first: date, last: date | None = None, **fields: Any) -> Any:  # noqa: ANN401
        """An all-day entry."""
        return self.book(subject, first, last or first, **fields)

    def book_daily(
        self,
        subject: str,
        start: datetime,
        end: datetime,
        number: int | None = None,
        **fields: Any,  # noqa: ANN401 - exchangelib's own
    ) -> Any:  # noqa: ANN401 - exchangelib has no types
        """A series of every day, without an end where there is no number."""
        return self._series(DailyPattern(interval=1), subject, start, end, number, fields)

    def book_weekly(
        self,
        subject: str,
        start: datetime,
        end: datetime,
        number: int | None = None,
        **fields: Any,  # noqa: ANN401 - exchangelib's own
    ) -> Any:  # noqa: ANN401 - exchangelib has no types
        """A series on the first one's day of the week."""
        pattern = WeeklyPattern(interval=1, weekdays=[start.astimezone(ZONE).isoweekday()])
        return self._series(pattern, subject, start, end, number, fields)

    def book_monthly(
        self,
        subject: str,
        start: datetime,
        end: datetime,
        number: int | None = None,
        **fields: Any,  # noqa: ANN401 - exchangelib's own
    ) -> Any:  # noqa: ANN401 - exchangelib has no types
        """A series on the first one's day of the month."""
        pattern = AbsoluteMonthlyPattern(interval=1, day_of_month=start.astimezone(ZONE).day)
        return self._series(pattern, subject, start, end, number, fields)

    def _series(  # noqa: PLR0913, PLR0917 - what a series is made of
        self, pattern: object, subject: str, start: datetime, end: datetime, number: int | None, fields: dict[str, Any]
    ) -> Any:  # noqa: ANN401 - exchangelib has no types
        first = start.astimezone(ZONE).date()
        recurrence = Recurrence(pattern=pattern, start=EWSDate(first.year, first.month, first.day), number=number)
        return self.book(subject, start, end, recurrence=recurrence, **fields)

    def change(self, item: Any, **fields: Any) -> Any:  # noqa: ANN401 - exchangelib has no types
        """Other values for an item, a whole series or one occurrence."""
        for name, value in fields.items():
            setattr(item, name, ews_time(value) if isinstance(value, date) else value)
        item.save(update_fields=list(fields), send_meeting_invitations=_sending({"required_attendees": True}))
        return item

    def change_occurrence(self, series: Any, index: int, **fields: Any) -> Any:  # noqa: ANN401
        """Other values for one occurrence, counted from 1."""
        return self.change(self.occurrence(series, index), **fields)

    def delete_occurrence(self, series: Any, index: int) -> None:  # noqa: ANN401 - exchangelib has no types
        """Takes one occurrence away, counted from 1; whoever was invited is told."""
        self.occurrence(series, index).delete(send_meeting_cancellations=SEND_TO_ALL_AND_SAVE_COPY)

    def occurrence(self, series: Any, index: int) -> Any:  # noqa: ANN401 - exchangelib has no types
        """One occurrence as it is on the server."""
        found = series.occurrence(index=index)
        found.refresh()
        return found

    def delete(self, item: Any) -> None:  # noqa: ANN401 - exchangelib has no types
        """Takes an item away, telling nobody."""
        item.delete(send_meeting_cancellations=SEND_TO_NONE)

    def cancel(self, item: Any) -> None:  # noqa: ANN401 - exchangelib has no types
        """Cancels a meeting: gone here, and cancelled in the calendars of those invited."""
        item.refresh()
        item.cancel()

    def accept(self, uid: str) -> None:
        """Answers an invitation with yes."""
        self._invitation(uid).accept()

    def accept_tentatively(self, uid: str) -> None:
        """Answers an invitation with perhaps."""
        self._invitation(uid).tentatively_accept()

    def decline(self, uid: str) -> None:
        """Answers an invitation with no, which takes it out of the calendar."""
        self._invitation(uid).decline()

    def _invitation(self, uid: str) -> Any:  # noqa: ANN401 - exchangelib has no types
        return next(item for item in self.account.calendar.all() if item.uid == uid)

    def view(self, start: datetime, days: float = 7) -> list[Any]:
        """What the calendar shows."""
        return list(self.account.calendar.view(start=ews_time(start), end=ews_time(start + timedelta(days=days))))


def _sending(fields: dict[str, Any]) -> str:
    return str(SEND_TO_ALL_AND_SAVE_COPY if fields.get("required_attendees") else SEND_TO_NONE)


def ews_time(value: datetime | date) -> Any:  # noqa: ANN401 - exchangelib has no types
    """A time or date as exchangelib wants it."""
    if isinstance(value, datetime):
        return EWSDateTime.from_datetime(value.astimezone(_HERE))
    return EWSDate(value.year, value.month, value.day)
