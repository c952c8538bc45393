"""What changed since an earlier run, told from the `summary.json` it left."""

import math
from dataclasses import dataclass

from servicecircle.outputs.earlier import Earlier, EarlierCenter, EarlierGap, EarlierPeople, GapPlace
from servicecircle.outputs.result import StudyResult
from servicecircle.outputs.rounding import People, tidy
from servicecircle.outputs.rows import CenterRow, Figures, GapRow

#: Two centers nearer than this are at one place.
_SAME_PLACE_M = 100.0
_DEGREE_M = 111_195.0


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


def _change(name: str, before: EarlierPeople | None, now: People | None) -> Change:
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
    before: list[EarlierCenter] | None, now: tuple[CenterRow, ...]
) -> tuple[tuple[tuple[str, str, float], ...] | None, tuple[tuple[str, str, float], ...] | None]:
    """Tell centers apart: the same is what keeps two of id, name and place.

    A table without ids numbers its rows, so an id alone may mean another center after a row was put in.
    """
    if before is None:
        return None, None
    left: list[EarlierCenter | CenterRow] = list(before)
    fresh: list[EarlierCenter | CenterRow] = list(now)
    for same in (_same_id_and_name, _same_id_and_place, _same_name_and_place):
        for center in list(fresh):
            twin = next((old for old in left if same(old, center)), None)
            if twin is not None:
                left.remove(twin)
                fresh.remove(center)
    return tuple((c.id, c.name, c.people) for c in fresh), tuple((c.id, c.name, c.people) for c in left)


def _same_id_and_name(one: EarlierCenter | CenterRow, other: EarlierCenter | CenterRow) -> bool:
    return one.id == other.id and one.name == other.name


def _same_id_and_place(one: EarlierCenter | CenterRow, other: EarlierCenter | CenterRow) -> bool:
    return one.id == other.id and _near(one, other)


def _same_name_and_place(one: EarlierCenter | CenterRow, other: EarlierCenter | CenterRow) -> bool:
    return one.name == other.name and _near(one, other)


def _near(one: EarlierCenter | CenterRow, other: EarlierCenter | CenterRow) -> bool:
    if one.lon is None or one.lat is None or other.lon is None or other.lat is None:
        return False
    east = (one.lon - other.lon) * math.cos(math.radians(one.lat))
    return math.hypot(east, one.lat - other.lat) * _DEGREE_M <= _SAME_PLACE_M


def _gaps(earlier: Earlier, result: StudyResult, found: Figures) -> tuple[list[GapRow], list[EarlierGap], bool]:
    """Return the gaps that came, those that went, and whether places could be compared.

    An earlier file without places leaves district and nearest center to compare.
    """
    if earlier.gap_places is None:
        old = {(gap.district, gap.nearest) for gap in earlier.gaps}
        new = {(gap.district, gap.nearest) for gap in found.gaps}
        came = [gap for gap in found.gaps if (gap.district, gap.nearest) not in old]
        return came, [gap for gap in earlier.gaps if (gap.district, gap.nearest) not in new], False
    same = _inside(earlier.gap_places, result) | _within_bounds(earlier.gap_places, found)
    stayed_from, stayed_as = ({pair[side] for pair in same} for side in (0, 1))
    came = [gap for gap in found.gaps if gap.id not in stayed_as]
    return came, [gap for gap in earlier.gaps if gap.id not in stayed_from], True


def _within_bounds(places: list[GapPlace], found: Figures) -> set[tuple[str, str]]:
    """Pair earlier gaps with those of now whose place lies within their bounds."""
    pairs = set()
    for gap in found.gaps:
        if gap.lon is None or gap.lat is None:
            continue
        for place in places:
            west, south, east, north = place.box
            if west <= gap.lon <= east and south <= gap.lat <= north:
                pairs.add((place.id, gap.id))
    return pairs


def _inside(places: list[GapPlace], result: StudyResult) -> set[tuple[str, str]]:
    """Pair earlier gaps with those of now that their place lies in."""
    import geopandas as gpd

    if not places or not len(result.gaps):
        return set()
    at = gpd.points_from_xy([place.lon for place in places], [place.lat for place in places], crs="EPSG:4326")
    old, new = result.gaps.sindex.query(at.to_crs(result.gaps.crs), predicate="intersects")
    return {(places[place].id, str(result.gaps.index[gap])) for place, gap in zip(old, new, strict=True)}
