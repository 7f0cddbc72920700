"""`policykit approvals` and `policykit stops`, run as a person at the desk runs them, and a guard that waits for them."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import stat
import time

import pytest

from policykit.cli.people.text import length_text, short_ids
from policykit.guard import Answer, Guard, Stores
from policykit.guard.stores.protocol import ApprovalRequest, Stop
from policykit.trail.format.keys import load_signing_key
from policykit.trail.write.append import Trail
from policykit.trail.write.options import TrailOptions
from tests.e2e.desk import make

ID = "3f9a1c0d11223344"
S = 10**9
TRAIL = ("--trail", "trail", "--key", "trail.pem", "--state", "state")


@pytest.fixture
def desk(tmp_path):
    """A desk with a store, in which a call waits, and a trail that a guard keeps open."""
    made = make(tmp_path / "desk")
    key = load_signing_key(made.root / "trail.pem", "example.com/claims")
    options = TrailOptions(state_directory=made.root / "state")
    with Trail.open(made.root / "trail", signer=key.note_signer(), options=options):
        stores(made)
        ask(made)
        yield made


def stores(desk):
    return Stores.sqlite(desk.root / "guard.db")


def ask(desk, identifier=ID, seconds=14_400, **other):
    now = time.time_ns()
    created = now if seconds > 0 else now + (seconds - 60) * S
    members = {
        "digest": f"hmac-sha256:{identifier}", "clauses": ("HUMAN-1",), "roles": ("duty", "boss"), "phase": "request",
        "function": "refund", "policy_digest": "sha256:0", "created_ns": created, "expires_ns": now + seconds * S,
        "facts": {"invoice.id": "77"}, "maker": "u-17", **other,
    }  # fmt: skip
    stores(desk).approvals.ask(ApprovalRequest(identifier, **members), created)


def answer(desk, verb="approve", which=ID, *, role="duty", by="Ann", reason="looked", more=()):
    return desk.run(
        "approvals", verb, which, "--store", "guard.db", "--role", role, "--by", by, "--reason", reason, *more
    )


def trip(desk, *more, name="INCIDENT-7", role="boss", by="Bo"):
    return desk.run("stops", "trip", name, "--store", "guard.db", "--role", role, "--by", by, "--reason", "odd", *more)


def resume(desk, *more, name="INCIDENT-7", role="boss", by="Bo"):
    return desk.run(
        "stops", "resume", name, "--store", "guard.db", "--role", role, "--by", by, "--reason", "fixed", *more
    )


def code_of(ran):
    return json.loads(ran.err)["diagnostics"][0]["code"] if ran.err.startswith("{") else ran.err[6:11]


# --- list and show ----------------------------------------------------------------------------------------------------


def test_an_empty_list_says_so(tmp_path):
    desk = make(tmp_path / "desk")
    stores(desk)
    assert desk.run("approvals", "list", "--store", "guard.db").out == "no call waits for an answer\n"
    assert desk.run("approvals", "list", "--store", "guard.db", "--all").out == "no approvals are kept\n"
    assert desk.run("stops", "list", "--store", "guard.db").out == "no stop is tripped: calls are made\n"
    assert desk.run("stops", "log", "--store", "guard.db").out == "no stop was ever tripped\n"
    assert desk.json("approvals", "list", "--store", "guard.db") == {"approvals": [], "not_shown": 0}
    assert desk.json("stops", "list", "--store", "guard.db") == {"stops": []}


def test_the_list_says_who_asks_why_about_what_and_how_long_is_left(desk):
    ran = desk.run("approvals", "list", "--store", "guard.db", "--policy", "claims.policy")
    for part in ("1 call waits", "Europe/Berlin, the time zone of the policy", 'HUMAN-1 "Large refunds go to a person"',
                 "u-17", "duty or boss", "3 h 59 min", "a wrong refund cannot be called back", "invoice.id = 77",
                 "refund, request", ID[:8], "another version of the policy asks"):  # fmt: skip
        assert part in ran.out
    plain = desk.run("approvals", "list", "--store", "guard.db", TZ="America/New_York")
    assert "the time zone of this machine" in plain.out
    assert "Large refunds" not in plain.out


def test_json_holds_everything_and_times_are_utc(desk):
    (entry,) = desk.json("approvals", "list", "--store", "guard.db", "--policy", "claims.policy")["approvals"]
    assert entry["clauses"] == [
        {"id": "HUMAN-1", "title": "Large refunds go to a person", "because": "a wrong refund cannot be called back"}
    ]
    assert (entry["id"], entry["state"], entry["maker"], entry["roles"]) == (ID, "pending", "u-17", ["duty", "boss"])
    assert entry["expires"].endswith("Z")
    assert 14_000 < entry["seconds_left"] <= 14_400
    assert desk.json("approvals", "show", ID, "--store", "guard.db")["approval"]["digest"] == f"hmac-sha256:{ID}"


def test_what_was_answered_or_has_expired_is_listed_only_when_asked_for(desk):
    ask(desk, "aa00000000000000", seconds=-5)
    answer(desk)
    assert desk.json("approvals", "list", "--store", "guard.db")["approvals"] == []
    every = desk.json("approvals", "list", "--store", "guard.db", "--all")["approvals"]
    assert [entry["state"] for entry in every] == ["granted", "expired"]
    assert "granted by Ann as duty: looked" in desk.run("approvals", "list", "--store", "guard.db", "--all").out


def test_a_list_that_is_cut_says_how_many_are_not_shown(desk):
    for number in range(3):
        ask(desk, f"{number}b00000000000000")
    assert "2 more: give --limit" in desk.run("approvals", "list", "--store", "guard.db", "--limit", 2).out
    assert desk.json("approvals", "list", "--store", "guard.db", "--limit", 2)["not_shown"] == 2


def test_characters_that_a_terminal_acts_upon_are_not_printed(desk):
    ask(desk, "bb00000000000000", maker="u\x1b[2J\u202e", facts={"invoice.id": "\x1b]0;x\x07\nfake line"})
    out = desk.run("approvals", "list", "--store", "guard.db").out
    assert not set(out) & {"\x1b", "\x07", "\u202e"}
    assert "invoice.id = \\u{1b}]0;x\\u{7}\\u{a}fake line" in out


def test_a_beginning_that_no_other_has_names_an_approval(desk):
    ask(desk, "3f9a1c0dffffffff")
    listed = desk.run("approvals", "list", "--store", "guard.db").out
    assert "3f9a1c0d1  " in listed
    assert "3f9a1c0df  " in listed
    assert desk.run("approvals", "show", "3f9a1c0d1", "--store", "guard.db").code == 0
    for which, code in (("3f9a1c0d", "PK390"), ("ffff", "PK384"), ("", "PK384"), ("%", "PK384"), ("*", "PK384")):
        ran = answer(desk, which=which)
        assert (ran.code, code_of(ran)) == (2, code)


def test_shortest_beginnings_are_those_that_no_other_has():
    assert short_ids(["abcdefgh12", "abcdefgh13", "zz"]) == {
        "abcdefgh12": "abcdefgh12", "abcdefgh13": "abcdefgh13", "zz": "zz",
    }  # fmt: skip
    assert short_ids(["0" * 16, "1" * 16]) == {"0" * 16: "0" * 8, "1" * 16: "1" * 8}


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-3, "0 s"), (0, "0 s"), (59.9, "59 s"), (60, "1 min"), (3_599, "59 min 59 s"), (3_600, "1 h"), (3_605, "1 h"),
     (90_000, "1 d 1 h"), (86_400 * 30, "30 d")],
)  # fmt: skip
def test_a_length_of_time_is_rounded_down_to_two_units(seconds, text):
    assert length_text(seconds) == text


# --- answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("verb", "state"), [("approve", "granted"), ("deny", "denied")])
def test_an_answer_is_kept_with_person_role_and_reason(desk, verb, state):
    ran = answer(desk, verb, ID[:8])
    assert ran.code == 0, ran.err
    assert ran.out.startswith(f"{state} {ID} (HUMAN-1) by Ann as duty: ")
    shown = desk.json("approvals", "show", ID, "--store", "guard.db")["approval"]
    assert shown["state"] == state
    assert shown["answer"] == {"by": "Ann", "role": "duty", "granted": verb == "approve", "reason": "looked"}
    assert desk.records("approval") == [], "no trail was named"


@pytest.mark.parametrize(
    ("how", "code"),
    [({"role": "nobody"}, "PK386"), ({"by": "U-17"}, "PK387"), ({"by": " u\u201017 "}, "PK387")],
)  # fmt: skip
@pytest.mark.parametrize(
    "more",
    [
        (),
        TRAIL,
        (
            "--format",
            "json",
        ),
    ],
)
def test_an_answer_that_may_not_be_given_is_refused_and_recorded_nowhere(desk, how, code, more):
    ran = answer(desk, more=more, **how)
    assert (ran.code, code_of(ran)) == (1, code)
    assert desk.json("approvals", "show", ID, "--store", "guard.db")["approval"]["state"] == "pending"
    assert desk.records("approval") == []


def test_what_was_answered_used_or_has_expired_cannot_be_answered(desk):
    ask(desk, "ee00000000000000", seconds=-1)
    assert answer(desk).code == 0
    used = stores(desk).approvals
    for which in (ID, "ee"):
        again = answer(desk, "deny", which)
        assert (again.code, code_of(again)) == (1, "PK385")
    assert used.use(ID, f"hmac-sha256:{ID}", time.time_ns())
    assert "is used" in answer(desk).err


@pytest.mark.parametrize(
    "how", [{"by": ""}, {"by": " "}, {"reason": ""}, {"reason": "x" * 2_001}, {"by": "a\nb"}, {"role": "\x1b"}]
)
def test_what_cannot_go_on_record_is_not_understood(desk, how):
    ran = answer(desk, **how)
    assert (ran.code, code_of(ran)) == (2, "PK951")


def test_with_the_policy_a_role_that_it_does_not_have_is_shown_with_the_nearest(desk):
    ran = answer(desk, role="dutty", more=("--policy", "claims.policy"))
    assert (ran.code, code_of(ran)) == (2, "PK953")
    assert "did you mean `duty`?" in ran.err


# --- the trail --------------------------------------------------------------------------------------------------------


def test_an_answer_is_on_the_trail_that_a_guard_has_open_and_the_trail_stays_valid(desk):
    ran = answer(desk, more=TRAIL)
    assert ran.code == 0, ran.err
    (record,) = desk.records("approval")
    assert (record["request"], record["approver"], record["role"], record["granted"]) == (ID, "Ann", "duty", True)
    assert "decision_id" not in record
    assert f"recorded: record {record['seq']} of example.com/claims" in ran.out
    assert desk.run("trail", "verify", "trail", "--vkey", "trail.pem.vkey").code == 0


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (("--trail", "trail"), "PK950"),
        (("--trail", "trail", "--key", "other.pem", "--state", "state"), "PK950"),
        (("--trail", "nowhere", "--key", "trail.pem", "--state", "state"), "PK706"),
        (("--trail", "trail", "--key", "nothing.pem", "--state", "state"), "PK800"),
        (("--trail", "trail", "--key", "guard.db", "--state", "state"), "PK800"),
    ],
)
def test_what_cannot_be_recorded_does_not_count(desk, more, code):
    desk.run("keys", "generate", "example.com/claims", "-o", "other.pem")
    stores(desk).stops.trip(Stop("STOP-1", "", "errors", 1, 1, ("boss",)))
    for ran in (answer(desk, more=more), resume(desk, *more, name="STOP-1")):
        assert (ran.code, code_of(ran)) == (2, code)
    assert desk.json("approvals", "show", ID, "--store", "guard.db")["approval"]["state"] == "pending"
    assert len(desk.json("stops", "list", "--store", "guard.db")["stops"]) == 1
    assert desk.records("approval", "stop_resumed") == []
    assert not (desk.root / "nowhere").exists()


def test_an_answer_that_the_store_did_not_keep_is_on_the_trail_and_does_not_count(desk, monkeypatch):
    """The disk is full at the commit: the order is record, then answer, so an approval never lacks its record."""
    deferred = "CREATE TABLE parent (id INTEGER PRIMARY KEY)", (
        "CREATE TABLE child (id INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED)"
    ), "CREATE TRIGGER fail AFTER UPDATE ON approvals BEGIN INSERT INTO child VALUES (1); END"  # fmt: skip
    connection = sqlite3.connect(desk.root / "guard.db")
    for statement in deferred:
        connection.execute(statement)
    connection.close()
    ran = answer(desk, more=TRAIL)
    assert (ran.code, code_of(ran)) == (2, "PK952")
    assert len(desk.records("approval")) == 1
    assert desk.json("approvals", "show", ID, "--store", "guard.db")["approval"]["state"] == "pending"


def test_calls_are_stopped_even_where_the_trail_cannot_be_written(desk):
    ran = trip(desk, "--trail", "trail", "--key", "nothing.pem", "--state", "state")
    assert (ran.code, code_of(ran)) == (2, "PK952")
    assert "the calls are stopped" in ran.err
    assert [each["stop"]["id"] for each in desk.json("stops", "list", "--store", "guard.db")["stops"]] == ["INCIDENT-7"]


# --- stops ------------------------------------------------------------------------------------------------------------


def test_a_person_stops_calls_and_another_role_may_not_resume_them(desk):
    assert trip(desk, "--tool", "ledger", "--resume-by", "boss", *TRAIL).code == 0
    listed = desk.run("stops", "list", "--store", "guard.db").out
    for part in ("INCIDENT-7: calls to ledger", "cause       odd", "resumed by  boss"):
        assert part in listed
    again = trip(desk)
    assert again.code == 0, "all calls are others than those to one tool"
    assert (trip(desk).code, code_of(trip(desk))) == (1, "PK391")
    wrong = resume(desk, role="duty")
    assert (wrong.code, code_of(wrong)) == (1, "PK386")
    assert resume(desk, *TRAIL).code == 0
    missing = resume(desk)
    assert (missing.code, code_of(missing)) == (2, "PK388")
    (tripped,), (resumed,) = desk.records("stop_tripped"), desk.records("stop_resumed")
    assert (tripped["stop"], tripped["scope"], tripped["by"], tripped["role"]) == ("INCIDENT-7", "ledger", "Bo", "boss")
    assert (resumed["by"], resumed["role"], resumed["reason"]) == ("Bo", "boss", "fixed")
    log = desk.json("stops", "log", "--store", "guard.db")["events"]
    assert [(each["event"], each["by"], each["role"], each["reason"]) for each in log] == [
        ("tripped", "Bo", "boss", "odd"), ("tripped", "Bo", "boss", "odd"),
        ("resumed", "Bo", "boss", "fixed"), ("resumed", "Bo", "boss", "fixed"),
    ]  # fmt: skip
    assert "Bo (boss): fixed" in desk.run("stops", "log", "--store", "guard.db").out
    cut = desk.run("stops", "log", "--store", "guard.db", "--limit", 1)
    assert "3 older events" in cut.out


@pytest.mark.parametrize(
    ("name", "more", "code"),
    [
        ("", (), "PK954"), ("-x y", (), "PK954"), ("7", (), "PK954"), ("a" * 65, (), "PK954"), ("é", (), "PK954"),
        ("HUMAN-1", ("--policy", "claims.policy"), "PK954"),
        ("X", ("--policy", "claims.policy", "--tool", "leger"), "PK953"),
        ("X", ("--policy", "claims.policy", "--resume-by", "bos"), "PK953"),
        ("X", ("--resume-by", " "), "PK951"), ("X", ("--trail", "trail"), "PK950"),
    ],
)  # fmt: skip
def test_a_stop_that_could_not_be_resumed_as_meant_is_not_tripped(desk, name, more, code):
    ran = desk.run(
        "stops", "trip", *more, "--store", "guard.db", "--role", "boss", "--by", "Bo", "--reason", "r", "--", name
    )
    assert (ran.code, code_of(ran)) == (2, code)
    assert desk.json("stops", "list", "--store", "guard.db")["stops"] == []


def test_the_command_and_the_guard_leave_the_same_record_and_log(desk):
    key = load_signing_key(desk.root / "trail.pem", "example.com/claims")
    options = TrailOptions(state_directory=desk.root / "state")
    trip(desk)
    with Trail.open(desk.root / "trail", signer=key.note_signer(), options=options) as trail:
        guard = Guard.load(
            desk.root / "claims.policy", stores=stores(desk), trail=trail, context_facts=["principal.id"]
        )
        guard.resume("INCIDENT-7", role="boss", by="Bo", reason="fixed")
        guard.close()
    trip(desk)
    assert resume(desk, *TRAIL).code == 0
    own = {"seq", "prev", "ts", "head", "log", "mono_ns", "boot", "v"}
    first, second = ({k: v for k, v in each.items() if k not in own} for each in desk.records("stop_resumed"))
    assert (
        first == second == {"type": "stop_resumed", "stop": "INCIDENT-7", "by": "Bo", "role": "boss", "reason": "fixed"}
    )
    events = [e for e in desk.json("stops", "log", "--store", "guard.db")["events"] if e["event"] == "resumed"]
    assert [(e["by"], e["role"], e["reason"]) for e in events] == [("Bo", "boss", "fixed")] * 2


def test_a_guard_in_another_process_sees_stops_resumptions_and_answers(tmp_path):
    desk = make(tmp_path / "desk")
    with desk.app() as app:
        assert app.made() == "made"
        assert trip(desk).code == 0
        assert app.made() == "stop", "the policy pauses nothing by itself"
        assert resume(desk).code == 0
        assert app.made() == "made"
        assert trip(desk, "--tool", "ledger").code == 0
        assert app.made() == "made", "another tool's calls go on"
        app.call("800 EUR")
        waits = desk.waiting()
        assert (waits["maker"], waits["facts"]["invoice.id"]) == ("u-17", "INV-77")
        assert answer(desk, "deny", waits["id"]).code == 0
        assert app.heard() == "ask"
    kinds = [r["type"] for r in desk.records() if r["type"].startswith("approval")]
    assert kinds == ["approval_requested", "approval"]
    assert desk.run("trail", "verify", "trail", "--vkey", "trail.pem.vkey").code == 0


# --- bad input --------------------------------------------------------------------------------------------------------

COMMANDS = [
    ("approvals", "list"), ("approvals", "show", "3f"), ("stops", "list"), ("stops", "log"),
    ("approvals", "approve", "3f", "--role", "duty", "--by", "Ann", "--reason", "r"),
    ("approvals", "deny", "3f", "--role", "duty", "--by", "Ann", "--reason", "r"),
    ("stops", "trip", "X", "--role", "boss", "--by", "Bo", "--reason", "r"),
    ("stops", "resume", "X", "--role", "boss", "--by", "Bo", "--reason", "r"),
]  # fmt: skip


def damaged(root):
    """Return files that are no stores, with the code of each."""
    Stores.sqlite(root / "newer.db")
    connection = sqlite3.connect(root / "newer.db")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    connection = sqlite3.connect(root / "other.db")
    connection.execute("CREATE TABLE customers (name)")
    connection.close()
    (root / "text.db").write_text("policy x\n" * 200)
    (root / "empty.db").touch()
    (root / "folder.db").mkdir()
    Stores.sqlite(root / "corrupt.db")
    data = bytearray((root / "corrupt.db").read_bytes())
    data[100:4_096] = os.urandom(3_996)
    (root / "corrupt.db").write_bytes(data)
    (root / "loop.db").symlink_to("loop.db")
    os.mkfifo(root / "fifo.db")
    return {
        "newer.db": "PK381", "other.db": "PK381", "text.db": "PK381", "empty.db": "PK381", "folder.db": "PK380",
        "corrupt.db": "PK382", "missing.db": "PK380", "loop.db": "PK380", "fifo.db": "PK380", "no/such/folder.db": "PK380",
    }  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: "-".join(command[:2]))
def test_a_file_that_is_no_store_is_an_error_with_a_code_and_stays_as_it_is(tmp_path, command):
    desk = make(tmp_path / "desk")
    for name, code in damaged(desk.root).items():
        path = desk.root / name
        before = path.read_bytes() if path.is_file() else None
        ran = desk.run(*command, "--store", name)
        assert (ran.code, code_of(ran), ran.out) == (2, code, ""), name
        assert (path.read_bytes() if path.is_file() else None) == before
        as_json = desk.run(*command, "--store", name, "--format", "json")
        assert json.loads(as_json.err)["diagnostics"][0]["code"] == code
    assert not (desk.root / "missing.db").exists()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: "-".join(command[:2]))
def test_a_store_that_may_not_be_read_is_an_error_with_a_code(tmp_path, monkeypatch, command):
    """The superuser may read everything, so in its tests SQLite says that it may not."""
    desk = make(tmp_path / "desk")
    stores(desk)
    if os.geteuid():
        (desk.root / "guard.db").chmod(0)
    else:
        denied = sqlite3.OperationalError("unable to open database file")
        denied.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN

        def connect(*_arguments, **_options):
            raise denied

        monkeypatch.setattr(sqlite3, "connect", connect)
    ran = desk.run(*command, "--store", "guard.db")
    assert (ran.code, code_of(ran)) == (2, "PK382")
    assert "be the user of the guard" in ran.err


def test_a_row_that_is_not_understood_is_an_error_with_a_code(desk):
    connection = sqlite3.connect(desk.root / "guard.db")
    connection.execute("UPDATE approvals SET request = '{'")
    connection.commit()
    connection.close()
    for command in COMMANDS[:2]:
        ran = desk.run(*command, "--store", "guard.db")
        assert (ran.code, code_of(ran)) == (2, "PK382")


@pytest.mark.parametrize("left", ["open", "closed", "crashed"])
def test_what_only_shows_changes_neither_the_store_nor_its_log(tmp_path, left):
    desk = make(tmp_path / "desk")
    opened = stores(desk)
    ask(desk)
    opened.approvals.answer(ID, Answer("Ann", "duty", True), time.time_ns())
    if left == "crashed":  # the log still holds what the file does not
        copies = {name: (desk.root / name).read_bytes() for name in ("guard.db", "guard.db-wal")}
        assert copies["guard.db-wal"]
    if left != "open":
        del opened
    if left == "crashed":
        for name, data in copies.items():
            (desk.root / name).write_bytes(data)
    before = state_of(desk.root)
    for command in (*COMMANDS[:4], ("approvals", "list", "--all"), ("approvals", "list", "--format", "json")):
        assert desk.run(*command, "--store", "guard.db").code == 0
    assert desk.json("approvals", "show", "3f", "--store", "guard.db")["approval"]["state"] == "granted"
    assert state_of(desk.root) == before


def state_of(root):
    """Return what the store's file and its log hold, and when they were changed; an empty log is none."""
    files = [root / "guard.db", root / "guard.db-wal"]
    there = [path for path in files if path.exists() and path.stat().st_size]
    return [(path.name, hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns) for path in there]


def test_the_store_may_be_named_by_the_environment(desk):
    assert "1 call waits" in desk.run("approvals", "list", POLICYKIT_STORE="guard.db").out
    assert desk.run("approvals", "list").code == 2


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: "-".join(command[:2]))
def test_help_says_the_exit_codes(tmp_path, command):
    ran = make(tmp_path / "desk").run(*command[:2], "--help")
    assert ran.code == 0
    assert "Exit 0" in ran.out
    assert ", 2 when" in " ".join(ran.out.split()).replace("; 2", ", 2")


def test_what_is_kept_is_readable_by_its_user_alone(desk):
    answer(desk, more=TRAIL)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in desk.root.glob("guard.db*")}
    assert modes == {0o600}
