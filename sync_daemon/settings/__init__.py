"""The configuration: one TOML file, with `HANVISA_…` of the environment over it → Settings.

`loading` reads it (by `layers`) into the tables of `models`; `problems` says what is wrong with it, `doubtful_values`
what `hanvisa check` warns of.
"""

from sync_daemon.settings.alerts import AlertsSettings
from sync_daemon.settings.board import BoardSettings
from sync_daemon.settings.doubtful_values import findings, longest_closed_run
from sync_daemon.settings.loading import ForStore, load, load_for_store, load_in_part
from sync_daemon.settings.models import (
    Department,
    LogSettings,
    RetentionSettings,
    ServiceSettings,
    Settings,
    Tenant,
)
from sync_daemon.settings.notices import MailReceiver, Receiver, WebhookReceiver
from sync_daemon.settings.openid import OpenIdRole, OpenIdSettings
from sync_daemon.settings.problems import SettingsError
from sync_daemon.settings.sources import EwsSource, GraphSource, IcsSource, Source
from sync_daemon.settings.spelling import nearest
from sync_daemon.settings.store import StoreSettings

__all__ = [
    "AlertsSettings",
    "BoardSettings",
    "Department",
    "EwsSource",
    "ForStore",
    "GraphSource",
    "IcsSource",
    "LogSettings",
    "MailReceiver",
    "OpenIdRole",
    "OpenIdSettings",
    "Receiver",
    "RetentionSettings",
    "ServiceSettings",
    "Settings",
    "SettingsError",
    "Source",
    "StoreSettings",
    "Tenant",
    "WebhookReceiver",
    "findings",
    "load",
    "load_for_store",
    "load_in_part",
    "longest_closed_run",
    "nearest",
]
