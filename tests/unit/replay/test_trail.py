"""Replaying what a real guard wrote: what is on record decides again, what is not is never guessed."""

import json
import re
import shutil

import pytest

from policykit.engine.load import load
from policykit.errors import TrailError
from policykit.guard import Mode
from policykit.replay import replay
from policykit.replay.model import State
from policykit.replay.report import ClauseStatus, Conclusion
from policykit.trail.format.merkle import leaf_hash
from policykit.trail.format.record import NO_PREVIOUS
from policykit.trail.vault import Vault
from tests.unit.replay.recordings import CALLS, CARD, KEY, OLD, OTHER_KEY, record

WITHOUT_PII = [call for call in CALLS if CARD not in call["prompt"]]


def clause(report, name):
    return next(each for each in report.clauses if each.id == name)


def test_the_same_rules_change_nothing_where_everything_is_on_record(tmp_path):
    place = record(tmp_path, with_vault=True, calls=WITHOUT_PII)
    report = replay(load(place.old), place.trail, keys=[KEY.verifier], vault=Vault(place.vault))
    assert (report.changed, report.untold, report.unchanged) == (0, 0, report.replayed)
    assert report.replayed == 7  # the denied call has no response
    assert (report.conclusion, report.exit_code) == (Conclusion.UNCHANGED, 0)


def test_other_rules_are_compared_clause_by_clause(tmp_path):
    place = record(tmp_path, with_vault=True)
    report = replay(load(place.new), place.trail, keys=[KEY.verifier], vault=Vault(place.vault))
    assert clause(report, "MODEL-1").no_longer_fires == 1
    assert clause(report, "HUMAN-1").newly_fires == 1
    assert clause(report, "HUMAN-1").count(State.UNKNOWN, State.UNKNOWN) == 1
    assert clause(report, "WORD-1").status is ClauseStatus.NEW
    assert clause(report, "WORD-1").newly_fires == 4 - 1  # the call with too many before it was denied
    assert clause(report, "GONE-1").status is ClauseStatus.REMOVED
    assert clause(report, "COUNT-1").count(State.TRUE, State.TRUE) == 1
    assert report.effects["deny", "allow"] == 1
    assert report.effects["allow", "warn"] == 4
    assert report.exit_code == 1


def test_a_text_that_was_redacted_before_it_was_kept_is_not_taken_for_the_one_that_was_decided_on(tmp_path):
    place = record(tmp_path, with_vault=True)
    report = replay(load(place.old), place.trail, keys=[KEY.verifier], vault=Vault(place.vault))
    assert clause(report, "PII-1").count(State.TRUE, State.CANNOT_TELL) == 1
    assert clause(report, "PII-1").no_longer_fires == 0
    assert (report.conclusion, report.exit_code) == (Conclusion.CANNOT_TELL, 2)


def test_without_facts_and_vault_only_what_every_record_holds_is_decided_again(tmp_path):
    place = record(tmp_path, facts=False)
    report = replay(load(place.old), place.trail, keys=[KEY.verifier])
    assert clause(report, "MODEL-1").count(State.TRUE, State.TRUE) == 1
    lacking = {each.id: dict(each.lacking) for each in report.clauses}
    assert lacking["PII-1"] == {"call.text": 5}
    assert lacking["HUMAN-1"] == {"refund.amount": 5}
    assert lacking["GONE-1"] == {"call.purpose": 5}
    assert lacking["COUNT-1"] == {"count of calls today per call.team": 5}
    assert report.untold == 5
    assert report.exit_code == 2


def test_a_clause_that_cannot_be_told_is_never_counted_as_unchanged(tmp_path):
    place = record(tmp_path)
    report = replay(load(place.old), place.trail, keys=[KEY.verifier])
    told = clause(report, "PII-1")
    assert told.count(now=State.CANNOT_TELL) == sum(told.transitions.values()) == 5
    assert (report.unchanged, report.untold) == (3, 5)


def test_a_denial_that_stands_whatever_the_text_was_is_known_to_be_one(tmp_path):
    place = record(tmp_path)
    report = replay(load(place.old), place.trail)
    assert report.effects["deny", "deny"] == 2  # the redaction that cannot be told would not be stricter


