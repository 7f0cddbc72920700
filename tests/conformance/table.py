"""The table: what every verifier must answer to which trail. Plain data; `python -m tests.conformance export DIR` writes it as JSON.

A row: the base trail, edits (`edits.py`), the names of the keys given, a head kept elsewhere, options, the exit status, why.
"""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]
VALID, INVALID, UNVERIFIABLE, NO_ANSWER, UNSIGNED, TILES = 0, 1, 2, 3, 4, 5
SEG, LOG, HEAD = "seg/000000.jsonl", "checkpoints.log", "checkpoint"


def row(base: str, expect: int, why: str, *edits: Row, **more: Any) -> Row:
    return {"base": base, "edits": list(edits), "keys": ["old"], "expect": expect, "why": why, **more}


def edit(file: str, kind: str, how: Any = True) -> Row:
    return {"file": file, kind: how}


AS_THEY_ARE = [
    row("plain", VALID, "honest"),
    row("heads", VALID, "honest, one head a record"),
    row("built", VALID, "honest, by another writer"),
    row("one_head", VALID, "no record names a head before the first"),
    row("genesis_only", VALID, "one record, one head"),
    row("witnessed", VALID, "cosignatures and time stamps are not asked for"),
    row("torn", VALID, "a crash left fragments, and records say so"),
    row("twin_heads", VALID, "the same head twice, as after a crash while publishing"),
    row("extension_lines", VALID, "lines after the root mean nothing here"),
    row("a_type_of_a_newer_version", VALID, "types may be added"),
    row("not_json_in_a_decision", VALID, "only the trail's own types are parsed"),
    row("good_line_first", VALID, "of several lines of a key the first counts"),
    row("odd_signer", VALID, "a name may hold anything but white space and a plus sign"),
    row("spoiled_bound_head", VALID, "a bound head's signature is not looked at again"),
    row("hundred_signers", VALID, "as many lines as a note may have"),
    row("hundred_and_one_signers", INVALID, "more lines than a note may have"),
    row("long_name", VALID, "another signer's name of 400 bytes"),
    row("long_note", VALID, "a note of 1 MiB"),
    row("too_long_note", INVALID, "a note of one byte more"),
    row("long_record", VALID, "a record of 65,535 bytes"),
    row("too_long_record", INVALID, "a record of 65,536 bytes"),
    row("long_number", VALID, "a number of 400 digits"),
    row("too_long_number", INVALID, "a number of 401 digits"),
    row("many_recoveries", VALID, "4 MiB to parse"),
    row("rather_deep_recovery", VALID, "100 levels"),
    row("never_signed", UNVERIFIABLE, "no head says what was signed"),
    row("tail", UNSIGNED, "three records that nobody signed"),
    row("tail", VALID, "accepted as they are", options={"accept_unsigned": True}),
    row("tail_names_another_log", UNSIGNED, "a record that nobody signed proves nothing about the log"),
    row("smaller_head", INVALID, "sizes of heads never fall"),
    row("another_log", INVALID, "a signed record names a log that is not this one"),
    row("another_size", INVALID, "the digest is that of another head"),
    row("spoiled_newest_head", INVALID, "the signature of a known key does not verify"),
    row("bad_line_first", INVALID, "of several lines of a key the first counts"),
    row("signer_with_a_wide_space", INVALID, "white space in a key's name"),
    row("two_origins", INVALID, "heads of two trails"),
    row("another_origin_in_between", INVALID, "one head of another trail, bound and signed over"),
    row("genesis_of_another", INVALID, "record 0 names another trail than the heads"),
    row("second_genesis", INVALID, "only record 0 begins a trail"),
    row("no_genesis", INVALID, "record 0 begins a trail"),
    row("doubled_name_in_recovery", INVALID, "readers would differ"),
    row("doubled_name_deep_in_recovery", INVALID, "readers would differ"),
    row("nan_in_recovery", INVALID, "not JSON"),
    row("huge_number_in_recovery", INVALID, "beyond a double"),
    row("deep_recovery", INVALID, "nested more than 100 levels deep"),
    row("not_json_in_recovery", INVALID, "a record of the trail's own types is parsed"),
    row("fragment_of_no_length", INVALID, "a fragment has a length"),
    row("fragment_that_is_no_object", INVALID, "a fragment has a name, a length and a digest"),
    row("fragment_outside", INVALID, "a fragment lies in torn/"),
]

