"""`policykit trail verify`: the command; `_trail_text` says what it prints."""

# ruff: noqa: PLR0913, PLR0917 - options of a command are its parameters

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import get_terminal_size
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn
from typer.core import TyperCommand

from policykit.cli.console import Console
from policykit.cli.exit import reporting
from policykit.cli.format import Format, FormatOption
from policykit.cli.output import wants_colour
from policykit.cli.statuses import EXIT_NO_TRAIL
from policykit.cli.trails.common import REFUTED, Directory, Keys, read_file
from policykit.cli.trails.text import WIDTH, Asked, verification_json, verification_text
from policykit.cli.trails.timestamp import TsaCa, read_authorities
from policykit.trail.format.checkpoint import parse_checkpoint, parse_size
from policykit.trail.format.keys import load_verifier_key
from policykit.trail.format.layout import TrailPaths
from policykit.trail.problems import trail_problem
from policykit.trail.verify import verify_trail
from policykit.trail.verify.state import Progress as Told
from policykit.trail.verify.trust import Revocation
from policykit.trail.verify.waiting import wait_for_head

_USAGE = 2
_WAIT_S = 3.0
_NARROWEST = 48
_PROGRESS_FROM_BYTES = 64 << 20


class VerifyCommand(TyperCommand):
    """Ends with 3 for options that are not understood: 2 is an answer of this command.

    It also takes the options of the verifier of one file, which auditors have at hand: `--key` with a public key, and
    `--json`.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the options."""
        same = {"--key": ["--vkey"], "--json": ["--format", "json"]}
        return super().parse_args(ctx, [word for each in args for word in same.get(each, [each])])

    def make_context(self, *arguments: Any, **options: Any) -> Any:
        """Read the options."""
        try:
            return super().make_context(*arguments, **options)
        except Exception as error:
            if getattr(error, "exit_code", None) == _USAGE:
                vars(error)["exit_code"] = EXIT_NO_TRAIL
            raise


def verify(
    directory: Directory,
    key: Keys,
    head: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A head kept elsewhere; shows rollback and truncation.")
    ] = None,
    accept_unsigned: Annotated[
        bool, typer.Option("--accept-unsigned", help="Exit with 0 although the last records are not signed.")
    ] = False,
    witness_policy: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Whose cosignatures count (C2SP tlog-policy).")
    ] = None,
    tsa_ca: TsaCa = None,
    revoked: Annotated[
        list[str] | None, typer.Option(metavar="KEYID@SIZE", help="A key not trusted beyond a size. Repeatable.")
    ] = None,
    deep: Annotated[bool, typer.Option("--deep", help="Parse every record as strict JSON too.")] = False,
    output: FormatOption = Format.TEXT,
    workers: Annotated[int, typer.Option(min=0, help="Processes that read; 0 takes all cores.")] = 0,
) -> None:
    """Verify a trail with public keys alone.

    Exit status: 0 valid; 1 invalid; 2 unverifiable, such as with another trail's key; 3 no answer (no trail, a file
    that cannot be read, an option that is not understood); 4 valid up to a record, the later ones are not signed;
    5 valid, but the tile cache is wrong.
    """
    from policykit.trail.witness.policy import parse_witness_policy

    with reporting(output.value, no=REFUTED, otherwise=EXIT_NO_TRAIL):
        policy = parse_witness_policy(read_file(witness_policy), str(witness_policy)) if witness_policy else None
        remembered = read_file(head) if head else None
        if remembered is not None:
            parse_checkpoint(remembered, str(head))
        asked = Asked(directory, head is not None, policy is not None, accept_unsigned)
        keys, limits = [load_verifier_key(text) for text in key], [revocation(text) for text in revoked or ()]
        present = wait_for_head(TrailPaths(directory), _WAIT_S)
        with _progress(directory) as progress:
            found = verify_trail(
                directory, keys, head=remembered, witness_policy=policy, authorities=read_authorities(tsa_ca),
                revoked=limits, deep=deep, present=present, workers=workers or os.cpu_count() or 1, progress=progress,
            )  # fmt: skip
        code = asked.exit_code(found)
        colour, width = wants_colour(sys.stdout), _width()
        text = (
            verification_json(found, code)
            if output is Format.JSON
            else verification_text(found, asked, colour=colour, width=width)
        )
        sys.stdout.write(text)
    raise typer.Exit(code)


def _width() -> int:
    """Return how long lines may be; what goes into a file has the width of a page."""
    return min(WIDTH, max(_NARROWEST, get_terminal_size().columns)) if sys.stdout.isatty() else WIDTH


@contextmanager
def _progress(directory: Path) -> Iterator[Told | None]:
    if not sys.stderr.isatty():
        yield None
        return
    total = sum(path.stat().st_size for path in (directory / "seg").glob("*.jsonl"))
    if total < _PROGRESS_FROM_BYTES:
        yield None
        return
    bar = Progress(BarColumn(), DownloadColumn(), TimeRemainingColumn(), console=Console(stderr=True), transient=True)
    with bar:
        task = bar.add_task("verifying", total=total)
        yield lambda done, _total: bar.update(task, completed=done)


def revocation(text: str) -> Revocation:
    """Return the revocation that `--revoked` names.

    Raises:
        CodedTrailError: it names none.
    """
    key_id, _, size = text.partition("@")
    try:
        raw = bytes.fromhex(key_id) if len(key_id) == 8 else b""
    except ValueError:
        raw = b""
    if len(raw) != 4:
        raise trail_problem(
            "PK805", "not a revocation", place="--revoked", expected="`<8 hexadecimal digits>@<size>`", got=f"`{text}`"
        )
    return Revocation(raw, parse_size(size, "--revoked"))
