"""The map of a study: one HTML file that opens without internet."""

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import geopandas as gpd

from servicecircle.analysis.coverage import Coverage
from servicecircle.analysis.plan import SitePlan
from servicecircle.errors import InputError
from servicecircle.network.walk import WalkNetwork
from servicecircle.outputs import map_layers, map_panel
from servicecircle.outputs.result import Language, StudyResult

if TYPE_CHECKING:
    from servicecircle.outputs.page import CoverageMap


def coverage_map(
    coverage: Coverage,
    *,
    isochrones: gpd.GeoDataFrame | None = None,
    gaps: gpd.GeoDataFrame | None = None,
    plan: SitePlan | None = None,
    districts: gpd.GeoDataFrame | None = None,
    network: WalkNetwork | None = None,
    name: str = "",
    language: Language = "en",
    service_area: gpd.GeoDataFrame | None = None,
    sources: tuple[str, ...] = (),
    estimated: tuple[float, int] | None = None,
) -> "CoverageMap":
    """Draw coverage on a folium map that asks nothing of any server.

    It shows itself in a notebook; ``.save("map.html")`` writes one file, whole or not at all.

    Parameters
    ----------
    coverage
        Who is within the limit; demand and centers must have places.
    isochrones
        Polygons with ``center`` and ``minutes``, shown when a center is clicked.
    gaps
        Ranked gap polygons.
    plan
        Proposed sites; they must have places.
    districts
        Polygons with ``name``: outlines and the district table.
    network
        Streets to draw.
    name
        Title.
    language
        ``en`` or ``zh``.
    service_area
        Polygons with ``minutes``; joined from the isochrones when not given.
    sources
        Attribution lines, such as "© OpenStreetMap contributors (ODbL)".
    estimated
        Total people and number of buildings, where residents were estimated from buildings.

    Raises
    ------
    InputError
        If demand, centers or sites have no places, or the language is another one.
    """
    from servicecircle.outputs.page import CoverageMap

    if language not in ("en", "zh"):
        raise InputError(f"language: found {language!r}, expected 'en' or 'zh'.")
    words = map_panel.Words(language, coverage)
    if service_area is None and isochrones is not None and len(isochrones):
        service_area = map_layers.joined_isochrones(isochrones)
    data = {
        "language": language,
        "words": words.plain(),
        "bounds": map_layers.extent([coverage.demand, coverage.centers, districts]),
        "panel": map_panel.panel(
            coverage, words, name=name, districts=districts, sources=tuple(sources), estimated=estimated
        ),
        "streets": map_layers.street_layer(network),
        "demand": map_layers.demand_layer(coverage),
        "districts": _districts(districts),
        "centers": _centers(coverage, words),
        "gaps": None if gaps is None else _gaps(gaps, coverage, districts, words),
        "sites": None if plan is None else _sites(plan, words),
        **_walks(coverage, isochrones, service_area, words),
    }
    return CoverageMap(data)


def map_html(result: StudyResult) -> bytes:
    """Return the map of a study as the bytes of its file."""
    drawn = coverage_map(
        result.coverage,
        isochrones=result.isochrones,
        gaps=result.gaps,
        plan=result.plan,
        districts=result.districts,
        network=result.network,
        name=result.name,
        language=result.language,
        service_area=result.service_area,
        sources=result.sources,
        estimated=result.estimated,
    )
    return drawn.to_html().encode()


def _walks(
    cover: Coverage,
    isochrones: gpd.GeoDataFrame | None,
    service_area: gpd.GeoDataFrame | None,
    words: map_panel.Words,
) -> dict[str, Any]:
    """Return service area, isochrones and the walking times they are drawn for."""
    tables = [table for table in (service_area, isochrones) if table is not None]
    minutes = sorted({float(value) for table in tables for value in table["minutes"]})
    colors = map_layers.band_colors(len(minutes))
    labels = [
        words("between", low=f"{low:g}", high=f"{high:g}") if low else words("within", minutes=f"{high:g}")
        for low, high in pairwise([0.0, *minutes])
    ]
    return {
        "bands": [{"label": label, "color": color} for label, color in zip(labels, colors, strict=True)],
        "area": map_layers.area_layer(service_area, minutes),
        "isochrones": map_layers.isochrone_layer(isochrones, minutes, cover.centers.index),
    }


def _districts(districts: gpd.GeoDataFrame | None) -> dict[str, Any] | None:
    layer = map_layers.outline_layer(districts, "districts")
    if layer is None or districts is None:
        return None
    return {**layer, "names": [map_panel.name_of(districts, key) for key in districts.index]}


def _centers(cover: Coverage, words: map_panel.Words) -> dict[str, Any]:
    places = map_layers.place_table(cover.centers, "centers")
    marks, tiers = map_layers.tier_marks(cover.centers)
    cards = map_panel.center_cards(cover, words)
    at = map_layers.positions(places.geometry)
    items = [{"at": a, "mark": m, **card} for a, m, card in zip(at, marks, cards, strict=True)]
    return {"items": items, "tiers": tiers}


def _gaps(
    gaps: gpd.GeoDataFrame, cover: Coverage, districts: gpd.GeoDataFrame | None, words: map_panel.Words
) -> dict[str, Any] | None:
    layer = map_layers.outline_layer(gaps, "gaps")
    if layer is None:
        return None
    return {
        **layer,
        "items": map_panel.gap_cards(gaps, cover, districts, words),
        "listed": map_panel.LISTED_GAPS,
        "more": map_panel.gaps_not_listed(gaps, words),
    }


def _sites(plan: SitePlan, words: map_panel.Words) -> dict[str, Any]:
    places = map_layers.place_table(plan.sites, "sites")
    cards = map_panel.site_cards(plan, words)
    items = [{"at": at, **card} for at, card in zip(map_layers.positions(places.geometry), cards, strict=True)]
    return {"items": items}
