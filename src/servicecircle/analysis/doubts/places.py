"""Centers that can be read but may be wrong: where they lie, what they say of themselves, how they repeat."""

import difflib
import unicodedata
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from servicecircle.analysis.crs import same_crs
from servicecircle.analysis.districts import OUTSIDE, district_of
from servicecircle.inputs.issues import RowIssue, Sure
from servicecircle.inputs.text import ungarbled
from servicecircle.network.walk import WalkNetwork

#: Centers closer than this stand at one place; those of like names closer than `NEARBY_M` may be one.
SAME_PLACE_M, NEARBY_M = 1.0, 300.0
#: Piers and houseboats lie no farther from the shore, metres.
PIER_M = 20.0
#: Likeness of two names (Ratcliff and Obershelp 1988) from which on they may be one.
LIKE = 0.8
#: As many centers at exactly one coordinate look like the answer of a geocoder that found only the town.
FALLBACK = 3
#: Degrees with so few decimals are known to a kilometre at best.
ROUND_DECIMALS = 2
#: A value is a likely slip of another that occurs this many times as often.
COMMON = 5
_POLE = 90.0


def place_doubts(
    network: WalkNetwork,
    places: gpd.GeoDataFrame,
    *,
    file: str,
    districts: gpd.GeoDataFrame | None = None,
    water: gpd.GeoDataFrame | None = None,
    max_snap_m: float = 200.0,
) -> list[RowIssue]:
    """Return what may be wrong with places that could be read, row by row.

    Parameters
    ----------
    network
        The streets.
    places
        Points in the CRS of the network, indexed by their row in the file; ``name``, and ``id``, ``tier``, ``kind``
        and ``district`` where there are such columns.
    file
        Name of the file, for the issues.
    districts
        Districts, to compare with the column ``district`` (names or ids).
    water
        Polygons of water.
    max_snap_m
        Farther than this from every usable street is off the network, metres.

    Raises
    ------
    CRSError
        If the layers are not in one metric CRS.
    """
    found = [
        *_off_streets(network, places, max_snap_m, file),
        *_exchanged(network, places, file),
        *_repeated(places, file),
        *_ids(places, file),
        *_alike(places, file),
        *_rounded(places, file),
        *_names(places, file),
    ]
    for column in ("tier", "kind"):
        if column in places:
            found += _slips(places[column], file)
    if districts is not None:
        found += _wrong_district(places, districts, file)
    if water is not None and len(water):
        found += _in_water(places, water, file)
    return sorted(found, key=lambda issue: (issue.row, issue.problem))


def _doubt(
    file: str,
    row: object,
    column: str,
    value: str,
    problem: str,
    suggestion: str = "",
    sure: Sure = "likely",
    detail: str = "",
) -> RowIssue:
    return RowIssue(
        file=file,
        row=int(str(row)),
        column=column,
        value=value,
        problem=problem,
        action="doubted",
        suggestion=suggestion,
        sure=sure,
        detail=detail,
    )


def _called(places: gpd.GeoDataFrame, row: object) -> str:
    """Return what a person calls a place: its name, else its id, else nothing, as the row stands beside it."""
    name = str(places.loc[row, "name"])
    return name or (str(places.loc[row, "id"]) if "id" in places else "")


def _off_streets(network: WalkNetwork, places: gpd.GeoDataFrame, max_snap_m: float, file: str) -> list[RowIssue]:
    """Doubt what is far from every street, and what stands on an island of streets."""
    segment = network.snap(places, "centers", max_snap_m=max_snap_m).segment
    off = places.index[segment < 0]
    found = [_doubt(file, row, "", _called(places, row), "center_off_network", "", "certain") for row in off]
    metres = np.bincount(network.component[network.usable], weights=network.length_m[network.usable])
    main = int(metres.argmax())
    for row, at in zip(places.index, segment, strict=True):
        if at >= 0 and network.component[at] != main:
            island = f"{metres[network.component[at]] / 1000:.1f} km"
            found.append(_doubt(file, row, "", _called(places, row), "on_island", "", "possible", island))
    return found


