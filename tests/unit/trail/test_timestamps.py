"""Laws of time stamps: which answers are kept, which tokens count, and that nothing else is believed."""

import base64
import json
import sys
import threading
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import typer
from authority import DAY, OPENSSL, authority, identity, serving
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st
from trails import KEY, OTHER_KEY, Place, standalone_verdict
from typer.testing import CliRunner

from policykit.cli.commands import trail as command
from policykit.trail.format.checkpoint import parse_checkpoint
from policykit.trail.format.note import NoteSignature
from policykit.trail.problems import CodedTrailError
from policykit.trail.timestamp.client import ask
from policykit.trail.timestamp.der import SEQUENCE, DerError, content_of, element, elements
from policykit.trail.timestamp.exchange import accept, request_for
from policykit.trail.timestamp.token import (
    MAX_ANSWER_BYTES,
    Authorities,
    build_request,
    parse_authorities,
    token_of_answer,
    verify_token,
)
from policykit.trail.verify import verify_trail
from policykit.trail.verify.verdict import Claim, TrailVerdict
from policykit.trail.write.cosigning import keep_cosignatures, keep_timestamp
from tests.helps import told

pytestmark = pytest.mark.skipif(OPENSSL is None, reason="openssl is not installed")
KEYS = [KEY.verifier]
APP = typer.Typer()
command.register(APP)


@dataclass(frozen=True)
class Stamped:
    """A trail with one good token, and whose it is. Tests copy it."""

    place: Place
    tsa: object
    request: bytes
    answer: bytes

    @property
    def text(self) -> bytes:
        return parse_checkpoint((self.place.trail / "checkpoint").read_bytes()).note.text.encode()

    @property
    def token(self) -> bytes:
        return token_of_answer(self.answer)

    @property
    def trusted(self) -> Authorities:
        return parse_authorities(self.tsa.ca.read_bytes())

    def copy(self, target):
        return replace(self, place=self.place.copy(target))


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    base = tmp_path_factory.mktemp("stamped")
    place, tsa = Place(base / "here").filled(12), authority(base / "tsa")
    request = request_for(place.trail, KEYS)
    answer = tsa.answer(request)
    kept = accept(place.trail, KEYS, answer, request=request, authorities=None)
    keep_timestamp(place.trail, kept.size, kept.token)
    return Stamped(place, tsa, request, answer)


@pytest.fixture
def stamped(original, tmp_path):
    return original.copy(tmp_path / "copy")


def run(*arguments):
    result = CliRunner().invoke(APP, ["trail", *[str(part) for part in arguments]], env={"COLUMNS": "200"})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def timestamp(place, *arguments):
    return run("timestamp", place.trail, "--vkey", KEY.verifier.to_text(), *arguments)


def stamp_findings(place, trusted):
    return [f for f in verify_trail(place.trail, KEYS, authorities=trusted).findings if f.claim is Claim.TIMESTAMP]


def code_of(call, *arguments, **options):
    with pytest.raises(CodedTrailError) as caught:
        call(*arguments, **options)
    return caught.value.diagnostics[0].code


def rewrite_token(place, token, size=None):
    log = place.trail / "checkpoints.log"
    lines = [json.loads(line) for line in log.read_bytes().splitlines()]
    for line in lines:
        if line["kind"] == "timestamp":
            line["token"] = base64.b64encode(token).decode()
            line["size"] = size or line["size"]
    log.write_text("".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines))


# -- a good token


def test_a_trail_is_stamped_over_http_and_the_claim_is_verified_apart_from_the_others(tmp_path, one_file):
    place, tsa = Place(tmp_path / "here").filled(5), authority(tmp_path / "tsa")
    with serving(tsa.answer) as (url, seen):
        kept = timestamp(place, "--url", url, "--tsa-ca", tsa.ca)
    assert (kept.exit_code, len(seen)) == (0, 1)
    assert "time stamp kept: size 6 existed no later than" in kept.stdout
    found = run("verify", place.trail, "--vkey", KEY.verifier.to_text(), "--tsa-ca", tsa.ca)
    assert found.exit_code == 0
    said = " ".join(found.stdout.split())
    assert "timestamp VALID size 6 existed no later than 20" in said
    assert "Z (within 1 s), says `CN=Stamper`" in said
    (claim,) = verify_trail(place.trail, KEYS, authorities=parse_authorities(tsa.ca.read_bytes())).timestamps
    assert (claim.size, claim.authority, claim.accuracy) == (6, "CN=Stamper", timedelta(seconds=1))
    assert standalone_verdict(one_file, place.trail) == "VALID"


