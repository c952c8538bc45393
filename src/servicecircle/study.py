"""One study file becomes the whole run."""

import datetime as dt
import hashlib
import json
import platform
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from time import perf_counter
from typing import Literal

import geopandas as gpd
import pandas as pd
from pyproj import CRS

from servicecircle.analysis.alternatives import alternatives
from servicecircle.analysis.candidates import candidate_sites
from servicecircle.analysis.cells import DrawingCells, drawing_cells
from servicecircle.analysis.coverage import Coverage, coverage
from servicecircle.analysis.entrances import entrance_points
from servicecircle.analysis.gaps import gaps
from servicecircle.analysis.isochrones import isochrones, merge_isochrones
from servicecircle.analysis.offers import coverage_by_offer
from servicecircle.analysis.plan import SitePlan
from servicecircle.analysis.proposal import propose, spaced
from servicecircle.analysis.rules import SiteRules
from servicecircle.analysis.times import TravelTimes
from servicecircle.analysis.travel import travel_times
from servicecircle.analysis.what_if import LONGEST_MIN, what_if
from servicecircle.cache.store import entry_key, find, keep
from servicecircle.errors import InfeasibleError, InputError
from servicecircle.inputs.demand import read_demand
from servicecircle.inputs.districts import read_districts
from servicecircle.inputs.issues import RowIssue
from servicecircle.inputs.osm_file import is_osm
from servicecircle.inputs.places import read_candidates, read_centers, read_entrances
from servicecircle.network.walk import WalkNetwork
from servicecircle.outputs.result import InputFile, StreetRules, StudyResult
from servicecircle.outputs.writing import check_folder, write_all
from servicecircle.studyfile import Places, StudyFile, Z, read_study_file
from servicecircle.studynetwork import StudyNetwork, study_network

#: Inputs that the network is not built from.
_PLACES = ("centers", "demand", "districts", "candidates", "entrances")
#: Street for which drawing cells are kept, metres at most: they take about 13 bytes a metre.
_MOST_CELLS_M = 20_000_000.0
OSM_SOURCE = "© OpenStreetMap contributors, ODbL"

_NO_SEARCH_S = 0.001

#: Called with (step, part done from 0 to 1).
Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layers:
    """All inputs of a study, read and checked, in one metric CRS.

    Attributes
    ----------
    estimated
        (total people, number of buildings) when residents were estimated from buildings, else None.
    issues
        What was repaired, doubted or left out.
    """

    network: WalkNetwork
    rules: StreetRules
    districts: gpd.GeoDataFrame | None
    centers: gpd.GeoDataFrame
    demand: gpd.GeoDataFrame
    candidates: gpd.GeoDataFrame | None
    estimated: tuple[float, int] | None
    issues: list[RowIssue]


