"""A real Chromium with the network off, for pages that must ask nothing of anyone."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Seen:
    """What a page did that it should not do."""

    requests: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)


def start_chromium() -> Iterator[Any]:
    """Yield a browser; without Chromium skip, but fail on the build machine."""
    missing = [] if CHROMIUM.exists() else [f"{CHROMIUM} is absent; install Chromium to look at the pages in it"]
    if find_spec("playwright") is None:
        missing.append("playwright is absent; pip install playwright to look at the pages in Chromium")
    if missing and os.environ.get("CI"):
        pytest.fail("; ".join(missing))
    if missing:
        pytest.skip("; ".join(missing))
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


def open_page(browser: Any, path: Path, *, width: int = 1280, height: int = 800) -> tuple[Any, Seen]:
    """Open a file with the network off and write down every request, message and dialog."""
    context = browser.new_context(viewport={"width": width, "height": height}, offline=True)
    page, seen = context.new_page(), Seen()
    page.on("request", lambda request: _note_request(seen, request.url, path))
    page.on("console", lambda message: seen.messages.append(message.text))
    page.on("pageerror", lambda error: seen.messages.append(str(error)))
    page.on("dialog", lambda dialog: (seen.dialogs.append(dialog.message), dialog.dismiss()))
    page.goto(path.as_uri())
    return page, seen


def at_rest(page: Any) -> None:
    """Wait until the page has done all that it puts off until after its next pictures, however busy the machine."""
    turn = "new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"
    page.evaluate(f"async () => {{ for (let turn = 0; turn < 4; turn++) await {turn}; }}")


def _note_request(seen: Seen, url: str, path: Path) -> None:
    if url != path.as_uri() and not url.startswith(("data:", "blob:")):
        seen.requests.append(url)
