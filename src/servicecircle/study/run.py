"""One study file becomes the whole run."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from servicecircle.analysis.coverage import coverage
from servicecircle.analysis.gaps import gaps
from servicecircle.analysis.isochrones import isochrones, merge_isochrones
from servicecircle.analysis.offers import coverage_by_offer
from servicecircle.analysis.times import TravelTimes
from servicecircle.analysis.travel import travel_times
from servicecircle.analysis.what_if import LONGEST_MIN, WhatIf, what_if
from servicecircle.outputs.placing import settle
from servicecircle.outputs.result import StudyResult
from servicecircle.outputs.writing import check_folder, write_all
from servicecircle.study.clock import Clock, Progress
from servicecircle.study.file import StudyFile, read_study_file
from servicecircle.study.kept import Steps, Table, kept_cells, kept_network, kept_water
from servicecircle.study.layers import Layers, PlaceLayers, read_layers, refuse_rows
from servicecircle.study.named import credits_of, input_files
from servicecircle.study.outputs import rendered
from servicecircle.study.sites import Proposal, propose_sites


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
        return self._read(Clock(on_progress), Steps(""), cache=cache)

    def compute(self, *, on_progress: Progress | None = None, cache: bool = True) -> StudyResult:
        """Read the inputs and compute everything; no output is written."""
        steps = Steps.of(self.file, self.path.parent, cache=cache)
        result = self._compute(Clock(on_progress), steps, cache=cache)
        steps.done()
        return result

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
            Whether to take the network of the same streets and rules from the user's cache, and to keep it there; and
            whether a run that is stopped goes on where it was when it is run again. The outputs are the same.
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
        clock, steps = Clock(on_progress), Steps.of(self.file, self.path.parent, cache=cache)
        result = self._compute(clock, steps, cache=cache, strict=strict)
        files = rendered(result, self.file, clock, steps)
        with clock.step("write"):
            write_all(target, files)
        steps.done()
        return result

    def _read(self, clock: Clock, steps: Steps, *, cache: bool) -> Layers:
        folder = self.path.parent
        streets = kept_network(self.file, folder, clock, cache=cache)
        read = steps.step("layers", PlaceLayers, lambda: read_layers(self.file, folder, streets, clock))
        return Layers.of(streets, read)

    def _compute(self, clock: Clock, steps: Steps, *, cache: bool, strict: bool = False) -> StudyResult:
        walk = self.file.walk
        layers = self._read(clock, steps, cache=cache)
        if strict:
            refuse_rows(layers.issues, "Run check to list them all.")
        network, limit = layers.network, walk.minutes[-1]
        with clock.step("travel times") as progress:
            times = steps.step(
                "travel times",
                TravelTimes,
                lambda: travel_times(
                    network,
                    layers.demand,
                    layers.centers,
                    max_minutes=max(limit, LONGEST_MIN),  # the map lets its reader move the limit
                    max_snap_m=walk.max_snap_m,
                    on_progress=progress,
                ),
            )
            cover = coverage(times, minutes=limit)
            offers = coverage_by_offer(times, minutes=limit)
        with clock.step("drawing cells"):
            cells = kept_cells(self.file, self.path.parent, network, cache=cache)
        with clock.step("isochrones") as progress:
            rings = steps.step(
                "isochrones",
                Table,
                lambda: Table(
                    rows=isochrones(
                        network,
                        layers.centers,
                        minutes=walk.minutes,
                        reach_m=walk.reach_m,
                        max_snap_m=walk.max_snap_m,
                        cells=cells,
                        on_progress=progress,
                    )
                ),
            ).rows
            area = steps.step("service area", Table, lambda: Table(rows=merge_isochrones(rings))).rows
        with clock.step("gaps"):
            found = steps.step("gaps", Table, lambda: Table(rows=gaps(cover, districts=layers.districts))).rows
        with clock.step("sites"):
            sites = steps.step("sites", Proposal, lambda: propose_sites(self.file, layers, cover, found))
        with clock.step("water"):
            water = kept_water(self.file, self.path.parent, network, cache=cache)
        with clock.step("what if"):
            known = steps.step(
                "what if",
                WhatIf,
                lambda: what_if(
                    network,
                    times,
                    candidates=sites.walks,
                    plan=sites.plan,
                    minutes=walk.minutes,
                    reach_m=walk.reach_m,
                    cells=cells,
                    max_snap_m=walk.max_snap_m,
                ),
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
            candidates=sites.candidates,
            plan=sites.plan,
            fewest=None if sites.fewest is None else (self.file.sites.target_share or 0.0, sites.fewest),
            ruled=self.file.sites.ruled,
            issues=tuple(layers.issues),
            sources=credits_of(self.file, self.path.parent),
            max_snap_m=walk.max_snap_m,
            min_component_m=walk.min_component_m,
            estimated=layers.estimated,
            offers=offers,
            inputs=input_files(self.file, self.path.parent),
            alternatives=sites.others,
            rules=layers.rules,
            what_if=known,
            water=water,
            date=self.file.output.date,
            review_number=self.file.output.review_number,
            base_map=None if self.file.output.base_map is None else self.file.output.base_map.made(),
        )
