"""A small city on disk that can be solved by hand: every layer, the study file, and the figures they must give.

Main street runs 5 km east from the only center that can be reached. At 4.0 km/h 15 minutes are 1000 m::

    y = 200   north street  0 ------------------------------------------- 5000
                            |        |        |        |        |        |       (a cross street each km)
    y = 0     main street   C1 ----------------- K1 ------ K3 ----- K2 -- 5000      island 6000 -- K4 -- 6600
    y = -900                              farm, C2 (no street near)

100 people live at x = 100, 300 ... 4900 of main street, 150 each at 2900 and 3100; 40 each at two places of the
island; 20 on the farm. C1 covers x = 100 ... 900. Each of K1, K2, K3 covers ten more places. K3 covers most, but
the best two are K1 and K2, which a greedy choice misses. A crumb of 100 m and a motorway are no streets to walk.
"""

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from pyproj import Transformer

from tests.inputs.osm_files import write_osm

#: Metres east and north of a place at Haikou, true to a millimetre over the whole city.
_PLACE = Transformer.from_crs("+proj=tmerc +lat_0=20.03 +lon_0=110.32 +datum=WGS84", 4326, always_xy=True)

HOSTILE = "</script><img src=x onerror=alert(1)>{{7*7}}{% x %}${1}"

#: What a run leaves.
FILES = {
    "summary.json",
    "report.html",
    "report.xlsx",
    "report.docx",
    "map.html",
    "layers.gpkg",
    "issues.csv",
    "run.json",
}

Metres = tuple[float, float]

#: Name, tags and corners of every street; streets join at shared corners.
STREETS: dict[str, tuple[str, list[Metres]]] = {
    "Main Street": ("residential", [(x, 0.0) for x in range(0, 5001, 1000)]),
    "North Street": ("residential", [(x, 200.0) for x in range(0, 5001, 1000)]),
    **{f"Cross Street {x // 1000}": ("footway", [(x, 0.0), (x, 200.0)]) for x in range(0, 5001, 1000)},
    "Island Street": ("path", [(6000.0, 0.0), (6600.0, 0.0)]),
    "Crumb": ("path", [(2200.0, 450.0), (2300.0, 450.0)]),
    "Motorway": ("motorway", [(0.0, 400.0), (6600.0, 400.0)]),
}
CENTERS: dict[str, tuple[str, Metres]] = {"C1": ("West Hall", (0.0, 0.0)), "C2": ("Farm Post", (1520.0, -900.0))}
CANDIDATES: dict[str, tuple[str, Metres]] = {
    "K1": ("Mill Plot", (2000.0, 0.0)),
    "K2": ("Lake Plot", (4000.0, 0.0)),
    "K3": ("Middle Plot", (3000.0, 0.0)),
    "K4": ("Island Plot", (6300.0, 0.0)),
}
DEMAND: dict[str, tuple[int, Metres]] = {
    **{f"m{x}": (150 if x in {2900, 3100} else 100, (float(x), 0.0)) for x in range(100, 5000, 200)},
    "i1": (40, (6200.0, 0.0)),
    "i2": (40, (6400.0, 0.0)),
    "farm": (20, (1500.0, -900.0)),
}
#: Name, west, south, east, north.
DISTRICTS: dict[str, tuple[str, tuple[float, float, float, float]]] = {
    "460105": ("West", (-300.0, -1300.0, 2600.0, 700.0)),
    "460106": ("East", (2600.0, -1300.0, 7000.0, 700.0)),
}

FIGURES: dict[str, Any] = {
    "demand": {
        "total": 2700,
        "covered": 500,
        "share": round(500 / 2700, 6),
        "too_far": 2100,
        "unreachable": 80,
        "off_network": 20,
    },
    "by_minutes": [
        {"minutes": 5, "covered": 200, "share": round(200 / 2700, 6)},
        {"minutes": 10, "covered": 300, "share": round(300 / 2700, 6)},
        {"minutes": 15, "covered": 500, "share": round(500 / 2700, 6)},
    ],
    "districts": [
        {"name": "West", "total": 1320, "covered": 500, "share": round(500 / 1320, 6), "centers": 2},
        {"name": "East", "total": 1380, "covered": 0, "share": 0, "centers": 0},
    ],
    "gaps": [
        {"id": "G1", "weight": 2100, "walk_min": 73.5, "nearest": "C1", "district": "East"},
        {"id": "G2", "weight": 80, "walk_min": None, "nearest": None, "district": "East"},
        {"id": "G3", "weight": 20, "walk_min": None, "nearest": None, "district": "West"},
    ],
    "network": {
        "segments": 17,
        "junctions": 14,
        "length_km": 11.8,
        "components": 2,
        "dropped_components": 1,
        "dropped_km": 0.1,
        "closed_segments": 0,
        "closed_km": 0,
    },
}

