from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "quickstart.ipynb"


def test_the_notebook_is_stored_without_outputs() -> None:
    """What a run makes stays out of the file, so that its diffs are its words and its code."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@pytest.mark.enable_socket  # the kernel is spoken to through a local socket
def test_the_notebook_runs_to_the_map(tmp_path) -> None:
    """Every cell ends without an error, the figures are printed, and the last one shows the map in a frame."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    printed = "".join(out.text for cell in code for out in cell.outputs if out.output_type == "stream")
    assert "% of 400,120 people are covered" in printed
    assert "status: optimal" in printed
    shown = code[-1].outputs[-1].data["text/html"]
    assert "<iframe" in shown
    assert "leaflet" in shown
    assert not list(tmp_path.iterdir())
