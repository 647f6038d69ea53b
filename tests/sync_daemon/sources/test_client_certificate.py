"""The PEM file that an application signs in with: what is wrong with it is told as it is loaded, without its words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from sync_daemon.errors import UserError
from sync_daemon.sources.client_certificate import certificate_in
from tests.graph import certificates

PKCS8, PKCS1 = serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL
OPEN = serialization.NoEncryption()


@pytest.fixture(name="pem", scope="module")
def _pem(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """A key and its certificate."""
    file = tmp_path_factory.mktemp("pem") / "app.pem"
    certificates.make(file)
    key, begin, certificate = file.read_bytes().partition(b"-----BEGIN CERTIFICATE-----")
    return key, begin + certificate


@pytest.fixture(name="other", scope="module")
def _other(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Another's certificate."""
    certificate = certificates.make(tmp_path_factory.mktemp("other") / "other.pem")
    return certificate.public_bytes(serialization.Encoding.PEM)


def _file(folder: Path, *parts: bytes) -> Path:
    file = folder / "app.pem"
    file.write_bytes(b"".join(parts))
    return file


def test_the_order_does_not_matter(tmp_path: Path, pem: tuple[bytes, bytes], other: bytes) -> None:
    """Nor what else stands in the file: the certificate of the authority, say, or the lines of `openssl pkcs12`."""
    key, certificate = pem
    ends = x509.load_pem_x509_certificate(certificate).not_valid_after_utc
    for parts in ((key, certificate), (certificate, key), (b"Bag Attributes\n", other, certificate, b"\r\n", key)):
        found = certificate_in(_file(tmp_path, *parts))
        assert found.ends == ends
        assert found.pem.encode() == certificate


def test_an_older_format_of_the_key_is_taken(tmp_path: Path, pem: tuple[bytes, bytes]) -> None:
    """BEGIN RSA PRIVATE KEY, as older programs write it."""
    key = serialization.load_pem_private_key(pem[0], None)
    assert certificate_in(_file(tmp_path, key.private_bytes(serialization.Encoding.PEM, PKCS1, OPEN), pem[1]))


def test_of_two_certificates_of_the_key_the_later_counts(tmp_path: Path, pem: tuple[bytes, bytes]) -> None:
    """A renewed one beside the one before it."""
    key = serialization.load_pem_private_key(pem[0], None)
    assert isinstance(key, rsa.RSAPrivateKey)
    first = x509.load_pem_x509_certificate(pem[1])
    ends = datetime(2035, 1, 1, tzinfo=UTC)
    renewed = (
        x509.CertificateBuilder()
        .subject_name(first.subject)
        .issuer_name(first.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(ends - timedelta(days=365))
        .not_valid_after(ends)
        .sign(key, first.signature_hash_algorithm)  # type: ignore[arg-type]
    )
    written = renewed.public_bytes(serialization.Encoding.PEM)
    assert certificate_in(_file(tmp_path, pem[0], pem[1], written)).ends == ends


def test_what_is_wrong_is_told_without_a_word_of_the_file(
    tmp_path: Path, pem: tuple[bytes, bytes], other: bytes
) -> None:
    """Each says what to do."""
    key, certificate = pem
    loaded = serialization.load_pem_private_key(key, None)
    locked = loaded.private_bytes(serialization.Encoding.PEM, PKCS8, serialization.BestAvailableEncryption(b"word"))
    locked_1 = loaded.private_bytes(serialization.Encoding.PEM, PKCS1, serialization.BestAvailableEncryption(b"word"))
    assert isinstance(loaded, rsa.RSAPrivateKey)
    own = x509.load_pem_x509_certificate(certificate)
    pfx = pkcs12.serialize_key_and_certificates(b"hanvisa", loaded, own, None, OPEN)
    curve = ec.generate_private_key(ec.SECP256R1()).private_bytes(serialization.Encoding.PEM, PKCS8, OPEN)
    for parts, words in (
        ((), "the file is empty"),
        ((b"\r\n",), "the file is empty"),
        ((pfx,), "this is a .pfx"),
        ((x509.load_pem_x509_certificate(certificate).public_bytes(serialization.Encoding.DER),), "this is DER"),
        ((certificate,), "there is no private key"),
        ((key,), "there is no certificate"),
        ((key, other), "is not that of the private key"),
        ((locked, certificate), "is encrypted"),
        ((locked_1, certificate), "is encrypted"),
        ((curve, certificate), "is no RSA key"),
        ((key[:200], certificate), "there is no private key"),
        ((key[:200], key[-30:], certificate), "the private key cannot be read"),
        ((key, certificate[:200], b"\n-----END CERTIFICATE-----\n"), "the certificate cannot be read"),
        ((b"\x30\x82\x04\xa3" * 50,), "this is DER"),
        ((b"\x30",), "this is DER"),
        ((b"\x00\x82\x04\xa3" * 50,), "there is no private key"),
    ):
        with pytest.raises(UserError, match=words) as raised:
            certificate_in(_file(tmp_path, *parts))
        assert str(tmp_path / "app.pem") in str(raised.value)
        assert "MII" not in str(raised.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """Or one that is no file."""
    with pytest.raises(UserError, match="put the PEM file"):
        certificate_in(tmp_path / "gone.pem")
    with pytest.raises(UserError, match="cannot be read"):
        certificate_in(tmp_path)


def test_nothing_of_the_key_is_shown(tmp_path: Path, pem: tuple[bytes, bytes]) -> None:
    """Where somebody prints it while looking for a bug."""
    assert repr(certificate_in(_file(tmp_path, *pem))).startswith("ClientCertificate(ends=")
