"""`policykit trail`: verify, show, export, prove."""

# ruff: noqa: PLR0913, PLR0917 - options of a command are its parameters

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from shutil import get_terminal_size
from typing import Annotated

import typer

from policykit.cli.exit import reporting
from policykit.cli.format import Format, FormatOption
from policykit.cli.output import write_json
from policykit.cli.signing import NEW_TRAIL_PASSPHRASE, TRAIL_PASSPHRASE, private_key
from policykit.cli.trails.common import REFUTED, Directory, Keys, read_file, write_file, write_lines
from policykit.cli.trails.table import shown
from policykit.cli.trails.timestamp import timestamp
from policykit.cli.trails.verify import VerifyCommand, verify
from policykit.source.suggest import did_you_mean
from policykit.trail.export import ExportFormat, export_lines, summary
from policykit.trail.format.keys import load_verifier_key
from policykit.trail.format.record import RecordType
from policykit.trail.problems import trail_problem
from policykit.trail.query import Filter, read_records

app = typer.Typer(no_args_is_help=True, help="The signed, hash-chained record: verify, show, export, prove.")

State = Annotated[
    Path | None, typer.Option(help="Where to store the trail head (default: the user's state directory).")
]


def register(root: typer.Typer) -> None:
    """Add the command group to the program."""
    app.command(cls=VerifyCommand)(verify)
    app.command()(timestamp)
    root.add_typer(app, name="trail")


@app.command()
def show(
    directory: Directory,
    type: Annotated[list[str] | None, typer.Option(help="Only records of this type. Repeatable.")] = None,  # noqa: A002
    clause: Annotated[str, typer.Option(help="Only records that name this clause.")] = "",
    since: Annotated[
        datetime | None, typer.Option(help="Only records from this time on (UTC), such as 2026-03-01T09:00:00.")
    ] = None,
    until: Annotated[datetime | None, typer.Option(help="Only records before this time (UTC).")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Show at most N records, oldest first.")] = 50,
    output: FormatOption = Format.TEXT,
) -> None:
    """Show records, without verifying them."""
    from itertools import islice

    with reporting(no=REFUTED):
        wanted = _filter(type, clause, since, until)
        records = list(islice(read_records(directory, wanted), limit + 1))
        if output is Format.JSON:
            for record in records[:limit]:
                sys.stdout.buffer.write(record.raw + b"\n")
            return
        for line in shown([summary(record) for record in records[:limit]], get_terminal_size().columns):
            sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
        if len(records) > limit:
            sys.stderr.write("more records: give --limit, or filter\n")


@app.command()
def export(
    directory: Directory,
    format: Annotated[str, typer.Option(help="jsonl, csv or cloudevents.")] = "jsonl",  # noqa: A002
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file (default: standard output).")
    ] = None,
    type: Annotated[list[str] | None, typer.Option(help="Only records of this type. Repeatable.")] = None,  # noqa: A002
    clause: Annotated[str, typer.Option(help="Only records that name this clause.")] = "",
    since: Annotated[
        datetime | None, typer.Option(help="Only records from this time on (UTC), such as 2026-03-01T09:00:00.")
    ] = None,
    until: Annotated[datetime | None, typer.Option(help="Only records before this time (UTC).")] = None,
) -> None:
    """Export records."""
    from policykit.trail.format.proof import published_checkpoint

    with reporting(no=REFUTED):
        if format not in set(ExportFormat):
            raise trail_problem(
                "PK726", "not an export format", expected=", ".join(ExportFormat), got=f"`{format}`",
                help=did_you_mean(format, ExportFormat),
            )  # fmt: skip
        origin = published_checkpoint(directory).checkpoint.origin
        records = read_records(directory, _filter(type, clause, since, until))
        write_lines(export_lines(records, ExportFormat(format), origin), output)


