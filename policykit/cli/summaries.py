"""What `policykit --help` says of each command, so that printing it imports none of them; a test holds it complete."""

from __future__ import annotations

GROUPS: dict[str, dict[str, str]] = {
    "Write a policy": {
        "init": "start a project: a policy and a project file",
        "lint": "find mistakes in policies",
        "fmt": "lay policies out in the one form",
        "test": "run the tests that stand in policies",
        "explain": "explain a code, a clause, or a whole policy",
        "vocabulary": "look up kinds of evidence and built-in facts",
        "lock": "pin the packs that a policy includes",
    },
    "Decide": {
        "check": "say whether a gate is met, and what is left to do",
        "evidence": "see what a reader makes of a file",
        "decide": "apply the rules to recorded calls",
        "replay": "see what other rules would have decided",
        "prices": "look into price lists of models",
    },
    "Agree and sign": {
        "keys": "make keys, and print their public halves",
        "agree": "agree on the definition before the build",
        "attest": "sign for a gate, or sign evidence",
        "verdict": "verify a signed verdict",
    },
    "Operate": {
        "approvals": "answer calls that wait for a person",
        "stops": "stop calls, and let them go on",
    },
    "Prove": {
        "trail": "verify, show and export the signed record",
        "witness": "cosign the heads of other trails",
    },
}
