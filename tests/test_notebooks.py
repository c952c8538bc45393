from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def run(name, folder):
    """Run a notebook; return its code cells and what they printed."""
    notebook = nbformat.read(NOTEBOOKS / name, as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}}).execute()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return code, "".join(out.text for cell in code for out in cell.outputs if out.output_type == "stream")


#: The lesson that is read where it cannot be run: its outputs are part of it.
LESSON = "choosing-sites.ipynb"


@pytest.mark.parametrize("name", sorted({path.name for path in NOTEBOOKS.glob("*.ipynb")} - {LESSON}))
def test_a_notebook_is_stored_without_outputs(name) -> None:
    """What a run makes stays out of the file, so that its diffs are its words and its code."""
    notebook = nbformat.read(NOTEBOOKS / name, as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


def shown(cell) -> list[str]:
    """Return what a cell prints and the tables it shows, as text."""
    said = [out.text for out in cell.outputs if out.output_type == "stream" and out.name == "stdout"]
    return ["".join(said), *(out.data["text/plain"] for out in cell.outputs if out.output_type == "execute_result")]


@pytest.mark.enable_socket  # the kernel is spoken to through a local socket
def test_the_quickstart_runs_to_the_map(tmp_path) -> None:
    """Every cell ends without an error, the figures are printed, and the last one shows the map in a frame."""
    code, printed = run("quickstart.ipynb", tmp_path)
    assert "% of 400,120 people are covered" in printed
    assert "status: optimal" in printed
    shown = code[-1].outputs[-1].data["text/html"]
    assert "<iframe" in shown
    assert "leaflet" in shown
    assert not list(tmp_path.iterdir())


@pytest.mark.enable_socket
def test_the_lesson_on_sites_proves_what_it_says(tmp_path) -> None:
    """The plan is proven, the question for 95 % has an answer, and cities that are not at hand are named."""
    code, printed = run("choosing-sites.ipynb", tmp_path)
    assert "optimal: 375,974 people (94.0%); no ten cover more than 375,974" in printed
    assert "95%: 12 sites (proven)" in printed
    assert "find room within 15 minutes" in printed
    for city in ("Las Palmas", "Porto Alegre"):
        assert f"{city}: " in printed
    stored = [cell for cell in nbformat.read(NOTEBOOKS / LESSON, as_version=4).cells if cell.cell_type == "code"]
    assert (NOTEBOOKS / LESSON).stat().st_size < 200_000
    pictures = [out for cell in stored for out in cell.outputs if "image/png" in out.get("data", {})]
    assert len(pictures) == 3
    for cell, kept in zip(code, stored, strict=True):
        # A search with a clock, and cities that are not at hand, may say something else.
        if "time_limit_s" not in cell.source and "not at hand" not in "".join(shown(cell)):
            assert shown(cell) == shown(kept)


@pytest.mark.parametrize("name", ["coverage-and-gaps.ipynb", "quickstart.ipynb"])
def test_a_notebook_explains_before_it_computes(name) -> None:
    """It begins with words, and no cell of code follows another without any."""
    kinds = [cell.cell_type for cell in nbformat.read(NOTEBOOKS / name, as_version=4).cells]
    assert kinds[0] == "markdown"
    assert "code code" not in " ".join(kinds)


@pytest.mark.enable_socket  # the kernel is spoken to through a local socket
def test_the_lesson_on_coverage_and_gaps_runs_to_the_map(tmp_path) -> None:
    """The figures it talks about are those of the sample, and the map shows inline."""
    code, printed = run("coverage-and-gaps.ipynb", tmp_path)
    assert "326,760 of 400,120 people (81.7%) reach a center within 15 minutes" in printed
    assert "67 gaps; the five largest hold 65% of all who are left out" in printed
    assert "<iframe" in code[-1].outputs[-1].data["text/html"]
    assert not list(tmp_path.iterdir())
