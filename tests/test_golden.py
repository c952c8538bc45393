import json

from tests.golden.remake import GOLDEN, gothenburg_summary


def test_the_sample_city_gives_the_figures_that_were_reviewed() -> None:
    """A change of any figure shows in a diff: remake with `python tests/golden/remake.py`, and read it."""
    assert json.loads(gothenburg_summary()) == json.loads((GOLDEN / "gothenburg-summary.json").read_bytes())
