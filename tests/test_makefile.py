"""`make test-pythons` finds each Python that is on the machine, and says which are not."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.skipif(shutil.which("make") is None, reason="make is absent; install it to test the Makefile")
def test_pythons_that_pyenv_has_not_activated_are_found(tmp_path: Path) -> None:
    """One on the path is taken from there, one of pyenv's versions from its folder, and one that is neither is told."""
    kept = tmp_path / "root" / "versions" / "3.98.1" / "bin" / "python3.98"
    for program, line in (
        (tmp_path / "bin" / "python3.97", "exit 0"),
        (tmp_path / "bin" / "python3.98", "exit 127"),  # the shim of a version that is not activated
        (tmp_path / "bin" / "pyenv", f"echo '{tmp_path / 'root'}'"),
        (kept, "exit 0"),
    ):
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        program.chmod(0o755)
    asked = [
        "make",
        "--no-print-directory",
        "test-pythons",
        "MAKE=echo",
        "VENV=v",
        "PYTHONS=python3.97 python3.98 python3.99",
    ]
    paths = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    said = subprocess.run(asked, cwd=ROOT, env=os.environ | {"PATH": paths}, capture_output=True, text=True, check=True)
    assert said.stdout.splitlines() == [
        "test PYTHON=python3.97 VENV=v-python3.97",
        f"test PYTHON={kept} VENV=v-python3.98",
        "python3.99 is not on this machine",
    ]