def test_openssl_verifies_the_token_that_was_kept(stamped):
    line = json.loads((stamped.place.trail / "checkpoints.log").read_bytes().splitlines()[-1])
    token = base64.b64decode(line["token"])
    assert stamped.tsa.verifies(token, stamped.text)
    assert not stamped.tsa.verifies(token, stamped.text + b"x")


def test_an_offline_exchange_finds_the_checkpoint_although_the_trail_grew_meanwhile(tmp_path):
    place, tsa = Place(tmp_path / "here").filled(5), authority(tmp_path / "tsa")
    query, reply = tmp_path / "q.tsq", tmp_path / "a.tsr"
    assert timestamp(place, "--request", query).exit_code == 0
    reply.write_bytes(tsa.answer(query.read_bytes()))
    place.filled(3)
    kept = timestamp(place, "--request", query, "--response", reply, "--tsa-ca", tsa.ca)
    assert (kept.exit_code, "size 6 " in kept.stdout) == (0, True)
    (finding,) = stamp_findings(place, parse_authorities(tsa.ca.read_bytes()))
    assert finding.verdict is TrailVerdict.VALID
    assert "size 6 " in finding.detail


def test_what_was_not_compared_is_said(stamped, tmp_path):
    reply = tmp_path / "a.tsr"
    reply.write_bytes(stamped.answer)
    kept = timestamp(stamped.place, "--response", reply)
    assert kept.exit_code == 0
    assert "its signature was not verified" in kept.stdout
    assert "its nonce was not compared" in kept.stdout


def test_tokens_are_noted_and_not_judged_without_an_authority(stamped):
    found = verify_trail(stamped.place.trail, KEYS)
    assert found.verdict is TrailVerdict.VALID
    assert "1 time stamp, not checked: no authority was given (--tsa-ca)" in found.notes
    assert found.timestamps == ()


def test_a_trail_without_a_token_is_unverifiable_when_one_is_asked_for(small, original):
    (finding,) = stamp_findings(small, original.trusted)
    assert finding.verdict is TrailVerdict.UNVERIFIABLE


def test_the_same_token_twice_is_one_claim(stamped):
    keep_timestamp(stamped.place.trail, 13, stamped.token)
    assert len(verify_trail(stamped.place.trail, KEYS, authorities=stamped.trusted).timestamps) == 1


@pytest.mark.parametrize("where", ["token", "ca file"])
def test_intermediate_certificates_come_in_any_order_with_the_token_or_with_the_root(tmp_path, where):
    root = identity("Root", is_ca=True)
    middle = identity("Middle", root, is_ca=True)
    sent = [middle, root] if where == "token" else []
    tsa = authority(tmp_path / "tsa", root=root, leaf=identity("Stamper", middle), certs=sent)
    token = token_of_answer(tsa.answer(build_request(b"text")))
    pem = root.pem if where == "token" else root.pem + middle.pem
    assert verify_token(token, b"text", parse_authorities(pem)).authority == "CN=Stamper"


def test_an_authority_that_states_no_accuracy_has_none(tmp_path):
    tsa = authority(tmp_path / "tsa", accuracy="clock_precision_digits = 3")
    token = token_of_answer(tsa.answer(build_request(b"text")))
    assert verify_token(token, b"text", parse_authorities(tsa.ca.read_bytes())).accuracy is None


# -- bad tokens


def test_no_flipped_byte_changes_what_a_token_says(original):
    said = verify_token(original.token, original.text, original.trusted)
    refused = 0
    for at in range(len(original.token)):
        flipped = bytearray(original.token)
        flipped[at] ^= 1
        try:
            assert verify_token(bytes(flipped), original.text, original.trusted) == said, at
        except CodedTrailError:
            refused += 1
    assert refused > 0.95 * len(original.token)  # the rest is what CMS leaves unsigned and nobody reads


