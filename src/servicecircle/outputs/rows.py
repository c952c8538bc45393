"""The rows of all tables that the outputs show; every output takes its figures from here."""

from dataclasses import dataclass

from servicecircle.analysis.districts import OUTSIDE
from servicecircle.outputs.result import InputFile
from servicecircle.outputs.rounding import People


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """People within some minutes."""

    minutes: float
    covered: float
    share: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictRow:
    """One district; `walk_min` is the mean walk of those who have one, `parent` the name of the area above it."""

    id: str
    name: str
    parent: str | None
    people: People
    walk_min: float | None
    centers: int

    def called(self, outside: str) -> str:
        """Return what to call it in a table; `outside` are the words for those in no district."""
        return outside if self.id == OUTSIDE else self.name or self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class GapRow:
    """One gap; `nearest` is the id of a center, `district` a name, `lon` and `lat` a place inside.

    `box` holds its bounds in degrees (west, south, east, north).
    """

    rank: int
    id: str
    weight: float
    share: float | None
    walk_min: float | None
    nearest: str | None
    nearest_name: str | None
    district: str | None
    lon: float | None
    lat: float | None
    box: tuple[float, float, float, float]

    @property
    def outside(self) -> bool:
        """Whether most of its people live in no district."""
        return self.district == OUTSIDE


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRow:
    """One proposed site; `lon` and `lat` in WGS 84."""

    rank: int
    id: str
    name: str
    gain: float
    share_after: float | None
    lon: float | None
    lat: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlternativeRow:
    """The candidate that serves best in the place of a site, None if none is left, and the people lost by that."""

    rank: int
    name: str
    replacement: str | None
    loss: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFigures:
    """What the plan achieves; `bound` is rounded upwards, so that it stays true.

    `ruled` plans kept more than a number of sites. `least_sites` is how many any plan needs at least for
    `target_share`, where that was asked and sites have no cost.
    """

    covered: float
    share: float | None
    gain: float
    bound: float
    bound_share: float | None
    gap: float | None
    status: str
    candidates: int
    sites: tuple[SiteRow, ...]
    alternatives: tuple[AlternativeRow, ...]
    ruled: bool = False
    target_share: float | None = None
    least_sites: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CenterRow:
    """One center with its catchment.

    `load` compares it with the city: people for each place of `capacity` (people alone where no capacity is
    known), divided by what that is over all centers. 1 is the average, None where it cannot be said.
    """

    id: str
    name: str
    tier: str
    kind: str
    people: float
    covered: float
    walk_min: float | None
    capacity: float | None
    load: float | None
    lon: float | None
    lat: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferRow:
    """People who can walk to a center of one tier, one kind or with one function (`aspect`)."""

    aspect: str
    value: str
    centers: int
    covered: float
    share: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Everything the outputs show.

    Attributes
    ----------
    people, walk_min
        The headline, and the mean walk of all who have one.
    by_minutes
        One entry for each walking time asked for.
    curve
        (minutes, share) from 0 to twice the limit; empty without people.
    districts, parents
        The districts, and the areas above them where the file says which lies in which (else none).
    people_per_place
        People in catchments for each place of capacity, None where no center says its capacity.
    offers
        One row for each tier, kind and function.
    left_out
        Rows by (problem, action), the most frequent first.
    network
        Figures of the walking network.
    inputs
        The files that were read.
    """

    people: People
    walk_min: float | None
    by_minutes: tuple[Within, ...]
    curve: tuple[tuple[float, float], ...]
    districts: tuple[DistrictRow, ...]
    parents: tuple[DistrictRow, ...]
    gaps: tuple[GapRow, ...]
    plan: PlanFigures | None
    centers: tuple[CenterRow, ...]
    people_per_place: float | None
    offers: tuple[OfferRow, ...]
    left_out: tuple[tuple[str, str, int], ...]
    network: dict[str, float]
    inputs: tuple[InputFile, ...]
