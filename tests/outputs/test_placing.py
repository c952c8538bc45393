"""Files that belong together arrive together, whatever becomes of the run that writes them."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from servicecircle.errors import OutputError
from servicecircle.outputs import placing
from servicecircle.outputs.placing import _STALE_S, _move, _settle, _written, place_all, settle
from tests.command import tree

OLD = {"a.json": b"old a", "b.html": b"old b", "c.csv": b"old c"}
NEW = {"a.json": b"new a", "b.html": b"new b", "c.csv": b"new c", "d.docx": b"new d"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder that holds the old set and a file of somebody else."""
    place_all(tmp_path, OLD)
    (tmp_path / "notes.txt").write_bytes(b"mine")
    return tmp_path


def mine(files: dict[str, bytes]) -> dict[str, bytes]:
    """Return a set with the file of somebody else."""
    return {**files, "notes.txt": b"mine"}


def test_a_set_that_was_complete_is_put_in_place_by_whoever_comes_next(folder: Path) -> None:
    """Killed after two of four files were moved: the next to come moves the rest, and nothing else is left."""
    complete = _written(folder, NEW)
    for name in ("a.json", "d.docx"):
        (complete / "new" / name).replace(folder / name)
    settle(folder)
    assert tree(folder) == mine(NEW)
    settle(folder)
    assert tree(folder) == mine(NEW)


def test_a_set_that_was_not_complete_goes(folder: Path) -> None:
    """Killed while writing: the old files stay, the parts are cleared."""
    complete = _written(folder, NEW)
    complete.rename(complete.with_suffix(".part"))
    settle(folder)
    assert tree(folder) == mine(OLD)
    assert [path.name for path in folder.iterdir() if path.is_dir()] == []


def test_the_next_write_settles_first(folder: Path) -> None:
    """A single file written into the folder finishes the set of the run that was killed."""
    _written(folder, NEW)
    place_all(folder, {"b.html": b"newer b"})
    assert tree(folder) == mine({**NEW, "b.html": b"newer b"})


def test_a_file_that_cannot_be_moved_brings_the_old_ones_back(folder: Path) -> None:
    """What was there before is there again, what was not is not, and nobody tries again later."""
    complete = _written(folder, NEW)
    (folder / "c.csv").unlink()
    (folder / "c.csv").mkdir()
    (complete / "new" / "d.docx").rename(complete / "new" / "a2.docx")
    with pytest.raises(OutputError, match=r"c\.csv: cannot be written \(Is a directory\)"):
        _move(complete, folder)
    (folder / "c.csv").rmdir()
    settle(folder)
    assert tree(folder) == {name: data for name, data in mine(OLD).items() if name != "c.csv"}


def test_where_no_lock_is_to_be_had_only_what_is_old_is_settled(folder: Path) -> None:
    """The parts of a run that may still be going stay; those of yesterday do not."""
    complete = _written(folder, NEW)
    _settle(folder, locked=False)
    assert complete.is_dir()
    yesterday = time.time() - _STALE_S - 60
    os.utime(complete, (yesterday, yesterday))
    _settle(folder, locked=False)
    assert tree(folder) == mine(NEW)


def test_of_many_at_once_one_after_the_other_puts_its_whole_set(tmp_path: Path) -> None:
    """Sixteen sets of eight files each from four threads: in the end all files are of one set, and no part is left."""

    def write(writer: int) -> None:
        place_all(tmp_path, {f"{number}.json": bytes([writer]) * 1000 for number in range(8)})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(16)))
    assert len(set(tree(tmp_path).values())) == 1
    assert len(list(tmp_path.iterdir())) == 8


def test_without_second_names_files_are_written_all_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A drive that knows no hard links cannot put back, but takes new files."""

    def link(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(placing.os, "link", link)
    place_all(folder, NEW)
    assert tree(folder) == mine(NEW)
