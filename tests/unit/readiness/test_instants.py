"""Laws of the two instants of a signed verdict: the one that was judged, and that of signing. See docs/verdict.md."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from policykit.encoding.dsse import sign_envelope
from policykit.errors import ProjectError
from policykit.evidence.times import CLOCK_TOLERANCE
from policykit.readiness.exports import exports
from policykit.readiness.signed_verdict import SignedVerdict, open_verdict, sign_verdict, signed_at
from policykit.trail.format.keys import DsseKey
from tests.unit.readiness.projects import AT, key_of, verdict, write

SIGNER = key_of("Ben Ito")
OWN = "urn:policykit:verdict:v1"
JUST = timedelta(microseconds=1)


def statement(root, later: timedelta):
    envelope = sign_verdict(signed_at(verdict(root), AT + later), [SIGNER.dsse_signer()])
    return envelope, json.loads(envelope.payload)["predicate"]


def opened(envelope) -> SignedVerdict:
    return open_verdict(envelope.to_json(), [DsseKey(SIGNER.verifier.public)], "v.json")


@pytest.mark.parametrize("later", [timedelta(0), CLOCK_TOLERANCE, -CLOCK_TOLERANCE])
def test_instants_as_far_apart_as_clocks_differ_are_one(tmp_path, later):
    envelope, predicate = statement(write(tmp_path), later)
    assert "POLICYKIT_GATE_MET_launch" in predicate["properties"]
    assert "POLICYKIT_CLAUSE_PASS_EVAL-1" in predicate["properties"]
    assert not opened(envelope).is_backdated


@pytest.mark.parametrize(
    "later", [CLOCK_TOLERANCE + JUST, -CLOCK_TOLERANCE - JUST, timedelta(days=6), timedelta(days=-6)]
)
def test_of_another_instant_nothing_is_said_to_hold_and_both_instants_stand_there(tmp_path, later):
    envelope, predicate = statement(write(tmp_path), later)
    assert (predicate["properties"], predicate[OWN]["result"]) == ([], "met")
    found = opened(envelope)
    assert found.is_backdated
    assert datetime.fromisoformat(found.at) == AT
    assert datetime.fromisoformat(found.signed_at) == AT + later
    assert predicate["timeCreated"] == found.signed_at


def test_what_had_ended_by_the_day_of_signing_stands_in_the_statement_and_in_every_format(tmp_path):
    root = write(tmp_path)
    late = signed_at(verdict(root), AT + timedelta(days=60))
    (ended,) = late.ended_before_signing
    assert (ended.what, ended.clauses) == ("evidence `golden`", ("EVAL-1",))
    _, predicate = statement(root, timedelta(days=60))
    assert predicate[OWN]["endedBeforeSigning"] == [f"evidence `golden`: {ended.at}"]
    assert statement(root, timedelta(days=1))[1][OWN]["endedBeforeSigning"] == []
    for name, export in exports().items():
        text = export.render(late)
        assert late.signed_at in text, name
        assert name == "json" or "no longer counted when this was signed" in text, name


def test_what_ends_at_the_instant_of_signing_has_ended(tmp_path):
    found = verdict(write(tmp_path))
    (expiry,) = found.expires
    end = datetime.fromisoformat(expiry.at)
    assert signed_at(found, end).ended_before_signing == (expiry,)
    assert signed_at(found, end - JUST).ended_before_signing == ()


def test_a_verdict_that_was_not_signed_names_no_instant_of_signing_and_cannot_be_signed_without_one(tmp_path):
    found = verdict(write(tmp_path))
    assert (found.signed_at, found.ended_before_signing) == ("", ())
    with pytest.raises(ValueError, match="signed_at"):
        sign_verdict(found, [SIGNER.dsse_signer()])


def test_the_instant_of_signing_changes_neither_the_digest_nor_the_result(tmp_path):
    found = verdict(write(tmp_path))
    late = signed_at(found, AT + timedelta(days=60))
    assert (late.digest, late.result, late.at) == (found.digest, found.result, found.at)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("judgedAt", "2026-11-14T12:00:00Z"),
        ("judgedAt", "yesterday"),
        ("judgedAt", ""),
        ("judgedAt", None),
        ("judgedAt", "2026-11-20T12:00:00"),
    ],
)
def test_a_statement_whose_instants_contradict_its_properties_is_no_verdict(tmp_path, member, value):
    envelope, _ = statement(write(tmp_path), timedelta(0))
    body = json.loads(envelope.payload)
    body["predicate"][OWN][member] = value
    again = sign_envelope(envelope.payload_type, json.dumps(body).encode(), [SIGNER.dsse_signer()])
    with pytest.raises(ProjectError, match="PK668"):
        opened(again)
    assert opened(replace(envelope)).result == "met", "without the change it is one"
