"""Laws of the tree: the fast code agrees with RFC 6962 written out."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference_tree import path, subproof, tree_hash

from policykit.trail.format.layout import TrailPaths, tile_index_path
from policykit.trail.format.merkle import (
    EMPTY_ROOT,
    MAX_PROOF_HASHES,
    Frontier,
    leaf_hash,
    node_hash,
    perfect_root,
    verify_consistency,
    verify_inclusion,
)
from policykit.trail.format.tiles import TileReader, TileTree, consistency_proof, inclusion_proof

LEAVES = [leaf_hash(b"%d" % number) for number in range(300)]


def node_of(leaves):
    """Return a reader of perfect subtrees."""
    return lambda level, index: perfect_root(leaves[index << level : (index + 1) << level])


def test_roots_agree_at_all_sizes_to_300():
    frontier, tiles = Frontier(), TileTree()
    for size in range(301):
        assert frontier.root() == tiles.root() == tree_hash(LEAVES[:size])
        if size < 300:
            frontier.append(LEAVES[size])
            tiles.append(LEAVES[size])


def test_inclusion_proofs_agree_and_verify_at_all_sizes_to_64_and_some_beyond():
    for size in [*range(1, 65), 127, 128, 129, 255, 256, 257, 300]:
        leaves = LEAVES[:size]
        root = tree_hash(leaves)
        for index in range(size) if size < 65 else (0, 1, size // 2, size - 1):
            proof = inclusion_proof(index, size, node_of(leaves))
            assert proof == path(index, leaves)
            assert verify_inclusion(leaves[index], index, size, proof, root)


def test_consistency_proofs_agree_and_verify_between_all_sizes_to_40_and_some_beyond():
    pairs = [(old, new) for new in range(1, 41) for old in range(1, new + 1)]
    for old, new in [*pairs, (64, 300), (255, 256), (256, 257), (257, 300), (128, 300)]:
        leaves = LEAVES[:new]
        proof = consistency_proof(old, new, node_of(leaves))
        assert proof == subproof(old, leaves, True)
        roots = tree_hash(leaves[:old]), tree_hash(leaves)
        assert verify_consistency(old, roots[0], new, roots[1], proof)
        assert not verify_consistency(old, LEAVES[299], new, roots[1], proof)
        assert not verify_consistency(old, roots[0], new, LEAVES[299], proof)


@given(st.integers(1, 300), st.data())
def test_a_wrong_proof_never_verifies(size, data):
    leaves = LEAVES[:size]
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, node_of(leaves))
    root = tree_hash(leaves)
    other = data.draw(st.integers(0, size - 1).filter(lambda at: at != index)) if size > 1 else None
    if other is not None:
        assert not verify_inclusion(leaves[index], other, size, proof, root)
        assert not verify_inclusion(leaves[other], index, size, proof, root)
    assert not verify_inclusion(leaves[index], index, size, [*proof, leaves[0]], root)
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        flipped = bytes([proof[at][0] ^ 1]) + proof[at][1:]
        assert not verify_inclusion(leaves[index], index, size, [*proof[:at], flipped, *proof[at + 1 :]], root)
        assert not verify_inclusion(leaves[index], index, size, proof[:-1], root)


@given(st.integers(0, 300), st.integers(0, 8))
def test_whole_subtrees_may_be_appended_at_once(blocks, level):
    size = (blocks << level) % 300 >> level << level
    one, many = Frontier(), Frontier()
    for at in range(0, size, 1 << level):
        many.append_subtree(perfect_root(LEAVES[at : at + (1 << level)]), level)
        for leaf in LEAVES[at : at + (1 << level)]:
            one.append(leaf)
    assert (one.size, one.root(), one.subtrees) == (many.size, many.root(), many.subtrees)


def test_nodes_read_from_tiles_are_the_tree_s(tmp_path):
    rng = random.Random(7)
    leaves = [rng.randbytes(32) for _ in range(70_000)]
    paths = TrailPaths(tmp_path)

    def emit(level, index, hashes):
        target = paths.tile(level, index, len(hashes))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(b"".join(hashes))

    tree = TileTree(emit)
    for leaf in leaves:
        tree.append(leaf)
    for level, index, hashes in tree.partial_tiles():
        emit(level, index, hashes)
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    assert tree.root() == frontier.root()
    names = {str(path.relative_to(paths.tiles)) for path in paths.tiles.rglob("*") if path.is_file()}
    assert {"0/272", "0/273.p/112", "1/000", "1/001.p/17", "2/000.p/1"} <= names  # the example of tlog-tiles
    assert paths.tile(0, 272).stat().st_size == 8192
    for index in (0, 255, 256, 65_535, 65_536, 69_887, 69_888, 69_999):
        proof = inclusion_proof(index, 70_000, TileReader(paths, 70_000).node)
        assert verify_inclusion(leaves[index], index, 70_000, proof, frontier.root())


def test_tile_paths_are_those_of_the_specification():
    assert tile_index_path(1_234_067) == "x001/x234/067"
    assert tile_index_path(0) == "000"
    assert tile_index_path(999) == "999"
    assert tile_index_path(1000) == "x001/000"


# -- what is refused before anything is hashed


@given(st.integers(1, 40), st.data())
def test_an_index_outside_the_tree_is_never_in_it(size, data):
    leaves = LEAVES[:size]
    root, index = tree_hash(leaves), data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, node_of(leaves))
    assert verify_inclusion(leaves[index], index, size, proof, root)
    for other in (-1, -size, index - size, size, size + 1, index + size, index + (1 << 20)):
        assert not verify_inclusion(leaves[index], other, size, proof, root)
    for other in (0, -1, index):
        assert not verify_inclusion(leaves[index], index, other, proof, root)


def test_a_tree_of_one_leaf_holds_it_at_0_and_nowhere_else():
    assert verify_inclusion(LEAVES[0], 0, 1, [], LEAVES[0])
    assert not any(verify_inclusion(LEAVES[0], index, 1, [], LEAVES[0]) for index in (-1, 1, 2))
    assert not verify_inclusion(LEAVES[0], 0, 0, [], LEAVES[0])
    assert not verify_inclusion(LEAVES[0], -1, -1, [], LEAVES[0])


@given(st.binary(max_size=70).filter(lambda data: len(data) != 32))
def test_what_is_not_32_bytes_is_no_hash_even_where_both_sides_are_equal(value):
    assert not verify_inclusion(value, 0, 1, [], value)
    for leaf, sibling in ((value, LEAVES[1]), (LEAVES[0], value)):
        root = node_hash(leaf, sibling)
        assert not verify_inclusion(leaf, 0, 2, [sibling], root)
        assert not verify_inclusion(sibling, 1, 2, [leaf], root)
    assert not verify_consistency(1, value, 1, value, [])
    assert not verify_consistency(1, value, 2, node_hash(value, LEAVES[1]), [LEAVES[1]])
    assert not verify_consistency(1, LEAVES[0], 2, node_hash(LEAVES[0], value), [value])


@given(st.integers(1, 40), st.integers(1, 40), st.data())
def test_a_consistency_proof_proves_its_two_sizes_and_no_others(first, second, data):
    old, new = sorted((first, second))
    leaves = LEAVES[:new]
    roots, proof = (tree_hash(leaves[:old]), tree_hash(leaves)), consistency_proof(old, new, node_of(leaves))
    assert verify_consistency(old, roots[0], new, roots[1], proof)
    assert not verify_consistency(old, roots[0], new, roots[1], [*proof, LEAVES[0]])
    assert not proof or not verify_consistency(old, roots[0], new, roots[1], proof[:-1])
    for size1, size2 in ((0, new), (-old, new), (old, old - 1), (new + 1, new), (new, old)):
        if (size1, size2) != (old, new):
            assert not verify_consistency(size1, roots[0], size2, roots[1], proof)
    other = data.draw(st.integers(0, 40))
    if tree_hash(LEAVES[:other]) not in roots:
        assert not verify_consistency(old, tree_hash(LEAVES[:other]) if other else bytes(32), new, roots[1], proof)


def test_equal_sizes_need_equal_roots_and_no_proof():
    root = tree_hash(LEAVES[:5])
    assert verify_consistency(5, root, 5, root, [])
    assert not verify_consistency(5, root, 5, LEAVES[0], [])
    assert not verify_consistency(5, root, 5, root, [LEAVES[0]])
    assert not verify_consistency(4, tree_hash(LEAVES[:4]), 5, root, [])


def test_a_frontier_refuses_what_is_not_its_own():
    with pytest.raises(ValueError, match="one hash for each bit"):
        Frontier(3, [LEAVES[0]])
    tree = Frontier(3, [LEAVES[0], LEAVES[1]])
    with pytest.raises(ValueError, match="does not begin where"):
        tree.append_subtree(LEAVES[2], 1)
    copy = tree.copy()
    copy.append(LEAVES[3])
    assert (tree.size, copy.size, len(tree.subtrees), len(copy.subtrees)) == (3, 4, 2, 1)
    for count in (0, 3, 5, 6):
        with pytest.raises(ValueError, match="power of two"):
            perfect_root(LEAVES[:count])
    assert Frontier().root() == EMPTY_ROOT == tree_hash([])
    assert MAX_PROOF_HASHES == 63


def test_a_proof_ends_where_its_tree_does():
    roots = tree_hash(LEAVES[:1]), tree_hash(LEAVES[:2])
    proof = consistency_proof(1, 2, node_of(LEAVES[:2]))
    assert verify_consistency(1, roots[0], 2, roots[1], proof)
    assert not any(verify_consistency(1, roots[0], size, roots[1], proof) for size in range(3, 70))
    for old, new in ((3, 5), (5, 6), (7, 9)):
        assert not verify_consistency(old, tree_hash(LEAVES[:old]), new, tree_hash(LEAVES[:new]), [])
