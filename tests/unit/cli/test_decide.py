"""Laws of `policykit decide`: every record is decided or refused, never skipped; any input ends in bounded memory."""

from __future__ import annotations

import json
import os
import tracemalloc

import pytest

from policykit.engine.call_records import read_calls

ALLOWED = {"call": {"model": "a-1"}}
DENIED = {"call": {"model": "x-9"}}
ASKED = {"phase": "response", "refund": {"amount": "500.01 EUR"}}


@pytest.fixture
def calls(tmp_path):
    """Return a function that writes records, or raw lines, as JSONL."""

    def write(*records: object, name: str = "calls.jsonl") -> str:
        lines = [r if isinstance(r, bytes) else json.dumps(r).encode() for r in records]
        (tmp_path / name).write_bytes(b"".join(line + b"\n" for line in lines))
        return name

    return write


def test_every_call_is_a_line_and_a_summary_ends_the_run(policykit, policy, calls):
    ran = policykit("decide", policy, calls(ALLOWED, b"", DENIED, ASKED, {"phase": "response"}))
    assert ran.err == ""
    assert ran.code == 1
    assert ran.out == (
        "     1  request      allow\n"
        "     3  request      deny          MODEL-1\n"
        "        deny: the model x-9 is not approved\n"
        "     4  response     ask           HUMAN-1\n"
        "        ask: duty; within 4 hours; otherwise deny\n"
        "     5  response     ask           HUMAN-1 (unknown)\n"
        "        refund.amount is missing\n"
        "        ask: duty; within 4 hours; otherwise deny\n"
        "4 calls: 1 allow, 2 ask, 1 deny\n"
    )


def test_all_allowed_ends_with_0(policykit, policy, calls):
    assert policykit("decide", policy, calls(ALLOWED, ALLOWED)).code == 0


def test_a_warning_alone_ends_with_0(policykit, policy, calls):
    record = {"phase": "tool input", "windows": {"count of calls today": 4}}
    ran = policykit("decide", policy, calls(record))
    assert (ran.code, ran.out.splitlines()[0].split()) == (0, ["1", "tool", "input", "warn", "COUNT-1"])


def test_json_is_one_object_a_line_with_the_summary_elsewhere(policykit, policy, calls):
    ran = policykit("decide", policy, calls(ALLOWED, DENIED), "--format", "json")
    found = [json.loads(line) for line in ran.out.splitlines()]
    assert [(f["line"], f["effect"], f["matched"]) for f in found] == [(1, "allow", []), (2, "deny", ["MODEL-1"])]
    assert ran.err == "2 calls: 1 allow, 1 deny\n"


def test_why_shows_what_was_read_and_what_would_change_it(policykit, policy, calls):
    ran = policykit("decide", policy, calls(ASKED), "--why")
    assert "refund.amount is 500.01 EUR" in ran.out
    assert "not to match: refund.amount would have to be at most 500 EUR (it is 500.01 EUR)" in ran.out
    as_json = json.loads(policykit("decide", policy, calls(ASKED), "--why", "--format", "json").out)
    assert as_json["rules"][0]["outcome"] == "matched"


def test_the_phase_of_the_command_is_for_records_that_name_none(policykit, policy, calls):
    ran = policykit(
        "decide", policy, calls({"refund": {"amount": 1}}, ALLOWED | {"phase": "request"}), "--phase", "response"
    )
    assert [line.split()[1:3] for line in ran.out.splitlines()[:2]] == [["response", "allow"], ["request", "allow"]]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(DENIED),
        json.dumps(DENIED, indent=2),
        f"{json.dumps(ALLOWED)}\n{json.dumps(DENIED)}",
        json.dumps([ALLOWED, DENIED], indent=1),
    ],
)
def test_standard_input_may_hold_lines_or_one_document(policykit, policy, text):
    ran = policykit("decide", policy, "-", stdin=text.encode())
    assert ran.code == 1
    assert "deny          MODEL-1" in ran.out


def test_a_json_file_may_hold_one_record_or_a_list(policykit, policy, tmp_path):
    path = tmp_path / "calls.json"
    path.write_text(json.dumps(DENIED, indent=2))
    assert policykit("decide", policy, path).out.endswith("1 call: 1 deny\n")
    path.write_text("\ufeff" + json.dumps([ALLOWED, DENIED], indent=2), encoding="utf-8")
    assert policykit("decide", policy, path).out.endswith("2 calls: 1 allow, 1 deny\n")


