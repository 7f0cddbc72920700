"""Laws of the guard's helps: what they say to do is done to the letter, and the guard is made or the call answered."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from policykit.errors import GuardError
from policykit.guard import Argument, Commitments, GuardOptions, Mode, Stores
from policykit.guard.stores.problems import StoreError
from policykit.trail.vault import Vault
from tests.helps import told
from tests.unit.guard.guards import HEAD, guard_of

TEXT = 'rule WORD-1 "x"\n on request\n when call.text contains any of "stop"\n then deny\n'
REDACT = 'rule PII-1 "x"\n on request\n when call.text contains any of pii.email\n then redact\n'
TEAM = 'rule TEAM-1 "x"\n on request\n when call.team is "claims"\n then deny\n'
DOWN = 'rule DOWN-1 "x"\n on failure\n then use queue\n'
MISSPELT = "guard/problems.py: did you mean `{}`?"


def help_of(make):
    with pytest.raises(GuardError) as raised:
        make()
    return raised.value.diagnostics[0].help


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "wrong", "right"),
    [
        (TEAM, {"context_facts": ["call.teem"]}, lambda name: {"context_facts": [name]}),
        (DOWN, {"fallbacks": {"queu": str}}, lambda name: {"fallbacks": {name: str}}),
        (TEXT, {"approvers": {"dutty": None}}, lambda name: {"approvers": {name: None}}),
        (TEXT, {"comitments": None}, lambda name: {name: None}),
    ],
)
def test_a_name_that_is_misspelt_is_given_as_the_help_says(rules, wrong, right):
    (name,) = told(help_of(lambda: guard_of(rules, **wrong)), MISSPELT)
    assert guard_of(rules, **right(name))


def test_a_clause_that_is_misspelt_is_given_as_the_help_says():
    help_ = help_of(lambda: guard_of(TEXT, options=GuardOptions(clause_modes={"WRD-1": Mode.SHADOW})))
    (name,) = told(help_, MISSPELT)
    assert guard_of(TEXT, options=GuardOptions(clause_modes={name: Mode.SHADOW}))


def test_a_word_of_an_option_that_is_misspelt_is_given_as_the_help_says():
    (word,) = told(help_of(lambda: GuardOptions(arguments="playn")), "guard/options.py: did you mean `{}`?")
    assert GuardOptions(arguments=word)


# --- settings ---------------------------------------------------------------------------------------------------------


def evaluated(line):
    names = {"GuardOptions": GuardOptions, "Stores": Stores, "Commitments": Commitments}
    return eval(f"dict({line})", names)


@pytest.mark.parametrize("wrong", [{"stage": "canary"}, {"arguments": "off", "mode": Mode.SHADOW}])
def test_an_option_is_written_where_the_help_writes_it(wrong):
    help_ = help_of(lambda: guard_of(TEXT, **wrong))
    told(help_, "guard/loading.py: write `options=GuardOptions({})`")
    options = evaluated(*re.findall("`([^`]+)`", help_))["options"]
    assert options == GuardOptions(**wrong)
    assert guard_of(TEXT, options=options)


def test_an_option_is_written_among_the_others():
    help_ = help_of(lambda: guard_of(TEXT, stage="canary", options=GuardOptions(arguments="off")))
    (written,) = told(help_, "guard/loading.py: write `options=GuardOptions({})`, with your other options")
    options = evaluated(f"options=GuardOptions(arguments='off', {written})")["options"]
    assert guard_of(TEXT, options=options)


def test_a_fallback_is_bound_as_the_help_shows():
    from policykit.guard import Guard
    from tests.unit.guard.guards import policy_of

    help_ = help_of(lambda: Guard.of(policy_of(DOWN)))
    (name,) = told(help_, 'guard/loading.py: give `fallbacks={"{}": function}` when the guard is loaded')
    assert Guard.of(policy_of(DOWN), fallbacks={name: lambda _: "later"})


def test_keyed_arguments_have_a_secret_of_the_length_that_is_expected():
    keyed = GuardOptions(arguments="keyed")
    with pytest.raises(GuardError) as raised:
        guard_of(TEXT, options=keyed)
    (found,) = raised.value.diagnostics
    told(found.help, "guard/loading.py: give `secret=...`")
    assert guard_of(TEXT, options=keyed, secret=bytes(int(re.match(r"\d+", found.expected)[0])))


def test_a_rollout_with_gates_has_the_stage_that_was_reached():
    rules = 'rollout CANARY-1 "x"\n from canary until launch\n send 20% of calls by call.team, others use queue\n'
    told(help_of(lambda: guard_of(rules)), "guard/rollouts.py: set `stage` in the guard's options")
    assert guard_of(rules, options=GuardOptions(stage="canary"))


def test_texts_are_left_out_of_the_recorded_facts_and_kept_in_a_vault(tmp_path):
    help_ = help_of(lambda: guard_of(TEXT, options=GuardOptions(recorded_facts=["call.text"])))
    told(help_, "guard/recording/facts.py: leave it out; a vault keeps texts: `commitments=Commitments(vault=...)`")
    (line,) = re.findall("`([^`]+)`", help_)
    settings = eval(f"dict({line.replace('...', 'vault')})", {"Commitments": Commitments, "vault": Vault(tmp_path)})
    assert guard_of(TEXT, options=GuardOptions(recorded_facts=[]), **settings)


# --- functions --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mend", ["parameter", "context", "unknown"])
def test_a_fact_that_a_rule_reads_is_supplied_in_each_way_of_the_help(mend):
    def function(prompt, team="claims"):
        return "fine"

    help_ = help_of(lambda: guard_of(TEAM).call({"call.text": "prompt"})(function))
    told(help_, "guard/plan.py: bind it to a parameter, name it in `context_facts`, or list it in `unknown`")
    if mend == "parameter":
        assert guard_of(TEAM).call({"call.text": "prompt", "call.team": "team"})(function)
    elif mend == "context":
        assert guard_of(TEAM, context_facts=["call.team"]).call({"call.text": "prompt"})(function)
    else:
        assert guard_of(TEAM).call({"call.text": "prompt"}, unknown=["call.team"])(function)


class TextOfBody:
    """A lens on one member."""

    def read(self, value):
        return (value["text"],)

    def write(self, value, texts):
        return {**value, "text": texts[0]}


@pytest.mark.parametrize("mend", ["text", "lens"])
def test_a_text_that_is_changed_is_bound_to_what_can_be_changed(mend):
    place = {"call.text": Argument("body", read=lambda body: body["text"])}
    help_ = help_of(lambda: guard_of(REDACT).call(place)(lambda body: body["text"]))
    told(help_, "guard/plan.py: bind the fact to a text, or to an argument with a lens")
    if mend == "text":
        guarded = guard_of(REDACT).call({"call.text": "text"})(lambda text: text)
        assert "ann@" not in guarded("to ann@example.com")
    else:
        lens = Argument("body", TextOfBody())
        guarded = guard_of(REDACT).call({"call.text": lens})(lambda body: body["text"])
        assert "ann@" not in guarded({"text": "to ann@example.com"})


@pytest.mark.parametrize("kind", [classmethod, staticmethod])
def test_the_decorator_is_put_where_the_help_says(kind):
    guard = guard_of(TEXT)
    decorated = guard.call({"call.text": "prompt"})
    help_ = help_of(lambda: decorated(kind(lambda *arguments: arguments)))
    assert told(help_, "guard/wrap.py: put the guard's decorator below {}") == (f"@{kind.__name__}",)

    class Assistant:
        if kind is classmethod:

            @classmethod
            @decorated
            def answer(cls, prompt):
                return prompt

        else:

            @staticmethod
            @decorated
            def answer(prompt):
                return prompt

    assert Assistant.answer("hello") == "hello"


def test_a_synchronous_function_has_a_synchronous_fallback():
    async def queue(prompt):
        return "x"

    guard = guard_of(DOWN, fallbacks={"queue": queue})
    help_ = help_of(lambda: guard.call({"call.text": "prompt"})(lambda prompt: prompt))
    told(help_, "guard/binding_guard.py: bind a synchronous function to the fallback")
    guard = guard_of(DOWN, fallbacks={"queue": lambda _: "later"})

    @guard.call({"call.text": "prompt"})
    def function(prompt):
        raise ConnectionError

    assert function("x") == "later"


# --- the store --------------------------------------------------------------------------------------------------------

MADE = "import sys; from policykit.guard import Stores; Stores.sqlite(sys.argv[1]).stops.tripped()  # leaves no index behind"


@pytest.fixture
def store():
    """A store of the guard, in a folder that every user may look into."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        path = Path(folder) / "guard.db"
        subprocess.run([sys.executable, "-c", MADE, path], check=True)
        os.chmod(path, 0o644)
        yield path


@contextmanager
def another_user(path):
    """Be somebody who may read the store and write nothing, as far as the system lets a test."""
    if os.geteuid() == 0:
        os.seteuid(65_534)
    else:
        os.chmod(path.parent, 0o555)
    try:
        yield
    finally:
        if os.geteuid() == 65_534:
            os.seteuid(0)
        os.chmod(path.parent, 0o755)


def test_the_user_of_the_guard_can_read_what_another_cannot(store):
    with another_user(store), pytest.raises(StoreError) as raised:
        Stores.sqlite(store).stops.tripped()
    told(
        raised.value.diagnostics[0].help,
        "guard/stores/sqlite_database.py: be the user of the guard: even a reader needs SQLite's index, `-shm`, "
        "beside the file",
    )
    assert Stores.sqlite(store).stops.tripped() == []


def test_the_head_of_these_tests_declares_what_they_name():
    assert "fallback queue" in HEAD
