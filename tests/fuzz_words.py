"""Files with one word changed, and the law that nothing of them is passed over.

`python -m tests.fuzz_words --count 20000 --seed 1` runs so many and prints how they ended; the suite runs fewer.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path

from policykit.language import syntax as s
from policykit.language.format import format_tree
from policykit.language.parse import parse
from policykit.language.parse.grammar import reserved_words
from policykit.source import SourceFile

DATA = Path(__file__).parent / "data"
CORPUS = ("every_statement.policy", "every_form.policy")

_TOKEN = re.compile(
    r'"(?:[^"\\\n]|\\.)*"|matches(?=/)|or(?=/)|[A-Za-z][A-Za-z0-9_]*(?:[./-][A-Za-z0-9_]+)*'
    r"|(?:(?<=\s)|(?<=matches)|(?<=or))/(?:[^/\\\n]|\\.)+/"
    r"|[0-9]{4}-[0-9]{2}-[0-9T:Z+.-]+|[0-9]{2}:[0-9:]+|[0-9][0-9_]*(?:\.[0-9]+)?|&&|\|\||[<>=!]=|\S"
)
_PLUS = re.compile(
    r"(?:[<>=+*,(\[-]|(?<![.\w])(?:is|not|between|and|or|in|baseline|least|most|than|within))\s*(\+)(?=\s*[+0-9])"
)
"""A sign before a number, which says nothing, and which the formatter leaves out."""
_COMMENT = re.compile(r'("(?:[^"\\\n]|\\.)*"|(?<=\s)/(?:[^/\\\n]|\\.)+/)|#[^\n]*')
_SAME = {"&&": ["and"], "||": ["or"], "!": ["not"], "==": ["is"], "!=": ["is", "not"]}
_DIFFERENCE = re.compile(r"([a-z][a-z0-9_.]*)-([0-9]+)")
"""A name less a number, which an identifier of a clause in small letters is."""
_UNIT = re.compile(r"(second|minute|hour|day|week|point)s?\Z")
_LAYOUT = {"(", ")", "[", "]", ","}
CHANGES = ("glue", "double", "drop", "misspell", "pluralise", "swap", "insert", "punctuate", "capitalise")


def statements() -> list[str]:
    """Return the text of every statement of the corpus."""
    texts = []
    for name in CORPUS:
        tree = read((DATA / name).read_text()).tree
        texts += [tree.source.quote(node.span) for node in tree.statements]
    return texts


def read(text: str):
    return parse(SourceFile("t.policy", text))


def tokens(text: str) -> Counter[str]:
    """Return what a text says word by word, without layout, in one spelling of each word; by no part of the parser."""
    found: Counter[str] = Counter()
    for token in _TOKEN.findall(_PLUS.sub(_without_plus, _COMMENT.sub(r"\1", text))):
        difference = _DIFFERENCE.fullmatch(token)
        for word in [difference[1], "-", difference[2]] if difference else _SAME.get(token, [token]):
            if word not in _LAYOUT:
                found[_plain(word)] += 1
    return found


def _without_plus(found: re.Match[str]) -> str:
    return found.group()[: found.start(1) - found.start()]


def _plain(word: str) -> str:
    if re.fullmatch(r"[0-9][0-9_]*(?:\.[0-9]+)?", word):
        return str(Decimal(word.replace("_", "")))
    unit = _UNIT.match(word)
    return unit.group(1) if unit else word


def changed(text: str, rng: random.Random) -> tuple[str, str]:
    """Return a statement with one change at one place, and the name of the change."""
    places = [match.span() for match in _TOKEN.finditer(text)]
    index = rng.randrange(len(places))
    start, end = places[index]
    word, kind = text[start:end], rng.choice(CHANGES)
    following = places[index + 1] if index + 1 < len(places) else (len(text), len(text))
    match kind:
        case "glue":
            return text[:end] + text[following[0] :], kind
        case "double":
            return f"{text[:end]} {word}{text[end:]}", kind
        case "drop":
            return text[:start] + text[end:], kind
        case "misspell":
            return text[:start] + _misspelt(word, rng) + text[end:], kind
        case "pluralise":
            return f"{text[:end]}s{text[end:]}", kind
        case "swap":
            between = text[end : following[0]]
            return text[:start] + text[following[0] : following[1]] + between + word + text[following[1] :], kind
        case "insert":
            return f"{text[:end]} {rng.choice(_WORDS)} {text[end:]}", kind
        case "punctuate":
            return f"{text[:end]}{rng.choice(',.;:-!?=&|()[]/+*')}{text[end:]}", kind
        case _:
            return text[:start] + word.swapcase() + text[end:], kind


def _misspelt(word: str, rng: random.Random) -> str:
    at = rng.randrange(len(word))
    return rng.choice([word[:at] + word[at + 1 :], word[:at] + word[at : at + 2][::-1] + word[at + 2 :]])


_WORDS = [*sorted(reserved_words()), "x", "a.b", "EVAL-1", '"text"', "5", "30 days", "2027-01-01"]


def outcome(original: s.Statement, text: str) -> str:
    """Return `error`, `same`, `said` (the text says something else, and the tree all of it) or `lost`."""
    parsed = read(text)
    if parsed.diagnostics:
        return "error"
    if parsed.tree.statements == (original,):
        return "same" if _same_words(parsed.tree, text) else "same meaning, other words"
    return "said" if _same_words(parsed.tree, text) else "lost"


def _same_words(tree: s.Tree, text: str) -> bool:
    return tokens(format_tree(tree)) == tokens(text)


def run(count: int, seed: int) -> tuple[Counter[str], list[tuple[str, str, str]]]:
    """Change so many statements at random; return how they ended, and those that lost something."""
    rng = random.Random(seed)
    corpus = [(text, read(text).tree.statements[0]) for text in statements()]
    weights = [len(_TOKEN.findall(text)) for text, _ in corpus]
    ended: Counter[str] = Counter()
    lost = []
    for _ in range(count):
        ((text, tree),) = rng.choices(corpus, weights)
        mutant, kind = changed(text, rng)
        end = outcome(tree, mutant)
        ended[end] += 1
        if end in {"lost", "same meaning, other words"}:
            lost.append((kind, end, mutant))
    return ended, lost


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    ended, lost = run(options.count, options.seed)
    for kind, end, mutant in lost[:10]:
        sys.stdout.write(f"--- {end} ({kind})\n{mutant}\n")
    sys.stdout.write(", ".join(f"{number:,} {name}" for name, number in ended.most_common()) + "\n")


if __name__ == "__main__":
    main()
