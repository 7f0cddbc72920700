"""Whatever happens to a trail in its life, it stays valid, and what was acknowledged stays in it."""

import sys
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "unit" / "trail"))

from trails import KEY, Place, a_decision, die, standalone, standalone_verdict

from policykit.trail.format.proof import check_inclusion, prove_inclusion
from policykit.trail.query import read_records
from policykit.trail.verify import verify_trail
from policykit.trail.verify.verdict import TrailVerdict
from policykit.trail.write.options import SyncMode

ONE_FILE = standalone()
EVENTS = st.one_of(
    st.tuples(st.just("append"), st.integers(1, 5)),
    st.tuples(st.just("append together"), st.integers(1, 90)),
    st.tuples(st.just("sign"), st.just(0)),
    st.tuples(st.just("close"), st.just(0)),
    st.tuples(st.just("die"), st.integers(0, 300)),
)


def let_die(trail, place, torn_bytes):
    """Drop a writer without closing it, in the middle of a record of so many bytes."""
    die(trail)
    if torn_bytes:
        with place.segment.open("ab") as file:
            file.write(place.lines()[0][:torn_bytes])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(events=st.lists(EVENTS, max_size=8), mode=st.sampled_from(SyncMode), every=st.sampled_from([1, 7, 10**6]))
def test_a_trail_survives_its_life(tmp_path_factory, events, mode, every):
    place = Place(tmp_path_factory.mktemp("life") / "p")
    trail = None
    acknowledged = {}
    number = 0
    for event, count in [*events, ("append", 1), ("close", 0)]:
        trail = trail or place.open(sync=mode, checkpoint_records=every)
        if event.startswith("append"):
            records = [a_decision(number + at) for at in range(count)]
            together = event != "append"
            receipts = trail.append_all(records) if together else [trail.append(record) for record in records]
            acknowledged.update({receipt.seq: f"d{number + at}" for at, receipt in enumerate(receipts)})
            number += count
        elif event == "sign":
            trail.checkpoint()
        else:
            trail.close() if event == "close" else let_die(trail, place, count)
            trail = None
    found = verify_trail(place.trail, [KEY.verifier], deep=True)
    assert found.verdict is TrailVerdict.VALID, found
    assert found.unsigned_tail == 0
    assert standalone_verdict(ONE_FILE, place.trail) == "VALID"
    stored = {record.seq: record.members.get("decision_id") for record in read_records(place.trail)}
    assert acknowledged.items() <= stored.items()
    last = max(stored)
    record, proof = prove_inclusion(place.trail, last)
    check_inclusion(proof, record, [KEY.verifier])