def test_a_tampered_token_is_a_finding_and_ends_verification_with_1(stamped):
    token = bytearray(stamped.token)
    token[-3] ^= 1  # inside the signature
    rewrite_token(stamped.place, bytes(token))
    (finding,) = stamp_findings(stamped.place, stamped.trusted)
    assert (finding.verdict, finding.diagnostic.code) == (TrailVerdict.INVALID, "PK756")
    found = run("verify", stamped.place.trail, "--vkey", KEY.verifier.to_text(), "--tsa-ca", stamped.tsa.ca)
    assert (found.exit_code, "integrity     VALID" in found.stdout) == (1, True)


def test_a_token_that_cannot_be_read_is_a_finding(stamped):
    rewrite_token(stamped.place, b"\x30\x03abc")
    (finding,) = stamp_findings(stamped.place, stamped.trusted)
    assert (finding.verdict, finding.diagnostic.code) == (TrailVerdict.INVALID, "PK752")


def test_a_token_over_another_checkpoint_is_a_finding(stamped):
    stamped.place.filled(3)
    rewrite_token(stamped.place, stamped.token, size=16)
    (finding,) = stamp_findings(stamped.place, stamped.trusted)
    assert (finding.verdict, finding.diagnostic.code) == (TrailVerdict.INVALID, "PK754")
    rewrite_token(stamped.place, stamped.token, size=14)  # no checkpoint has this size
    (finding,) = stamp_findings(stamped.place, stamped.trusted)
    assert (finding.verdict, finding.diagnostic.code) == (TrailVerdict.INVALID, "PK754")


def test_a_token_over_a_checkpoint_of_an_unknown_key_says_nothing(stamped):
    found = verify_trail(stamped.place.trail, [OTHER_KEY.verifier], authorities=stamped.trusted)
    assert [f.verdict for f in found.findings if f.claim is Claim.TIMESTAMP] == [TrailVerdict.UNVERIFIABLE]
    assert found.timestamps == ()


def test_a_token_does_not_vouch_for_records_that_were_changed(stamped):
    lines = stamped.place.lines()
    stamped.place.write_lines([*lines[:-1], lines[-1].replace(b"allow", b"block")])
    found = verify_trail(stamped.place.trail, KEYS, authorities=stamped.trusted)
    assert found.verdict is TrailVerdict.INVALID
    assert found.timestamps == ()


def test_a_token_of_an_unknown_authority_is_unverifiable(stamped):
    other = parse_authorities(identity("Other", is_ca=True).pem)
    (finding,) = stamp_findings(stamped.place, other)
    assert (finding.verdict, finding.diagnostic.code) == (TrailVerdict.UNVERIFIABLE, "PK757")


def test_a_root_of_the_same_name_with_another_key_refutes_the_token(stamped):
    (finding,) = stamp_findings(stamped.place, parse_authorities(identity("Root", is_ca=True).pem))
    assert (finding.verdict, finding.diagnostic.code) == (TrailVerdict.INVALID, "PK757")


def info_of(token: bytes) -> bytes:
    """Return the TSTInfo that a token signs."""
    _, (_, wrapped) = elements(content_of(token, SEQUENCE))
    signed = list(elements(content_of(wrapped, SEQUENCE)))
    _, (_, inner) = elements(signed[2][1])
    return content_of(inner, 0x04)


@pytest.mark.parametrize(
    ("leaf", "reason"),
    [
        ({"start": -9 * DAY, "end": -2 * DAY}, "expired"),
        ({"start": 2 * DAY, "end": 9 * DAY}, "not yet valid"),
        ({"usage": ExtendedKeyUsageOID.CODE_SIGNING}, ""),
    ],
)
def test_a_certificate_that_did_not_count_at_the_time_of_the_token_refutes_it(original, tmp_path, leaf, reason):
    root = identity("Root", is_ca=True)
    bad = authority(tmp_path / "bad", root=root, leaf=identity("Stamper", root, **leaf))
    token = bad.sign_info(info_of(original.token))
    with pytest.raises(CodedTrailError) as caught:
        verify_token(token, original.text, parse_authorities(root.pem))
    assert (caught.value.diagnostics[0].code, type(caught.value)) == ("PK757", CodedTrailError)
    assert reason in caught.value.diagnostics[0].got


