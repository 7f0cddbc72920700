"""Laws of appending: order, durability as promised, several writers without forks, failures as configured."""

import asyncio
import errno
import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest
from trails import KEY, ROOT, SHORT, a_decision, die

from policykit.errors import TrailError
from policykit.trail.format.record import Record, RecordType
from policykit.trail.query import read_records
from policykit.trail.storage.local import LocalDisk
from policykit.trail.verify import verify_trail
from policykit.trail.verify.verdict import TrailVerdict
from policykit.trail.write.options import FailurePolicy, SyncMode

HERE = Path(__file__).parent


def is_valid(place):
    return verify_trail(place.trail, [KEY.verifier], deep=True).verdict is TrailVerdict.VALID


@pytest.mark.parametrize("mode", list(SyncMode))
def test_every_mode_numbers_records_in_order_and_closes_signed(place, mode):
    with place.open(sync=mode) as trail:
        receipts = [trail.append(a_decision(n)) for n in range(200)]
    assert [r.seq for r in receipts] == list(range(1, 201))
    assert {r.durable for r in receipts} == {mode is not SyncMode.OS}
    found = verify_trail(place.trail, [KEY.verifier], deep=True)
    assert (found.verdict, found.size, found.unsigned_tail) == (TrailVerdict.VALID, 201, 0)


def test_record_0_states_origin_keys_and_format(place):
    place.filled(0, retention_days=183)
    first = next(read_records(place.trail))
    assert first.type == RecordType.GENESIS
    assert first.members["origin"] == "example.com/invoices"
    assert first.members["keys"] == [KEY.verifier.to_text()]
    assert first.members["format"] == "policykit-trail/v1"
    assert first.members["retention_days"] == 183


def test_opening_again_goes_on_where_closing_left(place):
    place.filled(3).filled(3)
    assert [r.seq for r in read_records(place.trail)] == list(range(7))
    assert RecordType.RECOVERY not in {r.type for r in read_records(place.trail)}
    assert is_valid(place)


def test_submitted_records_share_groups_and_all_get_their_numbers(place):
    with place.open(sync=SyncMode.GROUP, group_records=16) as trail:
        tickets = [trail.submit(a_decision(n)) for n in range(100)]
        assert [t.result().seq for t in tickets] == list(range(1, 101))
    assert is_valid(place)


def test_a_submitted_record_is_committed_without_anybody_asking(place):
    with place.open(sync=SyncMode.GROUP, group_delay_s=0.001) as trail:
        ticket = trail.submit(a_decision())
        waiting = threading.Event()
        for _ in range(120_000):
            if ticket.done:
                break
            waiting.wait(0.005)
        assert ticket.done


def test_threads_do_not_fork_the_chain(place):
    with place.open(sync=SyncMode.GROUP) as trail:
        threads = [threading.Thread(target=lambda: [trail.append(a_decision(n)) for n in range(50)]) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    found = verify_trail(place.trail, [KEY.verifier])
    assert (found.verdict, found.size) == (TrailVerdict.VALID, 301)


def test_asyncio_tasks_do_not_fork_the_chain(place):
    async def many(trail):
        return await asyncio.gather(*(trail.append_async(a_decision(n)) for n in range(60)))

    with place.open(sync=SyncMode.GROUP) as trail:
        receipts = asyncio.run(many(trail))
    assert sorted(r.seq for r in receipts) == list(range(1, 61))
    assert is_valid(place)


def run(code: str, *arguments: str) -> subprocess.Popen:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{HERE}"}
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *arguments], env=environment, stdout=subprocess.PIPE, text=True
    )


def finished(process: subprocess.Popen) -> int:
    with process:
        return process.wait(600)


WRITER = """
    import sys
    from pathlib import Path
    from trails import Place, a_decision
    from policykit.trail.write.options import SyncMode
    name, base, mode, count = sys.argv[1:]
    with Place(Path(base)).open(sync=SyncMode(mode), checkpoint_records=100) as trail:
        for number in range(int(count)):
            trail.append(a_decision(number, principal=name))
"""


def test_four_processes_of_a_thousand_records_each_do_not_fork_the_chain(place):
    place.filled(0)
    processes = [run(WRITER, f"writer:{n}", str(place.base), "os", "1000") for n in range(4)]
    assert [finished(process) for process in processes] == [0, 0, 0, 0]
    found = verify_trail(place.trail, [KEY.verifier])
    assert (found.verdict, found.size, found.unsigned_tail) == (TrailVerdict.VALID, 4001, 0)
    by = [r.members["principal"] for r in read_records(place.trail) if r.type == RecordType.DECISION]
    assert {name: by.count(name) for name in set(by)} == {f"writer:{n}": 1000 for n in range(4)}