KEYS = [
    *(row("rotated", VALID, "either key leads to the other", keys=keys) for keys in (["old"], ["new"], ["old", "new"])),
    *(row("rotated_twice", VALID, "each key leads to the others", keys=[key]) for key in ("old", "new", "third")),
    row("plain", UNVERIFIABLE, "another key of this name", keys=["other"]),
    row("plain", UNVERIFIABLE, "the key of another trail", keys=["foreign"]),
    row("witnessed", UNVERIFIABLE, "the witness's key", keys=["witness"]),
    row("witnessed", VALID, "further keys do no harm", keys=["witness", "foreign", "old"]),
    row("rotated", UNVERIFIABLE, "neither the old key nor the new one", keys=["other"]),
    row(
        "rotated", INVALID, "the old key is revoked before the rotation", keys=["old"], options={"revoked": {"old": 1}}
    ),
    row(
        "rotated", VALID, "the old key is revoked where it ended", keys=["old", "new"], options={"revoked": {"old": 3}}
    ),
    row("plain", INVALID, "the newest head lies beyond the revocation", options={"revoked": {"old": 9}}),
    row("plain", VALID, "signed up to the revocation", options={"revoked": {"old": 10}}),
    row("plain", VALID, "another key is revoked", options={"revoked": {"new": 1}}),
    row("loop", VALID, "to another key and back", keys=["old"]),
    row("loop", VALID, "from the middle of a loop", keys=["new"]),
    row("to_itself", VALID, "a rotation to the same key"),
    *(row("two_at_once", VALID, "a chain signed by all", keys=[key]) for key in ("old", "new", "third")),
    row("two_at_once_one_silent", INVALID, "the key in the middle never signed"),
    row("rotation_in_the_tail", UNSIGNED, "nobody signed the rotation: it changes nothing"),
    row("rotation_in_the_tail", UNVERIFIABLE, "nobody signed the rotation: it proves nothing", keys=["new"]),
    row("new_key_never_signed", INVALID, "the new key did not sign the next head"),
    row("old_key_did_not_sign", VALID, "the new key vouches for the rotation", keys=["new"]),
    row("old_key_did_not_sign", VALID, "both are given", keys=["old", "new"]),
    row("old_key_did_not_sign", UNVERIFIABLE, "nothing leads from the old key to the new one"),
    *(row("old_key_signs_on", INVALID, "the old key no longer counts", keys=[key]) for key in ("old", "new")),
    row("both_keys_sign_on", VALID, "one that counts is enough"),
    row("rotation_to_another_name", INVALID, "the new key keeps the trail's name"),
    row("rotation_to_a_witness", INVALID, "only Ed25519 keys sign trails"),
    row("rotation_to_no_key", INVALID, "a signed rotation that names no key"),
    row("rotation_to_no_key_in_the_tail", UNSIGNED, "nobody signed it"),
    row("forged_whole", UNVERIFIABLE, "a record alone proves no predecessor"),
    row("forged_whole_with_a_line", INVALID, "the victim's signature is over another head"),
    row("forged_through_a_tail", UNVERIFIABLE, "a record that nobody signed proves nothing"),
    row("forged_continuation", UNVERIFIABLE, "the victim signed no head after the rotation"),
    row("forged_continuation", UNVERIFIABLE, "nor does a genuine head kept elsewhere help", head="built"),
    row("forged_succession", UNVERIFIABLE, "no key that counts hands over"),
    row("forged_chain", UNVERIFIABLE, "the last key of the chain did not sign"),
]

HEADS = [
    row("built", VALID, "the head that is there", head="built"),
    row("tail", UNSIGNED, "continued, and a tail", head="built"),
    row("built", INVALID, "the trail was rolled back", head="built+1"),
    row("built", INVALID, "another history", head="one_head"),
    row("built", INVALID, "the head of another trail", head="foreign"),
    row("built", UNVERIFIABLE, "nobody known signed the head", head="unknown"),
    row("rotated", VALID, "a head that the first key signed, with the second key", head="rotated", keys=["new"]),
]

