"""The guard's benchmarks run and measure what they say; how fast it is, is not tested."""

import pytest

from benchmarks import guard_peers, guard_stream, guard_text, install_size
from benchmarks._guard_peers import _task


def test_streams_are_measured_and_no_more_than_the_window_is_held_back():
    results = list(guard_stream.measure(pieces=200, rounds=1))
    assert {result.unit for result in results} == {"us", "chars", "chunks/s"}
    held = [result for result in results if result.unit == "chars"]
    assert len(held) == len(guard_stream.POLICIES)
    assert all(result.value > 0 and result.ratio <= 1 for result in held)


def test_texts_are_measured_with_the_patterns_that_are_claimed():
    results = list(guard_text.measure({"1 KB": 1_024, "2 KB": 2_048}, ["token=", "zero-width characters"]))
    assert guard_text.pattern_count() == 40
    assert len(results) == 2 * 2 + 2 * 2
    assert all(result.value > 0 for result in results)


def test_policykit_answers_as_every_peer_must_before_it_is_timed(capsys):
    results = list(guard_peers.measure(peers=(), rounds=1))
    assert len(results) == 3 * len(guard_peers.TIMED)
    assert capsys.readouterr().err.count("an address is masked") == 3


def test_a_peer_that_is_not_installed_is_named(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(guard_peers, "ENVIRONMENTS", tmp_path)
    assert list(guard_peers._started("obsvr", tmp_path)) == []
    assert "skipped: obsvr: not installed" in capsys.readouterr().err


def test_a_peer_that_lets_everything_pass_is_not_comparable():
    ended = []

    class Lax:
        def answer(self, prompt):
            return "passed"

        def __exit__(self, *_):
            ended.append(True)

    with pytest.raises(guard_peers.Unfit, match="`address` is passed"):
        guard_peers._checked(Lax())
    assert ended == [True]


@pytest.mark.parametrize("peer", guard_peers.PEERS)
def test_a_peer_is_described_without_importing_it(peer):
    described = guard_peers.described(peer)
    assert guard_peers.lock(peer).is_file()
    assert guard_peers.BASE in described.VARIANTS


def test_the_prompts_are_as_long_as_they_are_called():
    assert (len(_task.SHORT), len(_task.LONG)) == (170, 2_048)


def test_the_size_of_a_folder_of_packages_leaves_out_the_installer(tmp_path):
    for name, size in {"pip/a.py": 5_000_000, "one/a.py": 2_000_000, "one/a.pyc": 1_000_000, "two.py": 500_000}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(bytes(size))
    found = {result.name: result.value for result in install_size.sizes(tmp_path)}
    assert found == {
        "installed with all requirements": 3.5,
        "the same without bytecode": 2.5,
        "one": 3.0,
        "two.py": 0.5,
    }
