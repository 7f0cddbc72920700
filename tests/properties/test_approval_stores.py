"""Approvals in memory and in SQLite are the same, whatever is done to them, and none serves twice."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from policykit.guard.stores.memory_approvals import MemoryApprovals
from policykit.guard.stores.protocol import Answer, ApprovalRequest, StoreError
from policykit.guard.stores.sqlite_approvals import SqliteApprovals
from policykit.guard.stores.sqlite_database import Database

IDS = ("a", "b", "c")
DIGESTS = ("d", "e")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), st.sampled_from(DIGESTS), st.integers(1, 6), st.sampled_from(["", "ann"])),
        st.tuples(st.just("answer"), st.sampled_from(IDS), st.sampled_from(["Ann", "bo"]),
                  st.sampled_from(["duty", "boss"]), st.booleans()),
        st.tuples(st.just("use"), st.sampled_from(IDS), st.sampled_from(DIGESTS)),
        st.tuples(st.just("get"), st.sampled_from(IDS)),
        st.tuples(st.just("pending")),
        st.tuples(st.just("move"), st.integers(1, 3)),
    ),
    max_size=25,
)  # fmt: skip


def done(store, step, number, now):
    """Return what a step gives, or that it is refused."""
    kind, *rest = step
    try:
        if kind == "ask":
            digest, lasts, maker = rest
            request = ApprovalRequest(
                str(number), digest, ("X-1",), ("duty",), "request", "f", "p", now, now + lasts, maker=maker
            )
            return store.ask(request, now)
        if kind == "answer":
            which, person, role, granted = rest
            return store.answer(which, Answer(person, role, granted), now)
        if kind == "use":
            return store.use(*rest, now)
        return store.get(*rest, now) if kind == "get" else list(store.pending(now))
    except StoreError:
        return "refused"


@settings(max_examples=60)
@given(STEPS)
def test_both_stores_give_the_same_and_an_approval_is_used_once_by_its_own_digest_after_a_yes_in_time(steps):
    with tempfile.TemporaryDirectory() as folder:
        database = Database(Path(folder) / "guard.db", durable=False)
        memory, disk = MemoryApprovals(), SqliteApprovals(database)
        now, opened, granted, used = 0, {}, set(), set()
        for step in steps:
            if step[0] == "move":
                now += step[1]
                continue
            name = IDS[len(opened)] if len(opened) < len(IDS) else f"more-{len(opened)}"
            found = done(memory, step, name, now)
            assert done(disk, step, name, now) == found
            if step[0] == "ask" and found.request.id == name:
                opened[name] = found.request
            elif step[0] == "answer" and found != "refused":
                request = opened[step[1]]
                assert now < request.expires_ns
                assert (step[3], request.is_made_by(step[2])) == ("duty", False)
                if step[4]:
                    granted.add(step[1])
            elif step[0] == "use" and found:
                assert step[1] in granted - used
                assert (opened[step[1]].digest, now < opened[step[1]].expires_ns) == (step[2], True)
                used.add(step[1])
        database.close()