@dataclass(slots=True)
class _Clock:
    """Seconds of each step, and the caller's progress."""

    on_progress: Progress | None
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[Callable[[int, int], None]]:
        """Time a step; yields what to call with (done, all) on the way."""
        started = perf_counter()
        self._tell(name, 0.0)
        yield lambda done, total: self._tell(name, done / max(total, 1))
        self.seconds[name] = round(self.seconds.get(name, 0.0) + perf_counter() - started, 3)
        self._tell(name, 1.0)

    def _tell(self, name: str, part: float) -> None:
        if self.on_progress is not None:
            self.on_progress(name, part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """What a study file says.

    Attributes
    ----------
    file
        The checked content.
    path
        Where it was read; its paths are relative to this place.
    """

    file: StudyFile
    path: Path

    @classmethod
    def from_toml(cls, path: str | Path) -> "Study":
        """Read a study file.

        Raises
        ------
        DataSourceError, InputError
            If it is missing or says something a study file may not say.
        """
        return cls(file=read_study_file(Path(path)), path=Path(path))

    def in_language(self, language: Literal["zh", "en"]) -> "Study":
        """Return the same study with its outputs in another language."""
        output = self.file.output.model_copy(update={"language": language})
        return Study(file=self.file.model_copy(update={"output": output}), path=self.path)

    @property
    def folder(self) -> Path:
        """The output folder."""
        return self._at(self.file.output.folder)

    def _at(self, name: str) -> Path:
        return self.path.parent / name

    def read(self, *, on_progress: Progress | None = None, cache: bool = True) -> Layers:
        """Read and check all inputs without computing anything.

        Raises
        ------
        ServiceCircleError
            If an input cannot be used.
        """
        return self._read(_Clock(on_progress), cache=cache)

    def compute(self, *, on_progress: Progress | None = None, cache: bool = True) -> StudyResult:
        """Read the inputs and compute everything; no output is written."""
        return self._compute(_Clock(on_progress), cache=cache)

    def run(
        self,
        *,
        on_progress: Progress | None = None,
        folder: str | Path | None = None,
        cache: bool = True,
        strict: bool = False,
    ) -> StudyResult:
        """Run the whole study and write its eight files.

        Parameters
        ----------
        on_progress
            Called with the name of the step and the part of it that is done, 0 to 1.
        folder
            Output folder in place of the one the study file names.
        cache
            Whether to take the network of the same streets and rules from the user's cache, and to keep it there.
            The outputs are the same.
        strict
            Whether a row that was repaired, doubted or left out stops the run.

        Raises
        ------
        ServiceCircleError
            If an input cannot be used, there is nothing to compute, or an output cannot be written. No
            output is written then.
        """
        target = self.folder if folder is None else Path(folder)
        check_folder(target)
        clock = _Clock(on_progress)
        result = self._compute(clock, cache=cache, strict=strict)
        files = self._render(result, clock)
        with clock.step("write"):
            write_all(target, files)
        return result

    def _read(self, clock: _Clock, *, cache: bool) -> Layers:
        inputs = self.file.inputs
        streets = self._streets(clock, cache=cache)
        network, crs, issues = streets.network, streets.network.crs, list(streets.issues)
        with clock.step("read layers"):
            districts = self._districts(crs, issues)
            centers = self._centers(crs, issues)
            candidates = inputs.candidates and self._places(read_candidates, inputs.candidates, crs, issues)
        with clock.step("read demand"):
            demand = self._demand(crs, districts, issues)
        if not len(centers):
            raise InfeasibleError(f"{inputs.centers.path}: holds no center. Add at least one and run again.")
        with clock.step("check centers"):
            issues += _centers_off_network(network, centers, self.file.walk.max_snap_m, inputs.centers.path)
        estimated = (float(demand["weight"].sum()), len(demand)) if inputs.demand.buildings else None
        return Layers(
            network=network,
            rules=streets.rules,
            districts=districts,
            centers=centers,
            demand=demand,
            candidates=candidates,
            estimated=estimated,
            issues=issues,
        )

    def _streets(self, clock: _Clock, *, cache: bool) -> StudyNetwork:
        """Return the network from the cache, or else from the streets."""
        with clock.step("read streets"):
            key = self._network_key() if cache else None
            kept = key and find(key, StudyNetwork)
        if kept:
            return kept
        made = study_network(self.file, self.path.parent, clock.step)
        if key:
            with clock.step("keep network"):
                keep(key, made)
        return made

    def _network_key(self) -> str | None:
        """Return what names the network in the cache: everything said but what is known not to touch it."""
        files = {layer: path for layer, path in self._paths().items() if layer not in _PLACES}
        walk = self.file.walk.model_dump(exclude={"minutes", "reach_m", "max_snap_m"})
        try:
            return entry_key(files, [self.file.inputs.model_dump(exclude=set(_PLACES)), walk])
        except OSError:
            return None  # reading it will say why

    def _cells(self, network: WalkNetwork, *, cache: bool) -> DrawingCells | None:
        """Return the drawing cells of the network, from the cache or for it; none where they would be too many."""
        network_key = self._network_key() if cache else None
        if not network_key or network.length_m[network.usable].sum() > _MOST_CELLS_M:
            return None
        key = f"{network_key}-cells-{self.file.walk.reach_m:g}"
        known = find(key, DrawingCells)
        if known is None:
            known = drawing_cells(network, reach_m=self.file.walk.reach_m)
            keep(key, known)
        return known

    def _districts(self, crs: CRS, issues: list[RowIssue]) -> gpd.GeoDataFrame | None:
        said = self.file.inputs.districts
        if said is None:
            return None
        return read_districts(self._at(said.file), name=said.name, datum=said.datum, crs=crs, issues=issues)

    def _centers(self, crs: CRS, issues: list[RowIssue]) -> gpd.GeoDataFrame:
        centers, said = self._places(read_centers, self.file.inputs.centers, crs, issues), self.file.inputs.entrances
        if said is None or not len(centers):
            return centers
        return read_entrances(self._at(said.file), centers, center=said.center, datum=said.datum, issues=issues)

    def _places(
        self, read: Callable[..., gpd.GeoDataFrame], said: Places, crs: CRS, issues: list[RowIssue]
    ) -> gpd.GeoDataFrame:
        return read(self._at(said.path), datum=said.datum, tags=said.tags, crs=crs, issues=issues)

    def _demand(self, crs: CRS, districts: gpd.GeoDataFrame | None, issues: list[RowIssue]) -> gpd.GeoDataFrame:
        said = self.file.inputs.demand
        return read_demand(
            self._at(said.path),
            weight=said.weight,
            datum=said.datum,
            districts=districts,
            total=said.total,
            buildings=said.buildings,
            crs=crs,
            issues=issues,
        )

    def _compute(self, clock: _Clock, *, cache: bool, strict: bool = False) -> StudyResult:
        walk = self.file.walk
        layers = self._read(clock, cache=cache)
        if strict:
            refuse_rows(layers.issues, "Run check to list them all.")
        network, limit = layers.network, walk.minutes[-1]
        with clock.step("travel times") as progress:
            times = travel_times(
                network,
                layers.demand,
                layers.centers,
                max_minutes=max(limit, LONGEST_MIN),  # the map lets its reader move the limit
                max_snap_m=walk.max_snap_m,
                on_progress=progress,
            )
            cover = coverage(times, minutes=limit)
            offers = coverage_by_offer(times, minutes=limit)
        with clock.step("drawing cells"):
            cells = self._cells(network, cache=cache)
        with clock.step("isochrones") as progress:
            rings = isochrones(
                network,
                layers.centers,
                minutes=walk.minutes,
                reach_m=walk.reach_m,
                max_snap_m=walk.max_snap_m,
                cells=cells,
                on_progress=progress,
            )
            area = merge_isochrones(rings)
        with clock.step("gaps"):
            found = gaps(cover, districts=layers.districts)
        with clock.step("sites"):
            candidates, walks, plan, fewest, others = self._plan(network, layers, cover, found)
        with clock.step("what if"):
            known = what_if(
                network,
                times,
                candidates=walks,
                plan=plan,
                minutes=walk.minutes,
                reach_m=walk.reach_m,
                cells=cells,
                max_snap_m=walk.max_snap_m,
            )
        return StudyResult(
            name=self.file.name,
            language=self.file.output.language,
            minutes=tuple(walk.minutes),
            network=network,
            coverage=cover,
            isochrones=rings,
            service_area=area,
            gaps=found,
            districts=layers.districts,
            candidates=candidates,
            plan=plan,
            fewest=None if fewest is None else (self.file.sites.target_share or 0.0, fewest),
            ruled=self.file.sites.ruled,
            issues=tuple(layers.issues),
            sources=self._sources(),
            max_snap_m=walk.max_snap_m,
            min_component_m=walk.min_component_m,
            estimated=layers.estimated,
            offers=offers,
            inputs=self._inputs(),
            alternatives=others,
            rules=layers.rules,
            what_if=known,
            date=self.file.output.date,
            review_number=self.file.output.review_number,
            base_map=None if self.file.output.base_map is None else self.file.output.base_map.made(),
        )

    def _inputs(self) -> tuple[InputFile, ...]:
        return tuple(_input_file(layer, path) for layer, path in self._paths().items())

    def _plan(
        self, network: WalkNetwork, layers: Layers, cover: Coverage, found: gpd.GeoDataFrame
    ) -> tuple[gpd.GeoDataFrame | None, TravelTimes | None, SitePlan | None, SitePlan | None, pd.DataFrame | None]:
        """Return the candidates, the walks to them, the plan, the fewest sites and what could replace each site."""
        said, walk = self.file.sites, self.file.walk
        if said.most == 0:
            return None, None, None, None, None
        candidates = layers.candidates
        if candidates is None:
            candidates = candidate_sites(network, found, spacing_m=said.spacing_m)
        if not len(candidates) or not len(found):
            return candidates, None, None, None, None
        limit = walk.minutes[-1]
        file = "candidates" if self.file.inputs.candidates is None else self.file.inputs.candidates.path
        with _naming(file):
            times = travel_times(network, layers.demand, candidates, max_minutes=limit, max_snap_m=walk.max_snap_m)
            rules = SiteRules(required=said.required, forbidden=said.forbidden)
            if said.min_distance_m > 0:
                rules = spaced(candidates, rules, min_distance_m=said.min_distance_m)
            plan, fewest = propose(
                times,
                count=said.most,
                budget=said.budget,
                target_share=said.target_share,
                minutes=limit,
                covered=cover,
                rules=rules,
            )
        return candidates, times, plan, fewest, _replacements(times, plan, cover, rules, said.budget)

    def _sources(self) -> tuple[str, ...]:
        said = self.file.output.sources
        from_osm = any(is_osm(path) for path in self._paths().values())
        named = any("openstreetmap" in source.lower() for source in said)
        return tuple(dict.fromkeys([*([OSM_SOURCE] if from_osm and not named else []), *said]))

    def _paths(self) -> dict[str, Path]:
        inputs = self.file.inputs
        named = {"streets": inputs.streets.file, "centers": inputs.centers.path, "demand": inputs.demand.path}
        if inputs.districts is not None:
            named["districts"] = inputs.districts.file
        if inputs.candidates is not None:
            named["candidates"] = inputs.candidates.path
        named |= {
            layer: said.file for layer in ("entrances", "barriers") if (said := getattr(inputs, layer)) is not None
        }
        if inputs.added_streets is not None:
            named["added_streets"] = inputs.added_streets
        if self.file.walk.slope not in {None, Z}:
            named["slope"] = str(self.file.walk.slope)
        return {layer: self._at(name) for layer, name in named.items()}

    def _render(self, result: StudyResult, clock: _Clock) -> dict[str, bytes]:
        """Make all files before the first is written."""
        from servicecircle.outputs.document import report_docx
        from servicecircle.outputs.figures import figures
        from servicecircle.outputs.issues_csv import issues_csv
        from servicecircle.outputs.layers import layers_gpkg
        from servicecircle.outputs.map import map_html
        from servicecircle.outputs.pictures import draw
        from servicecircle.outputs.report import report_html
        from servicecircle.outputs.summary import summary_json
        from servicecircle.outputs.workbook import report_xlsx

        with clock.step("figures"):
            found = figures(result)
        with clock.step("pictures"):
            drawn = draw(result, found)
        makers: dict[str, Callable[[], bytes]] = {
            "summary.json": lambda: summary_json(result, found),
            "report.html": lambda: report_html(result, found, drawn),
            "report.docx": lambda: report_docx(result, found, drawn),
            "report.xlsx": lambda: report_xlsx(result, found),
            "map.html": lambda: map_html(result),
            "layers.gpkg": lambda: layers_gpkg(result),
            "issues.csv": lambda: issues_csv(result),
        }
        files = {}
        for name, make in makers.items():
            with clock.step(name):
                files[name] = make()
        return {**files, "run.json": self._run_json(result, clock)}

    def _run_json(self, result: StudyResult, clock: _Clock) -> bytes:
        run = {
            "inputs": {
                read.layer: {"file": read.file, "sha256": read.sha256, "bytes": read.bytes} for read in result.inputs
            },
            "parameters": self.file.model_dump(mode="json", exclude_none=True),
            "versions": _versions(),
            "seconds": clock.seconds,
        }
        return (json.dumps(run, ensure_ascii=False, indent=2) + "\n").encode()


def _replacements(
    times: TravelTimes, plan: SitePlan | None, cover: Coverage, rules: SiteRules, budget: float | None
) -> pd.DataFrame | None:
    """Return for each site the best other candidate in its place and the people lost by that."""
    if plan is None or plan.problem != "mclp":
        return None
    # Whole plans without a site would be searched for as long as the plan itself; one exchange is exact at once.
    told = alternatives(times, plan, covered=cover, rules=rules, budget=budget, time_limit_s=_NO_SEARCH_S)
    return told.sites[["replacement", "loss"]]


@contextmanager
def _naming(file: str) -> Iterator[None]:
    """Let an error that knows only of facilities name the file they came from."""
    try:
        yield
    except InfeasibleError as error:
        raise InfeasibleError(f"{Path(file).name}: {error}") from error


def refuse_rows(issues: Sequence[RowIssue], advice: str) -> None:
    """Raise `InputError` if any issue concerns a row; what concerns a file as a whole is let pass."""
    # A center without a street is told by its id.
    rows = [issue for issue in issues if issue.row or issue.problem == "center_off_network"]
    if rows:
        first = rows[0]
        where = f"{first.file}, row {first.row}" if first.row else first.file
        raise InputError(
            f'{where}: found "{first.value}" ({first.problem}), {first.action}; {len(rows)} row issue(s) in all, '
            f"and none is let pass. {advice}"
        )


def _centers_off_network(
    network: WalkNetwork, centers: gpd.GeoDataFrame, max_snap_m: float, file: str
) -> list[RowIssue]:
    """Doubt the centers that nobody can walk to, because no usable street is near; refuse when that is all of them."""
    points, owner = entrance_points(centers, "centers")
    attached = owner[network.snap(points, "centers", max_snap_m=max_snap_m).segment >= 0]
    off = centers.drop(index=centers.index[attached])
    if len(off) == len(centers):
        msg = (
            f"{Path(file).name}: none of the {len(centers)} centers is within {max_snap_m:g} m of a usable street. "
            "Check that streets and centers are of one city and of one datum, or raise max_snap_m."
        )
        raise InfeasibleError(msg)
    return [
        RowIssue(
            file=Path(file).name,
            row=0,
            column="id",
            value=" ".join(part for part in (str(key), str(name)) if part),
            problem="center_off_network",
            action="doubted",
        )
        for key, name in off["name"].items()
    ]


def _input_file(layer: str, path: Path) -> InputFile:
    known = path.stat()
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    changed = dt.datetime.fromtimestamp(known.st_mtime, tz=dt.UTC).date()
    return InputFile(layer=layer, file=path.name, changed=changed, bytes=known.st_size, sha256=sha256)


def _versions() -> dict[str, str]:
    named = ("servicecircle", "numpy", "scipy", "pandas", "geopandas", "shapely", "pyproj", "highspy", "folium")
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in named}}