def test_a_forked_child_and_its_parent_do_not_fork_the_chain(place):
    code = """
        import os, sys
        from pathlib import Path
        from trails import Place, a_decision
        from policykit.trail.write.options import SyncMode
        trail = Place(Path(sys.argv[1])).open(sync=SyncMode.OS)
        trail.append(a_decision())
        children = []
        for child in range(3):
            pid = os.fork()
            if pid == 0:
                for number in range(100):
                    trail.append(a_decision(number, principal=f"child:{child}"))
                trail.close()
                os._exit(0)
            children.append(pid)
        for number in range(100):
            trail.append(a_decision(number, principal="parent"))
        for pid in children:
            assert os.waitpid(pid, 0)[1] == 0
        trail.close()
    """
    assert finished(run(code, str(place.base))) == 0
    assert is_valid(place)
    by = [r.members["principal"] for r in read_records(place.trail) if r.type == RecordType.DECISION]
    assert {name: by.count(name) for name in set(by) - {"user:alice"}} == {
        "parent": 100, "child:0": 100, "child:1": 100, "child:2": 100
    }  # fmt: skip


KILLED = """
    import sys
    from pathlib import Path
    from trails import Place, a_decision
    from policykit.trail.write.options import SyncMode
    with Place(Path(sys.argv[1])).open(sync=SyncMode.GROUP, group_records=8, group_delay_s=5) as trail:
        number = 0
        while True:
            tickets = [trail.submit(a_decision(number + at)) for at in range(8)]
            print(tickets[-1].result().seq, flush=True)
            number += 8
"""


def test_killed_in_a_loop_during_group_commits_nothing_acknowledged_is_lost(place):
    acknowledged = 0
    for round_number in range(5):
        process = run(KILLED, str(place.base))
        for _ in range(5 + 7 * round_number):
            acknowledged = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read().split()
        finished(process)
        acknowledged = max([acknowledged, *map(int, rest[:-1])])
        place.filled(0)
        found = verify_trail(place.trail, [KEY.verifier], deep=True)
        assert found.verdict is TrailVerdict.VALID, found
        assert found.size > acknowledged


@pytest.mark.parametrize("cut", [1, 20, 200])
def test_a_torn_record_is_set_aside_and_recorded(place, cut):
    place.filled(3)
    whole = place.segment.read_bytes()
    with place.segment.open("ab") as file:
        file.write(whole.splitlines()[2][:cut])
    place.filled(1)
    records = list(read_records(place.trail))
    recovery = next(r for r in records if r.type == RecordType.RECOVERY)
    assert recovery.members["causes"] == ["torn-record"]
    torn = recovery.members["torn"]
    assert torn["bytes"] == cut
    assert (place.trail / torn["file"]).read_bytes() == whole.splitlines()[2][:cut]
    assert is_valid(place)
    (place.trail / torn["file"]).write_bytes(b"other")
    assert not is_valid(place)


def test_a_torn_tail_longer_than_a_record_is_set_aside_too(place):
    place.filled(1)
    with place.segment.open("ab") as file:
        file.write(b"\0" * 200_000)  # what some file systems leave after a power cut
    place.filled(1)
    assert is_valid(place)


def test_stored_records_that_nobody_signed_are_adopted_and_counted(place):
    trail = place.open(checkpoint_records=100)
    for number in range(5):
        trail.append(a_decision(number))
    signed = trail._writer.heads.signed_size
    die(trail)
    place.filled(0)
    recovery = next(r for r in read_records(place.trail) if r.type == RecordType.RECOVERY)
    assert recovery.members["causes"] == ["unsigned-records"]
    assert recovery.members["adopted"] == 6 - signed > 0
    assert is_valid(place)


def test_damage_that_is_not_the_tail_is_refused_and_never_repaired(place):
    place.filled(5)
    lines = place.lines()
    lines[2] = lines[2].replace(b"alice", b"alicf")
    place.write_lines(lines)
    before = place.segment.read_bytes()
    with pytest.raises(TrailError, match="PK7"):
        place.open()
    assert place.segment.read_bytes() == before


def test_a_trail_shorter_than_its_remembered_head_is_refused(place):
    place.filled(5)
    place.write_lines(place.lines()[:4])
    with pytest.raises(TrailError, match="PK711"):
        place.open()


