"""What changed since an earlier run, told from the `summary.json` it left."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from servicecircle.errors import DataSourceError, InputError
from servicecircle.outputs.result import StudyResult
from servicecircle.outputs.rounding import tidy
from servicecircle.outputs.rows import CenterRow, Figures, GapRow

#: Two centers nearer than this are at one place.
_SAME_PLACE_M = 100.0
_DEGREE_M = 111_195.0


Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class _Headline(_Part):
    total: Annotated[float, Field(ge=0)]
    covered: Annotated[float, Field(ge=0)]
    share: Annotated[float, Field(ge=0, le=1)] | None


class _Named(_Headline):
    name: str


class _Gap(_Part):
    id: str
    weight: float
    nearest: str | None
    district: str | None


class _Place(_Part):
    id: str
    lon: Longitude
    lat: Latitude
    box: tuple[Longitude, Latitude, Longitude, Latitude]


class _Center(_Part):
    id: str
    name: str
    people: float
    lon: Longitude | None
    lat: Latitude | None


class Earlier(_Part):
    """The parts of an earlier `summary.json` that are compared; the last two came later to the file."""

    name: str
    minutes: Annotated[list[Annotated[float, Field(gt=0)]], Field(min_length=1)]
    speed_kmh: Annotated[float, Field(gt=0)]
    demand: _Headline
    districts: list[_Named]
    gaps: list[_Gap]
    gap_places: list[_Place] | None = None
    catchments: list[_Center] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """People and share before and now; None where there was none, `share` is the change in share points (0 to 1)."""

    name: str
    total_before: float | None
    total_now: float | None
    before: float | None
    now: float | None
    share: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What changed.

    Attributes
    ----------
    name
        Name of the earlier study.
    rule
        The earlier rule as (minutes, km/h) if it was another one, else None: then the figures do not compare.
    headline, districts
        Coverage before and now; districts are matched by name.
    opened, closed
        Centers as (id, name, people now or then nearest to it); None where the earlier file does not list its centers.
    came, went
        Gaps as (id, people, district).
    stayed
        How many gaps are where one was before.
    by_place
        Whether gaps were matched by place; an earlier file without places leaves district and nearest center.
    """

    name: str
    rule: tuple[float, float] | None
    headline: Change
    districts: tuple[Change, ...]
    opened: tuple[tuple[str, str, float], ...] | None
    closed: tuple[tuple[str, str, float], ...] | None
    came: tuple[tuple[str, float, str | None], ...]
    went: tuple[tuple[str, float, str | None], ...]
    stayed: int
    by_place: bool


def read_earlier(path: Path) -> Earlier:
    """Read the `summary.json` of an earlier run.

    Raises
    ------
    DataSourceError
        If it is missing or no text.
    InputError
        If it is no `summary.json`.
    """
    advice = "Give the summary.json that an earlier run left."
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"), parse_constant=_no_number)
        return Earlier.model_validate(data)
    except FileNotFoundError:
        raise DataSourceError(f"{path}: not found. {advice}") from None
    except OSError as error:
        raise DataSourceError(f"{path}: cannot be read ({error.strerror}). {advice}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise InputError(f"{path.name}, {where}: {first['msg'].lower()}. {advice}") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path.name}: not JSON ({error}). {advice}") from None


def _no_number(word: str) -> float:
    raise ValueError(f"found {word}, which is no number")


def changes(earlier: Earlier, result: StudyResult, found: Figures) -> Changes:
    """Compare an earlier run with this one."""
    rule = (earlier.minutes[-1], earlier.speed_kmh)
    same_rule = rule == (tidy(result.limit, 3), tidy(result.speed_kmh, 3))
    now = {row.name: row.people for row in found.districts}
    before = {row.name: row for row in earlier.districts}
    opened, closed = _centers(earlier.catchments, found.centers)
    came, went, by_place = _gaps(earlier, result, found)
    return Changes(
        name=earlier.name,
        rule=None if same_rule else rule,
        headline=_change(result.name, earlier.demand, found.people),
        districts=tuple(_change(name, before.get(name), now.get(name)) for name in dict.fromkeys([*now, *before])),
        opened=opened,
        closed=closed,
        came=tuple((gap.id, gap.weight, gap.district) for gap in came),
        went=tuple((gap.id, gap.weight, gap.district) for gap in went),
        stayed=len(found.gaps) - len(came),
        by_place=by_place,
    )


