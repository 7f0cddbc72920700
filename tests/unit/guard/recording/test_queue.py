"""The queue of records: everything that was taken is written, once, in order, whoever writes it."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import time
import weakref

import pytest

from policykit.guard.recording import queue as queues
from policykit.guard.recording.queue import MANY, RecordQueue


class Written(list):
    """Batches that were written, each with the thread that did it."""

    def __init__(self) -> None:
        self.threads: list[threading.Thread] = []
        self.sizes: list[int] = []

    def write(self, batch) -> None:
        self.extend(batch)
        self.sizes.append(len(batch))
        self.threads.append(threading.current_thread())


@pytest.fixture
def written():
    return Written()


def asleep(monkeypatch):
    """Keep the writing thread away, so that only calls write."""
    monkeypatch.setattr(queues, "DELAY_S", 3600.0)


def until(condition) -> None:
    end = time.monotonic() + 600
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.005)


def test_the_writing_thread_writes_what_calls_leave_in_order(written):
    queue = RecordQueue(written.write, 10_000)
    for note in range(100):
        assert queue.put(note)
    until(lambda: len(written) == 100)
    assert written == list(range(100))
    assert threading.current_thread() not in written.threads
    assert max(written.sizes) <= queues.FEW


def test_a_call_that_finds_many_records_waiting_writes_them_and_takes_its_turn(written, monkeypatch):
    asleep(monkeypatch)
    queue = RecordQueue(written.write, 10_000)
    taken = [queue.put(note) for note in range(MANY + 1)]
    assert taken == [True] * MANY + [False]
    assert queue.put_waiting(MANY, 0.0)
    assert written == list(range(MANY))
    assert set(written.threads) == {threading.current_thread()}
    queue.flush()
    assert written == list(range(MANY + 1))


def test_no_call_waits_for_a_writer_while_there_is_room(written):
    holding, go_on = threading.Event(), threading.Event()

    def write(batch):
        holding.set()
        assert go_on.wait(600)
        written.write(batch)

    queue = RecordQueue(write, 2 * MANY)
    assert queue.put(0)
    assert holding.wait(600)
    assert all(queue.put(note) for note in range(1, 2 * MANY))
    assert not queue.put(2 * MANY)
    assert not queue.put_waiting(2 * MANY, 0.0)
    go_on.set()
    assert queue.put_waiting(2 * MANY, 20.0)
    queue.flush()
    assert written == list(range(2 * MANY + 1))


def test_many_threads_lose_nothing_and_keep_their_own_order(written):
    queue = RecordQueue(written.write, 64)

    def work(name):
        for number in range(200):
            assert queue.put((name, number)) or queue.put_waiting((name, number), 20.0)

    threads = [threading.Thread(target=work, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    queue.flush()
    assert len(written) == 1600
    for name in range(8):
        assert [number for who, number in written if who == name] == list(range(200))


def test_after_a_failed_write_nothing_is_taken_and_nothing_is_dropped(monkeypatch):
    asleep(monkeypatch)

    def fail(batch):
        raise OSError("the disk is full")

    queue = RecordQueue(fail, 10_000)
    for note in range(3):
        queue.put(note)
    for act in (queue.flush, queue.flush, lambda: queue.put(3), lambda: queue.put_waiting(3, 0.0)):
        with pytest.raises(OSError, match="the disk is full"):
            act()
    assert list(queue._queue) == [0, 1, 2]


def test_what_a_queue_took_is_written_though_nobody_holds_the_queue_any_more(written):
    queue = RecordQueue(written.write, 10_000)
    for note in range(50):
        queue.put(note)
    left = weakref.ref(queue)
    del queue
    gc.collect()
    until(lambda: len(written) == 50)
    until(lambda: left() is None)


def test_a_flush_ends_while_others_go_on_putting(written):
    queue = RecordQueue(lambda batch: (written.write(batch), queue.put("more")), 10_000)
    queue.put("first")
    queue.flush()
    assert written[0] == "first"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_writes_its_own_notes_and_not_its_parents(tmp_path):
    target = tmp_path / "written"
    script = (
        "import os, sys\n"
        "from policykit.guard.recording import queue as queues\n"
        "queues.DELAY_S = 3600.0\n"
        "def write(batch):\n"
        "    with open(sys.argv[1], 'a') as file:\n"
        "        file.writelines(f'{note}\\n' for note in batch)\n"
        "queue = queues.RecordQueue(write, 100)\n"
        "queue.put('parent')\n"
        "child = os.fork()\n"
        "if child:\n"
        "    os.waitpid(child, 0)\n"
        "else:\n"
        "    queue.put('child')\n"
    )
    subprocess.run([sys.executable, "-c", script, str(target)], check=True, timeout=600)
    assert sorted(target.read_text().split()) == ["child", "parent"]
