"""What is said of signing in to Entra, of the way to Microsoft, and of Graph's codes (`sync_daemon.sources.graph`)."""

from __future__ import annotations

from collections.abc import Mapping

_FILES: Mapping[str, str] = {
    "is no directory of Entra's": "är ingen katalog i Entra",
    "write its Directory (tenant) ID, as {example}, or one of its domains": (
        "skriv dess `Directory (tenant) ID`, som {example}, eller en av dess domäner"
    ),
    "{file}: the certificate cannot be read ({reason}); put the PEM file with the private key and the certificate "
    "there, and let the service's account read it": (
        "{file}: certifikatet kan inte läsas ({reason}); lägg PEM-filen med den privata nyckeln och certifikatet där, "
        "och låt tjänstens konto läsa den"
    ),
    "{file}: the file is empty; put the private key and the certificate there, PEM": (
        "{file}: filen är tom; lägg den privata nyckeln och certifikatet där, PEM"
    ),
    "{file}: this is a .pfx; make PEM of it, and put that in its place: openssl pkcs12 -in {quoted} -nodes -out NEW.pem "
    "(where openssl says `unsupported`: openssl pkcs12 -legacy -in …)": (
        "{file}: det här är en .pfx; gör PEM av den och lägg den i stället: openssl pkcs12 -in {quoted} -nodes -out "
        "NEW.pem (om openssl säger `unsupported`: openssl pkcs12 -legacy -in …)"
    ),
    "{file}: this is DER, and no text; make PEM of the certificate (openssl x509 -inform der -in {quoted} -out NEW.pem), "
    "and put it into one file with the private key": (
        "{file}: det här är DER och ingen text; gör PEM av certifikatet (openssl x509 -inform der -in {quoted} -out "
        "NEW.pem), och lägg det i en fil med den privata nyckeln"
    ),
    "make a new certificate, and give it to Entra too (docs/exchange-online.md, When the certificate runs out): by this "
    "machine's clock that in {file} ended {at}": (
        "gör ett nytt certifikat, och ge det till Entra också (docs/exchange-online.md, `When the certificate runs out`): "
        "enligt den här maskinens klocka gick det i {file} ut {at}"
    ),
    "set this machine's clock (timedatectl; see that it is synchronised): by it the certificate in {file} is not valid "
    "before {at}": (
        "ställ den här maskinens klocka (timedatectl; se till att den synkroniseras): enligt den gäller certifikatet i "
        "{file} inte före {at}"
    ),
    "{file}: the private key is encrypted; take the password off: openssl pkey -in OLD -out NEW, and add the "
    "certificate to it": (
        "{file}: den privata nyckeln är krypterad; ta bort lösenordet: openssl pkey -in OLD -out NEW, och lägg till "
        "certifikatet"
    ),
    "{file}: there is no private key; put it there as PEM (a line BEGIN PRIVATE KEY), beside the certificate": (
        "{file}: där finns ingen privat nyckel; lägg den där som PEM (en rad BEGIN PRIVATE KEY), bredvid certifikatet"
    ),
    "{file}: the private key cannot be read, or is no RSA key; Entra takes RSA keys, of 2048 bits or more": (
        "{file}: den privata nyckeln kan inte läsas, eller är ingen RSA-nyckel; Entra tar RSA-nycklar om minst 2048 "
        "bitar"
    ),
    "{file}: there is no certificate; put it there as PEM (a line BEGIN CERTIFICATE), beside the private key": (
        "{file}: där finns inget certifikat; lägg det där som PEM (en rad BEGIN CERTIFICATE), bredvid den privata "
        "nyckeln"
    ),
    "{file}: the certificate cannot be read; export it anew as PEM, in Base-64": (
        "{file}: certifikatet kan inte läsas; exportera det på nytt som PEM, i Base-64"
    ),
    "{file}: the certificate is not that of the private key beside it; put the two that belong together there": (
        "{file}: certifikatet hör inte till den privata nyckeln bredvid; lägg de två som hör ihop där"
    ),
    "the certificate {file} that the application signs in with has ended, {at}: upload a new one in Entra, and put it "
    "there with its key": (
        "certifikatet {file} som programmet loggar in med har gått ut, {at}: ladda upp ett nytt i Entra, och lägg det "
        "där med sin nyckel"
    ),
    "the certificate {file} that the application signs in with ends {at}: upload a new one in Entra, and put it there "
    "with its key in time": (
        "certifikatet {file} som programmet loggar in med går ut {at}: ladda upp ett nytt i Entra, och lägg det där "
        "med sin nyckel i god tid"
    ),
}

