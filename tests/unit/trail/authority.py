"""A time stamp authority for tests: certificates made here, tokens signed by openssl, answers over HTTP."""

from __future__ import annotations

import shutil
import subprocess
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

OPENSSL = shutil.which("openssl")
NOW = datetime.now(UTC)
DAY = timedelta(days=1)

_CONFIG = """
[tsa]
default_tsa = here
[here]
serial = {base}/serial
signer_cert = {base}/leaf.pem
{certs}
signer_key = {base}/leaf.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = {digests}
{accuracy}
ordering = no
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


@dataclass(frozen=True)
class Identity:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


def identity(name, issuer=None, *, is_ca=False, usage=ExtendedKeyUsageOID.TIME_STAMPING, start=-DAY, end=30 * DAY):
    """Make a certificate; one without an issuer signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder().subject_name(subject).public_key(key.public_key())
    builder = builder.issuer_name(issuer.certificate.subject if issuer else subject)
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(NOW + start)
    builder = builder.not_valid_after(NOW + end)
    builder = builder.add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
    if not is_ca:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=True)
    return Identity(builder.sign(issuer.key if issuer else key, hashes.SHA256()), key)


@dataclass(frozen=True)
class Authority:
    """One that stamps what it is asked to."""

    base: Path
    leaf: Identity
    root: Identity

    @property
    def ca(self) -> Path:
        return self.base / "ca.pem"

    def answer(self, request: bytes) -> bytes:
        (self.base / "q").write_bytes(request)
        self._openssl("ts", "-reply", "-queryfile", "q", "-out", "a", "-config", "tsa.cnf")
        return (self.base / "a").read_bytes()

    def sign_info(self, info: bytes) -> bytes:
        """Sign any TSTInfo, as a careless or lying authority would; returns a token."""
        (self.base / "info").write_bytes(info)
        self._openssl(
            "cms", "-sign", "-binary", "-nodetach", "-econtent_type", "id-smime-ct-TSTInfo", "-outform", "DER",
            "-in", "info", "-signer", "leaf.pem", "-inkey", "leaf.key", "-md", "sha256", "-out", "token",
        )  # fmt: skip
        return (self.base / "token").read_bytes()

    def verifies(self, token: bytes, text: bytes) -> bool:
        (self.base / "kept").write_bytes(token)
        (self.base / "text").write_bytes(text)
        done = subprocess.run(
            [OPENSSL, "ts", "-verify", "-token_in", "-in", "kept", "-data", "text", "-CAfile", "ca.pem"],
            cwd=self.base, capture_output=True,
        )  # fmt: skip
        return done.returncode == 0 and b"Verification: OK" in done.stdout + done.stderr

    def _openssl(self, *arguments):
        subprocess.run([OPENSSL, *arguments], cwd=self.base, capture_output=True, check=True)


def authority(base, *, root=None, leaf=None, certs=(), digests="sha256", accuracy="accuracy = secs:1"):
    """Set one up in a directory; `certs` are sent along with the leaf's."""
    root = root or identity("Root", is_ca=True)
    leaf = leaf or identity("Stamper", root)
    base.mkdir(parents=True)
    (base / "serial").write_text("01\n")
    (base / "ca.pem").write_bytes(root.pem)
    (base / "leaf.pem").write_bytes(leaf.pem)
    (base / "leaf.key").write_bytes(leaf.key_pem)
    (base / "certs.pem").write_bytes(b"".join(cert.pem for cert in certs))
    sent = f"certs = {base}/certs.pem" if certs else ""
    (base / "tsa.cnf").write_text(_CONFIG.format(base=base, certs=sent, digests=digests, accuracy=accuracy))
    return Authority(base, leaf, root)


@contextmanager
def serving(answer, *, status=200, headers=()):
    """Serve `answer(request)` to every POST; yields the address and the requests that came."""
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            seen.append(self.rfile.read(int(self.headers["Content-Length"])))
            assert self.headers["Content-Type"] == "application/timestamp-query"
            body = answer(seen[-1])
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            try:
                for at in range(0, len(body), 1 << 16):
                    self.wfile.write(body[at : at + (1 << 16)])
            except OSError:  # the client had enough
                self.close_connection = True

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/tsr", seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
