"""What operators do by hand, and what of the configuration that needs."""

from __future__ import annotations

from collections.abc import Mapping

ROWS: Mapping[str, str] = {
    "the configuration has {count} problems: `hanvisa check` tells them": (
        "konfigurationen har {count} fel: `hanvisa check` säger vilka"
    ),
    "the configuration has a problem: `hanvisa check` tells it": "konfigurationen har ett fel: `hanvisa check` säger vilket",
    "{problems}; left out meanwhile: {tenants}": "{problems}; utelämnade så länge: {tenants}",
    "what the configuration says of {id} cannot be used: mend what `hanvisa check` tells": (
        "det som konfigurationen säger om {id} går inte att använda: rätta det som `hanvisa check` säger"
    ),
    "whether calls can go to {number} is not known while the configuration is wrong: mend what `hanvisa check` tells, or"
    " give an extension": (
        "om samtal kan gå till {number} är inte känt så länge konfigurationen är fel: rätta det som `hanvisa check` säger,"
        " eller ange en anknytning"
    ),
}
