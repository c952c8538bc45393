"""The command line, called inside this process: quick, and as a user would see it."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer

from servicecircle.cli import app, main

#: Name of each command -> the command.
COMMANDS: dict[str, Any] = typer.main.get_command(app).commands


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Command:
    """Runs ``servicecircle`` with arguments and catches what it prints, also from the libraries below."""

    capture: pytest.CaptureFixture[str]
    patch: pytest.MonkeyPatch

    def __call__(self, *arguments: str | Path) -> Ended:
        """Run and return exit code, stdout and stderr."""
        self.capture.readouterr()
        with self.patch.context() as patch:
            patch.setattr(sys, "argv", ["servicecircle", *map(str, arguments)])
            try:
                main()
                code = 0
            except SystemExit as ended:
                code = ended.code if isinstance(ended.code, int) else 1
        said = self.capture.readouterr()
        return Ended(code=code, out=said.out, err=said.err)


def tree(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder with its bytes, hidden ones too."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