_WAITING: Mapping[str, str] = {
    "wait: it is read again by itself; if it lasts for hours, look at Microsoft 365's service health "
    "(https://admin.microsoft.com, Health)": (
        "vänta: postlådan läses igen av sig själv; varar det i timmar, se driftläget för Microsoft 365 "
        "(https://admin.microsoft.com, Hälsa)"
    ),
    "Microsoft asked to be left alone for a while": "Microsoft bad om att få vara i fred en stund",
    "the batch had no answer for it": "svaret på hela omgången saknade den",
}

_WAY: Mapping[str, str] = {
    "an unexpected {kind} on the way to Microsoft": "ett oväntat {kind} på vägen till Microsoft",
    "the way to Microsoft failed": "vägen till Microsoft fungerade inte",
    "the answers of others took too long": "andras svar tog för lång tid",
    "no connection to {host} came about in time": "det blev ingen anslutning till {host} i tid",
    "the connection to {host} failed or was cut off": "anslutningen till {host} misslyckades eller bröts",
    "the answer was no whole JSON of Graph's": "svaret var ingen hel JSON från Graph",
    "name in ca_file the certificate of the authority that what stands before Microsoft signs with (a proxy or a "
    "firewall that looks into TLS): none of those that are trusted has signed the certificate that {host} showed": (
        "ange i ca_file certifikatet för den utfärdare som det framför Microsoft signerar med (en proxy eller brandvägg "
        "som öppnar TLS): ingen av de betrodda har signerat certifikatet som {host} visade"
    ),
    "set this machine's clock, or renew the certificate of what stands before Microsoft: the one that {host} showed has "
    "run out, or is not valid yet": (
        "ställ den här maskinens klocka, eller förnya certifikatet för det som står framför Microsoft: det som {host} visade "
        "har gått ut, eller gäller inte än"
    ),
    "see that authority and endpoint are written right, and that no proxy answers in Microsoft's place: the certificate "
    "that {host} showed is for other hosts": (
        "se till att authority och endpoint är rätt skrivna, och att ingen proxy svarar i Microsofts ställe: "
        "certifikatet som {host} visade är för andra värdar"
    ),
    "put the authority's certificate into ca_file as text, with a line BEGIN CERTIFICATE: no certificate can be read in "
    "that file": (
        "lägg utfärdarens certifikat i ca_file som text, med en rad BEGIN CERTIFICATE: inget certifikat kan läsas i den "
        "filen"
    ),
    "see that a firewall or proxy lets TLS 1.2 and 1.3 through from this machine to {host}: TLS with what answers there "
    "does not come about": (
        "se till att brandvägg eller proxy släpper igenom TLS 1.2 och 1.3 från den här maskinen till {host}: "
        "det blir ingen TLS med det som svarar där"
    ),
    "see that what stands between this machine and Microsoft leaves answers as they are: one that says that it is "
    "packed with gzip could not be unpacked": (
        "se till att det som står mellan den här maskinen och Microsoft lämnar svaren som de är: ett som säger sig vara "
        "packat med gzip gick inte att packa upp"
    ),
    "see that the proxy is there and lets this machine through to {host}": (
        "se till att proxyn finns och släpper igenom den här maskinen till {host}"
    ),
    "see that this machine's name service (DNS) finds {host}: it did not": (
        "se till att den här maskinens namntjänst (DNS) hittar {host}: det gjorde den inte"
    ),
    "see that a firewall lets this machine through to {host}, or name a proxy: no connection came about": (
        "se till att brandväggen släpper igenom den här maskinen till {host}, eller ange en "
        "proxy: det blev ingen anslutning"
    ),
    "mend the endpoint: there is nothing of Graph's at that address (https://graph.microsoft.com/v1.0)": (
        "rätta endpoint: där finns inget av Graph (https://graph.microsoft.com/v1.0)"
    ),
    "mend the endpoint, or let this machine past the page to log on at: what answers sends it to another address, where "
    "the token is not taken": (
        "rätta endpoint, eller släpp den här maskinen förbi inloggningssidan: det som svarar skickar den till en annan "
        "adress, och dit följer inte biljetten med"
    ),
    "see that endpoint is Graph's address, and that no proxy or firewall puts a page of its own before it: what came "
    "back is no JSON of Graph's": (
        "se till att endpoint är adressen till Graph, och att ingen proxy eller brandvägg lägger en egen sida framför: "
        "det som kom tillbaka är ingen JSON från Graph"
    ),
}

