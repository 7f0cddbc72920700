"""Requests, answers and tokens of RFC 3161: the one place that knows the library that reads them.

Tokens are kept as they came, without the answer around them. What verifies: the authority's certificate chains to a
given root and was valid at the token's time, is one for time stamping, signed the token, and the token is over the
text. Revocation is not looked up.
"""

from __future__ import annotations

import hashlib
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import TYPE_CHECKING

from policykit.trail.problems import CodedTrailError, shown, trail_problem
from policykit.trail.timestamp.der import CONTEXT_0, INTEGER, SEQUENCE, DerError, content_of, element, elements

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from rfc3161_client import Accuracy, TimeStampResponse, TimeStampTokenInfo

MAX_ANSWER_BYTES = 64 << 10
"""Tokens of public authorities, certificates included, have 1 to 8 KiB."""
MAX_CA_BYTES = 4 << 20

_GRANTED = (0, 1)
"""granted, and granted with modifications. Source: RFC 3161 section 2.4.2."""
_GRANTED_INFO = element(SEQUENCE, element(INTEGER, b"\x00"))
_HASHES = {
    "2.16.840.1.101.3.4.2.1": hashlib.sha256,
    "2.16.840.1.101.3.4.2.2": hashlib.sha384,
    "2.16.840.1.101.3.4.2.3": hashlib.sha512,
}
"""Source: RFC 5754 section 2."""
_CHAIN_REASON = re.compile(r"Verify error: ?([a-zA-Z0-9 ,-]{1,80})")
_UNKNOWN_ISSUER = ("unable to get", "self-signed", "self signed", "unable to verify the first")
"""How the X.509 verifier begins when it finds no way to a root, as opposed to a way that is bad."""


class UnknownAuthorityError(CodedTrailError):
    """No given root leads to the authority: whether the token is good cannot be said."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a verified token says."""

    time: datetime
    """In UTC."""
    accuracy: timedelta | None
    """How far the authority's clock may be off, if it says so."""
    authority: str
    """The subject of the certificate that signed, as in RFC 4514."""


@dataclass(frozen=True, slots=True)
class Authorities:
    """Whose tokens count: root certificates, and intermediate ones that tokens may leave out."""

    roots: tuple[Certificate, ...]
    intermediates: tuple[Certificate, ...] = ()


def library() -> ModuleType:
    """Return the library that reads tokens.

    Raises:
        CodedTrailError: when it is not installed.
    """
    try:
        import rfc3161_client
    except ImportError:
        raise trail_problem(
            "PK750", "time stamps need the extra `timestamp`, which is not installed", expected="`rfc3161-client`",
            help="install it: `pip install 'policykit-ai[timestamp]'`",
        ) from None  # fmt: skip
    return rfc3161_client


def build_request(text: bytes) -> bytes:
    """Return a request for a token over a text: SHA-256, a nonce of 64 random bits, certificates wanted."""
    tsp = library()
    request = tsp.TimestampRequestBuilder().data(text).hash_algorithm(tsp.HashAlgorithm.SHA256).build()
    return bytes(request.as_bytes())


def nonce_of_request(request: bytes, place: str = "") -> int:
    """Return the nonce of a request.

    Raises:
        CodedTrailError: when the bytes are not a request with a nonce.
    """
    try:
        members = list(elements(content_of(request[:MAX_ANSWER_BYTES], SEQUENCE)))
    except DerError:
        members = []
    numbers = [content for tag, content in members if tag == INTEGER]  # the version, then the nonce
    if len(numbers) != 2:
        raise trail_problem(
            "PK759", "not a time stamp request with a nonce", place=place, expected="the file that `--request` wrote"
        )
    return int.from_bytes(numbers[1], "big", signed=True)


def token_of_answer(answer: bytes, place: str = "") -> bytes:
    """Return the token in an authority's answer, not verified.

    Raises:
        CodedTrailError: when it is no answer of RFC 3161, or a refusal.
    """
    if len(answer) > MAX_ANSWER_BYTES:
        raise _not_an_answer(place, f"more than {MAX_ANSWER_BYTES} bytes")
    try:
        members = list(elements(content_of(answer, SEQUENCE)))
        tag, status = next(elements(members[0][1]))
    except (DerError, IndexError, StopIteration):
        raise _not_an_answer(place, f"`{shown(answer[:40])}`") from None
    if members[0][0] != SEQUENCE or tag != INTEGER:
        raise _not_an_answer(place, f"`{shown(answer[:40])}`")
    if int.from_bytes(status, "big", signed=True) not in _GRANTED:
        raise trail_problem("PK753", "the authority refused", place=place, got=_refusal(members[0][1]))
    if len(members) != 2:
        raise _not_an_answer(place, "an answer without a token")
    token = element(*members[1])
    _decode(token, place)
    return token


def _not_an_answer(place: str, got: str) -> CodedTrailError:
    return trail_problem("PK752", "not a time stamp", place=place, expected="an answer of RFC 3161 in DER", got=got)


def _refusal(info: bytes) -> str:
    """Return status and texts of a refusal: PKIStatusInfo {status, texts, failure bits}."""
    number = int.from_bytes(next(elements(info))[1], "big", signed=True)
    try:
        texts = [text for tag, part in elements(info) if tag == SEQUENCE for _, text in elements(part)]
    except DerError:
        texts = []
    return ", ".join([f"status {number}", *(f"`{shown(text)}`" for text in texts[:3])])