def _change(name: str, before: Any, now: Any) -> Change:
    shares = [None if side is None else side.share for side in (before, now)]
    return Change(
        name=name,
        total_before=None if before is None else before.total,
        total_now=None if now is None else now.total,
        before=shares[0],
        now=shares[1],
        share=None if shares[0] is None or shares[1] is None else tidy(shares[1] - shares[0], 6),
    )


def _centers(
    before: list[_Center] | None, now: tuple[CenterRow, ...]
) -> tuple[tuple[tuple[str, str, float], ...] | None, tuple[tuple[str, str, float], ...] | None]:
    """Tell centers apart: the same is what keeps two of id, name and place.

    A table without ids numbers its rows, so an id alone may mean another center after a row was put in.
    """
    if before is None:
        return None, None
    left: list[_Center | CenterRow] = list(before)
    fresh: list[_Center | CenterRow] = list(now)
    for same in (_same_id_and_name, _same_id_and_place, _same_name_and_place):
        for center in list(fresh):
            twin = next((old for old in left if same(old, center)), None)
            if twin is not None:
                left.remove(twin)
                fresh.remove(center)
    return tuple((c.id, c.name, c.people) for c in fresh), tuple((c.id, c.name, c.people) for c in left)


def _same_id_and_name(one: _Center | CenterRow, other: _Center | CenterRow) -> bool:
    return one.id == other.id and one.name == other.name


def _same_id_and_place(one: _Center | CenterRow, other: _Center | CenterRow) -> bool:
    return one.id == other.id and _near(one, other)


def _same_name_and_place(one: _Center | CenterRow, other: _Center | CenterRow) -> bool:
    return one.name == other.name and _near(one, other)


def _near(one: _Center | CenterRow, other: _Center | CenterRow) -> bool:
    if one.lon is None or one.lat is None or other.lon is None or other.lat is None:
        return False
    east = (one.lon - other.lon) * math.cos(math.radians(one.lat))
    return math.hypot(east, one.lat - other.lat) * _DEGREE_M <= _SAME_PLACE_M


def _gaps(earlier: Earlier, result: StudyResult, found: Figures) -> tuple[list[GapRow], list[_Gap], bool]:
    """Return the gaps that came, those that went, and whether places could be compared.

    A gap is still there if the place that stands for it lies in a gap of now, or the place of one of now lies
    within its old bounds. An earlier file without places leaves district and nearest center to compare.
    """
    if earlier.gap_places is None:
        old_keys = {(gap.district, gap.nearest) for gap in earlier.gaps}
        new_keys = {(gap.district, gap.nearest) for gap in found.gaps}
        came = [gap for gap in found.gaps if (gap.district, gap.nearest) not in old_keys]
        return came, [gap for gap in earlier.gaps if (gap.district, gap.nearest) not in new_keys], False
    inside = _inside(earlier.gap_places, result)
    places = {place.id: place for place in earlier.gap_places}
    kept_old = set(inside)
    kept_new = {new for held in inside.values() for new in held}
    for gap in found.gaps:
        for place in places.values():
            west, south, east, north = place.box
            if gap.lon is not None and gap.lat is not None and west <= gap.lon <= east and south <= gap.lat <= north:
                kept_old.add(place.id)
                kept_new.add(gap.id)
    came = [gap for gap in found.gaps if gap.id not in kept_new]
    return came, [gap for gap in earlier.gaps if gap.id not in kept_old], True


def _inside(places: list[_Place], result: StudyResult) -> dict[str, set[str]]:
    """Return for each earlier gap whose place lies in gaps of now the ids of these."""
    import geopandas as gpd

    if not places or not len(result.gaps):
        return {}
    at = gpd.points_from_xy([place.lon for place in places], [place.lat for place in places], crs="EPSG:4326")
    old, new = result.gaps.sindex.query(at.to_crs(result.gaps.crs), predicate="intersects")
    held: dict[str, set[str]] = {}
    for place, gap in zip(old, new, strict=True):
        held.setdefault(places[place].id, set()).add(str(result.gaps.index[gap]))
    return held