def test_a_certificate_that_has_expired_since_still_counts(original, tmp_path):
    root = identity("Root", is_ca=True, start=-99 * DAY)
    old = authority(tmp_path / "old", root=root, leaf=identity("Stamper", root, start=-9 * DAY, end=-2 * DAY))
    info = info_of(original.token)
    now = verify_token(original.token, original.text, original.trusted).time
    then = now - 5 * DAY
    token = old.sign_info(info.replace(f"{now:%Y%m%d%H%M%S}Z".encode(), f"{then:%Y%m%d%H%M%S}Z".encode()))
    assert verify_token(token, original.text, parse_authorities(root.pem)).time == then


def test_a_certificate_issued_by_one_that_may_not_issue_is_refused(tmp_path):
    root = identity("Root", is_ca=True)
    middle = identity("Middle", root)
    tsa = authority(tmp_path / "tsa", root=root, leaf=identity("Stamper", middle), certs=[middle])
    token = token_of_answer(tsa.answer(build_request(b"text")))
    assert code_of(verify_token, token, b"text", parse_authorities(root.pem)) == "PK757"
    assert code_of(verify_token, token, b"text", parse_authorities(root.pem + middle.pem)) == "PK757"


# -- answers that are not kept


def refused(place, *arguments):
    before = (place.trail / "checkpoints.log").read_bytes()
    result = timestamp(place, *arguments)
    assert (place.trail / "checkpoints.log").read_bytes() == before
    return result


def test_an_old_answer_to_a_new_request_is_refused(stamped):
    with serving(lambda _: stamped.answer) as (url, _):
        result = refused(stamped.place, "--url", url)
    assert (result.exit_code, "PK755" in result.stderr) == (1, True)


def test_an_answer_over_something_else_is_refused(stamped, tmp_path):
    reply = tmp_path / "a.tsr"
    reply.write_bytes(stamped.tsa.answer(build_request(b"something else")))
    result = refused(stamped.place, "--response", reply)
    assert (result.exit_code, "PK754" in result.stderr) == (1, True)


def test_an_answer_of_another_authority_than_wanted_is_refused(stamped, tmp_path):
    other = authority(tmp_path / "other")
    with serving(stamped.tsa.answer) as (url, _):
        result = refused(stamped.place, "--url", url, "--tsa-ca", other.ca)
    assert (result.exit_code, "PK757" in result.stderr) == (1, True)


def test_a_refusal_is_told_with_the_reason_of_the_authority(stamped, tmp_path):
    strict = authority(tmp_path / "strict", digests="sha512")
    with serving(strict.answer) as (url, _):
        result = refused(stamped.place, "--url", url)
    assert (result.exit_code, "PK753" in result.stderr) == (2, True)
    assert "status 2" in result.stderr


@pytest.mark.parametrize(
    ("body", "status", "headers", "code"),
    [
        (b"<html>hello</html>", 200, (), "PK752"),
        (b"", 200, (), "PK752"),
        (b"x" * (MAX_ANSWER_BYTES + 1), 200, (), "PK751"),
        (b"x" * (64 << 20), 200, (), "PK751"),
        (b"no", 500, (), "PK751"),
        (b"", 302, (("Location", "/elsewhere"),), "PK751"),
    ],
    ids=["a page", "nothing", "a byte too long", "huge", "an error", "a redirect"],
)
def test_what_is_no_answer_is_refused(stamped, body, status, headers, code):
    with serving(lambda _: body, status=status, headers=headers) as (url, seen):
        result = refused(stamped.place, "--url", url)
    assert (result.exit_code, code in result.stderr, len(seen)) == (2, True, 1)


def test_an_authority_that_never_answers_is_given_up():
    done = threading.Event()
    with serving(lambda _: b"x" * done.wait(30)) as (url, _):
        assert code_of(ask, url, b"request", timeout_s=0.2) == "PK751"
        done.set()


@pytest.mark.parametrize(
    "url",
    [
        "ftp://tsa.example",
        "file:///etc/passwd",
        "tsa.example",
        "http://",
        "http://[",
        "http://a b/",
        "http://127.0.0.1:1/",
    ],
)
def test_an_address_that_cannot_be_asked_is_refused(url):
    assert code_of(ask, url, b"request", timeout_s=5) == "PK751"


def test_nothing_is_sent_for_a_trail_that_the_key_did_not_sign(stamped):
    with serving(stamped.tsa.answer) as (url, seen):
        result = run("timestamp", stamped.place.trail, "--vkey", OTHER_KEY.verifier.to_text(), "--url", url)
    assert (result.exit_code, "PK707" in result.stderr, seen) == (1, True, [])


