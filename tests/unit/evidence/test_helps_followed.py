"""Laws of evidence's helps: what they say to do with a file is done to the letter, and the file then counts."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from policykit.evidence.freshness import CLOCK_TOLERANCE
from policykit.evidence.reader import PolicyTerms
from tests.helps import told
from tests.unit.evidence import junit_files, promptfoo_files
from tests.unit.evidence.conftest import NOW
from tests.unit.evidence.test_garak import END, init, judged, report, setup
from tests.unit.evidence.test_litellm import call, lines


@dataclass(frozen=True)
class Followed:
    """A file with a fault, the help that it gives, and the same file with the help followed."""

    form: str
    name: str
    kind: str
    wrong: Any
    right: Any
    wrong_more: dict[str, Any] = field(default_factory=dict)
    right_more: dict[str, Any] = field(default_factory=dict)
    right_name: str = ""
    right_kind: str = ""


def hand(**stated: object) -> str:
    head = {"evidence": "evaluation", "produced_at": "2026-11-20T10:00:00Z"}
    lines_ = [f"{name}: {value}" for name, value in {**head, **stated.pop("head", {})}.items()]
    return "\n".join([*lines_, "values:", *(f"  {name}: {value}" for name, value in stated.items())]) + "\n"


GOOD_HAND = hand(cases=512)


def rows_with(change: Callable[[Any], None], *, attack: bool = False, **about: Any) -> Any:
    """Return a promptfoo file whose first row was made otherwise before anything was counted."""
    rows = promptfoo_files.rows_of(attack=attack)
    change(rows[0])
    return {**promptfoo_files.file_of(rows), **about}


def file_with(change: Callable[[Any], None], *, attack: bool = False) -> Any:
    """Return a promptfoo file that was changed after everything was counted."""
    made = promptfoo_files.file_of(promptfoo_files.rows_of(attack=attack))
    change(made)
    return made


GOOD_RUN = promptfoo_files.file_of(promptfoo_files.rows_of())
GOOD_ATTACKS = promptfoo_files.file_of(promptfoo_files.rows_of(attack=True))


def crashed(row: Any) -> None:
    row["gradingResult"]["componentResults"][0] |= {
        "pass": False,
        "score": 0,
        "reason": "Custom function threw error: x",
    }
    row["gradingResult"] |= {"pass": False, "score": 0.5, "reason": "Custom function threw error: x"}
    row |= {"success": False, "score": 0.5, "failureReason": 2, "error": "Custom function threw error: x"}


def failed_call(row: Any) -> None:
    row |= {"success": False, "score": 0, "failureReason": 2, "error": "API error: 500", "response": None}
    row["gradingResult"] = None


def ungraded(row: Any) -> None:
    row["gradingResult"] |= {"componentResults": [], "score": 1}
    row["testCase"]["assert"] = []


def unanswered(row: Any) -> None:
    row["response"] = {"output": None}


def provided(row: Any) -> None:
    row["testCase"]["providerOutput"] = row["response"]["output"]


def labelled(file: Any) -> None:
    for row in file["results"]["results"]:
        row["provider"] = {"id": "file://desk.py", "label": "desk"}


def two_prompts() -> Any:
    """Return a file in which four tests were run with each of two prompts, and beside it one run apart."""
    rows = [
        {**promptfoo_files.row(n), "testIdx": n % 4, "promptIdx": n // 4, "promptId": "pq"[n // 4]} for n in range(8)
    ]
    both, apart = promptfoo_files.file_of(rows), promptfoo_files.file_of([promptfoo_files.row(n) for n in range(4)])
    both["config"]["tests"] = both["config"]["tests"][:4]
    one = both["results"]["prompts"][0]
    half = {
        name: value / 2 if isinstance(value, float) else value // 2 if isinstance(value, int) else value
        for name, value in one["metrics"].items()
    }
    half["tokenUsage"] = {name: number // 2 for name, number in one["metrics"]["tokenUsage"].items()}
    half["namedScores"] = {"tone": 4}
    half["totalLatencyMs"] = sum(row["latencyMs"] for row in rows[:4])
    other = {**half, "totalLatencyMs": sum(row["latencyMs"] for row in rows[4:])}
    both["results"]["prompts"] = [
        {**one, "metrics": half},
        {**one, "id": "q", "raw": "say {{letter}}", "metrics": other},
    ]
    return {**both, "apart": apart}


MEANT = (
    "evidence/readers/_promptfoo_options.py: bind each run as a file of its own, or say which one is meant with the "
    "options `provider` and `prompt`, which the policy must permit: `permits provider, prompt`"
)


def mixed(file: Any) -> None:
    del file["results"]["results"][0]["metadata"]["pluginId"]
    del file["results"]["results"][0]["testCase"]["metadata"]["pluginId"]


def strategy(version: str) -> Callable[[Any], None]:
    def change(file: Any) -> None:
        file["metadata"]["promptfooVersion"] = version
        for row in file["results"]["results"]:
            row["metadata"]["strategyId"] = row["testCase"]["metadata"]["strategyId"] = "jailbreak"

    return change


PROMPTFOO = [
    Followed("evidence/readers/_promptfoo_problems.py: rows could be missing: export the evaluation again, whole", "r.json", "evaluation",
             file_with(lambda f: (f["results"].pop("stats"), f["results"]["prompts"][0].pop("metrics"))), GOOD_RUN),
    Followed("evidence/readers/_promptfoo_problems.py: bind it to evidence of the kind `red_team`", "r.json", "evaluation", GOOD_ATTACKS, GOOD_ATTACKS, right_kind="red_team"),
    Followed("evidence/readers/_promptfoo_problems.py: totals count a crashed assertion as a failure: store the results too, with `promptfoo eval -o`", "r.json",
             "evaluation", file_with(lambda f: f["results"].update(results=[])), GOOD_RUN),
    Followed("evidence/readers/_promptfoo_problems.py: an empty run is never a pass: run it again", "r.json", "evaluation",
             {"evalId": "e", "results": {"version": 3, "timestamp": "2026-11-20T10:00:00.000Z", "prompts": [], "results": [],
              "stats": {"successes": 0, "failures": 0, "errors": 0}}, "config": {}}, GOOD_RUN),
    Followed("evidence/readers/_promptfoo_problems.py: run `promptfoo redteam run`", "r.json", "red_team", GOOD_RUN, GOOD_ATTACKS),
    Followed("evidence/readers/_promptfoo_problems.py: bind red-team tests and other tests as files of their own", "r.json", "red_team",
             file_with(mixed, attack=True), GOOD_ATTACKS),
    Followed("evidence/readers/_promptfoo_problems.py: run it again with promptfoo 0.123.1 or later (promptfoo issue 10930)", "r.json", "red_team",
             file_with(strategy("0.122.0"), attack=True), file_with(strategy("0.123.1"), attack=True)),
    Followed("evidence/readers/_promptfoo_problems.py: run the tests against the system", "r.json", "evaluation", rows_with(provided), GOOD_RUN),
    Followed("evidence/readers/_promptfoo_problems.py: state the model in the evidence manifest", "r.json", "evaluation", file_with(labelled), GOOD_RUN),
    Followed("evidence/readers/_promptfoo_problems.py: export the evaluation again", "r.json", "evaluation",
             file_with(lambda f: f["results"]["results"].append(f["results"]["results"][0])), GOOD_RUN),
    Followed("evidence/readers/_promptfoo_problems.py: they say nothing about the model: correct the assertions and run again", "r.json", "evaluation",
             rows_with(crashed), GOOD_RUN),
    Followed("evidence/readers/_promptfoo_problems.py: run `promptfoo retry`, or run again", "r.json", "evaluation", rows_with(failed_call), GOOD_RUN),
    Followed("evidence/readers/_promptfoo_problems.py: give each test an assertion (`assert` or `defaultTest`), and export with the grading results", "r.json",
             "evaluation", rows_with(ungraded), GOOD_RUN),
    Followed("evidence/readers/_promptfoo_problems.py: make the target answer, or assert what it should answer, such as `contains`; export with the answers",
             "r.json", "evaluation", rows_with(unanswered), GOOD_RUN),
    Followed("evidence/readers/_promptfoo_problems.py: the file was changed after promptfoo wrote it, or a person overruled it: run it again", "r.json",
             "evaluation", file_with(lambda f: f["results"]["results"][3].update(success=True)), GOOD_RUN),
    Followed("evidence/readers/_promptfoo_totals.py: the file was cut, changed or mixed with another: export the evaluation "
             "again, or run it again", "r.json", "evaluation", file_with(lambda f: f["results"]["stats"].update(successes=5, failures=3)),
             GOOD_RUN),
    Followed(MEANT, "r.json", "evaluation", two_prompts(), two_prompts()["apart"]),
    Followed(MEANT, "r.json", "evaluation", two_prompts(), two_prompts(),
             right_more={"options": {"prompt": "q"}, "terms": PolicyTerms("golden", frozenset({"provider", "prompt"}))}),
]  # fmt: skip

RUN = (setup(), init(), judged("dan.Dan_11_0", 8, 2), judged("promptinject.HijackHateHumans", 10, 0))
GOOD_GARAK = report(*RUN, END)
UTC = {"zone": "UTC"}


def garak(form: str, *wrong: Any, right: str = GOOD_GARAK) -> Followed:
    return Followed(form, "x.report.jsonl", "red_team", report(*wrong), right, UTC, UTC)


AGAIN = "evidence/readers/garak.py: the report was cut or mixed with another: run garak again"
GARAK = [
    garak("evidence/readers/garak.py: run garak to its end", setup(), init(), END),
    garak("evidence/readers/garak.py: they pass or fail whatever the model says: run real probes, such as `promptinject`",
          setup(), init(), judged("test.Blank", 10, 0), END,
          right=report(setup(), init(), judged("promptinject.HijackHateHumans", 10, 0), END)),
    garak("evidence/readers/garak.py: state the model in an evidence manifest if the policy asks for it",
          setup(**{"plugins.target_type": "rest", "plugins.target_name": "desk"}), *RUN[1:], END),
    garak("evidence/readers/garak.py: bind each run as a file of its own", *RUN, judged("dan.Dan_11_0", 8, 2), END),
    garak("evidence/readers/garak.py: find out why the target did not answer or the detector did not judge, and run garak again",
          *RUN[:3], judged("promptinject.HijackHateHumans", 2, 0, nones=8, total_evaluated=2, total_processed=10), END),
    garak("evidence/readers/garak.py: run garak with more prompts or generations",
          *RUN[:3], judged("promptinject.HijackHateHumans", 1, 0), END),
    garak(AGAIN, setup(**{"run.eval_threshold": 1.5}), *RUN[1:], END),
]  # fmt: skip

CASE, SUITE = junit_files.case, junit_files.pytest_file
GOOD_JUNIT = SUITE(CASE("a"), CASE("b"))


def junit(form: str, wrong: str, right: str = GOOD_JUNIT) -> Followed:
    return Followed(form, "r.xml", "test_run", wrong, right, UTC, UTC)


JUNIT = [
    junit("evidence/readers/junit.py: counts alone are not proof: have the tool write its test cases", SUITE(t=3)),
    junit("evidence/readers/junit.py: an empty run is never a pass: run it again", SUITE()),
    junit("evidence/readers/junit.py: run them without skips", SUITE(CASE("a", "<skipped/>"), s=1)),
    junit("evidence/readers/junit.py: have the tool write the report again, with all of its test cases",
          f"<testsuites><failure/>{GOOD_JUNIT.removeprefix('<testsuites name=' + chr(34) + 'pytest tests' + chr(34) + '>')}"),
    junit("evidence/readers/junit.py: write each suite once",
          GOOD_JUNIT.replace("</testsuites>", GOOD_JUNIT[GOOD_JUNIT.index("<testsuite "):])),
    junit("evidence/readers/junit.py: have the tool write `failure`, `error` or `skipped` elements",
          SUITE(CASE("a", "<broken/>")), SUITE(CASE("a"), CASE("b", "<failure/>"), f=1)),
    junit("evidence/readers/junit.py: run all of it, and bind the whole result; pytest counts subtests that passed and does "
          "not write them: use `parametrize` in their place", SUITE(CASE("a"), t=3),
          SUITE(CASE("a"), CASE("a[1]"), CASE("a[2]"))),
    junit("evidence/readers/_junit_suites.py: have the tool write the report again, with all of its test cases",
          SUITE(CASE("a"), CASE("b"), f=1), SUITE(CASE("a"), CASE("b", "<failure/>"), f=1)),
    junit("evidence/readers/_junit_suites.py: run it again: it may not have been loaded",
          '<testsuites><testsuite name="x"/>' + GOOD_JUNIT[GOOD_JUNIT.index("<testsuite "):]),
    junit("evidence/safe_xml.py: test reports need neither: have the tool write the report without `<!DOCTYPE`",
          f"<!DOCTYPE testsuites>{GOOD_JUNIT}"),
    junit("evidence/safe_xml.py: the tool was interrupted or the copy is cut off: run it again", GOOD_JUNIT[:-9]),
]  # fmt: skip

OWNED = "* @acme/platform\n"


def owners(form: str, wrong: str, right: str = OWNED, **more: Any) -> Followed:
    return Followed(form, "CODEOWNERS", "ownership", wrong, right, **more)


OTHERS = [
    owners("evidence/readers/codeowners.py: write who owns everything, such as `* @acme/platform`, with your own team", "\n# none\n"),
    owners("evidence/readers/codeowners.py: correct the line", OWNED + "*.py acme platform\n", OWNED + "*.py @acme/python\n"),
    owners("evidence/readers/codeowners.py: this is a template that was never filled in: bind the file that it produces",
           OWNED + "*.py {{cookiecutter.owner}}\n", OWNED + "*.py @acme/python\n"),
    owners("evidence/readers/codeowners.py: name the team or the person who answers for it", "* @acme/todo\n* @TBD\n"),
    owners("evidence/readers/codeowners.py: add a line with an owner at the end", OWNED + "/docs/\n",
           OWNED + "/docs/\n/docs/ @acme/writers\n", wrong_more={"options": {"paths": ["docs/a.md"]}},
           right_more={"options": {"paths": ["docs/a.md"]}}),
    owners("evidence/readers/_codeowners_list.py: write the paths, or run `git ls-files > FILE` at the root of the repository "
           "and name the file", OWNED, OWNED, wrong_more={"options": {"paths": 3}},
           right_more={"options": {"paths": ["src/a.py"]}}),
]  # fmt: skip

ENTITY = (
    "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: triage\nspec:\n  type: service\n"
    "  lifecycle: production\n  owner: group:default/payments\n"
)


def catalog(form: str, wrong: str, right: str = ENTITY) -> Followed:
    return Followed(form, "catalog-info.yaml", "ownership", wrong, right)


CATALOG = [
    catalog("evidence/readers/catalog_info.py: add `spec.owner`", ENTITY.replace("  owner: group:default/payments\n", "")),
    catalog("evidence/readers/catalog_info.py: keep one of them", f"{ENTITY}---\n{ENTITY}"),
    catalog("evidence/readers/catalog_info.py: name the group or the person who answers for it",
            ENTITY.replace("group:default/payments", "TBD")),
    catalog("evidence/readers/catalog_info.py: this is a template that was never filled in: bind the file that it produces",
            ENTITY.replace("triage", "'${{ values.name }}'")),
    catalog("evidence/safe_yaml.py: this is a template that was never filled in: bind the file that it produces",
            ENTITY.replace("spec:", "{%- if x %}\nspec:")),
    catalog("evidence/safe_yaml.py: YAML is indented with blanks, never with tabs", ENTITY.replace("  type", "\ttype")),
]  # fmt: skip

PAID = lines(call(), call(spend=0.03))


def spend(form: str, wrong: str, right: str = PAID, **more: Any) -> Followed:
    return Followed(form, "spend.jsonl", "spend", wrong, right, **more)


REPEATED = call()
LITELLM = [
    spend("evidence/readers/litellm_spend.py: export a period in which models answered",
          lines(call(status="failure", spend=0, total_tokens=0, prompt_tokens=0, completion_tokens=0))),
    spend("evidence/readers/litellm_spend.py: set the price in the proxy, or list models that cost nothing under the option "
          "`free_models`; the policy must permit it (`permits free_models`)", lines(call(), call(spend=0, model="own"))),
    spend("evidence/readers/litellm_spend.py: export the rows as LiteLLM wrote them", lines(call(status="great"))),
    spend("evidence/readers/litellm_spend.py: export each period once, without copies of rows", lines(REPEATED, REPEATED)),
]  # fmt: skip

PRICED = {
    "m-1": {"input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06, "litellm_provider": "openai", "mode": "chat"}
}
UNPRICED = {**PRICED, "own": {"input_cost_per_token": 0, "output_cost_per_token": 0}}
RETIRED = {**PRICED, "old": {**PRICED["m-1"], "deprecation_date": "2026-12-01"}}


def written_by_hand(form: str, wrong: str, right: str = GOOD_HAND, **more: Any) -> Followed:
    return Followed(form, "golden.yaml", "evaluation", wrong, right, **more)


HAND = [
    written_by_hand("evidence/readers/hand_written.py: did you mean `{}`?", hand(casess=512)),
    written_by_hand("evidence/readers/hand_written.py: correct the number that is wrong", hand(cases=10, passed=8, failed=8),
                    hand(cases=10, passed=8, failed=2)),
    written_by_hand("evidence/readers/hand_written.py: state it, or leave the line out", hand(cases=512, accuracy="TBD")),
    written_by_hand("evidence/readers/hand_written.py: state it, or leave the line out", hand(cases=512, accuracy="TBD"),
                    hand(cases=512, accuracy="94%")),
    written_by_hand("evidence/safe_yaml.py: keep one of the two", hand(cases=512) + "  cases: 513\n"),
    written_by_hand("evidence/safe_yaml.py: leave out what was not measured", hand(cases=512, accuracy=".nan")),
    written_by_hand("evidence/safe_yaml.py: write the plain value", hand(cases="!!int 512")),
    written_by_hand("evidence/safe_yaml.py: write the members out", hand(cases=512) + "  <<: {passed: 500}\n",
                    hand(cases=512, passed=500)),
    written_by_hand("evidence/reading.py: have it made again", hand(cases=512, head={"expires_at": "2026-11-20T11:00:00Z"}),
                    hand(cases=512, head={"expires_at": "2026-12-20T11:00:00Z"})),
    written_by_hand("evidence/reading.py: correct the clock of the machine that wrote it, or `zone` of this evidence in the "
                    "project file", hand(cases=512, head={"produced_at": f"{NOW + 2 * CLOCK_TOLERANCE:%Y-%m-%dT%H:%M:%SZ}"})),
    written_by_hand("evidence/reading.py: correct the clock of the machine that wrote it, or `zone` of this evidence in the "
                    "project file", hand(cases=512, head={"produced_at": "2026-11-21T12:30:00"}),
                    hand(cases=512, head={"produced_at": "2026-11-21T12:30:00"}),
                    wrong_more={"zone": "UTC"}, right_more={"zone": "Europe/Berlin"}),
    written_by_hand("evidence/times.py: the tool writes local times: declare `zone` for this evidence in the project file",
                    hand(cases=512, head={"produced_at": "2026-11-20T10:00:00"}),
                    hand(cases=512, head={"produced_at": "2026-11-20T10:00:00"}), right_more={"zone": "Europe/Berlin"}),
    written_by_hand("evidence/times.py: write an IANA name such as `Europe/Berlin` or `UTC`",
                    hand(cases=512, head={"produced_at": "2026-11-20T10:00:00"}),
                    hand(cases=512, head={"produced_at": "2026-11-20T10:00:00"}),
                    wrong_more={"zone": "Berlin"}, right_more={"zone": "Europe/Berlin"}),
    written_by_hand("evidence/reading.py: did you mean `{}`?", GOOD_HAND, right_kind="evaluation"),
]  # fmt: skip

JSON = [
    Followed("evidence/tool_json.py: the tool was interrupted or the copy is cut off: run it again", "r.json", "evaluation",
             json.dumps(GOOD_RUN)[:-30], GOOD_RUN),
    Followed("evidence/tool_json.py: programs disagree about which one counts: have the file written again", "r.json",
             "evaluation", json.dumps(GOOD_RUN).replace('"evalId"', '"evalId": "x", "evalId"', 1), GOOD_RUN),
    Followed("evidence/tool_json.py: a missing measurement must be left out", "r.json", "evaluation",
             json.dumps(GOOD_RUN).replace('"cost": 0.01,', '"cost": NaN,', 1),
             json.dumps(rows_with(lambda row: None)).replace('"cost": 0.01,', '"cost": 0.01,', 1)),
    Followed("evidence/tool_json.py: export it again as UTF-8", "r.json", "evaluation",
             json.dumps(GOOD_RUN, ensure_ascii=False).replace("about letter 0", "über letter 0").encode("latin-1"),
             GOOD_RUN),
    Followed("evidence/view.py: correct it where a person wrote the file; have its tool write it again where not", "r.json",
             "evaluation", file_with(lambda f: f["results"].update(results=3)), GOOD_RUN),
]  # fmt: skip

EMPTY = [
    Followed("evidence/tool_json.py: run the tool again", "r.json", "evaluation", " ", GOOD_RUN, {"reader": "promptfoo"}),
    Followed("evidence/safe_xml.py: run the tool again", "r.xml", "test_run", "", GOOD_JUNIT, {"reader": "junit"}),
    Followed("evidence/readers/garak.py: run garak again", "x.report.jsonl", "red_team", "", GOOD_GARAK, {"reader": "garak"},
             UTC),
]  # fmt: skip

ALL = [*PROMPTFOO, *GARAK, *JUNIT, *OTHERS, *CATALOG, *LITELLM, *HAND, *JSON, *EMPTY]


@pytest.mark.parametrize("each", ALL, ids=[f"{n}-{each.form[:70]}" for n, each in enumerate(ALL)])
def test_a_file_counts_once_its_help_is_followed(read, each):
    kind = "evaluaton" if each.form == "evidence/reading.py: did you mean `{}`?" else each.kind
    wrong = read(each.name, each.wrong, kind, **each.wrong_more)
    text = each.form.partition(": ")[2].partition("{}")[0]
    found = [problem for problem in wrong.problems if problem.help.startswith(text)]
    assert found, [(str(p), p.help) for p in wrong.problems]
    told(found[0].help, each.form)
    right = read(each.right_name or each.name, each.right, each.right_kind or each.kind, **each.right_more)
    assert found[0].help not in {problem.help for problem in right.problems}
    assert right.sufficiency == "sufficient", [(str(p), p.help) for p in right.problems]