BAD = [
    (b'{"call": {"model": "a-1",}}', "PK010"),
    (b'{"call": {"model": "a-1", "model": "b-2"}}', "PK011"),
    (b"[" * 100_000, "PK012"),
    (b'{"call": {"temperature": ' + b"9" * 5_000 + b"}}", "PK013"),
    (b'{"call": {"temperature": 1e999999999}}', "PK013"),
    (b'{"call": {"confidence": NaN}}', "PK014"),
    (b'{"call": {"confidence": Infinity}}', "PK014"),
    (b'{"call": {"model": "\xff"}}', "PK005"),
    (b'{"call": {"model": "\\ud800"}}', "PK009"),
    (b"7", "PK452"),
    (b"null", "PK452"),
    (b'{"call": {"modle": "a-1"}}', "PK459"),
    (b'{"call": {"model": 7}}', "PK457"),
    (b'{"phase": "later", "call": {"model": "a-1"}}', "PK451"),
    (b'{"phase": 7}', "PK482"),
    (b'{"windows": 7}', "PK482"),
    (b'{"windows": {"call": 1}, "call": {"model": "a-1"}}', "PK482"),
    (json.dumps({f"f{i}": i for i in range(300_000)}).encode(), "PK015"),
]


@pytest.mark.parametrize(("line", "code"), BAD, ids=[f"{code}-{line[:24]!r}" for line, code in BAD])
def test_a_record_that_is_not_understood_is_named_with_its_line_and_never_decided(policykit, policy, calls, line, code):
    ran = policykit("decide", policy, calls(ALLOWED, line, DENIED))
    assert ran.code == 2
    assert f"error[{code}]" in ran.err
    assert "calls.jsonl:2" in ran.err
    assert ran.out.endswith("3 calls: 1 allow, 1 deny, 1 not understood\n")
    assert "Traceback" not in ran.err
    assert len(ran.err) < 20_000


def test_a_misspelt_field_is_named_with_the_nearest(policykit, policy, calls):
    assert "did you mean `call.model`?" in policykit("decide", policy, calls({"call": {"modle": "a-1"}})).err


@pytest.mark.parametrize("content", [b"", b"\n\n  \n"])
def test_a_run_over_nothing_is_a_failure(policykit, policy, tmp_path, content):
    for name in ("calls.jsonl", "calls.json"):
        (tmp_path / name).write_bytes(content)
        ran = policykit("decide", policy, name)
        assert ran.code == 2
        assert "error[PK480]: there is no call record" in ran.err


def test_files_that_cannot_be_read_end_with_2(policykit, policy, tmp_path):
    assert "PK001" in policykit("decide", policy, "missing.jsonl").err
    assert "PK002" in policykit("decide", policy, tmp_path).err
    assert policykit("decide", "missing.policy", "missing.jsonl").code == 2


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_neither_a_pipe_nor_a_device_is_waited_for(policykit, policy, tmp_path):
    os.mkfifo(tmp_path / "pipe.jsonl")
    assert "PK002" in policykit("decide", policy, "pipe.jsonl").err
    assert "PK002" in policykit("decide", policy, "/dev/zero").err


def test_a_policy_with_errors_decides_nothing(policykit, policy, calls):
    policy.write_text(policy.read_text().replace("call.model", "call.modle"))
    ran = policykit("decide", policy, calls(ALLOWED))
    assert (ran.code, ran.out) == (2, "")
    assert "did you mean `call.model`?" in ran.err


def test_many_bad_records_are_counted_and_not_all_shown(policykit, policy, calls):
    ran = policykit("decide", policy, calls(*[b"?"] * 500))
    assert ran.err.count("error[PK010]") == 50
    assert "only counted" in ran.err
    assert ran.out == "500 calls: 500 not understood\n"


def test_a_line_without_end_is_refused_and_ends_the_run(policykit, policy, tmp_path):
    path = tmp_path / "long.jsonl"
    with path.open("wb") as file:
        file.write(json.dumps(ALLOWED).encode() + b"\n")
        file.truncate(1 << 30)
    ran = policykit("decide", policy, path)
    assert ran.code == 2
    assert "error[PK481]: the record is too long" in ran.err