@app.command()
def head(directory: Directory) -> None:
    """Print the newest head, to keep somewhere else.

    In a contract or a ticket, for example. `policykit trail verify --head FILE` then shows whether
    records were cut off.
    """
    from policykit.trail.format.proof import published_checkpoint

    with reporting(no=REFUTED):
        sys.stdout.write(published_checkpoint(directory).note.to_bytes().decode())


@app.command()
def prove(
    directory: Directory,
    seq: Annotated[int, typer.Argument(min=0, help="The number of a record.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where to write the proof (default: SEQ.tlog-proof).")
    ] = None,
) -> None:
    """Prove that a record is in the signed trail.

    Writes a .tlog-proof file, and the record's bytes next to it as FILE.record.
    """
    from policykit.trail.format.proof import prove_inclusion

    with reporting(no=REFUTED):
        record, proof = prove_inclusion(directory, seq)
        target = output or Path(f"{seq}.tlog-proof")
        write_file(target, proof.to_bytes())
        write_file(target.with_name(f"{target.name}.record"), record)
        typer.echo(f"{target} proves {target.name}.record")


@app.command("check-proof")
def check_proof(
    proof: Annotated[Path, typer.Argument(help="A .tlog-proof file, or a consistency proof.")],
    key: Keys,
    record: Annotated[Path | None, typer.Option(help="The record's file (default: PROOF.record).")] = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Check a proof offline. Exit status: 0 it holds, 1 it does not, 2 it cannot be read."""
    from policykit.trail.format import proof as proofs

    with reporting(output.value, no=REFUTED):
        data, keys = read_file(proof), [load_verifier_key(text) for text in key]
        if data.startswith(b"policykit-consistency"):
            consistency = proofs.parse_consistency_proof(data, str(proof))
            proofs.check_consistency(consistency, keys)
            old, new = consistency.old.checkpoint, consistency.new.checkpoint
            text = f"size {new.size} of {new.origin} begins with size {old.size}"
            _valid(output, text, origin=new.origin, size=new.size, begins_with_size=old.size)
            return
        inclusion = proofs.parse_inclusion_proof(data, str(proof))
        proofs.check_inclusion(inclusion, read_file(record or proof.with_name(f"{proof.name}.record")), keys)
        found = inclusion.checkpoint.checkpoint
        text = f"record {inclusion.index} of {found.origin}, size {found.size}"
        _valid(output, text, origin=found.origin, size=found.size, record=inclusion.index)


def _valid(output: Format, text: str, **facts: object) -> None:
    """Print what holds."""
    if output is Format.JSON:
        write_json({"valid": True, **facts})
    else:
        typer.echo(f"VALID: {text}")


@app.command()
def consistency(
    directory: Directory,
    since: Annotated[Path, typer.Option(metavar="FILE", help="An older checkpoint.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file (default: standard output).")
    ] = None,
) -> None:
    """Prove that the trail only grew since an older checkpoint."""
    from policykit.trail.format.checkpoint import parse_checkpoint
    from policykit.trail.format.proof import prove_consistency

    with reporting(no=REFUTED):
        found = prove_consistency(directory, parse_checkpoint(read_file(since), str(since)))
        write_lines(iter([found.to_bytes()]), output)


@app.command()
def tiles(directory: Directory) -> None:
    """Rebuild the tile cache from the records."""
    from policykit.trail.write.rebuild import rebuild_tiles

    with reporting(no=REFUTED):
        typer.echo(f"tiles of {rebuild_tiles(directory)} records written")


@app.command("open-commitment")
def open_commitment(
    commitment: Annotated[str, typer.Argument(help="`hmac-sha256:...` from a record.")],
    opening: Annotated[Path, typer.Option(help="The opening, as the vault keeps it.")],
    output: FormatOption = Format.TEXT,
) -> None:
    """Check that a payload is the one a record committed to.

    Exit status: 0 it is, 1 it is not, 2 the opening cannot be read.
    """
    from policykit.trail.vault import parse_opening

    with reporting(output.value, no=REFUTED):
        found = parse_opening(read_file(opening), str(opening))
        if found.commitment != commitment or not found.verify():
            raise trail_problem("PK721", "this payload is not what was committed to", place=str(opening))
        size = len(found.payload)
        _valid(output, f"{found.label}, {size} bytes", label=found.label, bytes=size)


@app.command()
def cosign(
    directory: Directory,
    witness: Annotated[str, typer.Option(metavar="VKEY", help="The witness's verifier key, or a file that holds it.")],
    url: Annotated[str, typer.Option(help="The witness's submission prefix.")],
) -> None:
    """Have a witness cosign the newest head.

    The cosignature is kept in the trail.
    """
    from policykit.trail.witness.client import cosign as ask
    from policykit.trail.write.cosigning import keep_cosignatures

    with reporting(no=REFUTED):
        found = ask(directory, url, load_verifier_key(witness))
        keep_cosignatures(directory, found.size, found.signatures)
        typer.echo(f"size {found.size} cosigned by {', '.join(s.name for s in found.signatures)}")


@app.command()
def rotate(
    directory: Directory,
    key: Annotated[
        Path, typer.Option(metavar="FILE", help=f"The current private key; {TRAIL_PASSPHRASE} opens an encrypted one.")
    ],
    new_key: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help=f"The new private key; {NEW_TRAIL_PASSPHRASE}, or else that of the current key, opens it.",
        ),
    ],
    reason: Annotated[str, typer.Option(help="Why.")],
    state: State = None,
) -> None:
    """Rotate the signing key. Stop the programs that write to the trail first.

    If this was interrupted, run it again with the same keys: it finishes what was begun.
    """
    from policykit.trail.format.proof import published_checkpoint
    from policykit.trail.write.options import TrailOptions
    from policykit.trail.write.rotation import hand_over

    with reporting(no=REFUTED):
        origin = published_checkpoint(directory).checkpoint.origin
        old = private_key(key, origin, TRAIL_PASSPHRASE)
        new_variable = NEW_TRAIL_PASSPHRASE if os.environ.get(NEW_TRAIL_PASSPHRASE) else TRAIL_PASSPHRASE
        new = private_key(new_key, origin, new_variable)
        seq = hand_over(directory, old, new, reason=reason, options=TrailOptions(state_directory=state))
        typer.echo(f"record {seq} hands signing over to {new.verifier.to_text()}")


@app.command()
def prune(
    directory: Directory,
    key: Annotated[
        Path, typer.Option(metavar="FILE", help=f"The trail's private key; {TRAIL_PASSPHRASE} opens an encrypted one.")
    ],
    segments: Annotated[int, typer.Option(min=1, help="How many segments of 65,536 records.")],
    authority: Annotated[str, typer.Option(help="By whose decision.")],
    state: State = None,
) -> None:
    """Drop the oldest segments after their retention period.

    Record 0 states the period.
    """
    from policykit.trail.format.proof import published_checkpoint
    from policykit.trail.write.append import Trail
    from policykit.trail.write.options import TrailOptions
    from policykit.trail.write.prune import prune as drop

    with reporting(no=REFUTED):
        signing = private_key(key, published_checkpoint(directory).checkpoint.origin, TRAIL_PASSPHRASE)
        with Trail.open(directory, signer=signing, options=TrailOptions(state_directory=state)) as trail:
            dropped = drop(trail, segments=segments, authority=authority, now=datetime.now(UTC))
        typer.echo(f"{dropped} records dropped; their hashes stay")


def _filter(types: list[str] | None, clause: str, since: datetime | None, until: datetime | None) -> Filter:
    for name in types or ():
        if name not in set(RecordType):
            raise trail_problem(
                "PK726", "not a type of record", expected=", ".join(RecordType), got=f"`{name}`",
                help=did_you_mean(name, RecordType),
            )  # fmt: skip
    return Filter(frozenset(types or ()), clause, _utc(since), _utc(until))


def _utc(moment: datetime | None) -> datetime | None:
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)