STUDY = """\
name = {name}

[inputs]
streets = "streets.geojson"
centers = "centers.csv"
demand = "demand.csv"
districts = "districts.geojson"
candidates = "candidates.csv"

[walk]
minutes = [5, 10, 15]
speed_kmh = 4.0

[sites]
count = 2

[output]
folder = "out"
language = "{language}"
"""


def lonlat(place: Metres) -> tuple[float, float]:
    """Return longitude and latitude of metres east and north, to a millimetre."""
    lon, lat = _PLACE.transform(*place)
    return round(lon, 8), round(lat, 8)


@dataclass(frozen=True)
class City:
    """Where the city was written, and what one may do to its files."""

    folder: Path

    @property
    def study(self) -> Path:
        """The study file."""
        return self.folder / "study.toml"

    @property
    def out(self) -> Path:
        """The output folder its study names."""
        return self.folder / "out"

    def edit(self, old: str, new: str, file: str = "study.toml") -> "City":
        """Replace `old`, which must stand there once, in a text file of the city."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new), encoding="utf-8")
        return self

    def summary(self) -> Any:
        """Read `summary.json`."""
        return json.loads((self.out / "summary.json").read_text(encoding="utf-8"))


def write_city(folder: Path, *, language: str = "en", name: str = "Two Towns", hostile: bool = False) -> City:
    """Write all layers and the study file; a `hostile` city has a name that tries to become code everywhere."""
    folder.mkdir(parents=True, exist_ok=True)
    names = dict.fromkeys((*CENTERS, *CANDIDATES, *DISTRICTS), HOSTILE) if hostile else {}
    write_streets(folder / "streets.geojson")
    write_places(folder / "centers.csv", {key: (names.get(key, text), at) for key, (text, at) in CENTERS.items()})
    write_places(folder / "candidates.csv", {key: (names.get(key, text), at) for key, (text, at) in CANDIDATES.items()})
    people = [(key, *lonlat(at), weight) for key, (weight, at) in DEMAND.items()]
    write_csv(folder / "demand.csv", ("id", "lon", "lat", "people"), people)
    boxes = [
        feature({"id": key, "name": names.get(key, text)}, "Polygon", [[lonlat(corner) for corner in corners(box)]])
        for key, (text, box) in DISTRICTS.items()
    ]
    write_geojson(folder / "districts.geojson", boxes)
    title = json.dumps(HOSTILE if hostile else name, ensure_ascii=False)
    (folder / "study.toml").write_text(STUDY.format(name=title, language=language), encoding="utf-8")
    return City(folder)


def corners(box: tuple[float, float, float, float]) -> list[Metres]:
    """Return the closed outline of (west, south, east, north)."""
    west, south, east, north = box
    return [(west, south), (east, south), (east, north), (west, north), (west, south)]


def write_streets(path: Path, changes: Mapping[str, str] | None = None) -> Path:
    """Write the streets as lines between neighbouring corners; `changes` are other highway classes by name."""
    lines = [
        feature({"name": name, "highway": (changes or {}).get(name, kind)}, "LineString", [lonlat(a), lonlat(b)])
        for name, (kind, places) in STREETS.items()
        for a, b in pairwise(places)
    ]
    return write_geojson(path, lines)


def write_osm_streets(path: Path) -> Path:
    """Write the same streets, and the centers as libraries, as an OpenStreetMap file."""
    places = sorted({place for _, line in STREETS.values() for place in line})
    number = {place: ref for ref, place in enumerate(places, start=1)}
    nodes = {ref: lonlat(place) for place, ref in number.items()}
    tags = {}
    for ref, (name, place) in enumerate(CENTERS.values(), start=1001):
        nodes[ref] = lonlat(place)
        tags[ref] = {"amenity": "library", "name": name}
    ways = [
        (ref, [number[place] for place in line], {"highway": kind, "name": name})
        for ref, (name, (kind, line)) in enumerate(STREETS.items(), start=1)
    ]
    return write_osm(path, nodes, ways, tags)


def write_places(path: Path, places: Mapping[str, tuple[str, Metres]]) -> Path:
    """Write centers or candidates as a table."""
    return write_csv(path, ("id", "name", "lon", "lat"), [(key, n, *lonlat(at)) for key, (n, at) in places.items()])


def write_csv(path: Path, header: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> Path:
    """Write a table as UTF-8."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(header)
        table.writerows(rows)
    return path


def feature(properties: dict[str, Any], kind: str, coordinates: Any) -> dict[str, Any]:
    """Return a GeoJSON feature."""
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def write_geojson(path: Path, features: list[dict[str, Any]]) -> Path:
    """Write features as GeoJSON."""
    content = {"type": "FeatureCollection", "features": features}
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path
