"""Laws of the keeper: the tail is signed without another append, and nothing runs while nothing is owed."""

import errno
import gc
import os
import subprocess
import sys
import textwrap
import threading
import weakref
from pathlib import Path

import pytest
from trails import KEY, ROOT, Place, a_decision, die

from policykit.errors import TrailError
from policykit.trail.query import read_records
from policykit.trail.storage.local import LocalDisk
from policykit.trail.verify import verify_trail
from policykit.trail.verify.verdict import TrailVerdict
from policykit.trail.write import keeper
from policykit.trail.write.append import Trail
from policykit.trail.write.options import FailurePolicy, SyncMode, TrailOptions

HERE = Path(__file__).parent


def published_size(place):
    return int((place.trail / "checkpoint").read_bytes().split(b"\n")[1])


def becomes_true(condition):
    """Wait for something that another thread does."""
    pause = threading.Event()
    for _ in range(120_000):
        if condition():
            return True
        pause.wait(0.005)
    return False


@pytest.mark.parametrize("mode", list(SyncMode))
def test_the_tail_is_signed_without_another_append(place, mode):
    with place.open(sync=mode, checkpoint_records=1000, checkpoint_interval_s=0.05) as trail:
        for burst in (1, 2):
            for number in range(20):
                trail.append(a_decision(number))
            size = 1 + 20 * burst
            assert becomes_true(lambda size=size: published_size(place) == size)


class Watched(LocalDisk):
    """Counts the locks that are taken, and fails as told."""

    def __init__(self):
        self.locks = 0
        self.code = None

    def lock(self, handle):
        self.locks += 1
        super().lock(handle)

    def replace(self, path, data, *, durable):
        if self.code and path.name == "checkpoint":
            raise OSError(self.code, os.strerror(self.code))
        super().replace(path, data, durable=durable)


def test_a_full_group_is_committed_at_once(place):
    with place.open(sync=SyncMode.GROUP, group_records=4, group_delay_s=1e6) as trail:
        tickets = [trail.submit(a_decision(number)) for number in range(4)]
        assert [ticket.done for ticket in tickets] == [True] * 4


def test_without_a_thread_records_are_committed_and_signed_at_once(place, monkeypatch):
    def start(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    with place.open(sync=SyncMode.GROUP, group_delay_s=1e6, checkpoint_records=100, checkpoint_interval_s=1e6) as trail:
        for number in range(3):
            assert trail.submit(a_decision(number)).done
            assert trail.append(a_decision(number + 10)).signed
            assert published_size(place) == trail.size


def test_nothing_runs_while_nothing_is_unsigned(place):
    disk = Watched()
    with place.open(disk=disk, checkpoint_interval_s=0.02, group_delay_s=0.001, sync=SyncMode.GROUP) as trail:
        trail.submit(a_decision(1))
        assert becomes_true(lambda: published_size(place) == 2)
        assert becomes_true(lambda: trail._keeper._owing is None)
        locks = disk.locks
        threading.Event().wait(0.2)
        assert disk.locks == locks
        assert trail._keeper._owing is None


def test_the_thread_ends_with_the_trail(place):
    trail = place.open(checkpoint_interval_s=0.01, checkpoint_records=100)
    trail.append(a_decision(1))
    trail.append(a_decision(2))
    thread = trail._keeper._thread
    assert thread.is_alive()
    trail.close()
    thread.join(600)
    assert not thread.is_alive()


def test_a_trail_that_nobody_holds_is_signed_and_then_collected(place):
    trail = place.open(checkpoint_interval_s=0.05, checkpoint_records=100)
    trail.append(a_decision(1))
    trail.append(a_decision(2))
    reference, thread = weakref.ref(trail), trail._keeper._thread
    del trail

    def is_gone():
        gc.collect()
        return reference() is None

    assert becomes_true(is_gone)
    thread.join(600)
    assert not thread.is_alive()
    assert published_size(place) == 3


def test_a_head_that_cannot_be_signed_is_told_in_the_receipt_and_paid_before_the_next_record(place):
    disk, heard = Watched(), []
    with place.open(disk=disk, checkpoint_records=1, checkpoint_interval_s=1e6, alarm=heard.append) as trail:
        assert trail.append(a_decision(1)).signed
        disk.code = errno.ENOSPC
        receipt = trail.append(a_decision(2))
        assert (receipt.recorded, receipt.seq, receipt.durable, receipt.signed) == (True, 2, True, False)
        assert receipt.problem.diagnostics[0].code == "PK712" == heard[-1].diagnostics[0].code
        with pytest.raises(TrailError, match="PK712") as caught:
            trail.append(a_decision(3))
        assert "nothing was recorded" in caught.value.diagnostics[0].help
        disk.code = None
        assert trail.append(a_decision(4)).signed
    stored = [r.members.get("decision_id") for r in read_records(place.trail)]
    assert stored == [None, "d1", "d2", "d4"]
    assert verify_trail(place.trail, [KEY.verifier], deep=True).verdict is TrailVerdict.VALID


def test_the_keeper_signs_as_soon_as_it_can_again(place):
    disk, heard = Watched(), []
    with place.open(disk=disk, checkpoint_records=1, checkpoint_interval_s=0.02, alarm=heard.append) as trail:
        disk.code = errno.ENOSPC
        trail.append(a_decision(1))
        assert becomes_true(lambda: len(heard) > 2)
        assert published_size(place) == 1
        disk.code = None
        assert becomes_true(lambda: published_size(place) == 2)


def test_an_alarm_that_fails_does_not_deny_a_record(place, caplog):
    def alarm(problem):
        raise RuntimeError("no line")

    disk = Watched()
    options = {"on_failure": FailurePolicy.ALLOW_AND_ALARM, "alarm": alarm, "checkpoint_interval_s": 1e6}
    with place.open(disk=disk, checkpoint_records=1, **options) as trail:
        disk.code = errno.ENOSPC
        assert trail.append(a_decision(1)).recorded
        assert not trail.append(a_decision(2)).recorded
        disk.code = None
    assert "alarm failed" in caplog.text


def run(code, *arguments):
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{HERE}"}
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *arguments], env=environment, capture_output=True, text=True,
        timeout=600,
    )  # fmt: skip


