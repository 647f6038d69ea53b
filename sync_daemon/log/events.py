"""Every event of the log: its stable name, its level, what it means and what to do about it.

A name that does not stand here is a bug, and so is a field that its event does not list: what is logged is decided in
this file, where it is read beside docs/rules.md §7. docs/reference.md is made from it (`script/generate-docs`).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Literal

from sync_daemon.texts import Text

Level = Literal["debug", "info", "warning", "error"]

LEVELS: tuple[Level, ...] = ("debug", "info", "warning", "error")
"""From the least to the most urgent."""

LEVEL_NUMBERS: dict[Level, int] = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
"""The levels as the standard library numbers them (https://docs.python.org/3/library/logging.html#logging-levels)."""

COMMON_FIELDS = ("tenant", "mailbox", "extension", "extensions", "cycle", "dry_run")
"""What any event may carry: whom and which cycle it concerns, and whether nothing was written (`run --dry-run`)."""

_COMMON = frozenset(COMMON_FIELDS)


@dataclass(frozen=True, slots=True)
class Event:
    """One kind of line in the log. `words` is how a person reads it, `fields` what it carries beside the common ones.

    `remedy` is what an admin does about it; empty where there is nothing to do. A field `store` is the store's address
    without its password.
    """

    name: str
    level: Level
    words: Text
    meaning: str
    remedy: str = ""
    fields: tuple[str, ...] = ()

    @property
    def allowed(self) -> frozenset[str]:
        """The names of the fields that the event may carry."""
        return _COMMON | {*self.fields}

    @property
    def is_said_hourly(self) -> bool:
        """Whether it is said again while it lasts: what is no fault of the service's or an admin's (`info`) is not."""
        return self.level != "info"

    @property
    def stands_for_many(self) -> bool:
        """Whether one line can stand for many such troubles of one person's, or of one directory's."""
        return "count" in self.fields


_REFERRAL = ("from", "until", "reason", "phone", "alternative", "mode", "cause")
_CHANGED_REFERRAL = (*_REFERRAL, "was_from", "was_until")
_EXCEPTION = ("exception", "causes", "frames")
_LASTING = ("first", "last", "times")
"""Of what keeps failing: since when, when last, and how often by now; absent when it begins."""
_COUNTS = (
    *("read", "incomplete", "failed", "unchanged", "postponed", "entries", "counting", "near_misses"),
    *("created", "updated", "removed", "held", "set", "said", "milliseconds"),
    *("milliseconds_directory", "milliseconds_read", "milliseconds_plan", "milliseconds_write", "milliseconds_notices"),
    "milliseconds_shards",
)
_LOOK_AT_THE_REMEDY = "The field `remedy` says what to do."

_ALL = (
    Event("cycle_started", "debug", Text("a cycle has begun"), "A tenant's calendars are about to be read."),
    Event(
        "cycle_finished",
        "info",
        Text("a cycle has ended"),
        "A tenant's calendars have been read and the store is in step with them, but for what other events say.",
        "Look for the other events of the cycle where `failed`, `incomplete` or `held` is not 0.",
        _COUNTS,
    ),
    Event(
        "cycle_uneventful",
        "debug",
        Text("a cycle has ended that changed nothing"),
        "As `cycle_finished`, of a cycle that wrote nothing and found nothing new to tell of.",
        fields=_COUNTS,
    ),
    Event(
        "cycle_postponed",
        "warning",
        Text("a cycle ran out of time"),
        "A cycle could not read every mailbox before the next one was due: so many wait for the next, which begins "
        "with them.",
        "Raise `service.interval` where it happens often, or see why reading takes so long.",
        ("mailboxes", *_LASTING),
    ),
    Event(
        "subscriber_failed",
        "error",
        Text("a subscriber could not be planned for"),
        "A bug kept a subscriber's referrals from being brought in step: they stay as they are. Everybody else's are "
        "written.",
        "Report the event `bug` beside it.",
        ("exception", *_LASTING),
    ),
    Event(
        "cycle_overdue",
        "error",
        Text("a cycle does not end"),
        "A tenant's cycle has not gone on for so many `seconds`, twice as long as a cycle may take: a calendar or the "
        "directory is probably on a disk or a server that does not answer. Other tenants go on. It is over when a "
        "cycle has come to its end.",
        "See that the tenant's directory and calendars can be read. Where all tenants' hang, systemd starts the "
        "service anew (`WatchdogSec`).",
        ("seconds", *_LASTING),
    ),
    Event(
        "worker_replaced",
        "warning",
        Text("another worker takes over"),
        "Instead of the tenant's worker that hangs (`cycle_overdue`) another one works from now on. The one that hangs "
        "writes nothing any more, should it go on. At most 3 of them are replaced at a time.",
        "As of `cycle_overdue`.",
    ),
    Event(
        "cycle_failed",
        "error",
        Text("a cycle failed"),
        "A bug ended a tenant's cycle; what it had written stays, and the next cycle does the rest.",
        "Report the event `bug` beside it. If it happens in every cycle, this tenant's referrals are no longer kept in "
        "step.",
        ("exception", *_LASTING),
    ),
    Event(
        "trouble_over",
        "info",
        Text("trouble is over"),
        "What the event named in `trouble` said is over; it was found so many `times`, from `first` to `last`. With "
        "`count`: so many of them.",
        fields=("trouble", "count", *_LASTING),
    ),
    Event(
        "department_unmanned",
        "warning",
        Text("department unmanned"),
        "A whole department is or will be away. `state`: told, corrected (an end has moved), or withdrawn (it falls "
        "away).",
        "Tell the switchboard: callers get the number in `emergency`.",
        ("department", "state", "from", "until", "back", "emergency"),
    ),
    Event(
        "plan_repeated",
        "debug",
        Text("somebody else wrote, planned again"),
        "Somebody wrote to the subscriber's referrals while they were planned: nothing was written, and the plan was "
        "made anew.",
        fields=("revision", "attempt"),
    ),
    Event(
        "referral_created",
        "info",
        Text("new referral"),
        "A referral has been made from the calendar.",
        fields=_REFERRAL,
    ),
    Event(
        "referral_updated",
        "info",
        Text("referral changed"),
        "A referral of the calendar's has been changed; `cause` says why.",
        fields=_CHANGED_REFERRAL,
    ),
    Event(
        "referral_removed",
        "info",
        Text("referral removed"),
        "A referral of the calendar's that had not begun has been removed; `cause` says why.",
        fields=_REFERRAL,
    ),
    Event(
        "referral_put_right",
        "warning",
        Text("referral of the calendar's put right after another hand"),
        "Somebody other than the service changed or removed a referral of origin `calendar`; it is as the calendar "
        "says again.",
        "Find out what writes to the service's rows: other systems use an origin of their own, and end an absence by "
        "an opening.",
        _CHANGED_REFERRAL,
    ),
    Event(
        "referral_set",
        "info",
        Text("referral set by hand"),
        "Somebody has set a referral by hand (`hanvisa refer`, or on the board), or another system has over HTTP "
        "(`system`).",
        fields=(*_REFERRAL, "by", "system"),
    ),
    Event(
        "referral_withdrawn",
        "info",
        Text("referral by hand withdrawn"),
        "Somebody has taken a referral back that was set by hand (`hanvisa withdraw`); `from` and `until` are what it "
        "was to be. The calendar's stays as it is.",
        fields=(*_REFERRAL, "by", "system"),
    ),
    Event(
        "opening",
        "info",
        Text("phone opened by hand"),
        "The subscriber or an operator has opened the phone; `until` is when the referral would have ended.",
        "To take it back: `hanvisa open EXTENSION --undo`.",
        ("by", "opened_at", "until", "origin", "system"),
    ),
    Event(
        "opening_undone",
        "info",
        Text("opening taken back"),
        "An opening has been taken back: the entries that it ended count again.",
        fields=("by", "opened_at", "system"),
    ),
    Event(
        "changes_held",
        "warning",
        Text("removals held back"),
        "A cycle would have removed or shortened more of the tenant's referrals than `service.brake` lets through: "
        "those removals wait, everything else is written. `count` wait, `before` were removed or shortened in the last "
        "`full_read` or 24 hours, `of` how many that were not over when that time began, or when the store was first "
        "filled. The `set` keeps its name; where something has joined it, it is said again at once, with the number of "
        "its version behind the name.",
        "Look with `hanvisa check` and `hanvisa plan` whether the calendars are as they should be; if so, let them "
        "through with `hanvisa approve TENANT SET`. Three readings in a row over 30 minutes that ask for the same let "
        "them through as well.",
        ("set", "count", "before", "of", *_LASTING),
    ),
    Event(
        "many_removed",
        "warning",
        Text("much was removed within a day"),
        "Of the tenant's `of` referrals that were not over at `since`, a day ago at most, `count` have been removed or "
        "shortened since then: over a fifth. Over half would be held back.",
        "Look with `hanvisa log --all` and `hanvisa explain EXTENSION` whether those people have changed their "
        "calendars. If not, see what fills the calendars that are read: it loses entries little by little.",
        ("count", "of", "since", *_LASTING),
    ),
    Event(
        "many_closed",
        "warning",
        Text("many people newly closed at once"),
        "In one cycle `count` of the tenant's `of` people, over half, got a new closed referral. It is written all the "
        "same. A tenant's very first cycle is not told of.",
        "Look with `hanvisa plan` and `hanvisa referrals --all` whether that is as it should be: a training day for "
        "everybody, or somebody else's calendars. If not, open the phones with `hanvisa open`, and see what fills the "
        "calendars that are read.",
        ("count", "of"),
    ),
    Event(
        "leavers_held",
        "warning",
        Text("leavers held back"),
        "Over a tenth of a tenant's people, and more than five, would leave the directory within a day: those who are "
        "in the `set` stay as they are, with their extensions, and their calendars are read.",
        "See that the directory's file is whole. If they have left, let them go with `hanvisa approve TENANT SET`. "
        "Three readings in a row over 30 minutes that ask for the same let them go as well.",
        ("set", "count", "of", *_LASTING),
    ),
    Event(
        "changes_let_through",
        "info",
        Text("held-back removals let through"),
        "Removals that were held back have been carried out: an admin approved them (`by`), or three readings asked "
        "for them.",
        fields=("count", "by"),
    ),
    Event(
        "mailbox_unreadable",
        "warning",
        Text("mailbox unreadable"),
        "A mailbox could not be read; its subscriber's referrals stay as they are.",
        _LOOK_AT_THE_REMEDY,
        ("remedy", *_LASTING),
    ),
    Event(
        "exchange_pool_replaced",
        "warning",
        Text("connections to Exchange replaced"),
        "The connections to an Exchange server gave nothing back any more; others have taken their place.",
        "Nothing, unless it is said every day: then see what stands between the service and Exchange.",
        ("server",),
    ),
    Event(
        "refusals_unusable",
        "warning",
        Text("the memory of refused passwords cannot be read"),
        "The file beside the store that says which passwords were refused is broken or cannot be read: they may be "
        "sent once more.",
        "Remove the file, and see that only the service's user writes beside the store.",
        ("file", "problem"),
    ),
    Event(
        "refusal_not_kept",
        "warning",
        Text("a refused password could not be remembered"),
        "The file beside the store that says which passwords were refused cannot be written: each command may send the "
        "wrong one once.",
        "Let this user write beside the store; give no command again and again until the password is right.",
        ("file", "problem"),
    ),
    Event(
        "exchange_resting",
        "error",
        Text("no more questions to Exchange"),
        "So many questions to an Exchange server have neither answer nor end that no more are asked until some have.",
        "See what stands between the service and Exchange. If it lasts for hours, restart the service.",
        ("server", "threads", *_LASTING),
    ),
    Event(
        "source_unreadable",
        "error",
        Text("many mailboxes unreadable"),
        "Many mailboxes, over 20, cannot be read for one and the same reason; their subscribers' referrals stay as "
        "they are. `named` are the first of them, whose `remedy` it is; `hanvisa explain` says of anybody since when.",
        _LOOK_AT_THE_REMEDY,
        ("remedy", "mailboxes", "named", *_LASTING),
    ),
    Event(
        "entry_unreadable",
        "warning",
        Text("calendar entry unreadable"),
        "An entry of a mailbox could not be understood. The mailbox counts as read in part: nothing of its "
        "subscriber's is removed or shortened for want of an entry. Of many with one cause 20 are told, then one with "
        "the `count` of the others.",
        "Ask the mailbox's owner to open, save or remove the entry: `number` is its place in the mailbox or file. If "
        "it looks as it should, report a bug with `problem`.",
        ("number", "problem", "count", *_LASTING),
    ),
    Event(
        "near_misses",
        "info",
        Text("entries that are nearly commands"),
        "So many entries of the mailbox look like commands without being any (`SAM Budget`, `TÄJ:`); they do not "
        "count.",
        "Tell the mailbox's owner how a command is written.",
        ("count", *_LASTING),
    ),
    Event(
        "entry_without_length",
        "info",
        Text("entry without length"),
        "An entry with a command does not end after it starts; it does not count.",
        fields=("key", "count", *_LASTING),
    ),
    Event(
        "alternative_refused",
        "info",
        Text("alternative number not usable"),
        "An entry names an alternative (`>` or `@`) whose number does not hold; the absence counts without it. `why` "
        "is `no-number`, `not-whole` (more follows it), `unknown` (no extension), `not-allowed` or `own`.",
        "Tell the mailbox's owner: a number in the tenant's directory, one of `internal_numbers`, or a whole, valid "
        "external number, with no further digit behind it, and not their own. `hanvisa explain` shows which entry it "
        "is.",
        ("key", "why", "count", *_LASTING),
    ),
    Event(
        "directory_finding",
        "warning",
        Text("a line of the directory is wrong"),
        "A line of the directory cannot be used and is skipped; its subscriber stays as the store has them. Of many "
        "with one cause 20 are told, then one with the `count` of the others.",
        _LOOK_AT_THE_REMEDY,
        ("thing", "problem", "remedy", "count", *_LASTING),
    ),
    Event(
        "directory_unusable",
        "error",
        Text("the directory is not taken into use"),
        "The directory's file cannot be read, or has lost over half of its lines; the last good one stays in use.",
        _LOOK_AT_THE_REMEDY,
        ("thing", "problem", "remedy", *_LASTING),
    ),
    Event(
        "subscriber_left",
        "info",
        Text("a subscriber has left"),
        "A subscriber no longer stands in the directory: their coming referrals go, the one in force lasts to its end.",
    ),
    Event(
        "subscriber_renamed",
        "info",
        Text("a subscriber has another mailbox"),
        "The directory lists somebody under another mailbox than the `former` one: an extension and the name, or what "
        "stands before the @, are the same. Their openings and what was set by hand go on; what the calendar's "
        "referrals are stays until the new mailbox has been read whole.",
        "Where it is somebody else: `hanvisa subscriber split MAILBOX`.",
        ("former",),
    ),
    Event(
        "mailbox_moved",
        "info",
        Text("a mailbox is read from another source"),
        "The mailbox was read from the source `to` for the first time; before, it was read from the source `from` "
        "(null: from which is not known). What is booked there counts at once; nothing of the person's is removed or "
        "shortened until three readings there in a row agree. Referrals and openings go on.",
        "Where the mailbox was not moved: see why the former source says that it does not have it.",
        ("from", "to"),
    ),
    Event(
        "mailboxes_moved",
        "info",
        Text("many mailboxes are read from another source"),
        "So many `mailboxes` of a tenant, of which the first are `named`, were read from the source `to` for the first "
        "time, and from the source `from` before, as by `mailbox_moved`: the tenant's source was changed, say.",
        "",
        ("from", "to", "mailboxes", "named"),
    ),
    Event(
        "subscriber_succeeded",
        "info",
        Text("an extension has a successor"),
        "The extension of one who has left, with the `former` mailbox, is somebody else's now. Nothing of the former "
        "one's calendar, openings or history is; so many referrals that were set by hand on it (`count`) stay.",
        "Where it is the same person: `hanvisa subscriber same OLD NEW`.",
        ("former", "count"),
    ),
    Event(
        "subscriber_same",
        "info",
        Text("two subscribers are one"),
        "Somebody has said that who left with the `former` mailbox goes on under this one.",
        fields=("by", "former"),
    ),
    Event(
        "subscriber_split",
        "info",
        Text("a subscriber is somebody else"),
        "Somebody has said that this mailbox was wrongly taken for another's: it has a subscriber of its own, on whose "
        "extensions so many referrals that were set by hand stay (`count`).",
        fields=("by", "count"),
    ),
    Event(
        "service_started",
        "info",
        Text("the service has started"),
        "`hanvisa run` works. With `dry_run` it writes no referral.",
        fields=("pid", "version", "tenants"),
    ),
    Event(
        "service_stopped",
        "info",
        Text("the service has ended"),
        "`hanvisa run` was told to end. `unfinished` are tenants whose cycle was left between two transactions.",
        fields=("pid", "unfinished"),
    ),
    Event(
        "signs_lost",
        "warning",
        Text("mailboxes are no longer listened for"),
        "So many mailboxes of a source (`source`, where the tenant has several) that is set to listen (`detect`) have "
        "not been listened for since a minute ago, or since the beginning a quarter of an hour ago: they are read each "
        "`service.interval` instead, so that a change in them is seen later. `why` says what is the matter. Said once, "
        "however long it lasts; of a tenant in shards of each (`shard`), by the host that reads it.",
        "Nothing, where it passes; it is tried again by itself. Else see what `why` says.",
        ("source", "shard", "mailboxes", "why"),
    ),
    Event(
        "signs_back",
        "info",
        Text("mailboxes are listened for again"),
        "What `signs_lost` said, for the same `why`, is over. So many mailboxes of the source (`mailboxes`) are still "
        "not listened for, for other reasons. Of a shard (`shard`) that another host has by then it is not said.",
        fields=("source", "shard", "mailboxes", "why"),
    ),
    Event(
        "tenant_waiting",
        "info",
        Text("another process works on the tenant"),
        "This `run` waits until the other process, named in `holder`, has ended, and then takes over. Said once, "
        "however long it lasts, for all but one of several hosts stand by for years.",
        fields=("holder", *_LASTING),
    ),
    Event(
        "tenant_taken",
        "info",
        Text("work on the tenant begins"),
        "This process has the tenant's lock.",
    ),
    Event(
        "tenant_left",
        "info",
        Text("the tenant is left to another host"),
        "This process has an older configuration (`configuration_older`), and another host that has a newer one takes "
        "the tenant over.",
    ),
    Event(
        "configuration_numbered",
        "info",
        Text("the configuration has a number"),
        "Of several hosts that share a store in PostgreSQL: the one that this process works by was the `number`th that "
        "was put into force; those with one `digest` are alike.",
        fields=("number", "digest"),
    ),
    Event(
        "configuration_older",
        "warning",
        Text("another configuration was put into force"),
        "Another configuration (`newest`) was put into force `since` then, from `host`. This process takes no tenant "
        "that a host with a newer one would work on, and works on those in `tenants`, for which there is none.",
        "Copy the configuration from the host that is named, and `sudo systemctl reload hanvisa`. Where this one is "
        "the right one, type `hanvisa store put-into-force` here.",
        ("number", "newest", "host", "since", "tenants", *_LASTING),
    ),
    Event(
        "lock_lost",
        "warning",
        Text("the tenant's lock was lost"),
        "The lock with which this `run` worked on the tenant is no longer its: the connection to the database ended, "
        "the process or its machine stood still for over 15 seconds, or the lock's file was taken away. Nothing is "
        "written of the tenant until it is had again; then every mailbox is read anew.",
        "Nothing, once. Where it comes again: see to the network and the load between this machine and the database.",
    ),
    Event(
        "shard_taken",
        "info",
        Text("work on a shard begins"),
        "The tenant has more mailboxes than `service.shard`: this process reads one of its shards from now on "
        "(`shard`, from 0), all of whose mailboxes it reads once. Often, where nobody starts or ends hosts: see "
        "whether a host loses its connections to the database.",
        fields=("shard",),
    ),
    Event(
        "shard_given_up",
        "warning",
        Text("the reading of a shard hangs"),
        "Nothing has gone on for so many `seconds` in one of the shards that this process reads of a large tenant "
        "(`shard`, from 0): a calendar on a disk or a server that never answers. Another host takes it over, or this "
        "one anew. The reading that hangs writes nothing any more, should it go on. Where 3 of a tenant's hang, this "
        "process leaves its shards to the others.",
        "As of `cycle_overdue`, on this host.",
        fields=("shard", "seconds"),
    ),
    Event(
        "tenant_renamed",
        "info",
        Text("tenant renamed"),
        "Somebody has told the store that a tenant has another id (`hanvisa tenant rename`): so many (`count`) people, "
        "with their referrals and history, are its own under the new one.",
        fields=("former", "count", "by"),
    ),
    Event(
        "store_moved",
        "info",
        Text("the store was moved"),
        "Somebody has copied the store to another place (`hanvisa store copy`): `store` holds what `former` held, so "
        "many (`count`) rows, and `former` is used no more.",
        "Name the new one in `url` in `[store]`, where that is not done.",
        ("former", "store", "count"),
    ),
    Event(
        "backup_made",
        "info",
        Text("a backup was made"),
        "A `file` holds what the store held then (`hanvisa backup`), so many (`count`) rows; it was found to be whole.",
        fields=("file", "count"),
    ),
    Event(
        "store_restored",
        "warning",
        Text("the store was restored"),
        "The store holds what the backup in `file` held (`hanvisa restore`), so many (`count`) rows; what was there "
        "before is in `kept`.",
        "Remove `kept` once nobody needs it.",
        fields=("file", "count", "kept"),
    ),
    Event(
        "store_taken_back",
        "warning",
        Text("a store that had been moved is used again"),
        "Somebody goes back to the store that was in use before it was moved (`hanvisa store use`); so many (`lost`) "
        "changes that people made since are in `former` only.",
        "Name it in `url` in `[store]`, where that is not done.",
        ("store", "former", "lost"),
    ),
    Event(
        "store_unavailable",
        "error",
        Text("the store cannot be used"),
        "The store does not answer: nothing is written until it does, and nothing is lost. It is tried again after a "
        "growing pause.",
        "The field `problem` says what is wrong and what to do. No restart is needed.",
        ("problem", *_LASTING),
    ),
    Event(
        "store_unheard",
        "warning",
        Text("what others write to the store is not heard of at once"),
        "The store in PostgreSQL answers, but what it tells as it is written to is not heard: `run` acts on what a "
        "person did at its next cycle, and the board looks every few seconds. Nothing is lost.",
        "The field `problem` says what is in the way.",
        ("problem", *_LASTING),
    ),
    Event(
        "store_reopened",
        "warning",
        Text("the store was opened anew"),
        "Another file had taken the store's place: it was opened, and every mailbox is read again.",
        "Nothing, where you have put a backup in its place. Openings and referrals by hand since the backup are lost.",
    ),
    Event(
        "configuration_taken",
        "info",
        Text("configuration read again"),
        "SIGHUP: configuration, directories and secrets were read again, and every mailbox will be.",
        fields=("tenants",),
    ),
    Event(
        "configuration_refused",
        "error",
        Text("the new configuration is wrong"),
        "SIGHUP: the configuration cannot be used; the service goes on with the one that it had.",
        "The field `problem` says what is wrong and what to do; mend it and send SIGHUP again.",
        ("problem",),
    ),
    Event(
        "tenant_refused",
        "error",
        Text("a tenant could not be begun"),
        "When the service or `once` began, something of a tenant's own could not be used, such as its secret. The "
        "others are worked on, this one is not.",
        "The field `problem` says what is wrong and what to do; mend it and send SIGHUP to the service.",
        ("problem", *_LASTING),
    ),
    Event(
        "alert_sent",
        "info",
        Text("mail sent of what is wrong, or over"),
        "Whom [alerts] names (or, with `audience`, the tenant's `alerts_to`) was mailed that something has begun to be "
        "wrong, or is over: the causes are in `begun` and `over`. The mail server will not carry it to `refused`.",
        "`hanvisa status` says how it is now. Where an address is refused, mend it in [alerts].",
        ("audience", "begun", "over", "refused"),
    ),
    Event(
        "alert_unsent",
        "warning",
        Text("mail of what is wrong, or over, could not be sent"),
        "What is wrong, or over, could not be mailed. It is tried again at `next`: after a minute, then two, four, up "
        "to half an hour.",
        "The field `problem` says why; `hanvisa check --mail` tries it, and says what the server answers.",
        ("audience", "begun", "over", "problem", "next"),
    ),
    Event(
        "alerts_failed",
        "error",
        Text("nobody looks whether something is to be mailed"),
        "A bug, or a store that answers in part only, keeps the service from finding out what is to be mailed. The "
        "work goes on.",
        "Report the event `bug` beside it, if there is one; meanwhile `hanvisa status --mail` by cron does the same.",
        ("problem", *_LASTING),
    ),
    Event(
        "heartbeat_failed",
        "warning",
        Text("the monitor does not answer"),
        "The address in `alerts.heartbeat` could not be asked for, or did not answer with a success (`problem`). The "
        "work goes on; the monitor will say that hanvisa is gone.",
        "See that this machine reaches the address, and that it is the one that the monitor shows.",
        ("problem", *_LASTING),
    ),
    Event(
        "staff_mailed",
        "info",
        Text("a person was mailed of a near miss"),
        "Whose calendar it is was told, without its subject, that so many entries (`count`) look like commands and are "
        "none.",
        fields=("count",),
    ),
    Event(
        "staff_unmailed",
        "warning",
        Text("a person could not be mailed of a near miss"),
        "So many people (`count`) could not be told of a near miss in their calendars; it is tried again when those "
        "are read next.",
        "The field `problem` says why; `hanvisa check --mail` tries the mail server.",
        ("problem", "count"),
    ),
    Event(
        "notice_delivered",
        "info",
        Text("notice delivered"),
        "A receiver of `[[tenants.notices]]` (`receiver`) has taken, at the `tries`th try, what it is told of an "
        "unmanned department (`state`: `told`, `corrected` or `withdrawn`). It knows it by the same `key`.",
        fields=("receiver", "department", "state", "from", "until", "tries", "key"),
    ),
    Event(
        "notice_undelivered",
        "warning",
        Text("notices cannot be delivered"),
        "A receiver did not take a notice, or does not answer (`problem`). It is tried again after 5 seconds, then 10, "
        "20, up to 5 minutes, and what is said of the same department later waits for it. Nothing else does.",
        "The field `problem` says why; `hanvisa check --notices` tries it, and `hanvisa status` says what waits.",
        ("receiver", "problem", "departments", *_LASTING),
    ),
    Event(
        "notice_refused",
        "error",
        Text("notices are refused"),
        "A receiver does not want a notice, or it cannot be sent as the configuration says (`problem`): another try "
        "comes to nothing until somebody has mended something. It is tried again each half hour, and after SIGHUP.",
        "The field `problem` says why: mend the receiver, its secret or its address in `[[tenants.notices]]`, send "
        "SIGHUP to the service, and try with `hanvisa check --notices`.",
        ("receiver", "problem", "departments", *_LASTING),
    ),
    Event(
        "notice_overdue",
        "warning",
        Text("a notice could not be delivered in time"),
        "What the notice says was over before the receiver took it. It is not sent any more.",
        "See why: `notice_undelivered` or `notice_refused` before it, or a receiver that is configured no more.",
        ("receiver", "department", "state", "from", "until", "problem"),
    ),
    Event(
        "notices_failed",
        "error",
        Text("nobody looks whether notices are to be delivered"),
        "A bug keeps the service from finding out what is to be delivered. The work goes on.",
        "Report the event `bug` beside it; meanwhile `hanvisa notices` says which departments are unmanned.",
        ("problem", *_LASTING),
    ),
    Event(
        "clock_jumped",
        "warning",
        Text("the clock has jumped"),
        "The machine's clock was set, by so many `seconds` (negative: back). Every tenant's cycle runs at once.",
        "See that the machine's time is right and kept so (chrony, ntp).",
        ("seconds",),
    ),
    Event(
        "history_kept",
        "info",
        Text("history is kept for now"),
        "Nothing is removed because of its age until the clock has gone on for a day, from `since`: it has jumped, or "
        "between the last cycles more than a day has passed.",
        "Nothing, where the service was off. Else see that the machine's time is right and kept so (chrony, ntp).",
        ("since", *_LASTING),
    ),
    Event(
        "history_removed",
        "info",
        Text("old history removed"),
        "Rows older than `retention.history_days` have been removed.",
        fields=("referrals", "changes", "openings", "outbox", "notices", "cycles", "told_near_misses", "subscribers"),
    ),
    Event(
        "bug",
        "error",
        Text("a bug in hanvisa"),
        "Something happened that the program does not expect. The kind of exception and the places in the code are "
        "kept; its text is not, since it may quote a calendar.",
        "Report it with this line. The service goes on; what it was doing is done again at the next cycle.",
        ("where", *_EXCEPTION),
    ),
    Event(
        "lines_left_out",
        "warning",
        Text("lines left out"),
        "Of the event named in `line`, with one and the same cause, only the first 20 of an hour were logged; so many "
        "more (`count`) were left out, from `first` to `last`.",
        "Look at those that were logged.",
        ("line", "exception", "logger", "category", "count", "first", "last"),
    ),
    Event(
        "log_interrupted",
        "warning",
        Text("the log could not be written"),
        "So many `lines` were lost from `first` on, because the log could not be written: its disk was full, or it was "
        "not to be opened. Standard error (`journalctl -u hanvisa`) had the reason. The work went on.",
        "Make room on the disk, or put `log.file` elsewhere.",
        ("lines", "first"),
    ),
    Event(
        "log_shortened",
        "warning",
        Text("old log files removed for want of room"),
        "All log files together were larger than `log.max_mb`: the oldest (`files`) were removed.",
        "See what is logged so often, or raise `log.max_mb`.",
        ("files",),
    ),
    Event(
        "board_started",
        "info",
        Text("the board listens"),
        "`hanvisa board` answers at `address`. What is searched for there, and who is looked at, is in no log.",
        fields=("address",),
    ),
    Event("board_stopped", "info", Text("the board has ended"), "It was told to end, and no page answers any more."),
    Event(
        "board_without_store",
        "error",
        Text("the board cannot use the store"),
        "The store does not answer the board: its pages say so, and show what was known last.",
        "The field `problem` says what is wrong and what to do. No restart is needed.",
        ("problem", *_LASTING),
    ),
    Event(
        "board_signed_in",
        "info",
        Text("somebody has signed in to the board"),
        "The user `by` has signed in to the operators' board from `address`.",
        fields=("by", "address"),
    ),
    Event(
        "board_signed_out",
        "info",
        Text("somebody has signed out of the board"),
        "The user `by` has ended the session.",
        fields=("by", "address"),
    ),
    Event(
        "board_sign_in_refused",
        "warning",
        Text("somebody was not let in to the board"),
        "Somebody at `address` was not let in; `why` is `wrong` (name or password), `too-many` (attempts: the password "
        "was not looked at; said once in five minutes of an address) or `token` (of a system). `by` is the account, "
        "null where there is none of that name: what was typed there is nowhere kept.",
        "Once or twice is a mistyped password. Where it goes on, find out who is at that address.",
        ("by", "address", "why"),
    ),
    Event(
        "board_openid_refused",
        "warning",
        Text("somebody was not signed in by the sign-in service"),
        "Somebody at `address` was not signed in to the board by the OpenID provider; `why` says it in a word, as "
        "docs/admin.md has them. Who it was is nowhere kept, nor a token. What anybody can bring about is said once a "
        "minute.",
        "As docs/admin.md says of the word.",
        ("address", "why"),
    ),
    Event(
        "board_users_unreadable",
        "warning",
        Text("the board's users cannot be read"),
        "The file of the board's users (`board.users`) is there and cannot be used. Who was in it before may go on.",
        "Mend it as `problem` says.",
        ("problem", *_LASTING),
    ),
    Event(
        "board_certificate_renewed",
        "info",
        Text("the board has a new certificate"),
        "The board's certificate has changed on the disk, and is used from now on; it is valid until `until`.",
        fields=("until",),
    ),
    Event(
        "board_certificate_unusable",
        "warning",
        Text("the board's new certificate cannot be used"),
        "The board's certificate or key has changed on the disk and cannot be used: the old one stays in use.",
        "Mend it as `problem` says.",
        ("problem", *_LASTING),
    ),
    Event(
        "file_made_private",
        "warning",
        Text("a file was open to others"),
        "A `file` of hanvisa's own could be read or written by others (`mode`): it is its owner's alone again (0600).",
        "Find out who changed its rights, and who may have read it.",
        ("file", "mode"),
    ),
    Event(
        "file_exposed",
        "warning",
        Text("others may read or write what they should not"),
        "Said as `run` and `once` begin, and after SIGHUP: what hanvisa relies on, or keeps secret, is open to others.",
        _LOOK_AT_THE_REMEDY,
        ("thing", "problem", "remedy"),
    ),
    Event(
        "library_warning",
        "warning",
        Text("a library warns"),
        "A library that hanvisa uses has logged a warning or an error. Its text is kept only for libraries that never "
        "see a calendar.",
        "Nothing by itself; it helps to explain an error beside it.",
        ("logger", "severity", "text", "exception"),
    ),
    Event(
        "python_warning",
        "debug",
        Text("a warning from Python"),
        "Something that hanvisa uses will change in a later version; for developers.",
        fields=("category", "place"),
    ),
)

EVENTS: dict[str, Event] = {event.name: event for event in _ALL}
"""By name, in the order of the admin's page."""
