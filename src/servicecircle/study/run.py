"""One study file becomes the whole run."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import geopandas as gpd
import pandas as pd

from servicecircle.analysis.alternatives import alternatives
from servicecircle.analysis.candidates import candidate_sites
from servicecircle.analysis.coverage import Coverage, coverage
from servicecircle.analysis.gaps import gaps
from servicecircle.analysis.isochrones import isochrones, merge_isochrones
from servicecircle.analysis.offers import coverage_by_offer
from servicecircle.analysis.plan import SitePlan
from servicecircle.analysis.proposal import propose, spaced
from servicecircle.analysis.rules import SiteRules
from servicecircle.analysis.times import TravelTimes
from servicecircle.analysis.travel import travel_times
from servicecircle.analysis.what_if import LONGEST_MIN, what_if
from servicecircle.errors import InfeasibleError
from servicecircle.network.walk import WalkNetwork
from servicecircle.outputs.placing import settle
from servicecircle.outputs.result import StudyResult
from servicecircle.outputs.writing import check_folder, write_all
from servicecircle.study.clock import Clock, Progress
from servicecircle.study.file import StudyFile, read_study_file
from servicecircle.study.kept import kept_cells, kept_network
from servicecircle.study.layers import Layers, read_layers, refuse_rows
from servicecircle.study.named import credits_of, input_files
from servicecircle.study.outputs import rendered

_NO_SEARCH_S = 0.001


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
        return self.path.parent / self.file.output.folder

    def read(self, *, on_progress: Progress | None = None, cache: bool = True) -> Layers:
        """Read and check all inputs without computing anything.

        Raises
        ------
        ServiceCircleError
            If an input cannot be used.
        """
        return self._read(Clock(on_progress), cache=cache)

    def compute(self, *, on_progress: Progress | None = None, cache: bool = True) -> StudyResult:
        """Read the inputs and compute everything; no output is written."""
        return self._compute(Clock(on_progress), cache=cache)

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
        settle(target)
        clock = Clock(on_progress)
        result = self._compute(clock, cache=cache, strict=strict)
        files = rendered(result, self.file, clock)
        with clock.step("write"):
            write_all(target, files)
        return result

    def _read(self, clock: Clock, *, cache: bool) -> Layers:
        folder = self.path.parent
        return read_layers(self.file, folder, kept_network(self.file, folder, clock, cache=cache), clock)

    def _compute(self, clock: Clock, *, cache: bool, strict: bool = False) -> StudyResult:
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
            cells = kept_cells(self.file, self.path.parent, network, cache=cache)
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
            sources=credits_of(self.file, self.path.parent),
            max_snap_m=walk.max_snap_m,
            min_component_m=walk.min_component_m,
            estimated=layers.estimated,
            offers=offers,
            inputs=input_files(self.file, self.path.parent),
            alternatives=others,
            rules=layers.rules,
            what_if=known,
            date=self.file.output.date,
            review_number=self.file.output.review_number,
            base_map=None if self.file.output.base_map is None else self.file.output.base_map.made(),
        )

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