_CODES: Mapping[str, str] = {
    "put this mailbox into the group, or see that the scope of the application {account} in Exchange Online takes it in "
    "(`Test-ServicePrincipalAuthorization -Identity {account} -Resource MAILBOX`): it takes up to two hours. Only where "
    "the whole organisation is to be read (way B of docs/exchange-online.md): see in Entra that the admin's consent to "
    "Calendars.ReadBasic.All is granted": (
        "lägg den här postlådan i gruppen, eller se till att omfattningen för programmet {account} i Exchange Online tar "
        "med den (`Test-ServicePrincipalAuthorization -Identity {account} -Resource MAILBOX`): det tar upp till två "
        "timmar. Bara om hela organisationen ska läsas (väg B i docs/exchange-online.md): se i Entra att "
        "administratörens medgivande till Calendars.ReadBasic.All är gett"
    ),
    "see that this mailbox is in Exchange Online and has a licence (Get-EXOMailbox MAILBOX), mend its address in the "
    "directory, or take the line out: Exchange Online has no such mailbox": (
        "se till att den här postlådan finns i Exchange Online och har en licens (Get-EXOMailbox MAILBOX), rätta "
        "adressen i katalogen, eller ta bort raden: Exchange Online har ingen sådan postlåda"
    ),
    "open this mailbox once in Outlook, which makes the calendar that it lacks, or take the line out: Exchange Online "
    "finds no calendar in it": (
        "öppna den här postlådan en gång i Outlook, som skapar kalendern den saknar, eller ta bort raden: Exchange "
        "Online hittar ingen kalender i den"
    ),
    "see in Entra that the account of this mailbox is enabled, or take the line out": (
        "se i Entra att den här postlådans konto är aktivt, eller ta bort raden"
    ),
    "give the user of this mailbox a licence with Exchange Online, or take the line out: it has none": (
        "ge den här postlådans användare en licens med Exchange Online, eller ta bort raden: den har ingen"
    ),
    "have Microsoft's support mend this mailbox (New-MailboxRepairRequest MAILBOX): what is in its calendar cannot be "
    "read": (
        "låt Microsofts support laga den här postlådan (New-MailboxRepairRequest MAILBOX): det som finns i dess "
        "kalender kan inte läsas"
    ),
    "see that the application {account} has its role and its scope in Exchange Online "
    "(`Test-ServicePrincipalAuthorization -Identity {account} -Resource MAILBOX`; it takes up to two hours): its token has "
    "no permission that Graph knows. Only where the whole organisation is to be read (way B of "
    "docs/exchange-online.md): grant the admin's consent to Calendars.ReadBasic.All in Entra": (
        "se till att programmet {account} har sin roll och sin omfattning i Exchange Online "
        "(`Test-ServicePrincipalAuthorization -Identity {account} -Resource MAILBOX`; det tar upp till två timmar): dess "
        "biljett har ingen behörighet som Graph känner till. Bara om hela organisationen ska läsas (väg B i "
        "docs/exchange-online.md): ge administratörens medgivande till Calendars.ReadBasic.All i Entra"
    ),
    "see that endpoint and authority are of the same cloud, that this machine's clock is right, and in Entra's sign-in "
    "logs (Service principal sign-ins) what is said of the application {account}: Graph refuses the token that Entra "
    "has just given": (
        "se till att endpoint och authority hör till samma moln, att den här maskinens klocka går rätt, och i Entras "
        "inloggningsloggar (Service principal sign-ins) vad som sägs om programmet {account}: Graph avvisar biljetten "
        "som Entra just har gett"
    ),
    "see in Entra (Enterprise apps) that the application {account} is there and enabled, and that the "
    "organisation's subscription has not run out: Graph does not serve it": (
        "se i Entra (Enterprise apps) att programmet {account} finns där och är aktivt, och att organisationens "
        "prenumeration inte har gått ut: Graph betjänar det inte"
    ),
    "see that endpoint is https://graph.microsoft.com/v1.0 or that of your national cloud, and that no proxy changes "
    "what is sent; else report the bug, with this code: Graph does not take the question as it is written": (
        "se till att endpoint är https://graph.microsoft.com/v1.0 eller det nationella molnets, och att ingen proxy "
        "ändrar det som skickas; anmäl annars programfelet, med den här koden: Graph tar inte frågan som den är skriven"
    ),
    "report this, with the time: Graph gave no code that is known. It is asked again every quarter of an hour": (
        "anmäl detta, med tidpunkten: Graph gav ingen kod som är känd. Det frågas på nytt varje kvart"
    ),
}

