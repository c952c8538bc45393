"""A run that is killed leaves whole files, and the next one leaves nothing of it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_killed_while_it_writes_a_run_leaves_whole_files_and_the_next_is_good(tmp_path: Path) -> None:
    """A few of the moments that `count.py` goes through: no file is torn, and the next run puts its whole set."""
    if not shutil.which("strace"):
        pytest.skip("strace is absent; it kills at the very call")
    command = [sys.executable, "-m", "tests.faults.count", "kill-calls", "--quick", "--keep", tmp_path]
    done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False)
    if "cannot trace here" in done.stderr:
        pytest.skip("strace may not trace here")
    assert done.returncode == 0, done.stderr
    counts = json.loads((tmp_path / "counts.json").read_text(encoding="utf-8"))["kill-calls"]
    assert counts["runs"] == 3
    assert counts["ends"] == {"SIGKILL": counts["runs"]}
    assert counts["states"].get("torn", 0) == 0
    assert counts["again"] == {"good": counts["runs"]}
    assert counts["odd"] == []
