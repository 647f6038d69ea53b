"""What is said of Exchange, the way there, and its answers (`sync_daemon.sources.ews`)."""

from __future__ import annotations

from collections.abc import Mapping

ROWS: Mapping[str, str] = {
    "{remedy} ({why})": "{remedy} ({why})",
    "wait: it is read again by itself; if it lasts for hours, look at Exchange's own health": (
        "vänta: postlådan läses igen av sig själv; varar det i timmar, se hur Exchange mår"
    ),
    "Exchange asked to be left alone for a while": "Exchange bad om att få vara i fred en stund",
    "wait: it is read again by itself; if it lasts for hours, restart the service (no answer ever came)": (
        "vänta: postlådan läses igen av sig själv; varar det i timmar, starta om tjänsten (det kom aldrig något svar)"
    ),
    "wait: the last question for it has no answer yet; if it lasts for hours, restart the service": (
        "vänta: den senaste frågan om postlådan har inte besvarats än; varar det i timmar, starta om tjänsten"
    ),
    "see what stands between this machine and Exchange: so many questions have no answer that no more are asked "
    "until some have; if it lasts for hours, restart the service": (
        "se vad som står mellan den här maskinen och Exchange: så många frågor är obesvarade att inga fler ställs "
        "förrän några har besvarats; varar det i timmar, starta om tjänsten"
    ),
    "report the bug that the log tells of": "anmäl programfelet som loggen berättar om",
    "leave one line in the directory where this is the mailbox of {address} too, else see that no proxy before "
    "Exchange mixes answers up: both showed the same items": (
        "låt en enda rad stå kvar i katalogen om det här också är postlådan för {address}, se annars till att ingen "
        "proxy framför Exchange blandar ihop svaren: båda visade samma poster"
    ),
    "HTTP {status}": "HTTP {status}",
    "HTTP 401": "HTTP 401",
    "no connection came free": "ingen anslutning blev ledig",
    "the answer was larger than any calendar": "svaret var större än någon kalender",
    "the answer's headers were larger than any": "svarets huvud var större än något annat",
    "the answer took too long": "svaret tog för lång tid",
    "no connection to the endpoint came about": "det blev ingen anslutning till adressen i endpoint",
    "no answer in time": "inget svar i tid",
    "the way to Exchange failed": "vägen till Exchange fungerade inte",
    "the connection failed or was cut off": "anslutningen misslyckades eller bröts",
    "an unexpected {kind} on the way to Exchange": "ett oväntat {kind} på vägen till Exchange",
    "the answer was empty": "svaret var tomt",
    "the answer was no whole XML of Exchange's": "svaret var ingen hel XML från Exchange",
    "Exchange's front end could not reach the mailbox's server": "Exchanges frontserver nådde inte postlådans server",
    "see that what stands between this machine and Exchange leaves answers as they are: one that says that it is "
    "packed with gzip could not be unpacked": (
        "se till att det som står mellan den här maskinen och Exchange lämnar svaren som de är: ett svar som sägs "
        "vara packat med gzip gick inte att packa upp"
    ),
    "see that the proxy is there and lets this machine through to Exchange": (
        "se till att proxyn finns och släpper igenom den här maskinen till Exchange"
    ),
    "see that the endpoint's host and port are right, that Exchange is up, and that a firewall lets this machine "
    "through: no connection came about": (
        "se till att värdnamn och port i endpoint stämmer, att Exchange är i gång och att brandväggen släpper "
        "igenom den här maskinen: det blev ingen anslutning"
    ),
    "see that the certificate in ca_file is still there, and readable for the service": (
        "se till att certifikatet i ca_file finns kvar och att tjänsten får läsa det"
    ),
    "name the certificate of the authority that signed Exchange's in ca_file: none of those that are trusted has "
    "signed it": (
        "ange i ca_file certifikatet för den utfärdare som har signerat Exchanges certifikat: ingen av dem som är "
        "betrodda har signerat det"
    ),
    "put the authority's certificate into ca_file as text, with a line BEGIN CERTIFICATE (Base-64; certutil -encode "
    "makes that of the other format): no certificate can be read in that file": (
        "lägg utfärdarens certifikat i ca_file som text, med en rad BEGIN CERTIFICATE (Base-64; certutil -encode "
        "gör det av det andra formatet): det går inte att läsa något certifikat i filen"
    ),
    "see that the endpoint's port is the one for https, 443 as a rule: what listens there speaks no TLS, but plain "
    "HTTP, say": (
        "se till att porten i endpoint är den för https, som regel 443: det som lyssnar där talar inte TLS utan "
        "till exempel vanlig HTTP"
    ),
    "let Exchange's server, or the load balancer before it, speak TLS 1.2 or 1.3: it has older versions only, which "
    "this machine does not take": (
        "låt Exchanges server, eller lastbalanseraren framför den, tala TLS 1.2 eller 1.3: den har bara äldre "
        "versioner, som den här maskinen inte godtar"
    ),
    "let Exchange's server, or the load balancer before it, take a cipher suite of today, ECDHE with AES-GCM "
    "(Get-TlsCipherSuite): it and this machine have none in common": (
        "låt Exchanges server, eller lastbalanseraren framför den, godta en modern chiffersvit, ECDHE med AES-GCM "
        "(Get-TlsCipherSuite): den och den här maskinen har ingen gemensam"
    ),
    "see that a firewall lets TLS through to the endpoint, and that Exchange's server speaks TLS 1.2 or 1.3: the "
    "connection was closed while TLS was begun": (
        "se till att brandväggen släpper igenom TLS till adressen i endpoint och att Exchanges server talar TLS 1.2 "
        "eller 1.3: anslutningen stängdes när TLS skulle inledas"
    ),
    "see what stands at the endpoint, and between it and this machine: TLS with it does not come about": (
        "se vad som finns på adressen i endpoint och mellan den och den här maskinen: det går inte att upprätta TLS"
    ),
    "renew Exchange's certificate, or set this machine's clock: the certificate has run out, or is not valid yet": (
        "förnya Exchanges certifikat eller ställ den här maskinens klocka: certifikatet har gått ut eller gäller "
        "inte än"
    ),
    "see that the endpoint's host is one of the certificate's names (Get-ExchangeCertificate | fl "
    "CertificateDomains): the one that is shown is for other hosts": (
        "se till att värdnamnet i endpoint är ett av certifikatets namn (Get-ExchangeCertificate | fl "
        "CertificateDomains): det certifikat som visas gäller andra värdar"
    ),
    "renew Exchange's certificate with a key of 2048 bits and SHA-256: its key or its signature is too weak": (
        "förnya Exchanges certifikat med en nyckel på 2048 bitar och SHA-256: nyckeln eller signaturen är för svag"
    ),
    "take an endpoint that goes past the log-on page: what stands before Exchange (a reverse proxy, AD FS, Outlook "
    "on the web) sends whoever asks for /EWS/Exchange.asmx to a page to log on at": (
        "ange en endpoint som går förbi inloggningssidan: det som står framför Exchange (en omvänd proxy, AD FS, "
        "Outlook på webben) skickar den som frågar efter /EWS/Exchange.asmx till en inloggningssida"
    ),
    "see that the endpoint is the address of /EWS/Exchange.asmx, and that no proxy changes what is sent": (
        "se till att endpoint är adressen till /EWS/Exchange.asmx och att ingen proxy ändrar det som skickas"
    ),
    "let the account use EWS: see Get-OrganizationConfig | fl Ews*, which may block the program hanvisa, and, where "
    "the account has a mailbox, Set-CASMailbox {account} -EwsEnabled $true": (
        "låt kontot använda EWS: se Get-OrganizationConfig | fl Ews*, som kan spärra programmet hanvisa, och, om "
        "kontot har en postlåda, Set-CASMailbox {account} -EwsEnabled $true"
    ),
    "mend the endpoint: there is nothing at that address": "rätta endpoint: det finns ingenting på den adressen",
    "mend the endpoint: it takes no requests of this kind": "rätta endpoint: den tar inte emot sådana frågor",
    "mend the endpoint: it answers that it has moved": "rätta endpoint: den svarar att den har flyttat",
    "let this machine through the proxy without a password: it asks for one": (
        "släpp igenom den här maskinen genom proxyn utan lösenord: den frågar efter ett"
    ),
    "let the proxy before Exchange take larger requests": "låt proxyn framför Exchange ta emot större frågor",
    "see that the endpoint is /EWS/Exchange.asmx: this one asks for a log-on page": (
        "se till att endpoint är /EWS/Exchange.asmx: den här kräver en inloggningssida"
    ),
    "see that the endpoint is the address of /EWS/Exchange.asmx itself, and that no proxy or firewall puts a page "
    "of its own before it: a web page came back": (
        "se till att endpoint är adressen till själva /EWS/Exchange.asmx och att ingen proxy eller brandvägg lägger "
        "en egen sida framför: svaret var en webbsida"
    ),
    "write the service account's password into the file of the secret and reload the service; see in Active "
    "Directory that the account is enabled and not locked, and, behind a load balancer, that it shows Exchange's "
    "certificate and carries NTLM. Till then it is tried once an hour, lest it be locked, or at once with `hanvisa "
    "check --try-again`": (
        "skriv tjänstkontots lösenord i hemlighetens fil och läs in tjänsten på nytt; se i Active Directory att "
        "kontot är aktiverat och inte låst, och, bakom en lastbalanserare, att den visar Exchanges certifikat och "
        "klarar NTLM. Till dess prövas lösenordet en gång i timmen, så att kontot inte låses, eller genast med "
        "`hanvisa check --try-again`"
    ),
    "not tried: refused {at}, next {then}; {remedy}": "inte prövat: avvisat {at}, nästa gång {then}; {remedy}",
    "see in IIS's log what Exchange's server for this mailbox refused: the account was let in for the others": (
        "se i IIS logg vad Exchanges server för den här postlådan avvisade: kontot släpptes in för de andra"
    ),
    "see with klist that the service's user has a Kerberos ticket that has not run out, where the service looks for "
    "it (KRB5CCNAME; its /tmp is its own), or give it a keytab (KRB5_CLIENT_KTNAME), and, with setspn -Q HTTP/HOST, "
    "that the domain knows the endpoint's host: no ticket for it could be had": (
        "se med klist att tjänstens användare har en Kerberosbiljett som inte har gått ut, där tjänsten letar efter "
        "den (KRB5CCNAME; dess /tmp är dess egen), eller ge den en keytab (KRB5_CLIENT_KTNAME), och se med setspn "
        "-Q HTTP/HOST att domänen känner till värden i endpoint: det gick inte att få någon biljett för den"
    ),
    "see that Exchange has the key for the endpoint's host (setspn -Q HTTP/HOST; its alternate service account), "
    "that the account is enabled, that the clocks agree within five minutes, and that a load balancer shows "
    "Exchange's certificate: it refused the Kerberos ticket": (
        "se till att Exchange har nyckeln för värden i endpoint (setspn -Q HTTP/HOST; dess alternativa "
        "tjänstkonto), att kontot är aktiverat, att klockorna går lika på fem minuter när och att en "
        "lastbalanserare visar Exchanges certifikat: Kerberosbiljetten avvisades"
    ),
    'set auth = "basic" or "kerberos", or take an endpoint that goes past the proxy or load balancer: NTLM logs on '
    "a connection, and what stands between gives each request another one": (
        'sätt auth = "basic" eller "kerberos", eller ange en endpoint som går förbi proxyn eller lastbalanseraren: '
        "NTLM loggar in en anslutning, och det som står emellan ger varje fråga en ny"
    ),
    "set auth to what Exchange offers ({offered}), or let it offer {auth}": (
        "sätt auth till det som Exchange erbjuder ({offered}), eller låt Exchange erbjuda {auth}"
    ),
    "ask for fewer days: lower lookback_days or horizon_days": (
        "fråga efter färre dagar: sänk lookback_days eller horizon_days"
    ),
    "let the service account read this calendar: Add-MailboxFolderPermission MAILBOX:\\Calendar -User {account} "
    '-AccessRights Reviewer (in a Swedish mailbox :\\Kalender), or use access = "impersonation"': (
        "låt tjänstkontot läsa den här kalendern: Add-MailboxFolderPermission MAILBOX:\\Calendar -User {account} "
        '-AccessRights Reviewer (i en svensk postlåda :\\Kalender), eller använd access = "impersonation"'
    ),
    "see that EWS is on for this mailbox (Get-CASMailbox MAILBOX | fl Ews*) and that it has its calendar "
    "(Get-MailboxFolderStatistics MAILBOX -FolderScope Calendar): not even as its owner could it be opened": (
        "se till att EWS är på för den här postlådan (Get-CASMailbox MAILBOX | fl Ews*) och att dess kalender finns "
        "(Get-MailboxFolderStatistics MAILBOX -FolderScope Calendar): inte ens som ägaren gick den att öppna"
    ),
    "give the service account the role ApplicationImpersonation over this mailbox: New-ManagementRoleAssignment "
    "-Name hanvisa -Role ApplicationImpersonation -User {account} -CustomRecipientWriteScope SCOPE "
    "(deploy/exchange.ps1 does it)": (
        "ge tjänstkontot rollen ApplicationImpersonation över den här postlådan: New-ManagementRoleAssignment -Name "
        "hanvisa -Role ApplicationImpersonation -User {account} -CustomRecipientWriteScope SCOPE "
        "(deploy/exchange.ps1 gör det)"
    ),
    "mend the mailbox in the directory, or take the line out: Exchange knows no mailbox of that address": (
        "rätta postlådan i katalogen eller ta bort raden: Exchange känner inte till någon postlåda med den adressen"
    ),
    "see in Active Directory that this mailbox has a user (Get-Mailbox MAILBOX | fl LinkedMasterAccount, "
    "DistinguishedName), or take the line out: Exchange finds none": (
        "se i Active Directory att den här postlådan har en användare (Get-Mailbox MAILBOX | fl "
        "LinkedMasterAccount, DistinguishedName) eller ta bort raden: Exchange hittar ingen"
    ),
    "write the mailbox's primary address into the directory: this is another of its own": (
        "skriv postlådans primära adress i katalogen: det här är en annan av dess adresser"
    ),
    "see in Active Directory that the account of this mailbox, and the service account, are enabled": (
        "se i Active Directory att postlådans konto och tjänstkontot är aktiverade"
    ),
    "give the user of this mailbox a licence for Exchange, or take the line out: it has none": (
        "ge postlådans användare en licens för Exchange eller ta bort raden: den har ingen"
    ),
    "open this mailbox once in Outlook, which makes the calendar that it lacks (outlook /resetfolders), or take the "
    "line out": (
        "öppna postlådan en gång i Outlook, som skapar den kalender som saknas (outlook /resetfolders), eller ta "
        "bort raden"
    ),
    "repair the mailbox: New-MailboxRepairRequest -Mailbox MAILBOX -CorruptionType FolderView,AggregateCounts": (
        "reparera postlådan: New-MailboxRepairRequest -Mailbox MAILBOX -CorruptionType FolderView,AggregateCounts"
    ),
    "see in Exchange that the mailbox is whole: Get-Mailbox MAILBOX | fl": (
        "se i Exchange att postlådan är hel: Get-Mailbox MAILBOX | fl"
    ),
    "give each its own legacyExchangeDN: two objects in Active Directory have this mailbox's (Get-Recipient MAILBOX "
    "| fl LegacyExchangeDN, then look for it with Get-ADObject)": (
        "ge vart och ett ett eget legacyExchangeDN: två objekt i Active Directory har den här postlådans "
        "(Get-Recipient MAILBOX | fl LegacyExchangeDN, leta sedan efter det med Get-ADObject)"
    ),
    "free room in the mailbox: it is full": "frigör utrymme i postlådan: den är full",
    "read this mailbox by an endpoint of its own server's version and site, in a source of its own, or move it: "
    "Get-Mailbox MAILBOX | fl ServerName, AdminDisplayVersion": (
        "läs den här postlådan genom en endpoint av dess egen servers version och plats, i en egen källa, eller "
        "flytta den: Get-Mailbox MAILBOX | fl ServerName, AdminDisplayVersion"
    ),
    "see that each Exchange server has its address of EWS and lets the others log on there: "
    "Get-WebServicesVirtualDirectory | fl Server, InternalUrl, *Authentication": (
        "se till att varje Exchangeserver har sin adress för EWS och låter de andra logga in där: "
        "Get-WebServicesVirtualDirectory | fl Server, InternalUrl, *Authentication"
    ),
    "set a new password for the service account, and write it into the file of the secret": (
        "sätt ett nytt lösenord för tjänstkontot och skriv det i hemlighetens fil"
    ),
    "see that the service account {account} is an ordinary user in a domain that Exchange's servers know: they find "
    "no such account": (
        "se till att tjänstkontot {account} är en vanlig användare i en domän som Exchanges servrar känner till: de "
        "hittar inget sådant konto"
    ),
    "take the service account out of groups: in more than 3000 of them it is not let through between servers": (
        "ta tjänstkontot ur grupper: med fler än 3000 släpps det inte igenom mellan servrarna"
    ),
    "unlock the service account (Unlock-ADAccount), and look for another program that still sends an old password: "
    "Active Directory has locked it": (
        "lås upp tjänstkontot (Unlock-ADAccount) och leta efter ett annat program som fortfarande skickar ett "
        "gammalt lösenord: Active Directory har låst kontot"
    ),
    "see in the event logs of Exchange's servers why one does not take another's word for who asks: their clocks, "
    "their computer accounts, Test-ServiceHealth": (
        "se i Exchangeservrarnas händelseloggar varför den ena inte litar på den andras uppgift om vem som frågar: "
        "deras klockor, deras datorkonton, Test-ServiceHealth"
    ),
    "see that Exchange reaches a domain controller": "se till att Exchange når en domänkontrollant",
    'set version = "Exchange2013_SP1" in the source: Exchange does not know the schema that was asked in': (
        'sätt version = "Exchange2013_SP1" i källan: Exchange känner inte till det schema som frågan ställdes i'
    ),
    "see that the endpoint is an Exchange Server 2013 SP1 or later, and that this mailbox is on such a one: it does "
    "not know the schema Exchange2013_SP1, the oldest that is asked in": (
        "se till att endpoint är en Exchange Server 2013 SP1 eller senare och att postlådan finns på en sådan: den "
        "känner inte till schemat Exchange2013_SP1, det äldsta som frågor ställs i"
    ),
    "see that the endpoint is your own Exchange: the organisation that answers is marked for removal": (
        "se till att endpoint är er egen Exchange: den organisation som svarar är märkt för borttagning"
    ),
    "see that the endpoint is an Exchange Server 2013 SP1 or later, and that no proxy changes what is sent; else "
    "report the bug, with this code: Exchange does not take the question as it is written": (
        "se till att endpoint är en Exchange Server 2013 SP1 eller senare och att ingen proxy ändrar det som "
        "skickas; anmäl annars programfelet med den här koden: Exchange godtar inte frågan som den är skriven"
    ),
    "report this code, with what Exchange's event log says at that time: no question for a calendar should be "
    "answered by it. It is asked again every quarter of an hour": (
        "anmäl den här koden med det som Exchanges händelselogg säger vid den tiden: ingen fråga efter en kalender "
        "borde besvaras med den. Postlådan läses igen varje kvart"
    ),
    "see Exchange's event log, and what stands between: Exchange gave no code that is known. It is asked again "
    "every quarter of an hour": (
        "se Exchanges händelselogg och vad som står emellan: Exchange gav ingen kod som är känd. Postlådan läses "
        "igen varje kvart"
    ),
    "Exchange did not give everything that the view holds": "Exchange lämnade inte allt som vyn innehåller",
    "Exchange counted more entries in the view than it sent, and said that these were all": (
        "Exchange räknade fler poster i vyn än det skickade, och sade att det var alla"
    ),
    "the server gave a series as one entry, and not each time that it takes place: see that the endpoint is an "
    "Exchange Server 2013 SP1 or later": (
        "servern lämnade en serie som en enda post och inte varje gång den äger rum: se till att endpoint är en "
        "Exchange Server 2013 SP1 eller senare"
    ),
    "no entry has a subject: see that the service account may read more than free and busy times "
    "(Get-MailboxFolderPermission), and that no rule takes the subjects away (Get-CalendarProcessing: "
    "DeleteSubject)": (
        "ingen post har något ämne: se till att tjänstkontot får läsa mer än lediga och upptagna tider "
        "(Get-MailboxFolderPermission) och att ingen regel tar bort ämnena (Get-CalendarProcessing: DeleteSubject)"
    ),
    "the calendar has more than {most} items: the others are not looked at": (
        "kalendern har fler än {most} poster: de övriga läses inte"
    ),
    "the calendar has more than {most} entries with a command: the others are not looked at": (
        "kalendern har fler än {most} bokningar med ett kommando: de övriga läses inte"
    ),
    "it has neither UID nor ItemId": "den har varken UID eller ItemId",
    "it is an exception, and does not say of which occurrence": (
        "den är ett undantag och säger inte från vilket tillfälle"
    ),
    "it has no {name}": "den saknar {name}",
    "its {name} is no time": "dess {name} är ingen tid",
    "an unexpected {kind}": "ett oväntat {kind}",
    "{file}: the certificate cannot be read ({problem}); put it there, or mend ca_file": (
        "{file}: certifikatet kan inte läsas ({problem}); lägg det där eller rätta ca_file"
    ),
    "{endpoint}: Kerberos needs the package requests-gssapi; install it, or set auth to ntlm": (
        "{endpoint}: Kerberos behöver paketet requests-gssapi; installera det eller sätt auth till ntlm"
    ),
    "{endpoint}: the password or the user has a letter that Basic cannot send; use ntlm": (
        "{endpoint}: lösenordet eller användaren har ett tecken som Basic inte kan skicka; använd ntlm"
    ),
}
