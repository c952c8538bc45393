"""What is kept in the user's cache from one run to the next: the network and its drawing cells."""

from pathlib import Path

from servicecircle.analysis.cells import DrawingCells, drawing_cells
from servicecircle.cache.store import entry_key, find, keep
from servicecircle.network.walk import WalkNetwork
from servicecircle.study.clock import Clock
from servicecircle.study.file import StudyFile
from servicecircle.study.named import input_paths
from servicecircle.study.network import StudyNetwork, study_network

#: Inputs that the network is not built from.
_PLACES = ("centers", "demand", "districts", "candidates", "entrances")
#: Street for which drawing cells are kept, metres at most: they take about 13 bytes a metre.
_MOST_CELLS_M = 20_000_000.0


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
