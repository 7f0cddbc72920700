"""`policykit trail timestamp`: an RFC 3161 token over the newest checkpoint."""

# ruff: noqa: PLR0913, PLR0917 - options of a command are its parameters

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from policykit.cli._exit import reporting
from policykit.cli._trail_common import REFUTED, Directory, Keys, read_file
from policykit.trail.problems import trail_problem
from policykit.trail.verdict import Stamped

if TYPE_CHECKING:
    from policykit.trail.keys import VerifierKey
    from policykit.trail.timestamp.exchange import Accepted
    from policykit.trail.timestamp.token import Authorities

TsaCa = Annotated[
    list[Path] | None,
    typer.Option("--tsa-ca", metavar="FILE", help="Root certificates of time stamp authorities (PEM). Repeatable."),
]


def timestamp(
    directory: Directory,
    key: Keys,
    url: Annotated[str, typer.Option(help="The authority's address, `http://` or `https://`.")] = "",
    request: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the request to a new file; with --response, the one it answers."),
    ] = None,
    response: Annotated[Path | None, typer.Option(metavar="FILE", help="Keep the token of this answer.")] = None,
    tsa_ca: TsaCa = None,
) -> None:
    """Have an authority time-stamp the newest head (RFC 3161).

    Its token is kept in the trail.

    Online: --url. Offline: --request FILE, carry the file to the authority, then --request FILE --response FILE.
    Only the digest of a checkpoint leaves this host. Exit status: 0 done, 1 not a good answer, 3 not possible.
    """
    from policykit.trail.keys import load_verifier_key

    with reporting(no=REFUTED):
        keys = [load_verifier_key(text) for text in key]
        if url and request is None and response is None:
            _ask(directory, keys, url, read_authorities(tsa_ca))
        elif response is not None and not url:
            _take(directory, keys, request, response, read_authorities(tsa_ca))
        elif request is not None and not url:
            _write_request(directory, keys, request)
        else:
            raise trail_problem(
                "PK759", "not one way to exchange a time stamp",
                expected="`--url`, `--request`, or `--response` with the `--request` that it answers",
            )  # fmt: skip


def read_authorities(files: list[Path] | None) -> Authorities | None:
    """Return the certificates of several files; None when there are no files."""
    if not files:
        return None
    from policykit.trail.timestamp.token import join_authorities, parse_authorities

    return join_authorities([parse_authorities(read_file(path), str(path)) for path in files])


def _ask(directory: Path, keys: list[VerifierKey], url: str, authorities: Authorities | None) -> None:
    from policykit.trail.timestamp.client import ask
    from policykit.trail.timestamp.exchange import accept, request_for

    request = request_for(directory, keys)
    answer = ask(url, request)
    _keep(directory, accept(directory, keys, answer, request=request, authorities=authorities, place=url))


def _take(
    directory: Path, keys: list[VerifierKey], request: Path | None, response: Path, authorities: Authorities | None
) -> None:
    from policykit.trail.timestamp.exchange import accept

    asked = read_file(request) if request else None
    answer = read_file(response)
    _keep(directory, accept(directory, keys, answer, request=asked, authorities=authorities, place=str(response)))
    if asked is None:
        typer.echo("its nonce was not compared: give the --request that it answers")


def _keep(directory: Path, accepted: Accepted) -> None:
    from policykit.trail.cosigning import keep_timestamp

    keep_timestamp(directory, accepted.size, accepted.token)
    if accepted.stamp is None:
        typer.echo(f"time stamp over size {accepted.size} kept; its signature was not verified: give --tsa-ca")
        return
    stamp = accepted.stamp
    typer.echo(f"time stamp kept: {Stamped(accepted.size, stamp.time, stamp.accuracy, stamp.authority)}")


def _write_request(directory: Path, keys: list[VerifierKey], target: Path) -> None:
    from policykit.trail.timestamp.exchange import request_for

    data = request_for(directory, keys)
    try:
        with target.open("xb") as file:
            file.write(data)
    except FileExistsError:
        raise trail_problem(
            "PK759",
            "the request would replace a file",
            place=str(target),
            help="name another file, or remove this one when its answer is no longer awaited",
        ) from None
    except OSError as error:
        reason = (error.strerror or "error").lower()
        raise trail_problem("PK712", f"cannot write: {reason}", place=str(target)) from None
    typer.echo(f"{target}: send it to the authority, then give its answer with --response")