_ENTRA: Mapping[str, str] = {
    "make a new client secret for the application {account} in Entra (App registrations, Certificates & secrets), and "
    "write its Value, not its Secret ID, into the file of the secret. Till then it is tried once an hour, or at once "
    "with `hanvisa check --try-again`": (
        "skapa en ny klienthemlighet för programmet {account} i Entra (App registrations, Certificates & secrets), och "
        "skriv dess Value, inte dess Secret ID, i filen med hemligheten. Till dess provas den en gång i timmen, eller "
        "genast med `hanvisa check --try-again`"
    ),
    "make a new client secret for the application {account} in Entra (App registrations, Certificates & secrets), and "
    "write its Value into the file of the secret: the old one has ended. Till then it is tried once an hour": (
        "skapa en ny klienthemlighet för programmet {account} i Entra (App registrations, Certificates & secrets), och "
        "skriv dess Value i filen med hemligheten: den gamla har gått ut. Till dess provas den en gång i timmen"
    ),
    "upload the certificate (the part without the private key) to the application {account} in Entra (App "
    "registrations, Certificates & secrets, Certificates), see that it has not ended, and that the file in secrets_dir "
    "is the one that belongs to it. Till then it is tried once an hour, or at once with `hanvisa check --try-again`": (
        "ladda upp certifikatet (delen utan privat nyckel) till programmet {account} i Entra (App registrations, "
        "Certificates & secrets, Certificates), se till att det inte har gått ut, och att filen i secrets_dir är den "
        "som hör till det. Till dess provas det en gång i timmen, eller genast med `hanvisa check --try-again`"
    ),
    "set this machine's clock (timedatectl; see that it is synchronised), and see that the certificate is valid by now: "
    "what it signs is not valid at Entra's time": (
        "ställ den här maskinens klocka (timedatectl; se till att den synkroniseras), och se till att certifikatet "
        "gäller nu: det som det signerar gäller inte vid Entras tid"
    ),
    "see that client_id is the Application (client) ID of an application in the directory that directory_id names, and "
    "that it is under Enterprise apps there: Entra knows no application {account}": (
        "se till att client_id är `Application (client) ID` för ett program i den Entra-katalog som directory_id anger, "
        "och att det finns under Enterprise apps där: Entra känner inte till något program {account}"
    ),
    "see that directory_id is the Directory (tenant) ID in Entra, or one of its domains, and that authority is that of "
    "its cloud: Entra knows no such directory": (
        "se till att directory_id är `Directory (tenant) ID` i Entra, eller en av dess domäner, och att authority är den "
        "som hör till dess moln: Entra känner inte till någon sådan katalog"
    ),
    "see in Entra (Enterprise apps, Properties) that the application {account} may sign in (Enabled for users "
    "to sign-in), and that the organisation's subscription is in force: it is disabled": (
        "se i Entra (Enterprise apps, Properties) att programmet {account} får logga in (Enabled for users to "
        "sign-in), och att organisationens prenumeration gäller: det är avstängt"
    ),
    "see in Entra (Enterprise apps) that the application {account} is there: nobody has consented to it. Only where the "
    "whole organisation is to be read (way B of docs/exchange-online.md): grant the admin's consent (App registrations, "
    "API permissions)": (
        "se i Entra (Enterprise apps) att programmet {account} finns där: ingen har medgett det. Bara om hela "
        "organisationen ska läsas (väg B i docs/exchange-online.md): ge administratörens medgivande (App registrations, "
        "API permissions)"
    ),
    "see that endpoint is that of the cloud of authority, and that Microsoft Graph is enabled in the directory: Entra "
    "gives no token for it": (
        "se till att endpoint hör till samma moln som authority, och att Microsoft Graph är aktivt i Entra-katalogen: "
        "Entra ger ingen biljett till det"
    ),
    "let this machine's address through in the Conditional Access policy for workload identities, or take the "
    "application {account} out of it: a policy blocks its sign-in (Entra's sign-in logs, Service principal sign-ins, "
    "say which)": (
        "släpp igenom den här maskinens adress i principen för villkorsstyrd åtkomst för arbetsbelastningsidentiteter, "
        "eller undanta programmet {account}: en princip hindrar inloggningen (Entras inloggningsloggar, Service "
        "principal sign-ins, säger vilken)"
    ),
    "see that authority is https://login.microsoftonline.com or that of your national cloud, and that no proxy changes "
    "what is sent; else report the bug, with this code: Entra does not take the question for a token": (
        "se till att authority är https://login.microsoftonline.com eller det nationella molnets, och att ingen proxy "
        "ändrar det som skickas; anmäl annars programfelet, med den här koden: Entra tar inte frågan om en biljett"
    ),
    "look in Entra's sign-in logs (Service principal sign-ins) at what is said of the application {account}, and the "
    "code up at https://login.microsoftonline.com/error: Entra gives it no token": (
        "se i Entras inloggningsloggar (Service principal sign-ins) vad som sägs om programmet {account}, och slå upp "
        "koden på https://login.microsoftonline.com/error: Entra ger det ingen biljett"
    ),
    "see that authority is https://login.microsoftonline.com or that of your national cloud, and that no proxy or "
    "firewall puts a page of its own before it: what answered at {host} is not Entra": (
        "se till att authority är https://login.microsoftonline.com eller det nationella molnets, och att ingen proxy "
        "eller brandvägg lägger en egen sida framför: det som svarade på {host} är inte Entra"
    ),
}

ROWS: Mapping[str, str] = {**_FILES, **_WAITING, **_WAY, **_CODES, **_ENTRA}