LOG_EDITS = [
    row("heads", INVALID, "a head that a record names is gone", edit(LOG, "drop_line", 3)),
    row("heads", INVALID, "the newest head is gone, and `checkpoint` is not in the log", edit(LOG, "drop_line", -1)),
    row("heads", INVALID, "heads in another order", edit(LOG, "swap_lines", [2, 3])),
    row("heads", INVALID, "a bound head twice", edit(LOG, "double_line", 4)),
    row("heads", VALID, "the newest head twice: nothing is bound after it", edit(LOG, "double_line", -1)),
    row("heads", UNSIGNED, "the newest head removed from both", edit(LOG, "drop_line", -1), edit(HEAD, "remove")),
    row("heads", INVALID, "no log, and `checkpoint` is not in it", edit(LOG, "remove")),
    row("heads", UNVERIFIABLE, "no heads at all", edit(LOG, "remove"), edit(HEAD, "remove")),
    row("heads", UNVERIFIABLE, "an empty log", edit(LOG, "truncate", 0), edit(HEAD, "remove")),
    row("witnessed", INVALID, "a bound cosignature is gone", edit(LOG, "drop_line", 2)),
    row("witnessed", VALID, "a time stamp that nothing binds is gone", edit(LOG, "drop_line", -1)),
    row("witnessed", VALID, "a cosignature that nothing binds is gone", edit(LOG, "drop_line", -2)),
    row("witnessed", INVALID, "a member more", edit(LOG, "replace_in_line", [-1, ',"token"', ',"x":NaN,"token"'])),
    row("witnessed", INVALID, "a member less", edit(LOG, "append", '{"kind":"cosignature","size":3}\n')),
    row("witnessed", INVALID, "a name twice", edit(LOG, "replace_in_line", [-1, '"size":4', '"size":4,"size":4'])),
    row("witnessed", INVALID, "white space", edit(LOG, "replace_in_line", [-1, '"size":4', '"size": 4'])),
    row("witnessed", INVALID, "members in another order",
        edit(LOG, "append", '{"size":3,"kind":"timestamp","token":"AAAA"}\n')),
    *(row("witnessed", INVALID, f"a size that is none: {size}", edit(LOG, "replace_in_line", [-1, '"size":4', f'"size":{size}']))
      for size in ("true", '"3"', "3.0", "03", "-3", "3e0", "null", "9223372036854775808", "99999999999999999999")),
    row("witnessed", INVALID, "base64 that is none", edit(LOG, "append", '{"kind":"timestamp","size":3,"token":"AA"}\n')),
    row("witnessed", INVALID, "base64 with loose bits", edit(LOG, "append", '{"kind":"timestamp","size":3,"token":"AAB="}\n')),
    row("witnessed", INVALID, "no signature line", edit(LOG, "append", '{"kind":"cosignature","size":3,"line":"x"}\n')),
    row("witnessed", INVALID, "a kind that nobody knows", edit(LOG, "append", '{"kind":"note","size":3,"line":"x"}\n')),
    row("witnessed", INVALID, "a carriage return", edit(LOG, "replace_in_line", [-1, "\n", "\r\n"])),
    row("witnessed", INVALID, "an empty line", edit(LOG, "append", "\n")),
    row("witnessed", INVALID, "half a character", edit(LOG, "append", '{"kind":"checkpoint","note":"\\ud800"}\n')),
    row("witnessed", INVALID, "not UTF-8", edit(LOG, "append", {"hex": "7b226b696e64223a22ff220a"})),
    row("heads", VALID, "a head without its line feed is a torn line", edit(LOG, "double_line", -1), edit(LOG, "truncate", -1)),
    *(row("witnessed", VALID, f"a torn line: {text}", edit(LOG, "append", text)) for text in (
        "{", '{"kind":', '{"kind":"checkpoint","note":', '{"kind":"checkpoint","note":"exa', '{"kind":"cosignature","size":', '{"kind":"cosignature","size":3',
        '{"kind":"timestamp","size":3,"tok', '{"kind":"checkpoint","note":"a\\', '{"kind":"checkpoint","note":"a\\u00',
        '{"kind":"checkpoint","note":"a"', '{"kind":"checkpoint","note":"a"}')),
    *(row("witnessed", INVALID, f"no beginning of a line: {text}", edit(LOG, "append", text)) for text in (
        "x", "{}", '{"kind":"note', '{"kind": "', '{"kind":"timestamp","size":03', '{"kind":"checkpoint","note":"a"}x',
        '{"kind":"checkpoint","note":"a\t', '{"kind":"timestamp","size":3,"note', "\r")),
    row("witnessed", VALID, "NULs after the last line", edit(LOG, "append_nuls", 4096)),
    row("witnessed", VALID, "a torn line and NULs", edit(LOG, "append", '{"kind":"checkpoint","no'), edit(LOG, "append_nuls", 9)),
    row("witnessed", INVALID, "NULs and then more", edit(LOG, "append_nuls", 9), edit(LOG, "append", "{")),
]  # fmt: skip

