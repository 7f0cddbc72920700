"""The language: from the text of a policy to what it means, and from there to plain English (grammar/README.md).

    loaded = load_file("governance.policy", standard_vocabulary())
    if loaded.policy is not None:
        print(explain_policy(loaded.policy))

What these functions hand out is made of the nodes of `policykit.language.syntax` and `policykit.language.checked`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policykit._lazy import face

__all__ = [
    "CheckedPolicy",
    "DirectoryPacks",
    "Loaded",
    "Lock",
    "NoPacks",
    "PackFinder",
    "PackSource",
    "Part",
    "Pin",
    "default_folders",
    "explain_clause",
    "explain_policy",
    "load_file",
    "load_text",
    "lock_path",
    "read_lock",
    "sentence",
    "write_lock",
]

if TYPE_CHECKING:
    from policykit.language.checked import CheckedPolicy
    from policykit.language.english import Part, explain_clause, explain_policy, sentence
    from policykit.language.load import Loaded, load_file, load_text
    from policykit.language.lock import Lock, Pin, lock_path, read_lock, write_lock
    from policykit.language.packs import DirectoryPacks, NoPacks, PackFinder, PackSource, default_folders
else:
    __getattr__, __dir__ = face(
        __name__,
        {
            "policykit.language.checked": "CheckedPolicy",
            "policykit.language.english": "Part explain_clause explain_policy sentence",
            "policykit.language.load": "Loaded load_file load_text",
            "policykit.language.lock": "Lock Pin lock_path read_lock write_lock",
            "policykit.language.packs": "DirectoryPacks NoPacks PackFinder PackSource default_folders",
        },
    )
