"""What the brake holds back, and who lets it through."""

from __future__ import annotations

from collections.abc import Mapping

ROWS: Mapping[str, str] = {
    "{count} of {of} people would leave within a day: {held} would be held back, and stay as they are": (
        "{count} av {of} personer skulle sluta inom ett dygn: {held} skulle hållas tillbaka och förbli som de är"
    ),
    "see that the file is whole; if they have left, the next cycle names the set that lets them go": (
        "se efter att filen är hel; om de har slutat ger nästa varv namnet på den uppsättning som släpper dem"
    ),
    "{person} would leave the directory": "{person} skulle lämna katalogen",
    "{person}: {reason}, {start} to {until}, would be {new_start} to {new_until}": (
        "{person}: {reason}, {start} till {until}, skulle bli {new_start} till {new_until}"
    ),
    "{person}: {reason}, {start} to {until}, would end now": (
        "{person}: {reason}, {start} till {until}, skulle ta slut nu"
    ),
    "{person}: {reason}, {start} to {until}, would be removed": (
        "{person}: {reason}, {start} till {until}, skulle tas bort"
    ),
    "{tenant}: set {set}": "{tenant}: uppsättningen {set}",
    "the brake holds back {count} removals, since {since}": "bromsen håller tillbaka {count} borttagningar, sedan {since}",
    "look at `hanvisa plan`; if they are right, run `hanvisa approve {tenant} {set}`": (
        "se på `hanvisa plan`; stämmer de, kör `hanvisa approve {tenant} {set}`"
    ),
    "a cycle would hold back {count} removals": "ett varv skulle hålla tillbaka {count} borttagningar",
    "see that the calendars are as they should be before you run one": (
        "se efter att kalendrarna är som de ska innan du kör ett"
    ),
    "{count} of {of} referrals have been removed or shortened since {since}": (
        "{count} av {of} hänvisningar har tagits bort eller kortats sedan {since}"
    ),
    "look with `hanvisa log --all` whether they have changed their calendars; over half are held back": (
        "se med `hanvisa log --all` om de har ändrat sina kalendrar; över hälften hålls tillbaka"
    ),
    "  {count} removals are held back as set {set}: if the calendars are as they should be,"
    " `hanvisa approve {tenant} {set}` lets them through at the next cycle": (
        "  {count} borttagningar hålls tillbaka som uppsättningen {set}: är kalendrarna som de ska släpper"
        " `hanvisa approve {tenant} {set}` igenom dem vid nästa varv"
    ),
    "  {count} removals stay held back by the brake, as set {set}: if they are right,"
    " `hanvisa approve {tenant} {set}` lets them through at the next cycle": (
        "  {count} borttagningar hålls fortsatt tillbaka av bromsen, som uppsättningen {set}: stämmer de släpper"
        " `hanvisa approve {tenant} {set}` igenom dem vid nästa varv"
    ),
    "  {count} removals would be held back by the brake: a cycle names their set": (
        "  {count} borttagningar skulle hållas tillbaka av bromsen: ett varv ger uppsättningen dess namn"
    ),
    "Set {set} of {tenant} is approved: what it held, {count}, goes through at the next cycle.": (
        "Uppsättningen {set} i {tenant} är godkänd: det som den höll, {count}, går igenom vid nästa varv."
    ),
    "{count} have joined it since, and stay held back; `hanvisa approve {tenant} {set}` lets them through as well:": (
        "{count} har kommit till sedan dess och hålls tillbaka; `hanvisa approve {tenant} {set}` släpper igenom dem också:"
    ),
    "  {line}": "  {line}",
    "{tenant} has no held-back set {name}; nothing is held back there": (
        "{tenant} har ingen uppsättning {name} som hålls tillbaka; där hålls inget kvar"
    ),
    "{tenant} has no held-back set {name}; held back there: {names}": (
        "{tenant} har ingen uppsättning {name} som hålls tillbaka; där hålls tillbaka: {names}"
    ),
}