def test_leaving_the_interpreter_signs_also_what_others_append_on_their_way_out(place):
    code = """
        import atexit, sys
        from pathlib import Path
        from trails import Place, a_decision
        keep = []
        if sys.argv[2] == "before":
            atexit.register(lambda: keep[0].append(a_decision(9)))  # registered first, runs last
        import policykit.trail.write.append
        if sys.argv[2] == "after":
            atexit.register(lambda: keep[0].append(a_decision(9)))
        trail = Place(Path(sys.argv[1])).open(checkpoint_records=100, checkpoint_interval_s=1e6)
        keep.append(trail)
        for number in range(5):
            trail.append(a_decision(number))
    """
    for order in ("before", "after"):
        ran = run(code, str(place.base), order)
        assert (ran.returncode, ran.stderr) == (0, "")
        found = verify_trail(place.trail, [KEY.verifier], deep=True)
        assert (found.verdict, found.unsigned_tail) == (TrailVerdict.VALID, 0)
        assert [r.members.get("decision_id") for r in read_records(place.trail)][-1] == "d9"


def test_a_child_of_multiprocessing_signs_before_it_ends(place):
    code = """
        import multiprocessing, sys
        from pathlib import Path
        from trails import Place, a_decision
        trail = Place(Path(sys.argv[1])).open(checkpoint_records=100, checkpoint_interval_s=1e6)
        def work():
            for number in range(5):
                trail.append(a_decision(number))
        child = multiprocessing.get_context("fork").Process(target=work)
        child.start()
        child.join()
        sys.stdout.flush()
        import os
        os._exit(child.exitcode)
    """
    ran = run(code, str(place.base))
    assert (ran.returncode, ran.stderr) == (0, "")
    assert published_size(place) == 6


def test_a_forked_child_signs_its_own_tail_and_has_no_claim_to_the_parents_tickets(place):
    code = """
        import os, sys, time
        from pathlib import Path
        from trails import Place, a_decision
        from policykit.errors import TrailError
        from policykit.trail.write.options import SyncMode
        place = Place(Path(sys.argv[1]))
        trail = place.open(sync=SyncMode.GROUP, group_delay_s=1e6, checkpoint_records=100, checkpoint_interval_s=0.05)
        ticket = trail.submit(a_decision(1))
        pid = os.fork()
        if pid == 0:
            try:
                ticket.result()
            except TrailError as error:
                assert error.diagnostics[0].code == "PK713", error
            else:
                os._exit(3)
            trail.append(a_decision(2))
            trail.append(a_decision(3))
            for _ in range(120_000):
                if b"\\n3\\n" in (place.trail / "checkpoint").read_bytes():
                    os._exit(0)
                time.sleep(0.005)
            os._exit(4)
        assert os.waitpid(pid, 0)[1] == 0
        assert ticket.result().seq == 3
        trail.close()
    """
    ran = run(code, str(place.base))
    assert (ran.returncode, ran.stderr) == (0, "")
    assert verify_trail(place.trail, [KEY.verifier], deep=True).verdict is TrailVerdict.VALID


def test_files_run_out_under_a_writer_and_what_it_tells_is_true(place):
    code = """
        import os, resource, sys
        from pathlib import Path
        from trails import Place, a_decision
        from policykit.errors import TrailError
        trail = Place(Path(sys.argv[1])).open(checkpoint_records=3, checkpoint_interval_s=1e6)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        taken = []
        told = []
        for number in range(30):
            if number == 10:
                resource.setrlimit(resource.RLIMIT_NOFILE, (32, hard))
                try:
                    while True:
                        taken.append(os.open("/dev/null", os.O_RDONLY))
                except OSError:
                    pass
            if number == 20:
                for handle in taken:
                    os.close(handle)
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            try:
                told.append(trail.append(a_decision(number)).recorded)
            except TrailError:
                told.append(False)
        trail.close()
        print(told)
    """
    ran = run(code, str(place.base))
    assert ran.returncode == 0, ran.stderr
    told = [number for number, is_recorded in enumerate(eval(ran.stdout)) if is_recorded]
    stored = [r.members["decision_id"] for r in read_records(place.trail) if r.type == "decision"]
    assert stored == [f"d{number}" for number in told]
    assert 10 < len(told) < 30
    assert verify_trail(place.trail, [KEY.verifier], deep=True).verdict is TrailVerdict.VALID