LOG_EDITS += [
    row("rotated", UNVERIFIABLE, "the old key is not named where it handed over",
        edit(LOG, "replace_in_line", [2, "\u2014 example.org", "\u2014 exomple.org"])),
    row("rotated", INVALID, "the same, seen with the new key: the bound log is another",
        edit(LOG, "replace_in_line", [2, "\u2014 example.org", "\u2014 exomple.org"]), keys=["new"]),
]  # fmt: skip

CHECKPOINT_EDITS = [
    row("heads", VALID, "missing", edit(HEAD, "remove")),
    row("heads", VALID, "empty", edit(HEAD, "truncate", 0)),
    row("heads", VALID, "only NULs", edit(HEAD, "fill_nuls", 0)),
    row("heads", VALID, "the beginning of the newest", edit(HEAD, "truncate", 50)),
    row("heads", VALID, "the beginning of the newest, and NULs", edit(HEAD, "fill_nuls", 50)),
    row("heads", VALID, "older than the log", edit(HEAD, "content", {"note": "heads", "line": 4})),
    row("heads", INVALID, "the beginning of an older one", edit(HEAD, "content", {"note": "heads", "line": 4}), edit(HEAD, "truncate", 30)),
    row("heads", INVALID, "one more line feed", edit(HEAD, "append", "\n")),
    row("heads", INVALID, "another text", edit(HEAD, "replace", ["example.org", "example.com"])),
    row("heads", INVALID, "NULs and then more", edit(HEAD, "fill_nuls", 50), edit(HEAD, "append", "x")),
    row("heads", INVALID, "a head that the log does not hold", edit(HEAD, "content", {"note": "built", "line": 2})),
    row("heads", INVALID, "a directory", edit(HEAD, "directory")),
    row("heads", INVALID, "a pipe", edit(HEAD, "fifo")),
    row("heads", INVALID, "a link that leads to itself", edit(HEAD, "link_to", "checkpoint")),
    row("heads", INVALID, "a pipe in place of the log", edit(LOG, "fifo")),
    row("heads", INVALID, "a link in place of the log", edit(LOG, "rename_to", "elsewhere"), edit(LOG, "link_to", "elsewhere")),
]  # fmt: skip