def test_an_erased_text_is_not_on_record(tmp_path):
    place = record(tmp_path, with_vault=True, calls=WITHOUT_PII)
    vault = Vault(place.vault)
    first = next(line for line in place.segment.read_text().splitlines() if '"commitments"' in line)
    assert vault.destroy(json.loads(first)["commitments"]["call.text"])
    report = replay(load(place.old), place.trail, keys=[KEY.verifier], vault=vault)
    assert dict(clause(report, "PII-1").lacking) == {"call.text": 1}


def test_a_payload_that_was_changed_in_the_vault_ends_the_replay(tmp_path):
    place = record(tmp_path, with_vault=True)
    for path in place.vault.rglob("*.json"):
        opening = json.loads(path.read_text())
        path.write_text(json.dumps(opening | {"payload": "AAAA"}))
    with pytest.raises(TrailError, match=r"PK962.*changed after it was recorded"):
        replay(load(place.old), place.trail, keys=[KEY.verifier], vault=Vault(place.vault))


def test_a_clause_in_shadow_is_counted_and_not_enforced_now_either(tmp_path):
    place = record(tmp_path, mode=Mode.SHADOW, calls=WITHOUT_PII, with_vault=True)
    report = replay(load(place.old), place.trail, keys=[KEY.verifier], vault=Vault(place.vault))
    assert clause(report, "MODEL-1").count(State.TRUE, State.TRUE) == 1
    assert report.effects == {("allow", "allow"): report.replayed}
    assert report.exit_code == 0


def test_decisions_that_were_not_made_are_left_out_and_counted(tmp_path):
    place = record(tmp_path, rules=OLD, calls=[])
    report = replay(load(place.old), place.trail, keys=[KEY.verifier])
    assert (report.replayed, report.conclusion, report.exit_code) == (0, Conclusion.NOTHING_REPLAYED, 2)


def test_rules_can_be_compared_with_other_rules_in_place_of_what_was_recorded(tmp_path):
    place = record(tmp_path, with_vault=True)
    old, new = load(place.old), load(place.new)
    report = replay(old, place.trail, against=new, vault=Vault(place.vault))
    assert report.against == (new.name, new.version, new.digest)
    assert clause(report, "MODEL-1").newly_fires == 1
    assert clause(report, "WORD-1").status is ClauseStatus.REMOVED


def test_no_text_of_a_call_and_nothing_from_the_vault_stands_in_a_report(tmp_path):
    secret = "the secret of the house HEY"
    calls = [{**call, "prompt": secret} for call in CALLS]
    place = record(tmp_path, facts=False, with_vault=True, calls=calls)
    (tmp_path / "words.policy").write_text(
        place.new.read_text()
        .replace("on   response", "on   request")
        .replace("then warn", 'then deny "no {call.text}"')
    )
    report = replay(load(tmp_path / "words.policy"), place.trail, vault=Vault(place.vault), show=100)
    assert clause(report, "WORD-1").newly_fires == 5
    assert report.examples
    assert "secret" not in json.dumps(report.to_dict())


# --- the trail is verified before it is believed -----------------------------------------------------------------------


def flipped(place):
    data = place.segment.read_bytes()
    place.segment.write_bytes(data.replace(b'"outcome":"deny"', b'"outcome":"warn"', 1))


def flipped_at_the_end(place):
    lines = place.segment.read_bytes().splitlines(keepends=True)
    lines[-1] = lines[-1].replace(b'"phase":"request"', b'"phase":"failure"').replace(b'"response"', b'"failure"')
    place.segment.write_bytes(b"".join(lines))


def chained_anew(place):
    """Another history whose chain holds."""
    flipped(place)
    lines, prev = [], NO_PREVIOUS
    for line in place.segment.read_bytes().splitlines():
        lines.append(re.sub(rb'"prev":"[0-9a-f]{64}"', b'"prev":"%b"' % prev.encode(), line, count=1))
        prev = leaf_hash(lines[-1]).hex()
    place.segment.write_bytes(b"".join(line + b"\n" for line in lines))


def cut(place):
    lines = place.segment.read_bytes().splitlines(keepends=True)
    place.segment.write_bytes(b"".join(lines[:-1]))


def swapped(place):
    lines = place.segment.read_bytes().splitlines(keepends=True)
    lines[3], lines[4] = lines[4], lines[3]
    place.segment.write_bytes(b"".join(lines))