def _exchanged(network: WalkNetwork, places: gpd.GeoDataFrame, file: str) -> list[RowIssue]:
    """Doubt what lies beyond the streets but would lie among them with longitude and latitude exchanged."""
    if not {"lon_typed", "lat_typed"} <= set(places.columns):
        return []
    streets = shapely.box(*network.xy.min(axis=0), *network.xy.max(axis=0))
    beyond = places.geometry[~places.within(streets)]
    degrees = beyond.to_crs(4326)
    possible = degrees.x.abs() <= _POLE  # else it can be no latitude
    turned = gpd.GeoSeries.from_xy(degrees.y[possible], degrees.x[possible], crs=4326).to_crs(network.crs)
    turned.index = degrees.index[possible]
    found = []
    for row in turned.index[turned.within(streets)]:
        lon, lat = str(places.loc[row, "lon_typed"]), str(places.loc[row, "lat_typed"])
        found.append(_doubt(file, row, "lon_typed", lon, "axes_exchanged", lat))
        found.append(_doubt(file, row, "lat_typed", lat, "axes_exchanged", lon))
    return found


def _in_water(places: gpd.GeoDataFrame, water: gpd.GeoDataFrame, file: str) -> list[RowIssue]:
    """Doubt what stands in water: far from the shore that is likely wrong, near it there are piers and boats."""
    same_crs(places, "centers", water.crs, "water")
    points, shapes = places.geometry.to_numpy(), water.geometry.to_numpy()
    at, pool = shapely.STRtree(shapes).query(points, predicate="within")
    shore = pd.Series(shapely.distance(points[at], shapely.boundary(shapes[pool]))).groupby(at).max()
    return [
        _doubt(
            file,
            places.index[row],
            "",
            _called(places, places.index[row]),
            "in_water",
            "",
            "likely" if metres > PIER_M else "possible",
            f"{metres:.0f} m",
        )
        for row, metres in shore.items()
    ]


def _repeated(places: gpd.GeoDataFrame, file: str) -> list[RowIssue]:
    """Doubt places at exactly one coordinate: two may be twins, many are a geocoder's last resort."""
    xy = pd.DataFrame(shapely.get_coordinates(places.geometry.to_numpy()), index=places.index).round(2)
    found = []
    for rows in xy.groupby([0, 1]).groups.values():
        if len(rows) > 1:
            many = len(rows) >= FALLBACK
            others = ", ".join(str(row) for row in rows[:10]) + (" …" if len(rows) > 10 else "")
            found += [
                _doubt(
                    file,
                    row,
                    "",
                    _called(places, row),
                    "repeated_coordinate" if many else "same_place",
                    detail=others,
                )
                for row in rows
            ]
    return found


def _alike(places: gpd.GeoDataFrame, file: str) -> list[RowIssue]:
    """Doubt the later of two places of like names near each other, and name the nearest such place."""
    points, names = places.geometry.to_numpy(), places["name"].astype(str).to_numpy()
    one, other = shapely.STRtree(points).query(points, predicate="dwithin", distance=NEARBY_M)
    later = one < other
    one, other = one[later], other[later]
    metres = shapely.distance(points[one], points[other])
    pairs = np.lexsort([one, metres, other])
    found: dict[int, RowIssue] = {}
    for at in pairs[metres[pairs] > SAME_PLACE_M].tolist():
        a, b = int(one[at]), int(other[at])
        if b not in found and _like(names[a], names[b]):
            other_one = f"{places.index[a]}: {names[a]}, {metres[at]:.0f} m"
            found[b] = _doubt(file, places.index[b], "name", names[b], "similar_name_nearby", "", "possible", other_one)
    return list(found.values())


def _like(a: str, b: str) -> bool:
    if not a or not b:
        return False
    # Numbered neighbours (第一社区, 第二社区) are alike and are two.
    digits = "0123456789一二三四五六七八九十"
    if [char for char in a if char in digits] != [char for char in b if char in digits]:
        return False
    match = difflib.SequenceMatcher(None, a, b, autojunk=False)
    # The quick ratios are never below the true one.
    return match.real_quick_ratio() >= LIKE and match.quick_ratio() >= LIKE and match.ratio() >= LIKE