SEGMENT_EDITS = [
    row("plain", INVALID, "another name for the same number", edit("seg/0000000.jsonl", "copy_of", "000000.jsonl")),
    *(row("plain", INVALID, f"a name that is none: {name}", edit(f"seg/{name}", "content", "")) for name in (
        "00000.jsonl", "000000.JSONL", "000000.jsonl.tmp", "000000", "x", "0000000000000000.jsonl", "00000\u0660.jsonl", ".hidden")),
    row("plain", INVALID, "a directory", edit("seg/000001.jsonl", "directory")),
    row("plain", INVALID, "a link", edit(SEG, "rename_to", "../elsewhere"), edit(SEG, "link_to", "../elsewhere")),
    row("plain", INVALID, "a pipe", edit(SEG, "fifo")),
    row("plain", INVALID, "an empty segment after one that is not full", edit("seg/000001.jsonl", "content", "")),
    row("plain", INVALID, "a segment is missing", edit("seg/000002.jsonl", "content", "")),
    row("plain", INVALID, "the only segment is another", edit(SEG, "rename_to", "000001.jsonl")),
    row("plain", INVALID, "no segments", edit("seg", "remove")),
    row("plain", INVALID, "no records", edit(SEG, "truncate", 0)),
    row("plain", INVALID, "a file in place of the segments", edit("seg", "remove"), edit("seg", "content", "")),
    row("plain", NO_ANSWER, "no trail", edit("seg", "remove"), edit(LOG, "remove"), edit(HEAD, "remove")),
    *(row("plain", INVALID, f"line {line} is gone", edit(SEG, "drop_line", line)) for line in (0, 4, -1)),
    row("plain", INVALID, "lines in another order", edit(SEG, "swap_lines", [3, 4])),
    row("plain", INVALID, "a line twice", edit(SEG, "double_line", 5)),
    row("plain", INVALID, "the last line twice", edit(SEG, "double_line", -1)),
    row("plain", INVALID, "a carriage return", edit(SEG, "replace_in_line", [4, "\n", "\r\n"])),
    row("plain", INVALID, "an empty line", edit(SEG, "append", "\n")),
    row("plain", INVALID, "a byte order mark", edit(SEG, "insert", [0, "\ufeff"])),
    row("plain", VALID, "bytes that no line feed ends", edit(SEG, "append", '{"v":1,"se')),
    row("plain", VALID, "NULs after the last record", edit(SEG, "append_nuls", 100_000)),
    row("plain", VALID, "a torn record, and NULs", edit(SEG, "append", '{"v":1,"se'), edit(SEG, "append_nuls", 70_000)),
    row("plain", INVALID, "NULs, and a record", edit(SEG, "append_nuls", 8), edit(SEG, "append", "x\n")),
    row("plain", VALID, "the longest fragment", edit(SEG, "append", "x" * 65_535)),
    row("plain", INVALID, "a fragment longer than a record", edit(SEG, "append", "x" * 65_536)),
    row("plain", INVALID, "an endless line of NULs and one byte", edit(SEG, "append_nuls", 70_000), edit(SEG, "append", "x")),
    *(row("tail", INVALID, why, edit(SEG, "replace_in_line", [-1, old, new])) for why, old, new in (
        ("half a name of a head", '"decision_id"', '"head":4,"x"'), ("a digest without its head", '"decision_id"', '"log":"00","x"'),
        ("a leading zero", '"seq":6', '"seq":06'), ("a space", '"seq":6', '"seq": 6'), ("another version", '"v":1', '"v":2'),
        ("upper case", '"type":"decision"', '"type":"Decision"'), ("no time", "T03", " 03"), ("an end that is none", "}\n", "} \n"),
        ("a tab", '"d6"', '"d\t"'), ("not UTF-8", '"d6"', {"hex": "22ff22"}))),
    row("tail", UNSIGNED, "an unsigned record with another text", edit(SEG, "replace_in_line", [-1, '"d6"', '"e6"'])),
    row("tail", INVALID, "an unsigned record that later ones follow", edit(SEG, "replace_in_line", [-2, '"d5"', '"e5"'])),
    row("tail", UNSIGNED, "the last one is torn", edit(SEG, "truncate", -1)),
    row("tail", TILES, "none of them left, but their tiles", *[edit(SEG, "drop_line", -1)] * 3),
    row("tail", VALID, "none of them left, nor tiles", edit("tile", "remove"), *[edit(SEG, "drop_line", -1)] * 3),
]  # fmt: skip