def test_killed_writers_leave_nothing_unsigned_for_long_and_lose_nothing(place):
    trail = place.open(checkpoint_records=1000, checkpoint_interval_s=0.05)
    for number in range(7):
        trail.append(a_decision(number))
    assert becomes_true(lambda: published_size(place) == 8)
    die(trail)
    assert verify_trail(place.trail, [KEY.verifier], deep=True).unsigned_tail == 0


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 192 KB, where one may be mounted."""
    at = tmp_path / "small"
    at.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=192k", "tmpfs", str(at)], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("no file system can be mounted here")
    yield at
    subprocess.run(["umount", "-l", str(at)], check=True)


@pytest.mark.parametrize("policy", list(FailurePolicy))
@pytest.mark.parametrize("mode", list(SyncMode))
def test_a_disk_that_is_full_and_what_is_told_is_true(small_disk, mode, policy):
    place = Place(small_disk)
    alarm = {"on_failure": policy, "alarm": lambda _: None} if policy is FailurePolicy.ALLOW_AND_ALARM else {}
    told = {}
    trail = place.open(sync=mode, checkpoint_records=5, checkpoint_interval_s=1e6, **alarm)
    for number in range(400):
        try:
            told[f"d{number}"] = trail.append(a_decision(number)).recorded
        except TrailError:
            told[f"d{number}"] = False
    die(trail)
    stored = [r.members["decision_id"] for r in read_records(place.trail) if r.type == "decision"]
    assert stored == [name for name, is_recorded in told.items() if is_recorded]
    assert 50 < len(stored) < 400
    subprocess.run(["mount", "-o", "remount,size=8m", str(small_disk)], check=True)
    place.filled(0)
    assert verify_trail(place.trail, [KEY.verifier], deep=True).verdict is TrailVerdict.VALID


class KeyService:
    """A signer that may raise anything, as the client of a key service does."""

    name = KEY.name
    key_id = KEY.verifier.key_id
    key = KEY

    def __init__(self):
        self.raises = None

    def sign_note(self, text):
        if self.raises is not None:
            raise self.raises
        return KEY.note_signer().sign_note(text)


RAISED = [RuntimeError("away"), ConnectionError("reset"), TimeoutError(), KeyError("x"), AssertionError()]


@pytest.mark.parametrize("raised", RAISED, ids=repr)
@pytest.mark.parametrize("mode", list(SyncMode))
def test_whatever_a_signer_raises_is_told_in_the_receipt_and_the_timer_goes_on(place, mode, raised):
    signer, heard = KeyService(), []
    options = TrailOptions(
        sync=mode, state_directory=place.state, checkpoint_records=1, checkpoint_interval_s=0.05, alarm=heard.append
    )
    trail = Trail.open(place.trail, signer=signer, options=options)
    signer.raises = raised
    receipt = trail.append(a_decision(1))
    assert (receipt.recorded, receipt.seq, receipt.signed) == (True, 1, False)
    assert receipt.problem.diagnostics[0].code == "PK736"
    assert heard[0] is receipt.problem
    with pytest.raises(TrailError, match="PK736") as refused:
        trail.append(a_decision(2))
    assert refused.value.diagnostics[0].help.startswith("nothing was recorded")
    assert becomes_true(lambda: len(heard) > 2)
    signer.raises = None
    assert becomes_true(lambda: trail._writer.heads.signed_size == 2)
    assert trail.append(a_decision(3)).seq == 2
    trail.close()
    assert verify_trail(place.trail, [KEY.verifier]).verdict is TrailVerdict.VALID


def test_the_keeper_outlives_a_failure_that_nothing_foresaw(monkeypatch, caplog):
    monkeypatch.setattr(keeper, "_RETRY_S", 0.001)
    asked = []

    class Owing:
        def settle_due(self, now):
            asked.append(now)
            if len(asked) < 3:
                raise MemoryError

    kept, owing = keeper.Keeper(), Owing()
    assert kept.expect(owing, 0.0)
    assert becomes_true(lambda: len(asked) == 3)
    kept.stop()
    assert "could not be settled" in caplog.text


def test_a_forked_child_holds_no_file_of_its_parent(place):
    """Else the trail would count as open for as long as the child lives, and a crash of the parent would not show."""
    with place.open() as trail:
        writer = trail._writer
        handles = (writer._handle, writer._lock_handle, writer._presence_handle)
        child = os.fork()
        if not child:
            left = [handle for handle in handles if os.path.exists(f"/dev/fd/{handle}")]
            os._exit(len(left))
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
