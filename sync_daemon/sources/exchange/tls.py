"""How TLS is begun, and why none came about with what listens at the endpoint, as OpenSSL names it.

The names: https://docs.openssl.org/3.0/man3/SSL_alert_type_string/ and `ssl.SSLError.reason`; the numbers of what is
wrong with a certificate: https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/
"""

from __future__ import annotations

import ssl
import sys
from collections.abc import Mapping

from sync_daemon.sources.exchange.failure import Again, Concerns, Failure
from sync_daemon.texts import Text

_UNTRUSTED = Text(
    "name the certificate of the authority that signed Exchange's in ca_file: none of those that are trusted has "
    "signed it"
)

_OF_CERTIFICATES: Mapping[int, Text] = {
    **dict.fromkeys(
        (9, 10),
        Text(
            "renew Exchange's certificate, or set this machine's clock: the certificate has run out, or is not valid "
            "yet"
        ),
    ),
    **dict.fromkeys(
        (62, 64),
        Text(
            "see that the endpoint's host is one of the certificate's names (Get-ExchangeCertificate | fl "
            "CertificateDomains): the one that is shown is for other hosts"
        ),
    ),
    **dict.fromkeys(
        (66, 67, 68),
        Text("renew Exchange's certificate with a key of 2048 bits and SHA-256: its key or its signature is too weak"),
    ),
}
"""By OpenSSL's number of what is wrong with it."""

_NO_CERTIFICATE = Text(
    "put the authority's certificate into ca_file as text, with a line BEGIN CERTIFICATE (Base-64; certutil -encode "
    "makes that of the other format): no certificate can be read in that file"
)
_NO_TLS = Text(
    "see that the endpoint's port is the one for https, 443 as a rule: what listens there speaks no TLS, but plain "
    "HTTP, say"
)
_OLD_VERSION = Text(
    "let Exchange's server, or the load balancer before it, speak TLS 1.2 or 1.3: it has older versions only, which "
    "this machine does not take"
)
_NO_CIPHER = Text(
    "let Exchange's server, or the load balancer before it, take a cipher suite of today, ECDHE with AES-GCM "
    "(Get-TlsCipherSuite): it and this machine have none in common"
)
_CLOSED = Text(
    "see that a firewall lets TLS through to the endpoint, and that Exchange's server speaks TLS 1.2 or 1.3: the "
    "connection was closed while TLS was begun"
)
_OTHERWISE = Text("see what stands at the endpoint, and between it and this machine: TLS with it does not come about")

_BY_REASON: Mapping[str, Text] = {
    **dict.fromkeys(
        ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE"), _NO_TLS
    ),
    **dict.fromkeys(
        ("TLSV1_ALERT_PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "NO_PROTOCOLS_AVAILABLE", "VERSION_TOO_LOW"),
        _OLD_VERSION,
    ),
    **dict.fromkeys(
        (
            "SSLV3_ALERT_HANDSHAKE_FAILURE",
            "SSL/TLS_ALERT_HANDSHAKE_FAILURE",
            "TLSV1_ALERT_INSUFFICIENT_SECURITY",
            "NO_SHARED_CIPHER",
            "WRONG_CIPHER_RETURNED",
            "DH_KEY_TOO_SMALL",
            "BAD_DH_VALUE",
            "UNSAFE_LEGACY_RENEGOTIATION_DISABLED",
        ),
        _NO_CIPHER,
    ),
    "UNEXPECTED_EOF_WHILE_READING": _CLOSED,
}


def new_context() -> ssl.SSLContext:
    """As urllib3 makes one, but that SSLKEYLOGFILE of the environment has no keys written: they open what is sent.

    https://docs.python.org/3/library/ssl.html#ssl.SSLContext.keylog_filename
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_TICKET
    context.post_handshake_auth = True
    context.hostname_checks_common_name = False
    if sys.version_info >= (3, 13):
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VERIFY_X509_STRICT
    return context


def of_tls(error: ssl.SSLError | None) -> Failure:
    """What can be done about it; None where OpenSSL did not say what it is."""
    if error is None:
        return Failure(_OTHERWISE, Concerns.SERVER)
    if isinstance(error, ssl.SSLCertVerificationError):
        return Failure(_OF_CERTIFICATES.get(error.verify_code, _UNTRUSTED), Concerns.SERVER)
    # Before anything is sent the file is read: what is wrong then is of the libraries of certificates.
    if error.library in {"X509", "PEM", "ASN1"}:
        return Failure(_NO_CERTIFICATE, Concerns.SERVER)
    reason = error.reason or ""
    if isinstance(error, ssl.SSLEOFError):
        return Failure(_CLOSED, Concerns.SERVER, again=Again.NOW)
    return Failure(_BY_REASON.get(reason, _OTHERWISE), Concerns.SERVER, why=reason)
