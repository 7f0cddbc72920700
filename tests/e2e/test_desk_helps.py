"""Laws of the desk's helps: what `approvals` and `stops` say to do is done to the letter, and then they work."""

from __future__ import annotations

import re
import shlex
import sqlite3

import pytest

from policykit.guard import Stores
from policykit.guard.stores.protocol import Stop
from tests.e2e.desk import Desk
from tests.e2e.test_desk_commands import ID, TRAIL, answer, desk, resume, trip
from tests.helps import told

__all__ = ["desk"]
TRIGGER = (
    "CREATE TABLE parent (id INTEGER PRIMARY KEY)",
    "CREATE TABLE child (id INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED)",
    "CREATE TRIGGER fail AFTER {} BEGIN INSERT INTO child VALUES (1); END",
)


def help_in(err: str) -> str:
    return " ".join(err.split("= help: ")[1].split("\n\n", maxsplit=1)[0].split())


def run_sql(made: Desk, *statements: str) -> None:
    connection = sqlite3.connect(made.root / "guard.db")
    for statement in statements:
        connection.execute(statement)
    connection.close()


def test_a_role_that_is_misspelt_is_written_as_the_help_says(desk):
    ran = answer(desk, role="duti", more=("--policy", "claims.policy"))
    (role,) = told(help_in(ran.err), "cli/_desk.py: did you mean `{}`?")
    assert answer(desk, role=role, more=("--policy", "claims.policy")).code == 0


def test_an_answer_that_the_store_did_not_keep_is_given_again_when_the_store_works(desk):
    run_sql(desk, *(each.format("UPDATE ON approvals") for each in TRIGGER))
    ran = answer(desk, more=TRAIL)
    told(help_in(ran.err), "cli/approvals.py: answer again when the store works")
    run_sql(desk, "DROP TRIGGER fail")
    assert answer(desk, more=TRAIL).code == 0
    assert desk.json("approvals", "show", ID, "--store", "guard.db")["approval"]["state"] != "pending"


def test_calls_that_the_store_kept_stopped_are_resumed_again_when_it_works(desk):
    Stores.sqlite(desk.root / "guard.db").stops.trip(Stop("STOP-1", "", "errors", 1, 1, ("boss",)))
    run_sql(desk, *(each.format("DELETE ON stops") for each in TRIGGER))
    ran = resume(desk, *TRAIL, name="STOP-1")
    told(help_in(ran.err), "cli/stops.py: resume again when the store works")
    run_sql(desk, "DROP TRIGGER fail")
    assert resume(desk, *TRAIL, name="STOP-1").code == 0
    assert desk.json("stops", "list", "--store", "guard.db")["stops"] == []


def test_calls_that_are_stopped_already_are_listed_and_can_be_stopped_by_another_name(desk):
    assert trip(desk).code == 0
    (line, _) = re.findall("`([^`]+)`", help_in(trip(desk).err) + " `x`")
    told(help_in(trip(desk).err), "cli/stops.py: `policykit stops list --store {}` shows it; give another name")
    assert "INCIDENT-7" in desk.run(*shlex.split(line)[1:]).out
    assert trip(desk, name="INCIDENT-8").code == 0


@pytest.mark.parametrize("taken", ["HUMAN-1", "INCIDENT-7"])
def test_a_name_of_your_own_is_one_that_no_clause_has(desk, taken):
    path = desk.root / "claims.policy"
    path.write_text(path.read_text().replace("HUMAN-1", taken))
    ran = trip(desk, "--policy", "claims.policy", name=taken)
    (name,) = told(help_in(ran.err), "cli/_desk.py: such as `{}`")
    assert trip(desk, "--policy", "claims.policy", name=name).code == 0


def test_a_stop_that_is_misspelt_is_resumed_as_the_help_says(desk):
    assert trip(desk).code == 0
    ran = resume(desk, name="INCIDENT-77")
    (name,) = told(help_in(ran.err), "guard/stores/admission.py: did you mean `{}`?")
    assert resume(desk, name=name).code == 0


def test_the_stops_that_are_tripped_are_listed_by_the_command_that_the_help_shows(desk):
    assert trip(desk).code == 0
    help_ = help_in(resume(desk, name="ZZZ").err)
    told(help_, "guard/stores/admission.py: `policykit stops list --store FILE` shows what is tripped")
    (line,) = re.findall("`([^`]+)`", help_)
    ran = desk.run(*shlex.split(line.replace("FILE", "guard.db"))[1:])
    assert "INCIDENT-7" in ran.out


def test_a_store_is_made_by_the_guard_as_the_help_shows(desk):
    ran = desk.run("approvals", "list", "--store", "new.db")
    help_ = help_in(ran.err)
    told(help_, "guard/stores/sqlite_database.py: the guard makes its store when it starts: `Stores.sqlite(path)`")
    (line,) = re.findall("`([^`]+)`", help_)
    stores = eval(line, {"Stores": Stores, "path": desk.root / "new.db"})
    stores.stops.tripped()
    assert desk.run("approvals", "list", "--store", "new.db").code == 0
