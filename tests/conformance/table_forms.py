"""More rows of the table: the form of records about the trail itself, copies, beginnings of lines, heads kept elsewhere."""

from __future__ import annotations

from tests.conformance.bases import WITNESS, honest
from tests.conformance.forms import BAD_FRAGMENTS, BAD_PRUNES, ODD
from tests.conformance.table_row import (
    HEAD,
    INVALID,
    LOG,
    NO_ANSWER,
    SEG,
    TILES,
    UNSIGNED,
    UNVERIFIABLE,
    VALID,
    edit,
    row,
)

LONG = 2 << 20
COSIGNATURE = WITNESS.cosignature(honest().text()) + "\n"

RECORDS = [
    *(row(f"prune_{name}", INVALID, "a prune record has one form") for name in BAD_PRUNES),
    *(row(f"prune_{name}_in_the_tail", INVALID, "signed or not") for name in BAD_PRUNES),
    row("prune_a_root_in_capitals", INVALID, "whoever asks", keys=["other"]),
    row("prune_before_dropping", VALID, "a crash came before anything was dropped"),
    row("prune_in_the_tail", UNSIGNED, "a crash came before the record was signed"),
    row("fragment_there", VALID, "as the record says"),
    row("fragment_of_true_bytes", INVALID, "true is no length"),
    row("fragment_of_true_bytes", INVALID, "nor if the fragment is gone", edit("torn", "remove")),
    *(row(f"fragment_{name}", INVALID, "not the length") for name in BAD_FRAGMENTS),
    row("fragment_there", VALID, "a file in place of the fragments: gone", edit("torn", "remove"), edit("torn", "content", "x")),
    row("fragment_there", NO_ANSWER, "nobody can look", edit("torn", "remove"), edit("torn", "link_to", "torn")),
    row("rotation_of_half_a_character", INVALID, "no key is called that"),
    row("rotation_of_half_a_character_by_a_stranger", UNVERIFIABLE, "nobody known signed it"),
]  # fmt: skip

KEYS = [
    row("old_key_signs_the_same_size_again", INVALID, "after the head that hands over, whatever its size"),
    row("old_key_signs_the_same_size_again", INVALID, "the same", keys=["new"]),
    row("new_key_signs_the_same_size_again", VALID, "after the head that hands over, whatever its size"),
    row("handed_back_under_one_head", VALID, "there and back"),
    *(row("straight_back", VALID, "to another key and back with the next head", keys=[key]) for key in ("old", "new")),
    row("to_itself_and_on", VALID, "two rotations under one head"),
    row("backward_then_forward", VALID, "the old key counted only up to its head: it hands nothing over", keys=["new", "third"]),
    row("a_stranger_before_the_revoked", INVALID, "revoked is a contradiction, whatever else is unknown", options={"revoked": {"old": 4}}),
    row("twin_takes_over", INVALID, "a line would not say which of the two it means", keys=["twin"]),
    row("twin_takes_over", INVALID, "nor if both are given", keys=["twin", "other_twin"]),
    row("twin_takes_over", INVALID, "in either order", keys=["other_twin", "twin"]),
    row("twin_in_the_tail", UNSIGNED, "a record under no head changes nothing", keys=["twin"]),
    *(row(f"odd_name_{at}", VALID, "a name may be unusual", keys=[f"odd_{at}"]) for at in range(len(ODD))),
]  # fmt: skip

HEADS = [
    row("handed_over", VALID, "a key that counts somewhere in the trail", head="first by new"),
    row("handed_over", VALID, "the other way", head="last by old"),
    row("handed_over", INVALID, "a spoiled signature of a key that counts somewhere", head="first by old, new spoiled"),
    row("handed_over", INVALID, "and nobody else", head="first by a stranger, new spoiled"),
    row("never_signed", UNVERIFIABLE, "a head, and no log to compare it with", head="first by new", keys=["witness", "old"]),
]  # fmt: skip