OTHER_FILES = [
    row("plain", TILES, "a tile with another byte", edit("tile/0/000.p/10", "xor", [5, 1])),
    row("plain", TILES, "a tile that is too short", edit("tile/0/000.p/10", "truncate", -32)),
    row("plain", TILES, "an empty tile", edit("tile/0/000.p/10", "truncate", 0)),
    row("plain", TILES, "a tile that is too long", edit("tile/0/000.p/10", "append_nuls", 32)),
    row("plain", VALID, "no tiles", edit("tile", "remove")),
    row("plain", VALID, "a tile that was being written", edit("tile/0/000.tmp7", "content", "x")),
    row("plain", VALID, "a smaller tile from before", edit("tile/0/000.p/3", "content", {"leaves": "plain", "count": 3})),
    row("plain", TILES, "a smaller tile of something else", edit("tile/0/000.p/3", "content", "x" * 96)),
    *(row("plain", TILES, f"no tile of this trail: {name}", edit(f"tile/{name}", "content", "x" * 32)) for name in (
        "0/000.p/11", "0/000", "0/001", "1/000.p/1", "0/000.p/0", "0/000.p/010", "00/000.p/3", "0/x000/000.p/3", "x", "0/0", "64/000.p/1")),
    row("plain", TILES, "a pipe", edit("tile/0/000.p/10", "fifo")),
    row("plain", TILES, "a directory", edit("tile/0/000.p/10", "directory")),
    row("plain", TILES, "a file in place of the tiles", edit("tile", "remove"), edit("tile", "content", "")),
    row("plain", INVALID, "a wrong tile and a wrong record", edit("tile/0/000.p/10", "xor", [5, 1]), edit(SEG, "xor", [400, 1])),
    row("tail", UNSIGNED, "a wrong tile and a tail", edit("tile/0/000.p/7", "xor", [5, 1])),
    row("tail", TILES, "a wrong tile and an accepted tail", edit("tile/0/000.p/7", "xor", [5, 1]), options={"accept_unsigned": True}),
    row("plain", UNVERIFIABLE, "a wrong tile and a wrong key", edit("tile/0/000.p/10", "xor", [5, 1]), keys=["other"]),
    row("torn", INVALID, "a fragment with another byte", edit("torn/*0", "xor", [3, 1])),
    row("torn", INVALID, "a longer fragment", edit("torn/*0", "append", "x")),
    row("torn", INVALID, "a shorter fragment", edit("torn/*1", "truncate", -1)),
    row("torn", INVALID, "a fragment that is a directory", edit("torn/*0", "directory")),
    row("torn", VALID, "a fragment is gone", edit("torn/*0", "remove")),
    row("torn", VALID, "no fragments", edit("torn", "remove")),
    row("torn", VALID, "a fragment that no record names", edit("torn/x", "content", "x")),
    row("plain", VALID, "other files", edit("README", "content", "x"), edit("lock", "append", "x")),
]  # fmt: skip

PRUNED = [
    row("pruned", VALID, "dropped, and a signed record says so"),
    row("pruned", UNVERIFIABLE, "another key", keys=["other"]),
    row("dropped_and_signed", VALID, "dropped, and a signed record says so"),
    row("dropped_in_two_goes", VALID, "two records that agree: a crash came between the first and the dropping"),
    row("dropped_with_another_root", INVALID, "the root is not that of what was signed"),
    row("dropped_by_a_tail", INVALID, "nobody signed the record that says so"),
    row("dropped_with_a_rotation", VALID, "the rotation was dropped; the new key signed since", keys=["new"]),
    row("dropped_with_a_rotation", UNVERIFIABLE, "the record that leads to the new key was dropped"),
    row("dropped_without_a_word", INVALID, "no record says so"),
    row("dropped_as_another", INVALID, "what it repeats of record 0 names another trail"),
    row("pruned", INVALID, "the first record that is left is changed", edit("seg/000001.jsonl", "xor", [130, 1])),
    row("pruned", INVALID, "what is left is gone as well", edit("seg/000001.jsonl", "rename_to", "000002.jsonl")),
    row("pruned", TILES, "a tile of what was dropped, with another byte", edit("tile/0/007", "xor", [9, 4])),
    row("pruned", TILES, "the tile above it", edit("tile/1/000", "xor", [9, 4])),
    row("pruned", TILES, "the tile above that", edit("tile/2/000.p/1", "xor", [9, 4])),
    row("pruned", UNVERIFIABLE, "a head inside what was dropped", head="pruned"),
]

SMALL = [*AS_THEY_ARE, *KEYS, *HEADS, *LOG_EDITS, *CHECKPOINT_EDITS, *SEGMENT_EDITS, *OTHER_FILES]