def test_a_removed_trail_is_not_begun_again_under_its_old_name(place):
    import shutil

    place.filled(2)
    shutil.rmtree(place.trail)
    with pytest.raises(TrailError, match="PK711"):
        place.open()


def test_a_rollback_of_trail_and_log_together_is_refused_by_the_remembered_head(place, tmp_path):
    import shutil

    place.filled(2)
    shutil.copytree(place.trail, tmp_path / "old")
    place.filled(2)
    shutil.rmtree(place.trail)
    shutil.copytree(tmp_path / "old", place.trail)
    with pytest.raises(TrailError, match="PK711"):
        place.open()


def test_a_lost_remembered_head_is_recorded(place):
    import shutil

    place.filled(2)
    shutil.rmtree(place.state)
    place.filled(1)
    causes = [r.members["causes"] for r in read_records(place.trail) if r.type == RecordType.RECOVERY]
    assert causes == [["no-remembered-head"]]


def test_the_remembered_head_must_lie_outside_the_trail(place):
    with pytest.raises(TrailError, match="outside the trail"):
        place.open(state_directory=place.trail / "state")


def test_where_the_head_is_remembered_may_be_said_as_a_text(place):
    place.filled(2, state_directory=str(place.state))
    assert is_valid(place.filled(1))
    with pytest.raises(TrailError, match="outside the trail"):
        place.open(state_directory=str(place.trail / "state"))


def test_an_empty_newest_segment_is_no_new_beginning(place):
    with place.open(sync=SyncMode.OS, checkpoint_records=10**6) as trail:
        trail.append_all([SHORT] * 65_535)
    (place.trail / "seg" / "000001.jsonl").touch()
    place.filled(1)
    assert [path.stat().st_size > 0 for path in sorted((place.trail / "seg").iterdir())] == [True, True]
    assert is_valid(place)


