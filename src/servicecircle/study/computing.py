"""The steps of a study, from its file to its result. What a stopped run left of a step is taken from there."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd

from servicecircle.analysis.coverage import coverage
from servicecircle.analysis.drawing.cells import DrawingCells
from servicecircle.analysis.gaps import gaps
from servicecircle.analysis.isochrones import isochrones, merge_isochrones
from servicecircle.analysis.offers import coverage_by_offer
from servicecircle.analysis.times import TravelTimes
from servicecircle.analysis.travel import travel_times
from servicecircle.analysis.what_if import LONGEST_MIN, WhatIf, what_if
from servicecircle.outputs.result import StudyResult
from servicecircle.study.clock import Clock
from servicecircle.study.file import StudyFile
from servicecircle.study.kept import Steps, Table, kept_cells, kept_network, kept_water
from servicecircle.study.layers import Layers, PlaceLayers, read_layers
from servicecircle.study.named import credits_of, input_files
from servicecircle.study.sites import Proposal, propose_sites


@dataclass(frozen=True, slots=True, kw_only=True)
class Computing:
    """What every step is told.

    Attributes
    ----------
    file, folder
        What the study file says, and where its paths begin.
    clock
        Times the steps and says how far they are.
    steps
        What an earlier run, stopped before its end, left of them.
    cache
        Whether networks and cells are taken from the user's cache, and kept there.
    """

    file: StudyFile
    folder: Path
    clock: Clock
    steps: Steps
    cache: bool

    def layers(self) -> Layers:
        """Read and check all inputs."""
        streets = kept_network(self.file, self.folder, self.clock, cache=self.cache)
        read = self.steps.step("layers", PlaceLayers, lambda: read_layers(self.file, self.folder, streets, self.clock))
        return Layers.of(streets, read)

    def result(self, layers: Layers) -> StudyResult:
        """Compute everything."""
        said, walk = self.file, self.file.walk
        times = self._travel_times(layers)
        with self.clock.step("coverage"):
            cover = coverage(times, minutes=walk.limit)
            offers = coverage_by_offer(times, minutes=walk.limit)
        with self.clock.step("drawing cells"):
            cells = kept_cells(said, self.folder, layers.network, cache=self.cache)
        rings, area = self._drawn(layers, cells)
        with self.clock.step("gaps"):
            found = self._table("gaps", lambda: gaps(cover, districts=layers.districts))
        with self.clock.step("sites"):
            sites = self.steps.step("sites", Proposal, lambda: propose_sites(said, layers, cover, found))
        with self.clock.step("water"):
            water = kept_water(said, self.folder, layers.network, cache=self.cache)
        return StudyResult(
            name=said.name,
            language=said.output.language,
            minutes=tuple(walk.minutes),
            network=layers.network,
            coverage=cover,
            isochrones=rings,
            service_area=area,
            gaps=found,
            districts=layers.districts,
            candidates=sites.candidates,
            plan=sites.plan,
            fewest=None if sites.fewest is None else (said.sites.target_share or 0.0, sites.fewest),
            ruled=said.sites.ruled,
            issues=tuple(layers.issues),
            sources=credits_of(said, self.folder),
            max_snap_m=walk.max_snap_m,
            min_component_m=walk.min_component_m,
            estimated=layers.estimated,
            offers=offers,
            inputs=input_files(said, self.folder),
            alternatives=sites.others,
            rules=layers.rules,
            what_if=self._what_if(layers, times, sites, cells),
            water=water,
            date=said.output.date,
            review_number=said.output.review_number,
            base_map=None if said.output.base_map is None else said.output.base_map.made(),
        )

    def _travel_times(self, layers: Layers) -> TravelTimes:
        walk = self.file.walk
        with self.clock.step("travel times") as progress:
            return self.steps.step(
                "travel times",
                TravelTimes,
                lambda: travel_times(
                    layers.network,
                    layers.demand,
                    layers.centers,
                    max_minutes=max(walk.limit, LONGEST_MIN),  # the map lets its reader move the limit
                    max_snap_m=walk.max_snap_m,
                    on_progress=progress,
                ),
            )

    def _drawn(self, layers: Layers, cells: DrawingCells | None) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
        """Return the isochrones and the service area."""
        walk = self.file.walk
        with self.clock.step("isochrones") as progress:
            rings = self._table(
                "isochrones",
                lambda: isochrones(
                    layers.network,
                    layers.centers,
                    minutes=walk.minutes,
                    reach_m=walk.reach_m,
                    max_snap_m=walk.max_snap_m,
                    cells=cells,
                    on_progress=progress,
                ),
            )
            return rings, self._table("service area", lambda: merge_isochrones(rings))

    def _what_if(self, layers: Layers, times: TravelTimes, sites: Proposal, cells: DrawingCells | None) -> WhatIf:
        walk = self.file.walk
        with self.clock.step("what if"):
            return self.steps.step(
                "what if",
                WhatIf,
                lambda: what_if(
                    layers.network,
                    times,
                    candidates=sites.walks,
                    plan=sites.plan,
                    minutes=walk.minutes,
                    reach_m=walk.reach_m,
                    cells=cells,
                    max_snap_m=walk.max_snap_m,
                ),
            )

    def _table(self, name: str, make: Callable[[], gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
        return self.steps.step(name, Table, lambda: Table(rows=make())).rows
