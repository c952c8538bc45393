"""Make the expected results anew, to be read in a diff before they are committed: python tests/golden/remake.py."""

from pathlib import Path

import servicecircle as sc
from servicecircle.outputs.summary import summary_json

GOLDEN = Path(__file__).parent


def gothenburg_summary() -> bytes:
    """Compute the sample city and return its summary.json."""
    return summary_json(sc.Study.from_toml(sc.sample_folder() / "study.toml").compute())


if __name__ == "__main__":
    (GOLDEN / "gothenburg-summary.json").write_bytes(gothenburg_summary())