def test_reading_a_long_file_takes_the_memory_of_one_record(tmp_path):
    path = tmp_path / "long.jsonl"
    path.write_bytes((json.dumps(ALLOWED | {"text": "x" * 1_000}).encode() + b"\n") * 20_000)
    told = []
    tracemalloc.start()
    try:
        count = sum(1 for call in read_calls(str(path), told.append) if call.problem is None)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 20_000
    assert sum(told) == path.stat().st_size
    assert peak < 2_000_000


def test_text_of_a_record_cannot_act_on_the_terminal(policykit, policy, calls):
    ran = policykit("decide", policy, calls({"call": {"model": "\x1b[2J\u202e"}}), "--why")
    assert "\x1b" not in ran.out
    assert "\u202e" not in ran.out
    assert "\\u{1b}[2J" in ran.out


WINDOWED = """language 1
policy desk version "1.0.0"
party us "Us"
role duty of us
rule SPEND-1 "Not too often" owner duty on request when count of calls today > 3 and call.model is "a-1" then deny
rule MODEL-1 "Only one" owner duty on request when call.model is "b-2" then deny
rule MAIL-1 "No addresses" owner duty on request when call.text contains any of pii.email then redact
"""


@pytest.fixture
def windowed(tmp_path):
    def decided(policykit, *records, more=()):
        (tmp_path / "desk.policy").write_text(WINDOWED)
        (tmp_path / "calls.jsonl").write_text("".join(json.dumps(each) + "\n" for each in records))
        return policykit("decide", str(tmp_path / "desk.policy"), str(tmp_path / "calls.jsonl"), *more)

    return decided


def test_a_window_that_is_not_in_the_record_decides_nothing(policykit, windowed):
    ran = windowed(policykit, {"call": {"model": "a-1", "text": "x"}}, {"call": {"model": "c", "text": "x"}})
    first, second, *rest = ran.out.splitlines()
    assert first.split() == ["1", "request", "allow", "SPEND-1", "(not", "decided)"]
    assert second.split() == ["2", "request", "allow"]
    assert rest[1] == "SPEND-1 was not decided for 1 of them: its window is not in the call record"
    assert "policykit replay" in rest[2]
    assert ran.code == 1


def test_what_the_other_rules_say_stands(policykit, windowed):
    ran = windowed(policykit, {"call": {"model": None, "text": "x"}}, {"call": {"model": "b-2", "text": "x"}})
    assert [line.split()[2] for line in ran.out.splitlines() if " request " in line] == ["deny", "deny"]


def test_a_window_in_the_record_decides(policykit, windowed):
    for count, effect in ((3, "allow"), (4, "deny")):
        ran = windowed(policykit, {"call": {"model": "a-1", "text": "x"}, "count of calls today": count})
        assert ran.out.split()[2] == effect
        assert "not decided" not in ran.out


def test_json_says_what_was_not_decided(policykit, windowed):
    ran = windowed(policykit, {"call": {"model": "a-1", "text": "x"}}, more=("--format", "json"))
    found = json.loads(ran.out)
    assert (found["effect"], found["not_decided"]) == ("allow", {"SPEND-1": ["count of calls today"]})


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_explanation_never_prints_what_a_rule_protects(policykit, windowed, form):
    record = {"call": {"model": "b-2", "text": "write to ada@example.com"}}
    ran = windowed(policykit, record, more=("--why", "--format", form))
    assert "ada@example" not in ran.out + ran.err
    assert "b-2" in ran.out
    assert "24 characters, not shown because rules search it" in ran.out


def test_json_names_no_effect_of_a_rule_that_was_not_decided(policykit, windowed):
    ran = windowed(
        policykit,
        {"call": {"model": "a-1", "text": "x"}},
        {"call": {"model": "a-1", "text": "x"}, "count of calls today": 4},
        more=("--format", "json"),
    )
    undecided, decided = (json.loads(line) for line in ran.out.splitlines())
    assert not [each for each in undecided["obligations"] if each["kind"] == "deny"]
    assert [each["clauses"] for each in decided["obligations"]] == [["SPEND-1"]]
