"""`servicecircle check`: everything about the inputs of a study that a person should look at, before it is run."""

from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import pandas as pd

from servicecircle.analysis.doubts.datum_fit import DatumFit, datum_fit, districts_datum_fit
from servicecircle.analysis.doubts.network import network_doubts
from servicecircle.analysis.doubts.places import place_doubts
from servicecircle.errors import InputError
from servicecircle.inputs.cell_doubts import cell_doubts
from servicecircle.inputs.issues import RowIssue, issue, phrase
from servicecircle.inputs.osm_file import is_osm
from servicecircle.inputs.places import typed_places
from servicecircle.inputs.streets import read_streets
from servicecircle.inputs.tables import is_table
from servicecircle.inputs.water import read_water
from servicecircle.study.clock import Progress
from servicecircle.study.file import Places
from servicecircle.study.layers import Layers
from servicecircle.study.run import Study


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How likely each datum of a source is.

    Attributes
    ----------
    file
        Name of the file.
    batch
        The rows meant, such as ``datum gcj02``; empty for all.
    found
        The likelihoods.
    """

    file: str
    batch: str
    found: DatumFit


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Checkup:
    """What was found.

    Attributes
    ----------
    layers
        The inputs, None if they cannot be used.
    stopped
        Why they cannot, empty if they can.
    fits
        How likely each datum is, source by source.
    issues
        What was repaired, doubted, left out or refused.
    """

    layers: Layers | None
    stopped: str
    fits: tuple[Fit, ...]
    issues: tuple[RowIssue, ...]


def check_up(study: Study, *, on_progress: Progress | None = None) -> Checkup:
    """Read all inputs of a study and say everything about them that should be looked at.

    A table that holds cells no run would take is read cell by cell, so that all of them are found at once.

    Raises
    ------
    ServiceCircleError
        If an input is missing, or is not what it should be as a whole.
    """
    inputs, cells = study.file.inputs, list[RowIssue]()
    for places, path in _listed(study):
        if is_table(path) and path.is_file():
            cells += cell_doubts(path, datum=places.datum)
    people = study.path.parent / inputs.demand.path
    if is_table(people) and people.is_file():
        cells += cell_doubts(people, datum=inputs.demand.datum, weight=inputs.demand.weight)
    try:
        layers = study.read(on_progress=on_progress)
    except InputError as error:
        if not cells:
            raise
        return Checkup(layers=None, stopped=str(error), fits=(), issues=tuple(cells))
    if on_progress is not None:
        on_progress("look closer", 0.0)
    fits, issues = _look(study, layers)
    return Checkup(layers=layers, stopped="", fits=tuple(fits), issues=tuple(dict.fromkeys(issues)))


def _look(study: Study, layers: Layers) -> tuple[list[Fit], list[RowIssue]]:
    walk, inputs = study.file.walk, study.file.inputs
    listed = _listed(study)
    # What reading says of a center without its row is said below with it.
    issues = [found for found in layers.issues if found.problem != "center_off_network" or inputs.centers.file is None]
    fits: list[Fit] = []
    water = _water(study, layers)
    for said, path in listed:
        places, columns = typed_places(path, datum=said.datum, crs=layers.network.crs)
        fits += _fits(layers, places, said, path)
        doubts = place_doubts(
            layers.network,
            places,
            file=path.name,
            districts=layers.districts,
            water=water,
            max_snap_m=walk.max_snap_m,
        )
        issues += [replace(doubt, column=columns.get(doubt.column, doubt.column)) for doubt in doubts]
        if layers.districts is not None and inputs.districts is not None and said is inputs.centers:
            outlines = districts_datum_fit(layers.districts, places, datum=inputs.districts.datum)
            fits.append(Fit(file=Path(inputs.districts.file).name, batch="", found=outlines))
    issues += [_datum_doubt(fit) for fit in fits if fit.found.suggested]
    issues += network_doubts(
        layers.network,
        read_streets(study.path.parent / inputs.streets.file, noding=inputs.streets.noding, issues=[]),
        layers.demand,
        file=Path(inputs.streets.file).name,
        max_snap_m=walk.max_snap_m,
        margin_m=walk.limit * walk.walker.speed_kmh * 1000 / 60,
        districts=layers.districts,
    )
    return fits, issues


def _listed(study: Study) -> list[tuple[Places, Path]]:
    """Return the tables and layers of places that a person made."""
    inputs = study.file.inputs
    said = [inputs.centers] if inputs.candidates is None else [inputs.centers, inputs.candidates]
    return [(places, study.path.parent / places.file) for places in said if places.file is not None]


def _water(study: Study, layers: Layers) -> gpd.GeoDataFrame | None:
    """Return the water around all places of the OpenStreetMap file that the study names, None if it names none."""
    inputs = study.file.inputs
    named = (inputs.streets.file, inputs.centers.osm, inputs.demand.osm)
    extract = next((study.path.parent / name for name in named if name is not None and is_osm(Path(name))), None)
    if extract is None:
        return None
    around = layers.centers if layers.candidates is None else pd.concat([layers.centers, layers.candidates])
    return read_water(extract, area=around)


def _fits(layers: Layers, places: gpd.GeoDataFrame, said: Places, path: Path) -> list[Fit]:
    """Ask for the datum of a source, and of each of its batches."""
    out = []
    for datum, rows in places.groupby("datum", sort=True):
        batches = [("", rows)]
        if "batch" in rows and len(rows["batch"].unique()) > 1:
            batches += [(str(name), part) for name, part in rows.groupby("batch", sort=True)]
        for name, part in batches:
            label = " ".join(filter(None, ["" if datum == said.datum else f"datum {datum}", name]))
            found = datum_fit(layers.network, part, datum=str(datum), districts=layers.districts)
            out.append(Fit(file=path.name, batch=label, found=found))
    return out


def _datum_doubt(fit: Fit) -> RowIssue:
    best = fit.found.suggested or ""
    share = fit.found.likelihood[fit.found.best]
    said = " ".join(filter(None, [fit.batch, fit.found.said]))
    figures = f"{share:.1%}", fit.found.rows
    value = phrase("{0} → {1} ({2}, {3})", said, best, *figures)
    if best == "swapped":
        value = phrase("{0} → swapped ({1}, {2})", said, *figures)
    return issue(fit.file, 0, "datum", (value,), "datum_doubted", "doubted")
