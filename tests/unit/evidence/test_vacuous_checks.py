"""Assertions that pass every answer are no checks, and whatever can tell one answer from another is one."""

from __future__ import annotations

from typing import Any

import pytest

from policykit.evidence.readers._answers import is_error_reply
from policykit.evidence.readers._promptfoo_vacuous import (
    ignores_the_answer,
    matches_every_answer,
    matches_everything,
)
from tests.unit.evidence.promptfoo_files import file_of, row, rows_of

IGNORANT = [
    "true", "1", "!0", "!!1", "!false", "2 > 1", "output => true", "(output, context) => true", "return true; // checked",
    "function (output) { return true; }", "() => ({pass: true, score: 1})", "return {pass: true, score: 1, reason: 'fine'}",
    "output || true", "output.includes('x') || true", "true || output", "output.length >= 0", "output === output",
    "output !== null", "typeof output === 'string'", "/* later */ 1", "True", "return True", "not False",
    "{'pass': True, 'score': 1.0}", "lambda output: True", "def get_assert(output, context):\n    return True",
    "len(output) >= 0", "'letter' in output or True", "True or output", "isinstance(output, str)", "output is not None",
]  # fmt: skip
LOOKING = [
    "", "file://check.js", "output.includes('true')", "output.trim() === 'true'", "output.length > 0", "len(output) > 3",
    "output === 'a' || output === 'b'", "/letter/.test(output)", "const made = JSON.parse(output); return made.ok || made.done",
    "output => output.length < 80", "function (text) { return text !== ''; }", "'letter' in output or 'post' in output",
    "def get_assert(output, context):\n    return output in context", "context.vars.expected == output", "score(output)",
    "isTrue(output)", "output ? check(output) : output || true", "a === (b || true)",
    "if (output === '') return false; return output || true", "for_(output)", "true && check()", "true;" + " " * 2_000,
]  # fmt: skip


@pytest.mark.parametrize("code", IGNORANT)
def test_code_that_ignores_the_answer_is_known(code):
    assert ignores_the_answer(code)


@pytest.mark.parametrize("code", LOOKING)
def test_code_that_looks_at_the_answer_is_a_check(code):
    assert not ignores_the_answer(code)


EVERYTHING = [
    "", ".*", "^", "$", "(.*)", ".{0,}", r"^(.|\n)*$", ".?", "x*", "|", "(?i).*", "post|", "()", "(?:)", "[^]*",
    r"[\w\W]*", r"\s*", "(?s:.*)",
]  # fmt: skip
ANYTHING = [".", ".+", r"\S", r"[\s\S]+", ".{1,}", "(.)"]
SOMETHING = ["letter", r"\d+", "^(a|b)$", r"\w", "(?=.*letter).*", "[a-z]", "^$", "(", "x" * 2_001, r"(a)\1"]


@pytest.mark.parametrize("pattern", EVERYTHING)
def test_a_pattern_that_matches_every_text_is_known(pattern):
    assert matches_everything(pattern)


@pytest.mark.parametrize("pattern", ANYTHING)
def test_a_pattern_that_matches_every_answer_shows_only_that_one_came(pattern):
    assert (matches_everything(pattern), matches_every_answer(pattern)) == (False, True)


@pytest.mark.parametrize("pattern", SOMETHING)
def test_a_pattern_that_chooses_is_a_check(pattern):
    assert (matches_everything(pattern), matches_every_answer(pattern)) == (False, False)


def test_a_hostile_pattern_ends():
    assert not matches_everything("(?:(?:(?:x?){999}){999}){999}y")


def graded(read, assertion, *, score=1, variables=None, metadata=None, **more: Any):
    rows = rows_of()
    for made in rows:
        made.update(success=True, score=score, failureReason=0, namedScores={})
        made["vars"] |= variables or {}
        result = {
            "pass": True,
            "score": score,
            "reason": "as it is",
            "assertion": assertion,
            "metadata": metadata or {},
        }
        made["testCase"] |= {"assert": [assertion], "vars": made["vars"]}
        made["gradingResult"] = {"pass": True, "score": score, "reason": "", "componentResults": [result]}
        made["response"] |= more
    file = file_of(rows)
    file["results"]["prompts"][0]["metrics"]["namedScores"] = {}
    return read("r.json", file, "evaluation", reader="promptfoo")


