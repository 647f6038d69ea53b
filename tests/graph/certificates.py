"""A certificate for the application, with its key in the same PEM file, as `secrets_dir` holds it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID


def make(file: Path, *, expired: bool = False) -> x509.Certificate:
    """Writes the key and the certificate, good from yesterday for a year, or until yesterday."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hanvisa")])
    ends = datetime.now(UTC) + timedelta(days=-1 if expired else 364)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(ends - timedelta(days=365))
        .not_valid_after(ends)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.touch(mode=0o600)
    file.write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))
    return certificate
