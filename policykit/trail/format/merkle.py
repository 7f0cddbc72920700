"""The Merkle tree of a trail: hashes, roots, and the two proofs, verified.

Source: RFC 6962 section 2.1 (hashes, tree, proofs), RFC 9162 section 2.1.3 and 2.1.4 (how to verify them).

Four points on which published implementations differ are decided here on purpose:

1. A hash that is not 32 bytes is refused everywhere, also where both sides would be equal.
2. Consistency from size 0 proves nothing, so it is refused; the witness protocol, where it is legal, handles it itself.
3. Two equal sizes need equal roots and an empty proof.
4. The root of the empty tree is SHA-256 of nothing; no proof refers to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()
"""Source: RFC 6962 section 2.1."""

MAX_PROOF_HASHES = 63
"""Source: C2SP tlog-witness; a tree of 2**63 leaves needs no more."""


def leaf_hash(record: bytes) -> bytes:
    """Return the hash of a record as stored, without its line feed. Source: RFC 6962 section 2.1."""
    return sha256(b"\x00" + record).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node. Source: RFC 6962 section 2.1."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The perfect subtrees that make up a tree of `size` leaves, the largest first: all that appending needs."""

    __slots__ = ("_subtrees", "size")

    def __init__(self, size: int = 0, subtrees: Sequence[bytes] = ()) -> None:
        if len(subtrees) != size.bit_count():
            raise ValueError("a frontier has one hash for each bit of its size")
        self.size = size
        self._subtrees = list(subtrees)

    @property
    def subtrees(self) -> tuple[bytes, ...]:
        """The hashes of the perfect subtrees, the largest first."""
        return tuple(self._subtrees)

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        size, stack, node = self.size, self._subtrees, leaf
        while size & 1:
            node = sha256(b"\x01" + stack.pop() + node).digest()
            size >>= 1
        stack.append(node)
        self.size += 1

    def append_subtree(self, root: bytes, level: int) -> None:
        """Add the root of a perfect subtree of 2**level leaves. Requires size to be a multiple of 2**level."""
        size, stack, node = self.size >> level, self._subtrees, root
        if size << level != self.size:
            raise ValueError("the subtree does not begin where the tree ends")
        while size & 1:
            node = sha256(b"\x01" + stack.pop() + node).digest()
            size >>= 1
        stack.append(node)
        self.size += 1 << level

    def root(self) -> bytes:
        """Return the root of the tree."""
        return root_of_subtrees(self._subtrees)

    def copy(self) -> Frontier:
        """Return a frontier that grows on its own."""
        return Frontier(self.size, self._subtrees)


def root_of_subtrees(subtrees: Sequence[bytes]) -> bytes:
    """Return the root over perfect subtrees, the largest first."""
    if not subtrees:
        return EMPTY_ROOT
    node = subtrees[-1]
    for left in reversed(subtrees[:-1]):
        node = sha256(b"\x01" + left + node).digest()
    return node


def perfect_root(leaves: Sequence[bytes]) -> bytes:
    """Return the root over a power of two of hashes."""
    level = list(leaves)
    if not level or len(level) & (len(level) - 1):
        raise ValueError("expected a power of two of hashes")
    while len(level) > 1:
        pairs = iter(level)
        level = [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=True)]
    return level[0]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Say whether `leaf` is number `index` of the tree of `size` leaves with this root.

    Source: RFC 9162 section 2.1.3.2.
    """
    if not 0 <= index < size or not _hashes(leaf, root, *proof):
        return False
    node, position, last = leaf, index, size - 1
    for sibling in proof:
        if last == 0:
            return False  # the proof goes on above the root
        if position & 1 or position == last:
            node = node_hash(sibling, node)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            node = node_hash(node, sibling)
        position >>= 1
        last >>= 1
    return last == 0 and node == root


def verify_consistency(size1: int, root1: bytes, size2: int, root2: bytes, proof: Sequence[bytes]) -> bool:
    """Say whether the tree of `size2` leaves begins with the tree of `size1` leaves.

    Source: RFC 9162 section 2.1.4.2.
    """
    if not 0 < size1 <= size2 or not _hashes(root1, root2, *proof):
        return False
    if size1 == size2:
        return not proof and root1 == root2
    path = list(proof)
    if size1 & (size1 - 1) == 0:
        path.insert(0, root1)  # a perfect old tree is itself the first node of the path
    if not path:
        return False
    position, last = size1 - 1, size2 - 1
    while position & 1:
        position >>= 1
        last >>= 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            new = node_hash(new, sibling)
        position >>= 1
        last >>= 1
    return last == 0 and old == root1 and new == root2


def _hashes(*values: bytes) -> bool:
    return all(len(value) == HASH_BYTES for value in values)