def _decode(token: bytes, place: str) -> TimeStampResponse:
    """Return a token as the library reads it, which wants a whole answer and sorted certificates.

    The certificates are a SET, which DER sorts and many authorities do not; their order is not signed.
    """
    tsp = library()
    try:
        whole = element(SEQUENCE, _GRANTED_INFO + _with_sorted_certificates(token))
        decoded: TimeStampResponse = tsp.decode_timestamp_response(whole)
        _ = decoded.tst_info.message_imprint, decoded.tst_info.gen_time, decoded.signed_data.signer_infos
    except Exception:  # noqa: BLE001 - whatever the library makes of any bytes, nothing foreign escapes
        raise _not_an_answer(place, "a token that cannot be read") from None
    return decoded


def _with_sorted_certificates(token: bytes) -> bytes:
    """Return a token with its certificates in order: ContentInfo {type, [0] SignedData {... [0] certificates ...}}."""
    kind, (tag, wrapped) = elements(content_of(token, SEQUENCE))
    members = [
        element(t, b"".join(sorted(element(*item) for item in elements(content))) if t == CONTEXT_0 else content)
        for t, content in elements(content_of(wrapped, SEQUENCE))
    ]
    return element(SEQUENCE, element(*kind) + element(tag, element(SEQUENCE, b"".join(members))))


def nonce_of_token(token: bytes, place: str = "") -> int | None:
    """Return the nonce that a token repeats, or None."""
    return _decode(token, place).tst_info.nonce


def is_over(token: bytes, text: bytes, place: str = "") -> bool:
    """Say whether a token is over this text; its signature is not verified.

    Raises:
        CodedTrailError: when the bytes are not a token.
    """
    imprint = _decode(token, place).tst_info.message_imprint
    hash_ = _HASHES.get(imprint.hash_algorithm.dotted_string)
    return hash_ is not None and hash_(text).digest() == imprint.message


def parse_authorities(data: bytes, place: str = "") -> Authorities:
    """Return the certificates of a PEM file. Those that sign themselves are roots, the others lead to them.

    Raises:
        CodedTrailError: when it holds no certificates, or no root.
    """
    from cryptography import x509

    if len(data) > MAX_CA_BYTES:
        raise trail_problem("PK758", "a certificate file that is too long", place=place)
    try:
        with _quiet():
            found = x509.load_pem_x509_certificates(data)
            roots = tuple(c for c in found if c.subject == c.issuer)
    except Exception:  # noqa: BLE001 - as in `_decode`
        raise trail_problem(
            "PK758", "not certificates", place=place, expected="PEM, as `-----BEGIN CERTIFICATE-----`",
            got=f"`{shown(data[:40])}`" if data else "an empty file",
        ) from None  # fmt: skip
    if not roots:
        raise trail_problem("PK758", "no root certificate among these", place=place, expected="one that signs itself")
    return Authorities(roots, tuple(c for c in found if c not in roots))


def join_authorities(several: Sequence[Authorities]) -> Authorities:
    """Return all certificates of several files, each once."""
    roots = dict.fromkeys(c for each in several for c in each.roots)
    return Authorities(tuple(roots), tuple(dict.fromkeys(c for each in several for c in each.intermediates)))


def verify_token(token: bytes, text: bytes, authorities: Authorities, place: str = "") -> Stamp:
    """Return what a token over a text says, verified.

    Raises:
        UnknownAuthorityError: when no given root leads to the authority.
        CodedTrailError: when it is not a token, over something else, or not signed as it must be.
    """
    if not is_over(token, text, place):
        raise trail_problem("PK754", "a time stamp over something else than this checkpoint", place=place)
    tsp, response = library(), _decode(token, place)
    builder = tsp.VerifierBuilder(roots=list(authorities.roots), intermediates=list(authorities.intermediates))
    try:
        with _quiet():
            builder.build().verify_message(response, text)
            return _stamp(response)
    except Exception as error:  # noqa: BLE001 - as in `_decode`
        raise _refuted(str(error), place) from None


def _refuted(reason: str, place: str) -> CodedTrailError:
    """Return our own error for the library's."""
    chain = _CHAIN_REASON.search(reason)
    if chain is None and "EKU" not in reason:
        return trail_problem("PK756", "the signature of a time stamp does not verify", place=place)
    why = chain[1].strip() if chain else "it is not one for time stamping"
    problem = trail_problem(
        "PK757", "the certificate of the time stamp authority does not verify", place=place, got=why,
        help="`--tsa-ca` takes the root certificate that the authority publishes",
    )  # fmt: skip
    return UnknownAuthorityError(problem.diagnostics[0]) if why.startswith(_UNKNOWN_ISSUER) else problem


def _stamp(response: TimeStampResponse) -> Stamp:
    from cryptography import x509

    info = response.tst_info
    (signer,) = response.signed_data.signer_infos
    certificates = map(x509.load_der_x509_certificate, response.signed_data.certificates)
    subject = next(
        c.subject for c in certificates if (c.issuer, c.serial_number) == (signer.issuer, signer.serial_number)
    )
    return Stamp(info.gen_time.astimezone(UTC), _accuracy_of(info), shown(subject.rfc4514_string(), 120))


def _accuracy_of(info: TimeStampTokenInfo) -> timedelta | None:
    stated: Accuracy | None = info.accuracy  # the library's annotation leaves the None out
    if stated is None:
        return None
    return timedelta(seconds=stated.seconds or 0, milliseconds=stated.millis or 0, microseconds=stated.micros or 0)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the library's warnings about odd certificates from the user; what matters is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