def _rounded(places: gpd.GeoDataFrame, file: str) -> list[RowIssue]:
    """Doubt coordinates that were typed with hardly a decimal; the columns hold them as they were typed."""
    if not {"lon_typed", "lat_typed"} <= set(places.columns):
        return []
    few = _decimals(places["lon_typed"]) <= ROUND_DECIMALS
    few &= _decimals(places["lat_typed"]) <= ROUND_DECIMALS
    return [
        _doubt(file, row, "", f"{places.loc[row, 'lon_typed']}, {places.loc[row, 'lat_typed']}", "round_coordinate")
        for row in places.index[few]
    ]


def _decimals(typed: "pd.Series[str]") -> npt.NDArray[np.integer[Any]]:
    return typed.astype(str).str.partition(".")[2].str.rstrip("0").str.len().to_numpy()


def _names(places: gpd.GeoDataFrame, file: str) -> list[RowIssue]:
    """Doubt names that are missing, numbers, or nothing a person could read."""
    found = []
    for row, name in places["name"].astype(str).items():
        before = ungarbled(name)
        if not name:
            found.append(_doubt(file, row, "name", "", "missing_name", "", "certain"))
        elif before != name:
            found.append(_doubt(file, row, "name", name, "garbled_text", "" if "\ufffd" in before else before))
        elif not any(char.isalpha() for char in name) or "\ufffd" in name:
            found.append(_doubt(file, row, "name", name, "name_not_text"))
    return found


def _ids(places: gpd.GeoDataFrame, file: str) -> list[RowIssue]:
    """Doubt ids that a spreadsheet has taken for a number of more digits than it keeps, and those that look alike."""
    if "id" not in places:
        return []
    ids = places["id"].astype(str)
    rounded = ids.str.fullmatch(r"\d(\.\d+)?[eE]\+\d+")
    found = [_doubt(file, row, "id", ids[row], "rounded_id") for row in places.index[rounded]]
    seen = {"": ("", 0)}
    for row, key in ids.items():
        other, first = seen.setdefault(_seen(key), (key, int(str(row))))
        if first and other != key:
            found.append(_doubt(file, row, "id", key, "similar_id", detail=f"{first}: {other}"))
    return found


def _seen(key: str) -> str:
    """Return what a person sees of an id: full-width letters, capitals, spaces and marks of no width look the same."""
    text = unicodedata.normalize("NFKC", key).casefold()
    return "".join(char for char in text if not char.isspace() and unicodedata.category(char) != "Cf")


def _slips(column: "pd.Series[str]", file: str) -> list[RowIssue]:
    """Doubt a rare value, and suggest the common one it is like."""
    counts = column[column != ""].value_counts()
    found = []
    for row, value in column[column != ""].items():
        common = [str(other) for other in counts.index[counts.to_numpy() >= COMMON * counts[value]]]
        if common:
            near = difflib.get_close_matches(str(value), common, n=1, cutoff=0.5)
            sure: Sure = "likely" if near else "possible"
            found.append(_doubt(file, row, str(column.name), str(value), "rare_value", near[0] if near else "", sure))
    missing = column.index[(column == "").to_numpy()]
    if len(missing) * COMMON <= len(column):
        found += [_doubt(file, row, str(column.name), "", "missing_value", "", "possible") for row in missing]
    return found


def _wrong_district(places: gpd.GeoDataFrame, districts: gpd.GeoDataFrame, file: str) -> list[RowIssue]:
    """Doubt places in no district, in another than they say, or in one that is none."""
    inside = district_of(places, districts, "centers")
    names = districts["name"].astype(str)
    claimed = places["district"].astype(str) if "district" in places else pd.Series("", index=places.index)
    found = []
    for row, key, claim in zip(places.index, inside, claimed, strict=True):
        if key == OUTSIDE:
            found.append(_doubt(file, row, "", _called(places, row), "outside_districts"))
        elif claim and claim not in {str(key), names[key]}:
            known = claim in set(names) or claim in set(districts.index.astype(str))
            found.append(
                _doubt(file, row, "district", claim, "wrong_district" if known else "unknown_district", names[key])
            )
    return found
