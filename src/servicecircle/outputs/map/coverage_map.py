"""The map of a study: one HTML file that opens without internet and answers "what if"."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import NoneType
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import shapely

from servicecircle.analysis.coverage import Coverage
from servicecircle.analysis.siting.plan import SitePlan
from servicecircle.analysis.what_if import WhatIf
from servicecircle.errors import InputError, checked_kind
from servicecircle.inputs.columns import check_layer
from servicecircle.inputs.datum import Datum, in_china
from servicecircle.outputs.map import layers as map_layers
from servicecircle.outputs.map import places as map_places
from servicecircle.outputs.map import walks as map_walks
from servicecircle.outputs.map.background import MapBackground
from servicecircle.outputs.map.base_map import BaseMap
from servicecircle.outputs.result import Language, StudyResult
from servicecircle.outputs.rounding import parts_of
from servicecircle.outputs.rules import rules_in_force
from servicecircle.outputs.texts import map_texts

if TYPE_CHECKING:
    from servicecircle.outputs.map.page import CoverageMap

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class MapNotes:
    """What stands at the foot of a map.

    Attributes
    ----------
    sources
        Attribution lines, such as "© OpenStreetMap contributors (ODbL)".
    date
        When the data were true, in the words to print.
    review_number
        Number of the official review that a published map with Chinese boundaries needs (审图号).
    estimated
        Total people and number of buildings, where residents were estimated from buildings.
    rules
        The profile and the rules in force, in each language, where they are not the usual ones.
    """

    sources: tuple[str, ...] = ()
    date: str = ""
    review_number: str = ""
    estimated: tuple[float, int] | None = None
    rules: Mapping[str, str] = field(default_factory=dict)


def coverage_map(
    coverage: Coverage,
    *,
    isochrones: gpd.GeoDataFrame | None = None,
    gaps: gpd.GeoDataFrame | None = None,
    plan: SitePlan | None = None,
    what_if: WhatIf | None = None,
    background: MapBackground | None = None,
    notes: MapNotes | None = None,
    name: str = "",
    language: Language = "en",
) -> "CoverageMap":
    """Draw coverage on a folium map that asks nothing of any server.

    It shows itself in a notebook; ``.save("map.html")`` writes one file, whole or not at all. On the page
    the limit can be moved; with `what_if` centers can be closed and candidates opened, and coverage,
    colours and gaps follow.

    Parameters
    ----------
    coverage
        Who is within the limit; demand and centers must have places.
    isochrones
        Polygons with ``center`` and ``minutes``: the areas within reach.
    gaps
        Gaps of this coverage; the page finds them anew, with the same cells, when something changes.
    plan
        Proposed sites; they must have places.
    what_if
        The walks behind the switches, as `what_if` returns them.
    background
        Streets, districts, water, and tiles of a map server.
    notes
        Sources, date and review number.
    name
        Title.
    language
        ``en`` or ``zh``: the language the page opens in.

    Returns
    -------
    CoverageMap
        A folium map, with ``save`` and ``to_html``.

    Raises
    ------
    InputError
        If demand, centers or sites have no places, the language is another one, or `what_if` is of
        another coverage.
    """
    from servicecircle.outputs.map.page import CoverageMap

    checked_kind("coverage", coverage, Coverage)
    checked_kind("plan", plan, SitePlan, NoneType)
    checked_kind("what_if", what_if, WhatIf, NoneType)
    checked_kind("background", background, MapBackground, NoneType)
    checked_kind("notes", notes, MapNotes, NoneType)
    if isochrones is not None:
        check_layer("isochrones", isochrones, "center", "minutes")
    if gaps is not None:
        check_layer("gaps", gaps)
    if language not in ("en", "zh"):
        raise InputError(f"language: found {language!r}, expected 'en' or 'zh'.")
    if what_if is not None and not _fits(what_if, coverage):
        raise InputError("what_if: its demand or centers are not those of the coverage. Compute both from one table.")
    said, behind = notes or MapNotes(), background or MapBackground()
    districts, tiles = behind.districts, behind.tiles
    datum: Datum = "wgs84" if tiles is None else tiles.datum
    places = map_places.numbered(map_layers.placed(coverage.centers, "centers"), what_if, plan)
    items, tiers = map_places.place_items(places, plan=plan, known=what_if, districts=districts, datum=datum)
    minutes = _drawn(isochrones, what_if)
    colors = map_layers.band_colors(len(minutes))
    bounds = map_layers.extent([coverage.demand, districts], coverage.centers, datum)
    data = {
        "language": language,
        "texts": map_texts(),
        "name": name,
        "notes": _notes(said, districts, bounds),
        "speed": coverage.speed_kmh,
        "parts": parts_of(coverage),
        "bounds": bounds,
        "water": map_layers.water_layer(behind.water, datum),
        "streets": map_layers.street_layer(behind.streets, datum),
        "districts": _districts(districts, datum),
        "bands": [{"minutes": m, "color": color} for m, color in zip(minutes, colors, strict=True)],
        "isochrones": map_layers.isochrone_layer(_rings(isochrones, what_if, places), minutes, datum),
        "reasons": map_layers.REASON_COLORS,
        "places": items,
        "tiers": tiers,
        "switches": what_if is not None,
        "gaps": gaps is not None,
        "base": None if tiles is None else _base(tiles),
        **_people(coverage, what_if, places, districts, minutes, gaps, datum),
    }
    return CoverageMap(data, origins=() if tiles is None else tiles.origins)


def map_html(result: StudyResult) -> bytes:
    """Return the map of a study as the bytes of its file."""
    drawn = coverage_map(
        result.coverage,
        isochrones=result.isochrones,
        gaps=result.gaps,
        plan=result.plan,
        what_if=result.what_if,
        background=MapBackground(
            streets=result.network, districts=result.districts, water=result.water, tiles=result.base_map
        ),
        name=result.name,
        language=result.language,
        notes=MapNotes(
            sources=result.sources,
            date=result.date,
            review_number=result.review_number,
            estimated=result.estimated,
            rules={language: rules_in_force(result, language) for language in ("en", "zh")},
        ),
    )
    return drawn.to_html().encode()


def _fits(known: WhatIf, cover: Coverage) -> bool:
    return known.centers.demand.index.equals(cover.demand.index) and known.centers.facilities.index.equals(
        cover.centers.index
    )


def _people(
    cover: Coverage,
    known: WhatIf | None,
    places: map_places.Places,
    districts: gpd.GeoDataFrame | None,
    minutes: list[float],
    gaps: gpd.GeoDataFrame | None,
    datum: Datum,
) -> dict[str, Any]:
    """Pack the demand and its walks."""
    demand = map_layers.placed(cover.demand, "demand")
    degrees = map_layers.degrees(shapely.get_coordinates(demand.geometry.to_numpy()), demand.crs, datum)
    order = map_walks.place_order(degrees)
    home = map_places.home_rows(demand, districts, "demand")
    nearest = map_walks.nearest_pairs(cover, places.center_number, order)
    pairs = [nearest]
    if known is not None:
        pairs = [map_walks.page_pairs(known.centers, places.center_number, order)]
        if known.candidates is not None:
            pairs.append(map_walks.page_pairs(known.candidates, places.candidate_number, order))
    bounds = map_walks.limits(cover, minutes, map_walks.longest_limit(cover, known))
    cell_m = None if gaps is None else gaps.attrs.get("cell_m")
    return {
        "people": map_walks.pack_people(cover, degrees, order, known, home, cell_m),
        "walks": map_walks.pack_walks(pairs, nearest, bounds, places.count),
    }


def _drawn(isochrones: gpd.GeoDataFrame | None, known: WhatIf | None) -> list[float]:
    """Return the walking times that areas are drawn for."""
    tables = [isochrones, None if known is None else known.isochrones]
    return sorted({float(value) for table in tables if table is not None for value in table["minutes"]})


def _rings(
    isochrones: gpd.GeoDataFrame | None, known: WhatIf | None, places: map_places.Places
) -> list[tuple[gpd.GeoDataFrame | None, dict[Any, int]]]:
    centers = dict(zip(places.centers.index, places.center_number.tolist(), strict=True))
    if places.candidates is None or known is None:
        return [(isochrones, centers)]
    candidates = dict(zip(places.candidates.index, places.candidate_number.tolist(), strict=True))
    return [(isochrones, centers), (known.isochrones, candidates)]


def _districts(districts: gpd.GeoDataFrame | None, datum: Datum) -> dict[str, Any] | None:
    layer = map_layers.outline_layer(districts, "districts", datum)
    if layer is None or districts is None:
        return None
    return {**layer, "names": [map_places.name_of(districts, key) for key in districts.index]}


def _notes(said: MapNotes, districts: gpd.GeoDataFrame | None, bounds: list[list[float]]) -> dict[str, Any]:
    unreviewed = districts is not None and len(districts) > 0 and not said.review_number and _in_china(bounds)
    if unreviewed:
        logger.warning(
            "The map shows administrative boundaries of China without a map review number (审图号). It is marked as "
            "not for publication; give review_number once the map is reviewed."
        )
    return {
        "sources": list(said.sources),
        "date": said.date,
        "review": said.review_number,
        "unreviewed": unreviewed,
        "estimated": None if said.estimated is None else list(said.estimated),
        "rules": dict(said.rules),
    }


def _in_china(bounds: list[list[float]]) -> bool:
    (south, west), (north, east) = bounds
    lon, lat = (west + east) / 2, (south + north) / 2
    return bool(in_china(lon, lat))


def _base(base_map: BaseMap) -> dict[str, Any]:
    return {
        "addresses": list(base_map.addresses),
        "attribution": base_map.attribution,
        "hosts": "".join(base_map.hosts),
    }
