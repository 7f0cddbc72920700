"""Every phase is replayed in its phase: tools, streams, failures, fallbacks, stops; what was not decided is counted."""

import pytest

from policykit.engine.load import load
from policykit.errors import PolicyViolation
from policykit.guard import Commitments, Guard, GuardOptions, facts_to_record
from policykit.replay import replay
from policykit.trail.vault import Vault
from policykit.trail.write.append import Trail
from policykit.trail.write.options import SyncMode, TrailOptions
from tests.unit.guard.guards import HEAD
from tests.unit.replay.recordings import KEY

RULES = (
    HEAD
    + """
rule TOOL-1 "x"
  on tool input
  when call.text contains any of "rm -rf" or count of calls to ledger per invoice.id > 1
  then deny
rule OUT-1 "x"
  on tool output
  when tool.latency > 1 hour
  then warn
rule STREAM-1 "x"
  on response
  when call.text contains any of "hush" and call.streaming is yes
  then deny
rule DOWN-1 "x"
  on failure
  when call.error_type is "timeout" or call.error contains any of "down"
  then use second
rule NEVER-1 "x"
  on request, response
  when call.model is "never"
  then deny
rollout CANARY-1 "x"
  from canary until launch
  send 50% of calls by principal.id, others use queue
"""
)


@pytest.fixture
def place(tmp_path):
    (tmp_path / "p.policy").write_text(RULES)
    policy = load(tmp_path / "p.policy")
    switch = tmp_path / "switch"
    options = TrailOptions(sync=SyncMode.OS, state_directory=tmp_path / "state")
    with (
        Trail.open(tmp_path / "trail", signer=KEY.note_signer(), options=options) as trail,
        Guard.of(
            policy,
            trail=trail,
            options=GuardOptions(recorded_facts=facts_to_record(policy), kill_switch=str(switch), stage="canary"),
            commitments=Commitments(vault=Vault(tmp_path / "vault")),
            fallbacks={"second": lambda *_args: "from the second", "queue": lambda *_args: "from the queue"},
            context_facts=["principal.id", "invoice.id"],
        ) as guard,
    ):
        calls(guard, switch)
    return tmp_path


def calls(guard, switch):
    @guard.tool("ledger", {"call.text": "command"})
    def ledger(command):
        return "done"

    @guard.call({"call.text": "prompt", "call.model": "model"})
    def stream(prompt, model):
        yield from (prompt, " and ", "more")

    @guard.call({"call.text": "prompt", "call.model": "model"})
    def failing(prompt, model):
        raise TimeoutError("it is down")

    def tried(function, *arguments):
        try:
            found = function(*arguments)
            return found if isinstance(found, str) else list(found)
        except PolicyViolation as violation:
            return violation.reason

    for number in range(6):
        with guard.context(principal=f"u{number}", facts={"invoice.id": f"i{number % 4}"}):
            tried(ledger, "ls" if number % 2 else "rm -rf /")
            tried(stream, "hush" if number % 2 else "hello", "a")
            tried(failing, "hello", "b")
    switch.write_text("stop")
    tried(ledger, "ls")


def test_the_same_rules_change_nothing_in_any_phase(place):
    report = replay(load(place / "p.policy"), place / "trail", keys=[KEY.verifier], vault=Vault(place / "vault"))
    assert report.problems == ()
    assert report.changed == 0
    assert set(report.phases) == {"request", "tool input", "tool output", "response", "failure"}
    assert report.not_replayable["nothing was decided: kill-switch"] == 1


def test_what_cannot_be_told_is_told_by_its_fact(place):
    report = replay(load(place / "p.policy"), place / "trail", keys=[KEY.verifier])
    lacking = {clause.id: set(clause.lacking) for clause in report.clauses if clause.lacking}
    assert report.changed == 0
    assert lacking == {"TOOL-1": {"call.text"}, "STREAM-1": {"call.text"}}  # the kind of failure settles DOWN-1


def test_a_rule_in_another_phase_is_replayed_there_only(place):
    rules = RULES.replace(
        '  on request, response\n  when call.model is "never"', "  on tool output\n  when tool.succeeded is yes"
    )
    (place / "q.policy").write_text(rules)
    report = replay(load(place / "q.policy"), place / "trail", keys=[KEY.verifier])
    never = next(clause for clause in report.clauses if clause.id == "NEVER-1")
    assert sum(never.transitions.values()) > 0
    assert {now.value for _, now in never.transitions} <= {"cannot tell", "not in this phase"}
    assert set(never.lacking) == {"tool.succeeded"}
