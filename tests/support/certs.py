# SPDX-License-Identifier: Apache-2.0
"""Certificates for tests: a CA of our own and what it signs. Needs `cryptography`."""
import datetime
import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


def name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def pem_key(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


class Authority:
    """A CA whose certificate is in `folder`/NAME-ca.pem."""

    def __init__(self, folder, label="test"):
        self.folder, self.label = folder, label
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.subject = name(f"{label} CA")
        cert = self.build(self.subject, self.key.public_key(), 30).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), True).sign(self.key, hashes.SHA256())
        self.cert = str(folder / f"{label}-ca.pem")
        (folder / f"{label}-ca.pem").write_bytes(cert.public_bytes(serialization.Encoding.PEM))

    def build(self, subject, public, days):
        now = datetime.datetime.now(datetime.timezone.utc)
        return (x509.CertificateBuilder().subject_name(subject).issuer_name(self.subject).public_key(public)
                .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=2))
                .not_valid_after(now + datetime.timedelta(days=days)))

    def issue(self, host, days=5, client=False):
        """(certificate file, key file) for a host name or an address; days below 0 is expired."""
        key = ec.generate_private_key(ec.SECP256R1())
        try:
            san = x509.IPAddress(ipaddress.ip_address(host))
        except ValueError:
            san = x509.DNSName(host)
        usage = ExtendedKeyUsageOID.CLIENT_AUTH if client else ExtendedKeyUsageOID.SERVER_AUTH
        cert = (self.build(name(host), key.public_key(), days)
                .add_extension(x509.SubjectAlternativeName([san]), False)
                .add_extension(x509.ExtendedKeyUsage([usage]), False).sign(self.key, hashes.SHA256()))
        base = self.folder / f"{self.label}-{host}{'-client' if client else ''}"
        (base.parent / (base.name + ".pem")).write_bytes(cert.public_bytes(serialization.Encoding.PEM))
        (base.parent / (base.name + ".key")).write_bytes(pem_key(key))
        return f"{base}.pem", f"{base}.key"
