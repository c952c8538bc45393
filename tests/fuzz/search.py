"""Look for files that break a reader, for as long as you like, guided by what they make it do.

    python -m pip install atheris
    python -m tests.fuzz.search csv --minutes 60

and for hours, one reader after the other:

    for kind in csv xlsx study graphml pbf osm geojson people districts corrections; do
        python -m tests.fuzz.search $kind --minutes 60 || break
    done

A finding is written to the folder given and ends the search; put what it shows into the tests of the reader.
"""

import argparse
import sys
import tempfile
from pathlib import Path


def main() -> None:
    """Search one reader."""
    import atheris

    with atheris.instrument_imports(include=["servicecircle", "openpyxl", "networkx"]):
        from tests.fuzz.readers import READERS, read, seeds

    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=list(READERS))
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--findings", type=Path, default=Path("fuzz-findings"))
    asked = parser.parse_args()
    asked.findings.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as corpus, tempfile.TemporaryDirectory() as scratch:
        for number, content in enumerate(seeds(asked.kind)):
            (Path(corpus) / f"seed{number}").write_bytes(content)
        seconds = f"-max_total_time={asked.minutes * 60:.0f}"
        options = [sys.argv[0], seconds, f"-artifact_prefix={asked.findings}/", "-rss_limit_mb=4096", corpus]
        atheris.Setup(options, lambda content: read(asked.kind, content, Path(scratch)) and None)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