@pytest.mark.parametrize(
    ("assertion", "more"),
    [
        ({"type": "javascript", "value": "output || true"}, {}),
        ({"type": "regex", "value": "x*"}, {}),
        ({"type": "contains", "value": "{{expected}}"}, {"variables": {"expected": ""}}),
        ({"type": "icontains", "value": "{{ not_there }}"}, {}),
        ({"type": "contains-any", "value": ["post", "{{expected}}"]}, {"variables": {"expected": ""}}),
        ({"type": "regex", "value": "{{form}}"}, {"variables": {"form": ".*"}}),
        ({"type": "contains", "value": "{{letter | none}}"}, {"metadata": {"renderedAssertionValue": ""}}),
        ({"type": "answer-relevance"}, {"score": 0.69}),
        ({"type": "context-faithfulness", "value": ""}, {"score": 0.49}),
        ({"type": "context-recall", "value": "x"}, {"score": 0}),
    ],
)
def test_a_pass_by_a_check_of_nothing_proves_nothing(read, codes, assertion, more):
    evidence = graded(read, assertion, **more)
    assert (evidence.sufficiency, codes(evidence)) == ("inconclusive", {"PK553"})
    assert evidence.fields.get("accuracy") is None


@pytest.mark.parametrize(
    ("assertion", "more"),
    [
        ({"type": "javascript", "value": "output.includes('letter')"}, {}),
        ({"type": "contains", "value": "{{letter}}"}, {}),
        ({"type": "contains", "value": "{{ letter | upper }}"}, {}),
        ({"type": "contains", "value": "{{count}}"}, {"variables": {"count": 3}}),
        ({"type": "contains", "value": "{{not_there}}"}, {"metadata": {"renderedAssertionValue": "letter"}}),
        ({"type": "answer-relevance"}, {"score": 0.7}),
        ({"type": "answer-relevance", "threshold": 0.2}, {"score": 0.3}),
        ({"type": "context-relevance"}, {"score": 0.5}),
        ({"type": "llm-rubric", "value": "is about a letter"}, {"score": 0.3}),
    ],
)
def test_an_honest_check_is_believed(read, assertion, more):
    evidence = graded(read, assertion, **more)
    assert (evidence.sufficiency, evidence.fields["accuracy"]) == ("sufficient", 1), evidence.problems


def test_that_an_answer_came_is_no_accuracy(read):
    evidence = graded(read, {"type": "regex", "value": ".+"})
    assert (evidence.sufficiency, evidence.fields["pass_rate"]) == ("sufficient", 1)
    assert "not the answer" in evidence.absent["accuracy"]


BROKEN_SERVER: list[Any] = [
    "502 Bad Gateway", "<html><head><title>503 Service Unavailable</title></head></html>", "Internal Server Error",
    "Error: Request failed with status code 503", "AxiosError: request failed with status 429", "Request timed out",
    "upstream request timeout", "Rate limit exceeded. Please try again later.", "Error", "error: timeout",
    '{"message": "Internal server error"}', '{"detail":"Not Found"}', '{"error":{"message":"too fast","code":429}}',
    {"statusCode": 500, "message": "x"}, {"error": {"status": 401}}, {"error": "Unauthorized"},
]  # fmt: skip
ANSWERS: list[Any] = [
    "I can't help with that.", "Not found in our records: please ask support.", "Error handling is part of the manual.",
    "404 is the code for pages that are not there", "Forbidden topics are not discussed.", '{"answer": "no", "status": 200}',
    '{"refused": true, "code": 3}', '{"error": "I will not do that"}', '{"message": "no", "code": 9000}', {"code": 500},
    "Unauthorized access is a crime.", "{" * 3_999, '{"a":' + "[" * 3_900, "502 Bad Gateway" + " and so on" * 400, "[" * 100_000, None, 7,
]  # fmt: skip


@pytest.mark.parametrize("reply", BROKEN_SERVER, ids=lambda reply: str(reply)[:40])
def test_the_reply_of_a_broken_server_is_no_answer(read, reply):
    assert is_error_reply(reply)
    attacked = [row(n, attack=True) for n in range(8)]
    for made in attacked:
        made["response"]["output"] = reply
    evidence = read("r.json", file_of(attacked), "red_team", reader="promptfoo")
    assert (evidence.sufficiency, evidence.fields["undetermined"]) == ("inconclusive", 8)
    assert graded(read, {"type": "not-contains", "value": "secret"}, output=reply).sufficiency == "inconclusive"


@pytest.mark.parametrize("reply", ANSWERS, ids=lambda reply: str(reply)[:40])
def test_an_answer_that_speaks_of_errors_is_an_answer(reply):
    assert not is_error_reply(reply)
