"""Walking profiles: how long each segment takes, in each direction."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from servicecircle.errors import InputError, checked_number

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

#: 4.0 km/h: 15 minutes are 1000 m, the upper end of the 800-1000 m of GB 50180-2018.
DEFAULT_SPEED_KMH = 4.0
#: The values of a profile that are numbers, in the order they are told.
VALUES = ("speed_kmh", "steps_factor", "crossing_s", "signal_s")
#: Where a value comes from when nobody has published it.
ASSUMPTION = "assumption"
GB_50180 = "GB 50180-2018"
STUDY_FILE = "study file"
HCM = "Highway Capacity Manual, signal times assumed"

_WITH_THE_LINE = ("yes", "1", "true", "forward")
_AGAINST_THE_LINE = ("-1", "reverse", "backward")


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkProfile:
    """Who walks: the impedance of a segment follows from it.

    Paths that may be walked one way only (OSM ``oneway:foot``) and escalators (``conveying``) are open in
    that direction alone, and what a barrier shuts is closed, for every profile.

    Attributes
    ----------
    name
        Name of the profile.
    speed_kmh
        Speed on level streets and off them.
    steps_factor
        Minutes on steps (OSM ``highway=steps``) for each minute on a level street of that length; ``inf`` means
        that steps cannot be used.
    crossing_s, signal_s
        Seconds lost at each crossing of a carriageway without and with signals.
    closed
        Tags of segments that cannot be used, such as ``{"wheelchair": ("no",)}``: any of the values.
    sources
        Where each value comes from; "assumption" where no source is known.
    """

    name: str = "everyone"
    speed_kmh: float = DEFAULT_SPEED_KMH
    steps_factor: float = 1.0
    crossing_s: float = 0.0
    signal_s: float = 0.0
    closed: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    sources: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        checked_number("speed_kmh", self.speed_kmh, "a number above 0, such as 4.0", above=True)
        wanted = "a number above 0, or inf for no steps"
        checked_number("steps_factor", self.steps_factor, wanted, above=True, endless=True)
        for name in ("crossing_s", "signal_s"):
            checked_number(name, getattr(self, name), "seconds of at least 0")

    @classmethod
    def preset(cls, name: str) -> "WalkProfile":
        """Return one of the profiles ready for use: gb50180, adult, elderly, child, pram, wheelchair.

        ========== ========= ============ ========== ======== ==================================
        profile    speed     steps        crossing   signal   closed
        ========== ========= ============ ========== ======== ==================================
        gb50180    4.0 km/h  as level     0 s        0 s
        adult      4.8 km/h  1.5 x longer 5 s        20 s
        elderly    3.6 km/h  2 x longer   10 s       20 s
        child      3.6 km/h  1.5 x longer 10 s       20 s
        pram       4.0 km/h  4 x longer   5 s        20 s
        wheelchair 3.6 km/h  not used     10 s       20 s     wheelchair=no, surface=sand or mud
        ========== ========= ============ ========== ======== ==================================

        The speed of gb50180 is that of GB 50180-2018, 1000 m in 15 minutes; that no crossing is waited at is its rule
        of distance. The mean wait at a signal is that of the Highway Capacity Manual, (C - g)^2 / 2C, at a cycle C of
        90 s with 30 s of green g, which are an assumption, as is every other value.

        Change a value with `dataclasses.replace`.

        Parameters
        ----------
        name
            One of them.

        Returns
        -------
        WalkProfile
            That profile.

        Raises
        ------
        InputError
            If there is none of this name.

        References
        ----------
        GB 50180-2018, Standard for urban residential area planning and design (Ministry of Housing and Urban-Rural
        Development of the People's Republic of China).
        Transportation Research Board (2010). Highway Capacity Manual.
        """
        if name not in PROFILES:
            raise InputError(f"profile: found {name!r}, expected one of {', '.join(PROFILES)}.")
        return PROFILES[name]

    def source(self, value: str) -> str:
        """Say where a value comes from.

        Parameters
        ----------
        value
            Name of the value, such as ``speed_kmh``.

        Returns
        -------
        str
            Its source, "assumption" where none is known.
        """
        return self.sources.get(value, ASSUMPTION)

    def minutes(
        self,
        streets: gpd.GeoDataFrame,
        length_m: FloatArray,
        slope: tuple[FloatArray, FloatArray] | None = None,
    ) -> tuple[FloatArray, FloatArray]:
        """Return the impedance of each segment along its line and against it; ``inf`` where it is closed.

        Parameters
        ----------
        streets
            Segments with, as far as known, the columns ``highway``, ``oneway:foot``, ``conveying``, ``crossings`` and
            ``signals`` (how many a walk along the segment meets), ``shut``, and those that `closed` names.
        length_m
            Their lengths, shape (segments,).
        slope
            Minutes for each minute on level ground along each line and against it, as `slope_factors` returns them.
            Steps and escalators have a slope of their own, so that it does not count there.

        Returns
        -------
        tuple of numpy.ndarray
            Minutes along the line and against it, shape (segments,) each.

        Raises
        ------
        InputError
            If a number of crossings is not one.
        """
        level = length_m / (self.speed_kmh * 1000.0 / 60.0)
        steps = _is(streets, "highway", ("steps",))
        moving = _is(streets, "conveying", ("yes", *_WITH_THE_LINE, *_AGAINST_THE_LINE, "reversible"))
        # 0 x inf would be no number: steps without length are closed too.
        on_steps = np.full(len(level), np.inf) if np.isinf(self.steps_factor) else level * self.steps_factor
        lost = self._lost(streets, "crossings", self.crossing_s) + self._lost(streets, "signals", self.signal_s)
        closed = self._shut(streets)
        out = []
        for number, against in enumerate((_AGAINST_THE_LINE, _WITH_THE_LINE)):
            walked = level if slope is None else np.where(moving, level, level * slope[number])
            shut = closed | _is(streets, "oneway:foot", against) | _is(streets, "conveying", against[-1:])
            out.append(np.where(shut, np.inf, np.where(steps, on_steps, walked) + lost))
        return out[0], out[1]

    def _shut(self, streets: gpd.GeoDataFrame) -> BoolArray:
        shut = _is(streets, "shut", (True,))
        for tag, values in self.closed.items():
            shut = shut | _is(streets, tag, values)
        return shut

    def _lost(self, streets: gpd.GeoDataFrame, column: str, seconds: float) -> FloatArray:
        """Minutes lost at the crossings that a column counts."""
        if column not in streets or seconds == 0:
            return np.zeros(len(streets))
        counts = pd.to_numeric(streets[column], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
        wrong = np.flatnonzero(streets[column].notna().to_numpy() & ~(np.isfinite(counts) & (counts >= 0)))
        if len(wrong):
            found = (
                f"streets, id {streets.index[wrong[0]]!r}, column {column}: found {streets[column].iloc[wrong[0]]!r}"
            )
            raise InputError(f"{found}, expected a number of at least 0. Rename the column if it means something else.")
        minutes: FloatArray = np.nan_to_num(counts) * (seconds / 60.0)
        return minutes


def _is(streets: gpd.GeoDataFrame, column: str, values: tuple[object, ...]) -> BoolArray:
    if column not in streets:
        return np.zeros(len(streets), dtype=np.bool_)
    return np.asarray(streets[column].isin(values), dtype=np.bool_)


PROFILES = {
    profile.name: profile
    for profile in (
        WalkProfile(name="gb50180", sources={"speed_kmh": GB_50180, "crossing_s": GB_50180, "signal_s": GB_50180}),
        WalkProfile(
            name="adult", speed_kmh=4.8, steps_factor=1.5, crossing_s=5.0, signal_s=20.0, sources={"signal_s": HCM}
        ),
        WalkProfile(
            name="elderly", speed_kmh=3.6, steps_factor=2.0, crossing_s=10.0, signal_s=20.0, sources={"signal_s": HCM}
        ),
        WalkProfile(
            name="child", speed_kmh=3.6, steps_factor=1.5, crossing_s=10.0, signal_s=20.0, sources={"signal_s": HCM}
        ),
        WalkProfile(
            name="pram", speed_kmh=4.0, steps_factor=4.0, crossing_s=5.0, signal_s=20.0, sources={"signal_s": HCM}
        ),
        WalkProfile(
            name="wheelchair",
            speed_kmh=3.6,
            steps_factor=np.inf,
            crossing_s=10.0,
            signal_s=20.0,
            closed={"wheelchair": ("no",), "surface": ("sand", "mud")},
            sources={"signal_s": HCM},
        ),
    )
}
