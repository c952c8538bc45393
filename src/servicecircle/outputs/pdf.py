"""The report as PDF, printed by a Chromium of this computer."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from servicecircle.errors import OutputError

#: Browsers that print alike, by the names and places they are installed under.
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge", "microsoft-edge")
_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
    "C:/Program Files/Microsoft/Edge/Application/msedge.exe",
)
_SECONDS = 120


def find_browser() -> str:
    """Return the path of a browser that can print.

    Raises
    ------
    OutputError
        If there is none.
    """
    named = (shutil.which(name) for name in _NAMES)
    placed = (place for place in _PLACES if Path(place).is_file())
    found = next((path for path in (*named, *placed) if path), None)
    if found is None:
        raise OutputError(
            "the report cannot become a PDF: no Chromium, Chrome or Edge was found. Install one, or open report.html "
            "in any browser and print it to a file."
        )
    return found


def report_pdf(html: bytes) -> bytes:
    """Print the report as a browser would; page numbers and repeated heads come from its own styles.

    The browser gets a profile of its own and no network; the policy of the page lets nothing else run.

    Raises
    ------
    OutputError
        If no browser is found or it does not print.
    """
    browser = find_browser()
    with tempfile.TemporaryDirectory(prefix="servicecircle-", ignore_cleanup_errors=True) as folder:
        page, printed = Path(folder) / "report.html", Path(folder) / "report.pdf"
        page.write_bytes(html)
        # As administrator, in a container for one, Chromium does not start in its sandbox.
        alone = ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
        command = [
            *(browser, "--headless", *alone, "--disable-gpu", "--disable-quic", "--disable-background-networking"),
            *(
                "--no-first-run",
                "--disable-component-update",
                "--disable-sync",
                "--host-resolver-rules=MAP * ~NOTFOUND",
            ),
            *(f"--user-data-dir={Path(folder) / 'profile'}", "--no-pdf-header-footer"),
            *(f"--print-to-pdf={printed}", page.as_uri()),
        ]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=_SECONDS)  # noqa: S603 - our own command
            return printed.read_bytes()
        except (subprocess.SubprocessError, OSError) as error:
            raise OutputError(
                f"the report cannot become a PDF: {Path(browser).name} did not print it ({type(error).__name__}). Open "
                "report.html in a browser and print it to a file."
            ) from error
