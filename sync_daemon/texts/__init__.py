"""Sentences that a person is shown in their own language, and other programs and the log in English.

Where a sentence is made, nobody knows yet who will read it: the same finding goes into the log, into `--json` and onto
a terminal. So it is made in English, as a `Text`, and remembers its template; whoever shows it asks `in_language` for
the language that was asked for. (gettext chooses the language where the sentence is made.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Literal, Self

from sync_daemon.texts.swedish import SWEDISH

Language = Literal["sv", "en"]

_CLOCK: Mapping[Language, str] = {"sv": "%H.%M", "en": "%H:%M"}

_DAYS: Mapping[Language, tuple[str, ...]] = {
    "sv": ("mån", "tis", "ons", "tor", "fre", "lör", "sön"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}

_MONTHS: Mapping[Language, tuple[str, ...]] = {
    "sv": ("jan", "feb", "mars", "apr", "maj", "juni", "juli", "aug", "sep", "okt", "nov", "dec"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}


class Text(str):
    """An English sentence that can be told in Swedish as well: `Text("there is no tenant {id}", id=quoted(id))`.

    A value may be a Text, a LocalTime, a Listed or an InEachLanguage, which are told in the same language; any other is
    told as it is. A sentence that the Swedish table lacks is told in English; tests/test_texts.py sees that none does.
    """

    __slots__ = ("template", "values")

    template: str
    values: Mapping[str, Any]

    def __new__(cls, template: str, /, **values: Any) -> Self:  # noqa: ANN401, D102 - whatever can be told
        made = super().__new__(cls, _filled(template, values, "en"))
        made.template, made.values = template, values
        return made

    @classmethod
    def of(cls, template: str, values: Mapping[str, Any]) -> Self:
        """The sentence of a template that stands elsewhere: in the rules, which know nothing of languages."""
        return cls(template, **values)

    def __reduce__(self) -> tuple[Any, ...]:
        return _made_again, (self.template, dict(self.values))


@dataclass(frozen=True, slots=True)
class LocalTime:
    """An aware time, told in that zone (None: the machine's own): `2026-11-26 13:00`, in Swedish `2026-11-26 13.00`.

    Of `today` its time only.
    """

    moment: datetime
    zone: tzinfo | None
    today: datetime | None = None

    def __str__(self) -> str:
        return self.told("en")

    def told(self, language: Language) -> str:
        """The time as the language writes it."""
        local = self.moment.astimezone(self.zone)
        if self.today is not None and local.date() == self.today.astimezone(self.zone).date():
            return f"{local:{_CLOCK[language]}}"
        return f"{local:%Y-%m-%d {_CLOCK[language]}}"


@dataclass(frozen=True, slots=True)
class Listed:
    """Several texts, one after another."""

    texts: tuple[str, ...]
    separator: str = ", "

    def __str__(self) -> str:
        return self.told("en")

    def told(self, language: Language) -> str:
        """Each of them in the language."""
        return self.separator.join(in_language(text, language) for text in self.texts)


@dataclass(frozen=True, slots=True)
class InEachLanguage:
    """A word that the configuration has in both languages, such as a reason."""

    sv: str
    en: str

    def __str__(self) -> str:
        return self.en

    def told(self, language: Language) -> str:
        """The word in the language."""
        return self.sv if language == "sv" else self.en


def listed(texts: Iterable[str], separator: str = ", ") -> Listed:
    """The texts as one value of another."""
    return Listed(tuple(texts), separator)


def by_number(count: int, one: Text, several: Text) -> Text:
    """The sentence that is right for so many: both languages have one form for one, and one for all other numbers."""
    return one if count == 1 else several


def in_language(text: str, language: Language) -> str:
    """The sentence in that language; a plain string as it is, for it is a name, a command or a file."""
    if not isinstance(text, Text) or language == "en":
        return str(text)
    return _filled(SWEDISH.get(text.template, text.template), text.values, language)


def with_values(text: str, **values: Any) -> str:  # noqa: ANN401 - whatever can be told
    """The sentence with these values in the place of those of the same names that it has; a plain string as it is."""
    if not isinstance(text, Text):
        return text
    known = {name: value for name, value in values.items() if name in text.values}
    return _made_again(text.template, {**text.values, **known})


def language_of(environ: Mapping[str, str]) -> Language:
    """The language of the person's locale: Swedish where it is Swedish, else English.

    The first of LC_ALL, LC_MESSAGES and LANG that is set and not empty decides (POSIX.1-2017, 8.2:
    https://pubs.opengroup.org/onlinepubs/9699919799/basedefs/V1_chap08.html#tag_08_02).
    """
    locale = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := environ.get(name))), "")
    return "sv" if locale.replace(".", "_").split("_")[0].lower() == "sv" else "en"


def short_time(moment: datetime, zone: tzinfo, today: datetime | None, language: Language) -> str:
    """For a table: `Thu 26 Nov 13:00`, of today `13:00`, of another year than today's with the year."""
    local, now = moment.astimezone(zone), None if today is None else today.astimezone(zone)
    time = f"{local:{_CLOCK[language]}}"
    if now is not None and local.date() == now.date():
        return time
    day = f"{_DAYS[language][local.weekday()]} {local:%d} {_MONTHS[language][local.month - 1]}"
    return f"{day} {local:%Y} {time}" if now is not None and local.year != now.year else f"{day} {time}"


def _filled(template: str, values: Mapping[str, Any], language: Language) -> str:
    return template.format(**{name: _told(value, language) for name, value in values.items()}) if values else template


def _told(value: Any, language: Language) -> Any:  # noqa: ANN401 - whatever can be told
    if isinstance(value, LocalTime | Listed | InEachLanguage):
        return value.told(language)
    return in_language(value, language) if isinstance(value, Text) else value


def _made_again(template: str, values: Mapping[str, Any]) -> Text:
    return Text(template, **values)
