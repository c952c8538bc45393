"""Shared fixtures: small streets that can be solved by hand, and where the real cities are."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from servicecircle.cache import store

# Each run draws other examples, so few of them are enough every time; more with --hypothesis-profile thorough.
# The build machine draws the same ones for the same code: there a change is judged, not luck.
settings.register_profile("quick", max_examples=30, deadline=None, derandomize="CI" in os.environ)
settings.register_profile("thorough", max_examples=400, deadline=None)
settings.load_profile("quick")

SHARED = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture
def shared_data() -> Path:
    """Folder of the real cities, which are not part of the project."""
    if not SHARED.is_dir():
        pytest.skip(f"the real cities are not at hand ({SHARED.name} folder beside the checkout is absent)")
    return SHARED


@pytest.fixture(autouse=True, scope="session")
def _without_cache() -> Iterator[None]:
    """Keep the tests out of the user's cache: nothing can be kept in this place."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "cache_folder", lambda: Path(os.devnull) / "networks")
        store._UNUSABLE.add(store.cache_folder())  # as if that had been said
        yield
