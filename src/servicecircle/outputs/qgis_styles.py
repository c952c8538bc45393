"""Styles that QGIS finds in `layers.gpkg`, so that its layers open in the colours of the map."""

from collections.abc import Iterable
from xml.etree import ElementTree as ET

import pandas as pd

from servicecircle.outputs.map.layers import REASON_COLORS, band_colors
from servicecircle.outputs.pictures.drawing import CENTER_COLOR, GAP_COLOR, SITE_COLOR
from servicecircle.outputs.result import StudyResult
from servicecircle.outputs.texts import number, text

STYLES_LAYER = "layer_styles"
_HEAD = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
_VERSION = "3.28"
_INK = "#333333"
_NONE = "0,0,0,0"

Looks = dict[str, str]
#: A symbol: point or area, its looks, and the order it is drawn in where symbols lie above each other.
Symbol = tuple[str, Looks, int]
#: A value of a column, what it is called, and how it looks.
Category = tuple[str, str, Symbol]


def style_table(result: StudyResult, written: str) -> pd.DataFrame:
    """Return the rows of the table in which QGIS looks for the style of each layer."""
    rows = [
        {
            "f_table_catalog": "",
            "f_table_schema": "",
            "f_table_name": layer,
            "f_geometry_column": "geom",
            "styleName": layer,
            "styleQML": qml,
            "styleSLD": "",
            "useAsDefault": True,
            "description": "",
            "owner": "",
            "ui": None,
            "update_time": pd.Timestamp(written),
        }
        for layer, qml in _styles(result).items()
    ]
    return pd.DataFrame(rows).astype({"ui": "str"})


def _styles(result: StudyResult) -> dict[str, str]:
    language = result.language
    rings = [
        (
            f"{minutes:g}",
            text("within", language, minutes=number(minutes, language)),
            # The shortest walk is drawn last, above the others it lies in.
            _area(_rgba(color, 150), _NONE, order=len(result.minutes) - place),
        )
        for place, (minutes, color) in enumerate(zip(result.minutes, band_colors(len(result.minutes)), strict=True))
    ]
    reasons = [
        (key, text(key, language), _point("circle", _rgba(color, 200), _NONE, "0.9"))
        for key, color in REASON_COLORS.items()
    ]
    center = _point("circle", _rgba(CENTER_COLOR), _rgba("#ffffff"), "2.4")
    site = _point("star", _rgba(SITE_COLOR), _rgba(_INK), "4.6")
    candidate = _point("circle", _rgba("#ffffff"), _rgba("#8a8a8a"), "1.2")
    return {
        "centers": _single(center),
        "isochrones": _categorized("minutes", rings),
        "service_area": _categorized("minutes", rings),
        "demand": _categorized("reason", reasons),
        "gaps": _single(_area(_rgba(GAP_COLOR, 46), _rgba(GAP_COLOR), width="0.5")),
        "candidates": _single(candidate),
        "sites": _single(site),
        "districts": _single(_area(_NONE, _rgba(_INK), width="0.35", dashed=True)),
    }


def _rgba(color: str, alpha: int = 255) -> str:
    return ",".join(str(int(color[at : at + 2], 16)) for at in (1, 3, 5)) + f",{alpha}"


def _point(shape: str, fill: str, outline: str, size: str) -> Symbol:
    looks = {"name": shape, "color": fill, "outline_color": outline, "outline_width": "0.3", "size": size}
    return "marker", looks, 0


def _area(fill: str, outline: str, *, width: str = "0.1", dashed: bool = False, order: int = 0) -> Symbol:
    looks = {
        "style": "no" if fill == _NONE else "solid",
        "color": fill,
        "outline_style": "no" if outline == _NONE else "dash" if dashed else "solid",
        "outline_color": outline,
        "outline_width": width,
    }
    return "fill", looks, order


def _single(symbol: Symbol) -> str:
    renderer = ET.Element("renderer-v2", {"type": "singleSymbol", "symbollevels": "0", "enableorderby": "0"})
    _add_symbols(renderer, [symbol])
    return _document(renderer)


def _categorized(column: str, found: list[Category]) -> str:
    renderer = ET.Element(
        "renderer-v2", {"type": "categorizedSymbol", "attr": column, "symbollevels": "1", "enableorderby": "0"}
    )
    categories = ET.SubElement(renderer, "categories")
    for place, (value, label, _) in enumerate(found):
        said = {"symbol": str(place), "value": value, "label": label, "render": "true"}
        said["type"] = "double" if column == "minutes" else "string"
        ET.SubElement(categories, "category", said)
    _add_symbols(renderer, [symbol for _, _, symbol in found])
    return _document(renderer)


def _add_symbols(renderer: ET.Element, symbols: Iterable[Symbol]) -> None:
    parent = ET.SubElement(renderer, "symbols")
    for place, (kind, looks, order) in enumerate(symbols):
        said = {"type": kind, "name": str(place), "alpha": "1", "clip_to_extent": "1", "force_rhr": "0"}
        symbol = ET.SubElement(parent, "symbol", said)
        look = "SimpleMarker" if kind == "marker" else "SimpleFill"
        layer = ET.SubElement(symbol, "layer", {"class": look, "enabled": "1", "locked": "0", "pass": str(order)})
        options = ET.SubElement(layer, "Option", {"type": "Map"})
        for name, value in looks.items():
            ET.SubElement(options, "Option", {"name": name, "type": "QString", "value": value})
        # QGIS before 3.26 reads these instead.
        for name, value in looks.items():
            ET.SubElement(layer, "prop", {"k": name, "v": value})


def _document(renderer: ET.Element) -> str:
    root = ET.Element("qgis", {"version": _VERSION, "styleCategories": "Symbology"})
    root.append(renderer)
    return _HEAD + ET.tostring(root, encoding="unicode")
