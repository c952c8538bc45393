"""Run the lesson on sites, the real cities at hand, and store what it shows: python tests/golden/store_lesson.py."""

from pathlib import Path

import nbformat
from nbclient import NotebookClient

LESSON = Path(__file__).parents[2] / "notebooks" / "choosing-sites.ipynb"


def main() -> None:
    """Run every cell; keep tables, pictures and what was printed, without notes on the inputs and without times."""
    notebook = nbformat.read(LESSON, as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(LESSON.parent)}}).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.execution_count = None
            cell.outputs = [out for out in cell.outputs if out.get("name") != "stderr"]
            for out in cell.outputs:
                if out.output_type == "execute_result":
                    out.execution_count = None
    nbformat.write(notebook, LESSON)


if __name__ == "__main__":
    main()
