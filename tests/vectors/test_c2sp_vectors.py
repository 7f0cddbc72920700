"""The published notes and checkpoints of C2SP."""

from pathlib import Path

import pytest

from policykit.trail.format.checkpoint import parse_checkpoint
from policykit.trail.format.keys import cosignature_time, parse_verifier_key
from policykit.trail.format.note import parse_note, verified_signatures

VECTORS = Path(__file__).parent / "data" / "c2sp"

NOTES = ["signed-note-example", "signed-note-quasimodo", "checkpoint-example", "cosigned-checkpoint-example"]


@pytest.mark.parametrize("name", NOTES)
def test_a_published_note_reads_and_writes_back_unchanged(name):
    data = (VECTORS / f"{name}.note").read_bytes()
    assert parse_note(data).to_bytes() == data


def test_the_published_note_verifies_under_its_published_key():
    note = parse_note((VECTORS / "signed-note-example.note").read_bytes())
    key = parse_verifier_key((VECTORS / "signed-note-example.vkey").read_text().strip())
    assert key.to_text() == (VECTORS / "signed-note-example.vkey").read_text().strip()
    assert len(verified_signatures(note, [key])) == 1


def test_the_published_checkpoint_has_its_origin_size_and_root():
    checkpoint = parse_checkpoint((VECTORS / "checkpoint-example.note").read_bytes()).checkpoint
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert len(checkpoint.root) == 32


def test_the_published_cosignature_states_the_time_in_the_specification():
    note = parse_note((VECTORS / "cosigned-checkpoint-example.note").read_bytes())
    assert [s.name for s in note.signatures] == ["example.com/behind-the-sofa", "witness.example.com/w1"]
    assert cosignature_time(note.signatures[1].signature) == 1679315147


def test_the_text_ends_at_the_last_empty_line_of_the_note():
    note = parse_note((VECTORS / "signed-note-quasimodo.note").read_bytes())
    assert note.text.endswith("\n\ned è subito sera.\n")
