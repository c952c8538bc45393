"""Walking profiles: how long each segment takes, in each direction."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from servicecircle.errors import InputError

FloatArray = npt.NDArray[np.float64]

#: 4.0 km/h: 15 minutes are 1000 m, the upper end of the 800-1000 m of GB 50180-2018.
DEFAULT_SPEED_KMH = 4.0

_WITH_THE_LINE = ("yes", "1", "true", "forward")
_AGAINST_THE_LINE = ("-1", "reverse", "backward")


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkProfile:
    """Who walks: the impedance of a segment follows from it.

    Paths that may be walked one way only (OSM ``oneway:foot``) and escalators (``conveying``) are open in
    that direction alone, for every profile.

    Attributes
    ----------
    name
        Name of the profile.
    speed_kmh
        Speed on streets and off them.
    steps_factor
        Minutes on steps (OSM ``highway=steps``) for each minute on a street of that length; ``inf`` means that
        steps cannot be used.
    source
        Where the values come from; "assumption" where no source is known.
    """

    name: str = "everyone"
    speed_kmh: float = DEFAULT_SPEED_KMH
    steps_factor: float = 1.0
    source: str = "assumption"

    def __post_init__(self) -> None:
        if not (np.isfinite(self.speed_kmh) and self.speed_kmh > 0):
            raise InputError(f"speed_kmh: found {self.speed_kmh!r}, expected a number above 0, such as 4.0.")
        if not self.steps_factor > 0:
            raise InputError(
                f"steps_factor: found {self.steps_factor!r}, expected a number above 0, or inf for no steps."
            )

    @classmethod
    def preset(cls, name: str) -> "WalkProfile":
        """Return one of the profiles ready for use: gb50180, adult, elderly, child, pram, wheelchair.

        Change a value with `dataclasses.replace`.

        Raises
        ------
        InputError
            If there is none of this name.
        """
        if name not in PROFILES:
            raise InputError(f"profile: found {name!r}, expected one of {', '.join(PROFILES)}.")
        return PROFILES[name]

    def minutes(self, streets: gpd.GeoDataFrame, length_m: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the impedance of each segment along its line and against it; ``inf`` where it is closed.

        Parameters
        ----------
        streets
            Segments with, as far as known, the columns ``highway``, ``oneway:foot`` and ``conveying``.
        length_m
            Their lengths, shape (segments,).
        """
        minutes = length_m / (self.speed_kmh * 1000.0 / 60.0)
        steps = _is(streets, "highway", ("steps",))
        # 0 x inf would be no number: steps without length are closed too.
        minutes = np.where(steps, np.inf if np.isinf(self.steps_factor) else minutes * self.steps_factor, minutes)
        with_line, against = (
            _is(streets, "oneway:foot", values) | _is(streets, "conveying", values[-1:])
            for values in (_WITH_THE_LINE, _AGAINST_THE_LINE)
        )
        return np.where(against, np.inf, minutes), np.where(with_line, np.inf, minutes)


def _is(streets: gpd.GeoDataFrame, column: str, values: tuple[str, ...]) -> npt.NDArray[np.bool_]:
    if column not in streets:
        return np.zeros(len(streets), dtype=np.bool_)
    return np.asarray(streets[column].isin(values), dtype=np.bool_)


_SPEED_GB = "speed: 1000 m in 15 minutes, GB 50180-2018; steps as level: assumption"
_STEPS = "steps: assumption"

PROFILES = {
    profile.name: profile
    for profile in (
        WalkProfile(name="gb50180", speed_kmh=4.0, source=_SPEED_GB),
        WalkProfile(name="adult", speed_kmh=4.8, steps_factor=1.5, source=f"speed: assumption (1.33 m/s); {_STEPS}"),
        WalkProfile(name="elderly", speed_kmh=3.6, steps_factor=2.0, source=f"speed: assumption (1.0 m/s); {_STEPS}"),
        WalkProfile(name="child", speed_kmh=3.6, steps_factor=1.5, source=f"speed: assumption (1.0 m/s); {_STEPS}"),
        WalkProfile(name="pram", speed_kmh=4.0, steps_factor=4.0, source=f"speed: assumption; {_STEPS} (carried)"),
        WalkProfile(name="wheelchair", speed_kmh=3.6, steps_factor=np.inf, source="speed: assumption; no steps"),
    )
}