def test_ways_to_exchange_are_not_mixed_and_a_request_is_not_overwritten(stamped, tmp_path):
    query = tmp_path / "q.tsq"
    for arguments in ([], ["--url", "http://x", "--request", query], ["--url", "http://x", "--response", query]):
        result = refused(stamped.place, *arguments)
        assert (result.exit_code, "PK759" in result.stderr) == (2, True)
    assert timestamp(stamped.place, "--request", query).exit_code == 0
    first = query.read_bytes()
    again = timestamp(stamped.place, "--request", query)
    assert (again.exit_code, "PK759" in again.stderr, query.read_bytes() == first) == (2, True, True)
    form = "cli/trails/timestamp.py: name another file, or remove this one when its answer is no longer awaited"
    told(" ".join(again.stderr.split("= help: ")[1].split("\n\n")[0].split()), form)
    assert timestamp(stamped.place, "--request", tmp_path / "r.tsq").exit_code == 0
    query.unlink()
    assert timestamp(stamped.place, "--request", query).exit_code == 0


def test_a_request_file_that_is_none_is_refused(stamped, tmp_path):
    reply, query = tmp_path / "a.tsr", tmp_path / "q.tsq"
    reply.write_bytes(stamped.answer)
    for data in (b"", b"junk", stamped.answer, stamped.token, element(SEQUENCE, b"\x02\x01\x01")):
        query.write_bytes(data)
        result = refused(stamped.place, "--request", query, "--response", reply)
        assert (result.exit_code, "PK759" in result.stderr) == (2, True)


# -- what else can be wrong


def test_without_the_library_the_extra_is_named(stamped, monkeypatch):
    monkeypatch.setitem(sys.modules, "rfc3161_client", None)
    result = refused(stamped.place, "--url", "http://127.0.0.1:1/")
    assert (result.exit_code, "PK750" in result.stderr) == (2, True)
    assert "pip install 'policykit-ai[timestamp]'" in result.stderr
    found = run("verify", stamped.place.trail, "--vkey", KEY.verifier.to_text(), "--tsa-ca", stamped.tsa.ca)
    assert (found.exit_code, "PK750" in found.stderr) == (3, True)
    assert run("verify", stamped.place.trail, "--vkey", KEY.verifier.to_text()).exit_code == 0


def test_a_file_without_a_root_certificate_is_refused(original):
    leaf = original.tsa.leaf.pem
    for data in (b"", b"junk", leaf, leaf[:200], b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):
        assert code_of(parse_authorities, data) == "PK758"


@pytest.mark.parametrize("torn", [b'{"kind":"checkpoint","note":"exam', b'{"kind":"cosi'])
def test_what_a_crash_left_in_the_log_is_cut_before_more_is_kept(stamped, torn):
    log = stamped.place.trail / "checkpoints.log"
    with log.open("ab") as file:
        file.write(torn)
    keep_timestamp(stamped.place.trail, 13, stamped.token)
    assert verify_trail(stamped.place.trail, KEYS, authorities=stamped.trusted).verdict is TrailVerdict.VALID
    with log.open("ab") as file:
        file.write(torn)
    keep_cosignatures(stamped.place.trail, 13, [NoteSignature("w.example/w", b"abcd", bytes(64))])
    assert verify_trail(stamped.place.trail, KEYS, authorities=stamped.trusted).verdict is TrailVerdict.VALID


@given(st.binary(max_size=80))
def test_any_bytes_are_no_answer_and_say_so(data):
    assert code_of(token_of_answer, data) in {"PK752", "PK753"}
    assert code_of(token_of_answer, element(SEQUENCE, element(SEQUENCE, b"\x02\x01\x00") + data)) == "PK752"


@given(st.lists(st.tuples(st.sampled_from([0x02, 0x04, 0x30, 0xA0]), st.binary(max_size=300)), max_size=4))
def test_elements_are_read_as_they_were_written(items):
    assert list(elements(b"".join(element(*item) for item in items))) == items


@given(st.binary(max_size=40))
def test_bytes_are_elements_that_write_the_same_bytes_or_an_error(data):
    try:
        found = list(elements(data))
    except DerError:
        return
    assert b"".join(element(*item) for item in found) == data
