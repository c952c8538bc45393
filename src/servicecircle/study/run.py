"""One study file becomes the whole run."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from servicecircle.outputs.placing import settle
from servicecircle.outputs.result import StudyResult
from servicecircle.outputs.writing import check_folder, refuse_inputs, write_all
from servicecircle.study.clock import Clock, Progress
from servicecircle.study.computing import Computing
from servicecircle.study.file import StudyFile
from servicecircle.study.kept import Steps
from servicecircle.study.layers import Layers, refuse_rows
from servicecircle.study.named import input_paths
from servicecircle.study.outputs import FILES, rendered
from servicecircle.study.reading import read_study_file

#: Objects that are made before garbage is looked for, while a study runs.
_OBJECTS = 50_000


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

        Parameters
        ----------
        path
            The study file.

        Returns
        -------
        Study
            What it says; the files that it names are not read yet.

        Raises
        ------
        DataSourceError, InputError
            If it is missing or says something a study file may not say.
        """
        return cls(file=read_study_file(Path(path)), path=Path(path))

    def in_language(self, language: Literal["zh", "en"]) -> "Study":
        """Return the same study with its outputs in another language.

        Parameters
        ----------
        language
            ``zh`` or ``en``.

        Returns
        -------
        Study
            A copy.
        """
        output = self.file.output.model_copy(update={"language": language})
        return Study(file=self.file.model_copy(update={"output": output}), path=self.path)

    @property
    def folder(self) -> Path:
        """The output folder."""
        return self.path.parent / self.file.output.folder

    @property
    def inputs(self) -> tuple[Path, ...]:
        """The study file and all files it names."""
        return (self.path, *input_paths(self.file, self.path.parent).values())

    def read(self, *, on_progress: Progress | None = None, cache: bool = True) -> Layers:
        """Read and check all inputs without computing anything.

        Parameters
        ----------
        on_progress
            Called with the name of the step and the part of it that is done, 0 to 1.
        cache
            As for `run`.

        Returns
        -------
        Layers
            All inputs as tables in one CRS.

        Raises
        ------
        ServiceCircleError
            If an input cannot be used.
        """
        return self._computing(Clock(on_progress), Steps(""), cache=cache).layers()

    def compute(self, *, on_progress: Progress | None = None, cache: bool = True) -> StudyResult:
        """Read the inputs and compute everything; no output is written.

        Parameters
        ----------
        on_progress
            Called with the name of the step and the part of it that is done, 0 to 1.
        cache
            As for `run`.

        Returns
        -------
        StudyResult
            Everything that the outputs tell.

        Raises
        ------
        ServiceCircleError
            If an input cannot be used, or there is nothing to compute.
        """
        steps = Steps.of(self.file, self.path.parent, cache=cache)
        computing = self._computing(Clock(on_progress), steps, cache=cache)
        result = computing.result(computing.layers())
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

        Returns
        -------
        StudyResult
            Everything that the outputs tell.

        Raises
        ------
        ServiceCircleError
            If an input cannot be used, there is nothing to compute, or an output cannot be written or would
            replace an input. No output is written then.
        """
        target = self.folder if folder is None else Path(folder)
        check_folder(target)
        refuse_inputs((target / name for name in FILES), self.inputs)
        settle(target)
        clock, steps = Clock(on_progress), Steps.of(self.file, self.path.parent, cache=cache)
        computing = self._computing(clock, steps, cache=cache)
        with _seldom_swept():
            layers = computing.layers()
            if strict:
                refuse_rows(layers.issues, "Run check to list them all.")
            result = computing.result(layers)
            files = rendered(result, self.file, clock, steps)
        with clock.step("write"):
            write_all(target, files)
        steps.done()
        return result

    def _computing(self, clock: Clock, steps: Steps, *, cache: bool) -> Computing:
        return Computing(file=self.file, folder=self.path.parent, clock=clock, steps=steps, cache=cache)


@contextmanager
def _seldom_swept() -> Iterator[None]:
    """Look for garbage seldom: a run loads and makes millions of objects that stay, and each search looks at many."""
    before = gc.get_threshold()
    gc.set_threshold(max(_OBJECTS, before[0]) if before[0] else 0, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