COPIES = [
    row("three_signers", VALID, "cut off after the first of three signatures", edit(HEAD, "drop_line", -1), edit(HEAD, "drop_line", -1)),
    row("three_signers", INVALID, "signatures in another order", edit(HEAD, "swap_lines", [-1, -2])),
    row("three_signers", INVALID, "a signature twice", edit(HEAD, "double_line", -1)),
    row("three_signers", INVALID, "without the first signature", edit(HEAD, "drop_line", 4)),
    row("cosigned", VALID, "a cosignature in the log alone"),
    row("cosigned", INVALID, "copied into the head as well", edit(HEAD, "append", COSIGNATURE)),
    row("heads", INVALID, "NULs, more of them than a head can have bytes", edit(HEAD, "truncate", 0), edit(HEAD, "append_nuls", (1 << 20) + 1)),
    row("heads", VALID, "as many as a head can have", edit(HEAD, "truncate", 0), edit(HEAD, "append_nuls", 1 << 20)),
]  # fmt: skip

BEGINNINGS = [
    *(row("heads", VALID, f"a torn line: {text}", edit(LOG, "append", text)) for text in (
        '{"kind":"timestamp","size":3,"token":"AAA="}', '{"kind":"timestamp","size":3,"token":"A==', '{"kind":"checkpoint","note":"\\u00e',
        '{"kind":"cosignature","size":9999999999999999999,"line":"x', '{"kind":"checkpoint","note":"\x7f')),
    *(row("heads", INVALID, f"no beginning of a line: {text}", edit(LOG, "append", text)) for text in (
        '{"kind":"timestamp","size":3,"token":"\u00e9', '{"kind":"timestamp","size":3,"token":"A=A', '{"kind":"timestamp","size":3,"token":"===',
        '{"kind":"timestamp","size":3,"token":"\\n', '{"kind":"checkpoint","note":"a\\q', '{"kind":"checkpoint","note":"a\\u00zz',
        '{"kind":"cosignature","size":99999999999999999999')),
    row("heads", VALID, "as many NULs as a line can be long", edit(LOG, "append_nuls", LONG)),
    row("heads", INVALID, "one more", edit(LOG, "append_nuls", LONG + 1)),
    row("heads", INVALID, "a torn line, and too many", edit(LOG, "append", "{"), edit(LOG, "append_nuls", LONG)),
]  # fmt: skip

PLACES = [
    row("plain", NO_ANSWER, "segments that nobody can list", edit("seg", "remove"), edit("seg", "link_to", "seg")),
    row("plain", INVALID, "a link that leads nowhere", edit("seg", "remove"), edit("seg", "link_to", "nowhere")),
    row("plain", VALID, "the segments elsewhere", edit("seg", "rename_to", "elsewhere"), edit("seg", "link_to", "elsewhere")),
    *(row("plain", TILES, f"a directory that is called as a tile: {name}", edit(f"tile/{name}/.tmp", "content", "")) for name in ("0/000", "1/000", "5/001.p/3")),
    row("plain", TILES, "directories deeper than any tile lies", edit("tile/" + "a/" * 40 + ".tmp", "content", "")),
    row("plain", INVALID, "a link in place of the only segment", edit(SEG, "link_to", "../checkpoint")),
]  # fmt: skip

FORMS = [*RECORDS, *KEYS, *HEADS, *COPIES, *BEGINNINGS, *PLACES]

DROPPED = [
    row("dropped_as_two_records_disagree", INVALID, "two records name a segment, each another root"),
    row("dropped_as_a_tail_disagrees", UNSIGNED, "the second is not signed"),
    row("dropped_under_two_heads", INVALID, "two heads of one size, both in what was dropped"),
    row("dropped_and_signed", INVALID, "a head kept elsewhere, the log has another of its size", head="first of the pruned, another"),
    row("dropped_by_a_witness", INVALID, "no key that counts signed anything", keys=["old", "witness"]),
    row("pruned", VALID, "nothing tells about a tile whose tile above is missing", edit("tile/1/000", "remove"), edit("tile/0/007", "xor", [9, 4])),
    row("pruned", VALID, "nor about a part of one", edit("tile/1/000", "remove"), edit("tile/0/007.p/3", "content", "x" * 96)),
    row("pruned", VALID, "nor about one that is too short", edit("tile/1/000", "remove"), edit("tile/0/007", "truncate", 96)),
    row("pruned", TILES, "a part of a tile that is there", edit("tile/0/007.p/3", "content", "x" * 96)),
]  # fmt: skip
