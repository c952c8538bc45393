"""The files that a study names: where they lie, what they hold, whom to credit."""

import datetime as dt
import errno
import hashlib
import platform
from importlib import metadata
from pathlib import Path

from servicecircle.inputs.osm_file import is_osm
from servicecircle.outputs.result import InputFile
from servicecircle.study.file import StudyFile, Z

OSM_SOURCE = "© OpenStreetMap contributors, ODbL"
_LIBRARIES = ("servicecircle", "numpy", "scipy", "pandas", "geopandas", "shapely", "pyproj", "highspy", "folium")


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that compute."""
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in _LIBRARIES}}


def input_paths(file: StudyFile, folder: Path) -> dict[str, Path]:
    """Return where each input that a study names lies."""
    inputs = file.inputs
    named = {"streets": inputs.streets.file, "centers": inputs.centers.path, "demand": inputs.demand.path}
    if inputs.districts is not None:
        named["districts"] = inputs.districts.file
    if inputs.candidates is not None:
        named["candidates"] = inputs.candidates.path
    named |= {layer: said.file for layer in ("entrances", "barriers") if (said := getattr(inputs, layer)) is not None}
    if inputs.added_streets is not None:
        named["added_streets"] = inputs.added_streets
    if file.walk.slope not in {None, Z}:
        named["slope"] = str(file.walk.slope)
    return {layer: folder / name for layer, name in named.items()}


def input_files(file: StudyFile, folder: Path) -> tuple[InputFile, ...]:
    """Return size, day and SHA-256 of each input."""
    return tuple(_input_file(layer, path) for layer, path in input_paths(file, folder).items())


def credits_of(file: StudyFile, folder: Path) -> tuple[str, ...]:
    """Return the attribution lines: those the study names, and OpenStreetMap where it was read."""
    said = file.output.sources
    from_osm = any(is_osm(path) for path in input_paths(file, folder).values())
    named = any("openstreetmap" in source.lower() for source in said)
    return tuple(dict.fromkeys([*([OSM_SOURCE] if from_osm and not named else []), *said]))


def _input_file(layer: str, path: Path) -> InputFile:
    if not path.is_file():
        raise OSError(errno.EINVAL, "no file", str(path))  # a pipe would never end
    known = path.stat()
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    changed = dt.datetime.fromtimestamp(known.st_mtime, tz=dt.UTC).date()
    return InputFile(layer=layer, file=path.name, changed=changed, bytes=known.st_size, sha256=sha256)
