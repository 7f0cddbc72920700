"""Laws of loading policies, from files and from the cache."""

import os
import stat
import subprocess
import sys

import pytest

import policykit
from policykit.engine import cache

POLICY = """language 1
policy small version "1.0.0"
party us "Us"
role keeper of us
fact job.cost : money EUR "the cost"
rule COST-1 "Not too much" owner keeper on request when job.cost > 5 EUR then deny "{job.cost} is too much"
"""


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setenv("POLICYKIT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    path = tmp_path / "small.policy"
    path.write_text(POLICY)
    return path


def entry(tmp_path):
    (found,) = (tmp_path / "cache").iterdir()
    return found


def test_a_policy_from_the_cache_decides_as_the_one_from_the_file(file):
    first = policykit.load(file)
    assert cache.stored(str(file)) is not None
    again = policykit.load(file)
    for cost in (1, 5, 5.01, None, "7 EUR", "x"):
        assert first.decide({"job.cost": cost}).to_dict() == again.decide({"job.cost": cost}).to_dict()
    assert again.checked == first.checked
    assert again.explain({"job.cost": 6}).to_dict() == first.explain({"job.cost": 6}).to_dict()


def test_a_policy_with_mistakes_raises_all_of_them(file):
    file.write_text(POLICY.replace("job.cost >", "job.cots >").replace("5 EUR", "5 USD"))
    with pytest.raises(policykit.PolicyError) as raised:
        policykit.load(file)
    assert raised.value.diagnostics
    assert cache.stored(str(file)) is None


def test_a_file_that_is_not_there_is_a_policy_error(tmp_path):
    with pytest.raises(policykit.PolicyError, match="PK001"):
        policykit.load(tmp_path / "none.policy")


def test_a_changed_file_is_never_answered_from_the_cache(file):
    policykit.load(file)
    times = file.stat()
    file.write_text(POLICY.replace("5 EUR", "9 EUR"))
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert policykit.load(file).decide({"job.cost": 7}).effect == "allow"


def test_a_lock_that_appears_makes_the_entry_stale(file):
    policykit.load(file)
    (file.parent / "policykit.lock").write_text('{"lock": 1, "packs": {}}')
    assert cache.stored(str(file)) is None


def test_a_pack_that_changes_makes_the_entry_stale(file):
    pack = file.parent / "packs" / "extra" / "extra.policy"
    pack.parent.mkdir(parents=True)
    text = 'language 1\npack extra version "1.0.0"\nrole keeper\nrule X-1 "x" owner keeper on request when call.model is "a" then deny\n'
    pack.write_text(text)
    file.write_text(POLICY.replace("role keeper of us\n", "role keeper of us\ninclude extra\n"))
    loaded = policykit.load(file)
    assert loaded.decide({"call.model": "a", "job.cost": 1}).effect == "deny"
    assert cache.stored(str(file)) is not None
    pack.write_text(text.replace('"a"', '"b"'))
    assert cache.stored(str(file)) is None
    assert policykit.load(file).decide({"call.model": "a", "job.cost": 1}).effect == "allow"


def test_a_pack_that_would_be_found_first_makes_the_entry_stale(file):
    test_a_pack_that_changes_makes_the_entry_stale(file)
    policykit.load(file)
    nearer = file.parent / "rules" / "extra" / "extra.policy"
    nearer.parent.mkdir(parents=True)
    nearer.write_text((file.parent / "packs" / "extra" / "extra.policy").read_text())
    assert cache.stored(str(file)) is None


def test_any_flipped_byte_and_any_cut_makes_an_entry_worthless(file, tmp_path):
    policykit.load(file)
    path = entry(tmp_path)
    good = path.read_bytes()
    for place in (0, 31, 32, 40, len(good) // 2, len(good) - 1):
        path.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        assert cache.stored(str(file)) is None
    for length in (0, 31, 32, 33, len(good) - 1):
        path.write_bytes(good[:length])
        assert cache.stored(str(file)) is None
    path.write_bytes(good + b"x")
    assert cache.stored(str(file)) is None
    path.write_bytes(good)
    assert cache.stored(str(file)) is not None


def test_nothing_is_unmarshalled_before_the_digest_is_verified(file, tmp_path, monkeypatch):
    policykit.load(file)
    path = entry(tmp_path)
    good = path.read_bytes()
    path.write_bytes(bytes([good[0] ^ 1]) + good[1:])
    monkeypatch.setattr(cache.marshal, "loads", lambda _: pytest.fail("unmarshalled"))
    assert cache.stored(str(file)) is None


def test_an_entry_of_another_file_is_not_taken(file, tmp_path):
    policykit.load(file)
    other = tmp_path / "other.policy"
    other.write_text(POLICY)
    foreign = entry(tmp_path).read_bytes()
    policykit.load(other)
    for path in (tmp_path / "cache").iterdir():
        path.write_bytes(foreign)
    assert cache.stored(str(other)) is None


def test_an_entry_made_with_another_key_is_not_taken(file, tmp_path):
    policykit.load(file)
    key = tmp_path / "config" / "policykit" / "cache.key"
    key.write_bytes(os.urandom(32))
    assert cache.stored(str(file)) is None


def test_the_key_is_secret_and_stands_elsewhere(file, tmp_path):
    policykit.load(file)
    key = tmp_path / "config" / "policykit" / "cache.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(entry(tmp_path).stat().st_mode) == 0o600
    key.chmod(0o644)
    assert cache.stored(str(file)) is None


def test_a_folder_that_others_can_write_to_is_not_used(file, tmp_path):
    (tmp_path / "cache").mkdir(mode=0o700)
    (tmp_path / "cache").chmod(0o777)
    policykit.load(file)
    assert list((tmp_path / "cache").iterdir()) == []


def test_another_version_makes_the_entry_stale(file, monkeypatch):
    policykit.load(file)
    monkeypatch.setattr(cache, "installation", lambda: ("other",))
    assert cache.stored(str(file)) is None


def test_without_a_cache_nothing_is_written(file, tmp_path):
    policykit.load(file, cache=False)
    assert not (tmp_path / "cache").exists()


def test_a_cached_load_and_decision_import_neither_the_parser_nor_pydantic(file):
    policykit.load(file)
    code = (
        "import sys, policykit\n"
        "assert policykit.load(sys.argv[1]).decide({'job.cost': 5.0}).effect == 'allow'\n"
        "heavy = {'lark', 'pydantic', 'yaml', 'structlog', 'cryptography', 'rich', 'policykit.language.checked'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(file)], check=True)
