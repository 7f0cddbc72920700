"""The examples of docs/frameworks.md, run against a local server with the policy that stands there."""

import os
import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.unit.guard.provider_server import chunks, completion, serving, tool_chunks

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
PAGE = (Path(__file__).parents[4] / "docs" / "frameworks.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(policy|python \w+)\n(.*?)```", PAGE, re.DOTALL)
EXAMPLES = [(kind.removeprefix("python "), code) for kind, code in BLOCKS if kind != "policy"]
HERE = [number for number, (library, _) in enumerate(EXAMPLES) if find_spec(library) is not None]
CARD = "4111 1111 1111 1111"
REPLIES = {
    0: [completion(f"not {CARD}"), chunks("Hel", "lo ", CARD[:7], CARD[7:])],
    1: [completion(f"not {CARD}"), chunks("Hel", "lo ", CARD[:7], CARD[7:])],
    2: [tool_chunks("pay", '{"invoice": "R-7", ', '"amount": 900}'), chunks("I may not, ", CARD[:5], CARD[5:])],
}


def test_every_example_names_a_library_of_one_of_the_two_environments():
    assert {library for library, _ in EXAMPLES} == {"litellm", "langchain"}
    assert len(EXAMPLES) == len(REPLIES)


@pytest.mark.parametrize("number", HERE)
def test_each_example_runs_and_lets_nothing_out(number, tmp_path, monkeypatch, capsys):
    _, code = EXAMPLES[number]
    (tmp_path / "assistant.policy").write_text(next(text for kind, text in BLOCKS if kind == "policy"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    with serving(*REPLIES[number]) as provider:
        for name in ("OPENAI_BASE_URL", "OPENAI_API_BASE"):
            monkeypatch.setenv(name, provider.url)
        exec(compile(code, f"example {number}", "exec"), {"__name__": "examples.page"})
        sent = str(provider.requests)
    printed = capsys.readouterr().out
    assert len(provider.requests) == 2
    assert "[pii.card redacted]" in printed
    assert "4111 " not in printed + sent
    if number == 2:
        assert "Refused by policy: too much" in printed
        assert "Refused by policy: too much" in sent
