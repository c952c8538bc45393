"""What is kept in the user's cache: network and drawing cells for later runs, each step until the run is done."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import geopandas as gpd

from servicecircle.analysis.drawing.cells import DrawingCells, drawing_cells
from servicecircle.cache.store import entry_key, find, forget, keep
from servicecircle.inputs.osm_file import is_osm
from servicecircle.inputs.water import read_water
from servicecircle.network.walk import WalkNetwork
from servicecircle.study.clock import Clock
from servicecircle.study.file import StudyFile
from servicecircle.study.named import input_files, input_paths, versions
from servicecircle.study.network import StudyNetwork, study_network

#: Inputs that the network is not built from.
_PLACES = ("centers", "demand", "districts", "candidates", "entrances")
#: Street for which drawing cells are kept, metres at most: they take about 13 bytes a metre.
_MOST_CELLS_M = 20_000_000.0
#: Rooms whose code decides what a step of a run gives.
_ALL_ROOMS = ("inputs", "network", "analysis", "outputs", "study", "cache", ".")

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bytes:
    """A file that is finished but not written yet."""

    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """What a step found, as rows."""

    rows: gpd.GeoDataFrame


@dataclass(frozen=True, slots=True)
class Steps:
    """The results of the steps of one run, kept until it is done: one that was killed goes on where it was.

    Attributes
    ----------
    key
        What names them in the cache; empty where nothing is kept.
    taken
        The steps that an earlier run had done.
    """

    key: str
    taken: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, file: StudyFile, folder: Path, *, cache: bool) -> "Steps":
        """Return the steps of a study: those of the same inputs, parameters, code and libraries."""
        if not cache:
            return cls("")
        try:
            said = [file.model_dump(), input_files(file, folder), versions()]
            return cls("steps-" + entry_key(input_paths(file, folder), said, rooms=_ALL_ROOMS))
        except OSError:
            return cls("")  # reading it will say why

    def step(self, name: str, kind: type[Record], make: Callable[[], Record]) -> Record:
        """Return what an earlier run has found in this step, or else what `make` finds."""
        if not self.key:
            return make()
        key = f"{self.key}-{name.replace(' ', '-')}"
        found = find(key, kind)
        if found is None:
            found = make()
            keep(key, found)
        else:
            self.taken.append(name)
        return found

    def done(self) -> None:
        """Forget them: a run that is through needs them no more."""
        if self.key:
            forget(self.key)


def kept_network(file: StudyFile, folder: Path, clock: Clock, *, cache: bool) -> StudyNetwork:
    """Return the network from the cache, or else from the streets."""
    with clock.step("read streets"):
        key = _network_key(file, folder) if cache else None
        kept = key and find(key, StudyNetwork)
    if kept:
        return kept
    made = study_network(file, folder, clock.step)
    if key:
        with clock.step("keep network"):
            keep(key, made)
    return made


def _network_key(file: StudyFile, folder: Path) -> str | None:
    """Return what names the network in the cache: everything said but what is known not to touch it."""
    files = {layer: path for layer, path in input_paths(file, folder).items() if layer not in _PLACES}
    walk = file.walk.model_dump(exclude={"minutes", "reach_m", "max_snap_m"})
    try:
        return entry_key(files, [file.inputs.model_dump(exclude=set(_PLACES)), walk])
    except OSError:
        return None  # reading it will say why


def kept_cells(file: StudyFile, folder: Path, network: WalkNetwork, *, cache: bool) -> DrawingCells | None:
    """Return the drawing cells of the network, from the cache or for it; none where they would be too many."""
    network_key = _network_key(file, folder) if cache else None
    if not network_key or network.length_m[network.usable].sum() > _MOST_CELLS_M:
        return None
    key = f"{network_key}-cells-{file.walk.reach_m:g}"
    known = find(key, DrawingCells)
    if known is None:
        known = drawing_cells(network, reach_m=file.walk.reach_m)
        keep(key, known)
    return known


def kept_water(file: StudyFile, folder: Path, network: WalkNetwork, *, cache: bool) -> gpd.GeoDataFrame | None:
    """Return the water of the first OpenStreetMap extract among the inputs, from the cache or for it; None without."""
    path = next((path for path in input_paths(file, folder).values() if is_osm(path)), None)
    if path is None:
        return None
    key = _network_key(file, folder) if cache else None
    key = key and entry_key({"water": path}, [key])
    known = key and find(key, Table)
    if known:
        return known.rows
    water = read_water(path, area=gpd.GeoDataFrame(geometry=network.lines(), crs=network.crs))
    if key:
        keep(key, Table(rows=water))
    return water
