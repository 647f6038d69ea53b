"""What is said of several hosts that share a store."""

from __future__ import annotations

from collections.abc import Mapping

ROWS: Mapping[str, str] = {
    "configuration {number}": "konfiguration {number}",
    "configuration {number}, which is older": "konfiguration {number}, som är äldre",
    "seen just now": "sågs alldeles nyss",
    "silent for {duration}": "tyst i {duration}",
    "works on {names}": "arbetar med {names}",
    "worked on {names}": "arbetade med {names}",
    "works on nothing": "arbetar inte med någon kommun",
    "stands by for {names}": "står redo att ta över {names}",
    "Host {host}, process {pid}: {does}; version {version}, {configuration} ({digest}); {seen}": "Värd {host}, process {pid}: {does}; version {version}, {configuration} ({digest}); {seen}",
    "the host {host}, process {pid}, has been silent for {duration}: see to that machine; the others take over what it worked on": "värden {host}, process {pid}, har varit tyst i {duration}: se till den maskinen; de andra tar över det den arbetade med",
    "the host {host} goes on with the configuration before the one that it refused": "värden {host} fortsätter med konfigurationen före den som den inte godtog",
    "the host {host} has configuration {number}, and {newest} is in force, from {from_host}: it takes nothing new while a host with a newer one is there; copy the configuration to it and reload it": "värden {host} har konfiguration {number}, och {newest} gäller, från {from_host}: den tar inget nytt så länge det finns en värd med en nyare; kopiera konfigurationen dit och läs in den",
    "the directory is not the same on {hosts}: copy the right one to each": "katalogen är inte densamma på {hosts}: kopiera den rätta till alla",
    "the configuration here is number {number}, and {newest} is in force, from {host}: copy that one here and reload it; only to go back to this one on purpose, `hanvisa store put-into-force`": "konfigurationen här är nummer {number}, och {newest} gäller, från {host}: kopiera hit den och läs in den; bara för att med avsikt gå tillbaka till den här, `hanvisa store put-into-force`",
    "a store in a file has one host, whose configuration is in force when it is reloaded": "ett lager i en fil har en enda värd, vars konfiguration gäller när den läses in",
    "Configuration {number} ({digest}) is in force. Reload each host that has it.": "Konfiguration {number} ({digest}) gäller. Läs in den på varje värd som har den.",
    "no host is silent any more, or it is given up": "ingen värd är tyst längre, eller så räknas den inte mer",
    "all hosts have the same configuration": "alla värdar har samma konfiguration",
    "all hosts have the same directory": "alla värdar har samma katalog",
}
