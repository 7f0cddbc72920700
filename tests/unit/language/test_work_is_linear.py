"""The law that three times the file is three times the work, for each part of the language that a file can have many of.

Work is counted in lines of Python that ran, so that a loop within a loop shows and a busy machine does not.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from policykit.language.check import check
from policykit.language.english import explain_policy
from policykit.language.format import format_tree
from policykit.language.parse import parse
from policykit.source import SourceFile
from tests.unit.language.check.kit import VOCABULARY, TextPacks

HEAD = 'language 1\npolicy p version "1.0.0"\nparty a "A"\nrole r of a\ngate g "the gate"\nevidence e : evaluation\n'
SECTION = 'section s "S"\n  owner r\n'
RULE = 'rule R-{n} "x"\n  on request\n  when call.model is "m{n}"\n  then deny\n'
RULES = HEAD + SECTION
QUESTION = RULES + 'rule R-1 "x"\n  on request\n  when '
SHAPES = {
    "roles": (HEAD, "role r{n} of a\n"),
    "roles of no party": (HEAD, "role r{n} of b{n}\n"),
    "one name again and again": (HEAD, "let v = {n}\n"),
    "values": (HEAD, "let v{n} = {n}\n"),
    "values of values": (HEAD + "let v0 = 1\n", "let v{n} = v{m}\n"),
    "facts": (HEAD, 'fact f.x{n} : number "x"\n'),
    "facts of no type": (HEAD, 'fact f.x{n} : nmber "x"\n'),
    "evidence of no kind": (HEAD, "evidence e{n} : evaluatin\n"),
    "comments above": (HEAD, "\n# about r{n}\n\nrole r{n} of a\n"),
    "comments behind": (HEAD, "role r{n} of a # about r{n}\n"),
    "comments at the end": (HEAD, "# x{n}\n\n"),
    "rules": (RULES, RULE),
    "rules of one name": (RULES, RULE.replace("R-{n}", "R-1")),
    "rules with misspelt facts": (RULES, RULE.replace("call.model", "call.modell{n}")),
    "rules with names of nobody": (RULES, RULE.replace("call.model", "zz{n}")),
    "rules without an effect": (RULES, RULE.replace("\n  then deny", "")),
    "rules full of comments": (RULES, RULE.replace("\n", " # b\n")),
    "requirements": (RULES, 'requirement Q-{n} "x"\n  shown by e\n  before g\n  check e.cases >= {n}\n'),
    "requirements of no evidence": (RULES, 'requirement Q-{n} "x"\n  shown by f{n}\n  check f{n}.cases >= 1\n'),
    "sections": (HEAD, 'section s{n} "S"\n  owner r\n'),
    "tests": (RULES + RULE.format(n=1), 'test "t{n}"\n  given call.model is "m1"\n  expect R-1 acts\n'),
    "no statements": ("", "word{n} word word\n"),
    "signs": (HEAD, "let v{n} = \u20ac{n},35 \u201cx\u201d \u2013 \u2265\n"),
    "alternatives": (QUESTION, 'call.model is "m{n}" or ', 'call.model is "m"\n  then deny\n'),
    "words of a list": (QUESTION + "call.model in [", '"m{n}", ', '"m"]\n  then deny\n'),
    "summands": (QUESTION, "call.input_tokens + ", "call.input_tokens > 1\n  then deny\n"),
    "owners": (HEAD + 'section s "S"\n  owner ', "r{n}, ", "r\n"),
    "facts in a message": (RULES + RULE.format(n=1).rstrip() + ' "', "{{call.model}} {{zz{n}}} ", '"\n'),
}  # fmt: skip
"""What stands once, what is repeated, and what stands behind it."""


def text_of(shape: str, count: int) -> str:
    before, repeated, *behind = SHAPES[shape]
    return before + "".join(repeated.format(n=n, m=n - 1) for n in range(1, count + 1)) + "".join(behind)


def work(doing: Callable[[], object]) -> int:
    count = 0

    def seen(frame, event, argument):
        nonlocal count
        count += 1
        return seen

    before = sys.gettrace()
    sys.settrace(seen)
    try:
        doing()
    finally:
        sys.settrace(before)
    return count


def stages(text: str) -> dict[str, int]:
    """Return the work of each stage that the text comes to."""
    found = {}

    def counted(name: str, doing: Callable[[], Any]) -> Any:
        results = []
        found[name] = work(lambda: results.append(doing()))
        return results[0]

    parsed = counted("parse", lambda: parse(SourceFile("x.policy", text)))
    if not parsed.diagnostics:
        counted("format", lambda: format_tree(parsed.tree))
        checked = counted("check", lambda: check(parsed.tree, VOCABULARY, packs=TextPacks({})))
        if checked.policy is not None:
            counted("explain", lambda: explain_policy(checked.policy, {}))
    return found


@pytest.mark.parametrize("shape", SHAPES)
def test_three_times_the_file_is_three_times_the_work_at_most(shape):
    stages(text_of(shape, 5))  # what is made once is made now
    small, large = stages(text_of(shape, 100)), stages(text_of(shape, 300))
    assert small.keys() == large.keys()
    assert {stage for stage in small if large[stage] > 3.1 * small[stage]} == set()
