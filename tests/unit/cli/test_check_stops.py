"""Laws of `policykit check` and the guards' store: a stop of the record is tripped once, and again on another record."""

from __future__ import annotations

import shlex

import pytest

from policykit.engine.load import load
from policykit.errors import PolicyViolation
from policykit.guard import Guard, Stores
from policykit.guard.stores.sqlite_database import Database
from policykit.guard.stores.sqlite_stops import SqliteStops
from tests.unit.guard.guards import ListTrail
from tests.unit.readiness.projects import CASES, GOLDEN, PROJECT, values, write

STOP = '\nstop HALT-1 "h"\n  when golden.cases < 500\n  then pause all calls, tell run_owner\n  resume by risk\n'
BOUND = PROJECT + "stops: guards.db\n" + GOLDEN
LONG_AGO = "2020-01-01T00:00:00Z"  # these tests run at the present time
FEW = values(produced_at=LONG_AGO, cases=100)
PLAIN = CASES.replace(", no older than 30 days", "")


@pytest.fixture
def run(policykit):
    return policykit


@pytest.fixture
def project(tmp_path):
    return write(tmp_path, PLAIN + STOP, BOUND, golden__yaml=FEW)


def tripped(root) -> list[str]:
    database = Database(root / "guards.db", create=False)
    try:
        return [stop.clause for stop in SqliteStops(database).tripped()]
    finally:
        database.close()


def resume(run, root):
    return run("stops", "resume", "HALT-1", "--store", root / "guards.db", "--role", "risk", "--by", "Cleo",
               "--reason", "seen")  # fmt: skip


def test_a_stop_that_acts_is_tripped_once(project, run):
    first = run("check", project)
    assert first.code == 1
    assert "tripped in guards.db: HALT-1" in first.err
    assert tripped(project) == ["HALT-1"]
    assert "tripped in" not in run("check", project).err
    assert tripped(project) == ["HALT-1"]


def test_who_resumed_it_has_seen_this_record_and_another_one_trips_it_again(project, run):
    run("check", project)
    assert resume(run, project).code == 0
    assert "tripped in" not in run("check", project).err
    assert tripped(project) == []
    (project / "golden.yaml").write_text(values(produced_at=LONG_AGO, cases=99), encoding="utf-8")
    assert "tripped in guards.db: HALT-1" in run("check", project).err
    assert tripped(project) == ["HALT-1"]


@pytest.mark.parametrize("option", [["--no-record"], ["--at", "2026-11-20T12:00:00Z"]])
def test_trying_things_out_trips_nothing(project, run, option):
    assert run("check", project, *option).code == 1
    assert not (project / "guards.db").exists()


def test_a_stop_that_holds_leaves_the_store_alone(project, run):
    (project / "golden.yaml").write_text(values(produced_at=LONG_AGO, cases=600), encoding="utf-8")
    assert run("check", project).code == 0
    assert not (project / "guards.db").exists()


def test_a_guard_that_shares_the_store_refuses_calls_and_puts_the_stop_on_its_trail(project, run):
    run("check", project)
    trail = ListTrail()
    guard = Guard.of(load(project / "claims.policy", cache=False), stores=Stores.sqlite(project / "guards.db"),
                     trail=trail)  # fmt: skip
    ask = guard.call({"call.text": "prompt"})(lambda prompt: prompt)
    for _ in range(2):
        with pytest.raises(PolicyViolation, match="paused by HALT-1"):
            ask("hello")
    guard.close()
    (event,) = trail.of_type("stop_tripped")
    assert '"by":"policykit check"' in event


def test_a_store_outside_of_the_project_is_refused(tmp_path, run):
    inside = tmp_path / "in"
    inside.mkdir()
    found = run("check", write(inside, PLAIN + STOP, BOUND.replace("guards.db", "../guards.db"), golden__yaml=FEW))
    assert found.code == 2
    assert "PK502" in found.err
    assert not (tmp_path / "guards.db").exists()


def test_without_a_store_the_command_in_the_list_of_what_to_do_stops_the_calls(project, run):
    (project / "policykit.yaml").write_text(BOUND.replace("stops: guards.db\n", ""), encoding="utf-8")
    Database(project / "guards.db").close()
    said = run("check", project, "--format", "markdown").out
    command = next(part for part in said.split("`") if part.startswith("policykit stops trip"))
    names = {"STORE": str(project / "guards.db"), "ROLE": "run_owner", "NAME": "Ben"}
    arguments = [names.get(word, word) for word in shlex.split(command.replace("\\", ""))[1:]]
    assert run(*arguments).code == 0
    assert tripped(project) == ["HALT-1"]
    assert resume(run, project).code == 0
