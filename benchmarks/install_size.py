"""What `pip install` of the wheel puts on a disk: policykit and all it requires, in a fresh environment."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks._harness import Result, skipped

ROOT = Path(__file__).parent.parent
LARGEST = 6
MEGABYTE = 1_000_000


def measure() -> Iterator[Result]:
    """Yield the size of everything installed, and of the largest parts; bytecode is counted where pip writes it."""
    with tempfile.TemporaryDirectory() as folder:
        environment = Path(folder, "environment")
        try:
            _run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, str(ROOT))
            _run(sys.executable, "-m", "venv", "--without-pip", str(environment))
            (wheel,) = Path(folder).glob("*.whl")
            python = environment / "bin" / "python"
            _run(sys.executable, "-m", "pip", "--quiet", "--python", str(python), "install", str(wheel))
        except subprocess.CalledProcessError as error:
            skipped("the installed size", f"`{' '.join(error.cmd[1:4])}` failed: {error.stderr.strip()[-200:]}")
            return
        (site,) = environment.glob("lib/python*/site-packages")
        yield from sizes(site)


def sizes(site: Path) -> Iterator[Result]:
    """Yield the sizes of a folder of packages: of all, without bytecode, and of the largest."""
    parts = {each.name: _bytes(each) for each in site.iterdir() if each.name not in {"pip", "setuptools"}}
    bytecode = sum(each.stat().st_size for each in site.rglob("*.pyc"))
    total = sum(parts.values())
    yield Result("installed with all requirements", total / MEGABYTE, "MB")
    yield Result("the same without bytecode", (total - bytecode) / MEGABYTE, "MB")
    for name, size in sorted(parts.items(), key=lambda item: -item[1])[:LARGEST]:
        yield Result(name, size / MEGABYTE, "MB", size / total, "the whole")


def _bytes(path: Path) -> int:
    return sum(each.stat().st_size for each in (path, *path.rglob("*")) if each.is_file() and not each.is_symlink())


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)
