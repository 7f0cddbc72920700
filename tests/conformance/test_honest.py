"""Honest trails verify: whatever their life, while they are written, after kill -9, and after a power cut."""

import signal
import subprocess
import sys
import time

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conformance.bases import KEYS, NEW, OLD, WITNESS, Signer
from tests.conformance.builder import Builder
from tests.conformance.verifiers import VERIFIERS

ACTS = st.lists(st.sampled_from(["record", "sign", "rotate", "cosign", "stamp", "crash"]), max_size=14)
WRITER = """
import sys
from pathlib import Path
from tests.conformance.bases import SHORT, opened
trail = opened(Path(sys.argv[1]), checkpoint_records=5)
while True:
    trail.append_all([SHORT] * 3)
"""


def lived(acts):
    """Return a trail after these acts, and the keys that signed it, the newest last."""
    builder, keys = Builder().head(OLD), [OLD]
    for number, act in enumerate(acts):
        text = builder.published.decode().split("\n\n")[0] + "\n"
        if act == "record":
            builder.records(1)
        elif act == "sign":
            builder.head(keys[-1])
        elif act == "rotate":
            keys.append(Signer(40 + number))
            builder.head(keys[-2]).rotation(keys[-2], keys[-1]).head(keys[-2], keys[-1])
        elif act == "cosign":
            builder.keep("cosignature", builder.head_size, line=WITNESS.cosignature(text))
        elif act == "stamp":
            builder.keep("timestamp", builder.head_size, token="AAAA")
        else:
            builder.recovery(b'{"v":1,"seq":%d' % number)
    return builder, keys


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(acts=ACTS, which=st.integers(0, 20), data=st.data())
def test_an_honest_trail_is_valid_as_far_as_it_is_signed_with_any_of_its_keys(tmp_path_factory, acts, which, data):
    builder, keys = lived(acts)
    directory = builder.write(tmp_path_factory.mktemp("lived") / "trail")
    power_cut(directory, builder, data)
    expected = 0 if builder.head_size == builder.size else 4
    key = keys[which % len(keys)]
    assert {name: ask(directory, [key.text], None, {}) for name, ask in VERIFIERS.items()} == dict.fromkeys(
        VERIFIERS, expected
    )
    assert all(ask(directory, [NEW.text], None, {}) == 2 for ask in VERIFIERS.values())


def power_cut(directory, builder, data):
    """Leave what was not synced in a state that a power cut leaves: the copy of the head, the end of the log, of the segment."""
    checkpoint = directory / "checkpoint"
    cut = data.draw(st.integers(0, len(builder.published)), label="checkpoint cut at")
    checkpoint.write_bytes(builder.published[:cut] + bytes(data.draw(st.sampled_from([0, 0, 1, 500]), label="NULs")))
    for name, line in (("checkpoints.log", builder.log.splitlines(True)[-1]), ("seg/000000.jsonl", builder.lines[-1])):
        begun = line[: data.draw(st.integers(0, len(line) - 1), label=f"begun in {name}")]
        with (directory / name).open("ab") as file:
            file.write(begun + bytes(data.draw(st.sampled_from([0, 0, 3, 4096]), label="NULs")))


def test_a_trail_verifies_while_it_is_written_and_after_kill_9(tmp_path):
    seen = set()
    for _ in range(3):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path / "trail")])
        segment = tmp_path / "trail" / "seg" / "000000.jsonl"
        until = time.monotonic() + 600
        before = segment.stat().st_size if segment.exists() else 0
        while not (segment.exists() and segment.stat().st_size > before + 20_000) and time.monotonic() < until:
            time.sleep(0.01)
        seen.add(VERIFIERS["one file"](tmp_path / "trail", [KEYS["old"]], None, {}))
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        seen.update(ask(tmp_path / "trail", [KEYS["old"]], None, {}) for ask in VERIFIERS.values())
    assert seen
    assert seen <= {0, 4}