class FailingDisk(LocalDisk):
    """A disk whose next operations fail as told."""

    def __init__(self):
        self.write_errors = []
        self.sync_errors = []
        self.short = 0

    def write(self, handle, data):
        if self.write_errors:
            error = self.write_errors.pop(0)
            if error:
                os.write(handle, data[: len(data) // 2])
                raise OSError(error, os.strerror(error))
        if self.short:
            return os.write(handle, data[: self.short])
        return super().write(handle, data)

    def sync(self, handle):
        if self.sync_errors:
            raise OSError(self.sync_errors.pop(0), "injected")
        super().sync(handle)


@pytest.mark.parametrize("size", [1, 7, 100])
def test_short_writes_are_written_to_the_end(place, size):
    disk = FailingDisk()
    with place.open(disk=disk) as trail:
        disk.short = size
        trail.append(a_decision())
    assert is_valid(place)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_a_failed_write_blocks_leaves_nothing_and_may_be_tried_again(place, code):
    disk = FailingDisk()
    with place.open(disk=disk) as trail:
        trail.append(a_decision(1))
        before = place.segment.read_bytes()
        disk.write_errors = [code]
        with pytest.raises(TrailError, match="PK712"):
            trail.append(a_decision(2))
        assert place.segment.read_bytes() == before
        assert trail.append(a_decision(3)).seq == 2
    assert is_valid(place)


def test_after_a_failed_sync_the_trail_stops_until_it_is_opened_again(place):
    disk = FailingDisk()
    trail = place.open(disk=disk)
    trail.append(a_decision(1))
    disk.sync_errors = [errno.EIO]
    with pytest.raises(TrailError, match="PK714"):
        trail.append(a_decision(2))
    for _ in range(2):
        with pytest.raises(TrailError, match="PK713"):
            trail.append(a_decision(3))
    trail.close()
    place.filled(1)
    assert is_valid(place)
    assert "d1" in [r.members.get("decision_id") for r in read_records(place.trail)]


def test_every_member_of_a_failed_group_learns_of_it(place):
    disk = FailingDisk()
    with place.open(disk=disk, sync=SyncMode.GROUP, group_delay_s=60) as trail:
        tickets = [trail.submit(a_decision(n)) for n in range(5)]
        disk.write_errors = [errno.ENOSPC]
        for ticket in tickets:
            with pytest.raises(TrailError, match="PK712"):
                ticket.result()
    assert is_valid(place)


def test_allow_and_alarm_lets_the_call_through_and_says_so(place):
    disk, heard = FailingDisk(), []
    with place.open(disk=disk, on_failure=FailurePolicy.ALLOW_AND_ALARM, alarm=heard.append) as trail:
        disk.write_errors = [errno.ENOSPC]
        receipt = trail.append(a_decision())
    assert not receipt.recorded
    assert [problem.diagnostics[0].code for problem in heard] == ["PK712"]


def test_allow_and_alarm_without_an_alarm_is_refused(place):
    with pytest.raises(TrailError, match="needs an alarm"):
        place.open(on_failure=FailurePolicy.ALLOW_AND_ALARM)


def test_a_record_that_is_too_long_is_refused_and_takes_no_neighbour_down(place):
    long = Record(RecordType.DECISION, f'"x":{json.dumps("y" * 70_000)}')
    with place.open(sync=SyncMode.GROUP, group_delay_s=60) as trail:
        tickets = [trail.submit(record) for record in (a_decision(1), long, a_decision(2))]
        assert tickets[0].result().seq == 1
        with pytest.raises(TrailError, match="PK709"):
            tickets[1].result()
        assert tickets[2].result().seq == 2
    assert is_valid(place)


def test_a_lone_surrogate_in_a_record_is_our_own_error(place):
    with place.open() as trail, pytest.raises(TrailError, match="PK726"):
        trail.append(a_decision(principal="user:\ud800"))
    assert is_valid(place)


def test_a_closed_trail_refuses(place):
    trail = place.open()
    trail.close()
    with pytest.raises(TrailError, match="closed"):
        trail.append(a_decision())


def test_every_signed_head_was_remembered_before_it_was_published(place):
    class Watching(LocalDisk):
        def replace(self, path, data, *, durable):
            if path.name == "checkpoint":
                size = data.split(b"\n")[1]
                remembered = b"".join(p.read_bytes() for p in place.state.iterdir())
                assert b"\n" + size + b"\n" in remembered
            super().replace(path, data, durable=durable)

    with place.open(disk=Watching(), checkpoint_records=1) as trail:
        for number in range(5):
            trail.append(a_decision(number))


def test_what_a_closed_trail_publishes_is_durable(place):
    synced = []

    class Watching(LocalDisk):
        def sync(self, handle):
            synced.append(os.fstat(handle).st_ino)
            super().sync(handle)

    place.filled(3, disk=Watching())
    for name in ("checkpoint", "checkpoints.log", "seg/000000.jsonl"):
        assert (place.trail / name).stat().st_ino in synced, name


def test_the_verifier_does_not_import_the_appender():
    code = "import sys, policykit.trail.verify; sys.exit(any('append' in m or m.endswith('writer') for m in sys.modules if 'policykit' in m))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_importing_the_package_imports_no_cryptography():
    code = "import sys, policykit.trail, policykit.trail.write.append, policykit.trail.entries; sys.exit('cryptography' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


class Interrupting(LocalDisk):
    """Does something in the middle of a write, as a signal handler would."""

    def __init__(self, before):
        self.handler = None
        self.before = before

    def write(self, handle, data):
        handler, self.handler = self.handler, None
        if self.before and handler:
            handler()
        written = super().write(handle, data)
        if not self.before and handler:
            handler()
        return written


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("mode", list(SyncMode))
def test_an_append_inside_an_append_is_refused_and_spoils_nothing(place, mode, before):
    disk, refused = Interrupting(before), []

    def handler():
        with pytest.raises(TrailError, match="PK713") as caught:
            trail.append(a_decision(99))
        refused.append(caught.value)

    with place.open(disk=disk, sync=mode) as trail:
        disk.handler = handler
        assert trail.append(a_decision(1)).recorded
        assert trail.append(a_decision(2)).recorded
    assert len(refused) == 1
    assert [r.members.get("decision_id") for r in read_records(place.trail)] == [None, "d1", "d2"]
    assert is_valid(place)


@pytest.mark.parametrize("before", [True, False])
def test_after_an_interrupt_in_a_write_the_trail_goes_on_and_no_thread_waits(place, before):
    disk = Interrupting(before)

    def handler():
        raise KeyboardInterrupt

    with place.open(disk=disk, sync=SyncMode.GROUP, group_delay_s=60) as trail:
        ticket = trail.submit(a_decision(1))
        disk.handler = handler
        with pytest.raises(KeyboardInterrupt):
            trail.append(a_decision(2))
        with pytest.raises(TrailError, match="PK714"):
            ticket.result()
        assert trail.append(a_decision(3)).recorded
    stored = [r.members.get("decision_id") for r in read_records(place.trail)]
    assert stored == [None, "d3"] if before else [None, "d1", "d2", "d3"]
    assert is_valid(place)
