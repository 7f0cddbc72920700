"""The published vectors of RFC 6962 trees and proofs, all of them.

Four points on which implementations differ are decided in `policykit.trail.format.merkle`; the last four tests state them. Where
a decision is stricter than a vector, `DECIDED` names the vector.
"""

import base64
import json
from pathlib import Path

import pytest

from policykit.trail.format.merkle import EMPTY_ROOT, Frontier, leaf_hash, verify_consistency, verify_inclusion
from policykit.trail.format.tiles import range_root

VECTORS = Path(__file__).parent / "data" / "rfc6962-merkle"


DECIDED = {
    "additional/sizes-are-equal-one-and-proof-is-empty": "decision 1: the equal roots are 12 bytes long",
    "additional/subtree-is-empty-sizes-are-equal-zero-subtree-root-valid-proof-is-empty": "decision 2: from size 0",
    "additional/subtree-is-empty-sizes-are-equal-zero-subtree-root-valid-tree-root-random-proof-is-empty": "decision 2",
}
"""Vectors that want success where we refuse."""


def cases(kind):
    return sorted((VECTORS / "testdata" / kind).rglob("*.json"))


def name(path):
    return f"{path.parent.name}/{path.stem}"


def raw(text):
    return base64.b64decode(text)


def hashes(case):
    return [raw(item) for item in case["proof"] or ()]


@pytest.mark.parametrize("path", cases("inclusion"), ids=name)
def test_inclusion(path):
    case = json.loads(path.read_text())
    holds = verify_inclusion(raw(case["leafHash"]), case["leafIdx"], case["treeSize"], hashes(case), raw(case["root"]))
    assert holds is (not case["wantErr"] and name(path) not in DECIDED)


@pytest.mark.parametrize("path", cases("consistency"), ids=name)
def test_consistency(path):
    case = json.loads(path.read_text())
    holds = verify_consistency(case["size1"], raw(case["root1"]), case["size2"], raw(case["root2"]), hashes(case))
    assert holds is (not case["wantErr"] and name(path) not in DECIDED)


def is_aligned(start, end):
    """Say whether a range is a subtree: its start is a multiple of the next power of two of its length."""
    size = end - start
    return size > 0 and start % (1 << (size - 1).bit_length()) == 0


@pytest.mark.parametrize("path", cases("subtreeinclusion"), ids=name)
def test_inclusion_in_a_subtree_is_inclusion_in_a_tree_of_its_own(path):
    case = json.loads(path.read_text())
    start, end = case.get("start", 0), case.get("end", case.get("treeSize", 0))
    holds = is_aligned(start, end) and verify_inclusion(
        raw(case["leafHash"]), case["leafIdx"] - start, end - start, hashes(case), raw(case["root"])
    )
    assert holds is (not case["wantErr"] and name(path) not in DECIDED)


@pytest.mark.parametrize(
    "path", [p for p in cases("subtreeconsistency") if json.loads(p.read_text())["start"] == 0], ids=name
)
def test_consistency_of_a_first_subtree_is_consistency_of_a_tree(path):
    case = json.loads(path.read_text())
    holds = verify_consistency(case["end"], raw(case["root1"]), case["size"], raw(case["root2"]), hashes(case))
    assert holds is (not case["wantErr"] and name(path) not in DECIDED)


def test_the_reference_tree_has_the_published_roots_and_nodes():
    reference = json.loads((VECTORS / "reference_tree.json").read_text())
    tree = Frontier()
    roots = [tree.root().hex()]
    for leaf in reference["leaf_inputs"]:
        tree.append(leaf_hash(bytes.fromhex(leaf)))
        roots.append(tree.root().hex())
    assert roots == reference["roots_by_size"]
    nodes = reference["nodes_by_level"]
    assert range_root(0, 8, lambda level, index: bytes.fromhex(nodes[level][index])).hex() == roots[8]
    assert range_root(0, 7, lambda level, index: bytes.fromhex(nodes[level][index])).hex() == roots[7]


def test_decision_1_a_hash_that_is_not_32_bytes_is_refused_even_where_both_sides_are_equal():
    assert not verify_inclusion(b"", 0, 1, [], b"")
    assert not verify_consistency(1, b"short", 1, b"short", [])


def test_decision_2_consistency_from_size_0_is_refused():
    assert not verify_consistency(0, EMPTY_ROOT, 1, leaf_hash(b""), [])
    assert not verify_consistency(0, EMPTY_ROOT, 0, EMPTY_ROOT, [])


def test_decision_3_equal_sizes_need_equal_roots_and_an_empty_proof():
    root = leaf_hash(b"")
    assert verify_consistency(1, root, 1, root, [])
    assert not verify_consistency(1, root, 1, root, [root])
    assert not verify_consistency(1, root, 1, leaf_hash(b"x"), [])


def test_decision_4_nothing_is_included_in_the_empty_tree():
    assert not verify_inclusion(EMPTY_ROOT, 0, 0, [], EMPTY_ROOT)