def empty(place):
    place.segment.write_bytes(b"")


def binary(place):
    place.segment.write_bytes(bytes(range(256)) * 40)


def without_heads(place):
    (place.trail / "checkpoint").unlink()
    (place.trail / "checkpoints.log").unlink()


def without_segments(place):
    shutil.rmtree(place.trail / "seg")


@pytest.mark.parametrize("keys", [[KEY.verifier], []], ids=["with the key", "without a key"])
@pytest.mark.parametrize(
    "tamper",
    [flipped, flipped_at_the_end, chained_anew, cut, swapped, empty, binary, without_heads, without_segments],
    ids=lambda f: f.__name__,
)
def test_a_trail_that_was_tampered_with_is_not_replayed(tmp_path, tamper, keys):
    place = record(tmp_path)
    tamper(place)
    with pytest.raises(TrailError):
        replay(load(place.old), place.trail, keys=keys)


@pytest.mark.parametrize("keys", [[KEY.verifier], []], ids=["with the key", "without a key"])
def test_a_published_checkpoint_that_a_power_cut_took_is_read_from_the_log(tmp_path, keys):
    place = record(tmp_path)
    before = replay(load(place.old), place.trail, keys=keys).unchanged
    (place.trail / "checkpoint").write_bytes(b"")
    assert replay(load(place.old), place.trail, keys=keys).unchanged == before


@pytest.mark.parametrize("keys", [[KEY.verifier], []], ids=["with the key", "without a key"])
def test_a_trail_that_is_replaced_after_it_was_verified_is_not_believed(tmp_path, keys):
    place = record(tmp_path)
    done = []

    def told(what, read, total):
        if what == "verifying" and read == total and not done:
            done.append(chained_anew(place))

    with pytest.raises(TrailError, match="not those that the checkpoint covers"):
        replay(load(place.old), place.trail, keys=keys, told=told)
    assert done


def test_a_trail_that_another_key_signed_is_not_replayed(tmp_path):
    place = record(tmp_path)
    with pytest.raises(TrailError, match="PK962"):
        replay(load(place.old), place.trail, keys=[OTHER_KEY.verifier])


def test_the_report_says_whether_a_key_vouched_for_the_trail(tmp_path):
    place = record(tmp_path)
    assert replay(load(place.old), place.trail, keys=[KEY.verifier]).verified.startswith("verified with the key of")
    assert replay(load(place.old), place.trail).verified.startswith("NOT verified against a key")


def test_one_file_of_records_is_replayed_by_its_chain(tmp_path):
    place = record(tmp_path)
    copy = tmp_path / "copy.jsonl"
    shutil.copy(place.segment, copy)
    whole, one = replay(load(place.new), place.trail), replay(load(place.new), copy)
    assert (one.changed, one.untold) == (whole.changed, whole.untold)
    assert "the chain holds" in one.verified
    with pytest.raises(TrailError, match="PK963"):
        replay(load(place.new), copy, keys=[KEY.verifier])


def test_a_filtered_export_is_refused_because_its_chain_has_gaps(tmp_path):
    place = record(tmp_path)
    lines = [line for line in place.segment.read_bytes().splitlines(keepends=True) if b'"phase":"request"' in line]
    (tmp_path / "requests.jsonl").write_bytes(b"".join(lines))
    with pytest.raises(TrailError, match="missing, doubled or moved"):
        replay(load(place.new), tmp_path / "requests.jsonl")


def test_what_was_appended_after_the_newest_checkpoint_is_not_read(tmp_path):
    place = record(tmp_path)
    last = place.segment.read_bytes().splitlines()[-1]
    seq = int(last.split(b'"seq":')[1].split(b",")[0]) + 1
    forged = (
        b'{"v":1,"seq":%d,"prev":"%b","ts":"2026-11-21T00:00:00.000000Z","type":"decision","decision_id":"forged"}\n'
        % (seq, leaf_hash(last).hex().encode())
    )
    place.segment.write_bytes(place.segment.read_bytes() + forged)
    for keys in ([], [KEY.verifier]):
        report = replay(load(place.old), place.trail, keys=keys)
        assert report.problem_count == 0
        assert any("1 records behind the newest checkpoint" in note for note in report.notes)
