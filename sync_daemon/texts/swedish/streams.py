"""Why Exchange does not tell of a mailbox's changes, and what can be done about it."""

from __future__ import annotations

from collections.abc import Mapping

ROWS: Mapping[str, str] = {
    "wait: Exchange has let go of the subscription, and a new one is made by itself": (
        "vänta: Exchange har släppt prenumerationen, och en ny görs av sig själv"
    ),
    "it is listened for as soon as the connection for it is renewed, which is every few minutes": (
        "den bevakas så snart dess förbindelse förnyas, vilket sker var femte minut eller så"
    ),
    "give some of the mailboxes a source of their own with another service account, or, where Exchange's "
    "HangingConnectionLimit was raised, raise stream_connections: an account listens for 200 on each connection": (
        "ge en del av postlådorna en egen källa med ett annat tjänstekonto, eller höj stream_connections om Exchanges "
        "HangingConnectionLimit har höjts: ett konto bevakar 200 på varje förbindelse"
    ),
    "Exchange said nothing for too long on the connection that hangs": (
        "Exchange var tyst för länge på den öppna förbindelsen"
    ),
    "Exchange closes the connection that hangs as soon as it is opened": (
        "Exchange stänger den öppna förbindelsen så snart den öppnats"
    ),
    "see that what stands before Exchange lets the headers X-AnchorMailbox and X-PreferServerAffinity and the cookie "
    "X-BackEndOverrideCookie through: Exchange does not find its own subscriptions again": (
        "se till att det som står framför Exchange släpper igenom huvudena X-AnchorMailbox och X-PreferServerAffinity "
        "och kakan X-BackEndOverrideCookie: Exchange hittar inte igen sina egna prenumerationer"
    ),
    "the connection that hangs was cut off": "den öppna förbindelsen bröts",
    "what came on the connection that hangs was larger than any": (
        "det som kom på den öppna förbindelsen var större än det någonsin är"
    ),
    "see that nobody else listens with the service account {account}; else lower stream_connections, or raise "
    "HangingConnectionLimit in Exchange's web.config for EWS: the account may have no more connections that hang": (
        "se till att ingen annan lyssnar med tjänstekontot {account}; sänk annars stream_connections, eller höj "
        "HangingConnectionLimit i Exchanges web.config för EWS: kontot får inte ha fler öppna förbindelser"
    ),
    "let the account have more subscriptions: Set-ThrottlingPolicy NAME -EwsMaxSubscriptions, and Set-Mailbox "
    "{account} -ThrottlingPolicy NAME": (
        "låt kontot ha fler prenumerationer: Set-ThrottlingPolicy NAMN -EwsMaxSubscriptions, och Set-Mailbox "
        "{account} -ThrottlingPolicy NAMN"
    ),
    "Exchange takes no subscription: changes are seen by polling only, each interval": (
        "Exchange tar inte emot någon prenumeration: ändringar ses bara när kalendrarna läses enligt schema"
    ),
    "{polled} of {all} mailboxes are polled, for {most} can be listened for": (
        "{polled} av {all} postlådor läses enligt schema, för {most} kan bevakas"
    ),
    'set access = "impersonation": Exchange lets no delegate subscribe to this calendar': (
        'sätt access = "impersonation": Exchange låter inget ombud prenumerera på den här kalendern'
    ),
}
