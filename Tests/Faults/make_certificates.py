"""Makes the certificates of the fault server, with fixed dates so that they never rot.

Needs the package `cryptography`; rewrites certificates/.
"""

import datetime
import ipaddress
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

UTC = datetime.timezone.utc
HERE = ("localhost", "127.0.0.1", "::1")


def year(number):
    return datetime.datetime(number, 1, 1, tzinfo=UTC)


class Identity:
    """A key with its certificate and the chain above it."""

    def __init__(self, name, issuer=None, names=(), ca=False, client=False, policy=False, start=year(2024), end=year(2124)):
        self.key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer.certificate.subject if issuer else subject)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if policy:
            # Whoever is below must name a policy (RFC 5280 §4.2.1.11); nobody does.
            constraints = x509.PolicyConstraints(require_explicit_policy=0, inhibit_policy_mapping=None)
            builder = builder.add_extension(constraints, critical=True)
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName([general(n) for n in names]), critical=False)
        if not ca:
            usage = ExtendedKeyUsageOID.CLIENT_AUTH if client else ExtendedKeyUsageOID.SERVER_AUTH
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        self.certificate = builder.sign((issuer or self).key, hashes.SHA256())
        self.chain = [self.certificate] + (issuer.chain[:-1] if issuer and issuer.chain[1:] else [])
        if ca:
            self.chain = [self.certificate] + (issuer.chain if issuer else [])

    def write(self, folder, name, chain=True, key=True):
        certificates = self.chain if chain else [self.certificate]
        pem = serialization.Encoding.PEM
        (folder / f"{name}.pem").write_bytes(b"".join(c.public_bytes(pem) for c in certificates))
        if key:
            private = self.key.private_bytes(
                pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            (folder / f"{name}.key").write_bytes(private)


def general(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def leaf(issuer, **options):
    """A certificate whose chain goes up to, but not including, the root."""
    identity = Identity("fault server", issuer, **options)
    identity.chain = [identity.certificate] + [c for c in issuer.chain if c.issuer != c.subject]
    return identity


def make_all(folder):
    root = Identity("fault server root", ca=True)
    middle = Identity("fault server intermediate", root, ca=True)
    old = Identity("fault server old intermediate", root, ca=True, start=year(2020), end=year(2021))
    stranger = Identity("unknown root", ca=True)
    root.write(folder, "root", key=False)
    strict = Identity("fault server strict intermediate", root, ca=True, policy=True)
    leaf(middle, names=HERE).write(folder, "good")
    leaf(strict, names=HERE).write(folder, "explicit-policy")
    leaf(middle, names=HERE, start=year(2020), end=year(2021)).write(folder, "expired")
    leaf(middle, names=HERE, start=year(2120), end=year(2121)).write(folder, "not-yet-valid")
    leaf(old, names=HERE).write(folder, "expired-intermediate")
    leaf(middle, names=["other.example"]).write(folder, "wrong-host")
    Identity("fault server", names=HERE).write(folder, "self-signed")
    leaf(stranger, names=HERE).write(folder, "unknown-ca")
    leaf(middle, names=HERE).write(folder, "missing-intermediate", chain=False)
    leaf(root, names=["client"], client=True).write(folder, "client")


if __name__ == "__main__":
    make_all(pathlib.Path(__file__).parent / "certificates")
