"""Damaged files of every kind: only our own errors come out, and each says something.

Forty files a reader here, thousands where FUZZ_FILES says so; `python -m tests.fuzz.search` looks for hours.
"""

import os
import random
from pathlib import Path

import pytest

from tests.fuzz.readers import READERS, mutated, read, seeds

FILES = int(os.environ.get("FUZZ_FILES", "40"))


@pytest.mark.parametrize("kind", READERS)
def test_damaged_files_end_with_an_error_of_ours(kind: str, tmp_path: Path) -> None:
    """The good files are taken; the same random damage every time."""
    good = seeds(kind)
    assert all(read(kind, content, tmp_path) for content in good)
    chance = random.Random(7)  # noqa: S311 - damage, not a secret
    for _ in range(FILES):
        content = mutated(chance.choice(good), chance)
        try:
            read(kind, content, tmp_path)
        except Exception as error:
            error.add_note(f"the file: {content[:400]!r}")
            raise
