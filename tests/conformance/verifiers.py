"""Every verifier of ours as one function: (directory, keys, head, options) -> exit status."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from policykit.trail.format.keys import parse_verifier_key
from policykit.trail.problems import CodedTrailError
from policykit.trail.verify import verify_trail
from policykit.trail.verify.signatures import Revocation

Verifier = Callable[[Path, Sequence[str], bytes | None, Mapping[str, Any]], int]
ROOT = Path(__file__).resolve().parents[2]


def load_one_file() -> Any:
    """Return the one-file verifier as a module."""
    if "policykit_verify" not in sys.modules:
        path = ROOT / "standalone" / "policykit_verify.py"
        spec = importlib.util.spec_from_file_location("policykit_verify", path)
        module = importlib.util.module_from_spec(spec)
        sys.modules["policykit_verify"] = module
        spec.loader.exec_module(module)
    return sys.modules["policykit_verify"]


def one_file(directory: Path, keys: Sequence[str], head: bytes | None, options: Mapping[str, Any]) -> int:
    module = load_one_file()
    revoked = {bytes.fromhex(text.split("+")[1]): size for text, size in options.get("revoked", {}).items()}
    return module.answer(
        directory, [module.Key(text) for text in keys], module.Checkpoint(head) if head else None, revoked,
        accept_unsigned=options.get("accept_unsigned", False),
    ).status  # fmt: skip


def package(directory: Path, keys: Sequence[str], head: bytes | None, options: Mapping[str, Any]) -> int:
    revoked = [Revocation(parse_verifier_key(text).key_id, size) for text, size in options.get("revoked", {}).items()]
    try:
        found = verify_trail(directory, [parse_verifier_key(text) for text in keys], head=head, revoked=revoked)
    except CodedTrailError:
        return 3
    is_accepted = found.exit_code == 4 and options.get("accept_unsigned", False)
    return 5 * found.is_cache_wrong if is_accepted else found.exit_code


VERIFIERS: dict[str, Verifier] = {"one file": one_file, "package": package}
