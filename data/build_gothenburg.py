"""Make the sample city in ``data/gothenburg``: real streets; illustrative centers, residents and districts.

    npm pack geojson-path-finder@2.1.0 && tar xzf geojson-path-finder-2.1.0.tgz
    python data/build_gothenburg.py package/test/large-network.json

The same input gives the same bytes: every choice that looks random is drawn from `SEED`. What is real, what is
invented and under which licence it all stands is said in ``data/README.md``.
"""

import csv
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import osmium
import pandas as pd
import shapely

import servicecircle as sc

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

FOLDER = Path(__file__).parent / "gothenburg"
SEED = 20161227
#: What walking and naming look at; the rest of the tags stays behind.
TAGS: tuple[str, ...] = (
    "highway",
    "name",
    "foot",
    "access",
    "motorroad",
    "oneway:foot",
    "bridge",
    "tunnel",
    "layer",
    "level",
)
TAGS += ("surface", "incline", "footway", "service", "sidewalk", "crossing", "conveying", "area")

PEOPLE = 400_000
SPACING_M = 28.0  # one place where people live per this much residential street
SET_BACK_M = (5.0, 25.0)
CORE = (11.968, 57.703)
#: People live denser around these: longitude, latitude, how far it is felt (m), how much.
DENSE = (
    (*CORE, 1600, 5.0),
    (11.915, 57.690, 900, 3.0),
    (11.932, 57.668, 900, 3.0),
    (11.893, 57.729, 1000, 3.5),
    (12.023, 57.743, 700, 3.0),
    (12.024, 57.716, 900, 2.5),
    (11.985, 57.678, 700, 2.5),
)
#: Allotments in the woods, farther than 200 m from every street: longitude, latitude.
REMOTE = ((11.9566, 57.6642), (12.0537, 57.7225), (12.0208, 57.6703), (11.9288, 57.7457), (12.0207, 57.6892))
#: Cottages on two forest paths that the extract does not join to other streets.
CUT_OFF = ((12.0476, 57.6789), (12.0471, 57.6804), (12.0452, 57.6824))

#: Illustrative districts are the Voronoi cells of these.
DISTRICTS = {
    "Centrum": CORE,
    "Majorna": (11.922, 57.6885),
    "Högsbo": (11.915, 57.671),
    "Lundby": (11.912, 57.7035),
    "Brämaregården": (11.942, 57.718),
    "Biskopsgården": (11.900, 57.732),
    "Backa": (11.972, 57.737),
    "Kortedala": (12.022, 57.738),
    "Örgryte": (12.018, 57.708),
    "Guldheden": (11.985, 57.680),
}

PLACED_WELL = 52
CORE_PULL_M = 2800.0  # centers stand where the city was built first: their weight falls off with the distance
SUB_DISTRICTS = 16
TIERS: dict[str, dict[str, Any]] = {
    "district": {
        "kinds": ("office tower", "shopping area"),
        "functions": "civil affairs; social insurance; business permits; residence permits; tax",
        "capacity": (600, 900),
    },
    "sub-district": {
        "kinds": ("shopping area", "office tower", "park"),
        "functions": "civil affairs; social insurance; business permits",
        "capacity": (240, 420),
    },
    "community": {
        "kinds": ("community", "community", "school", "village"),
        "functions": "civil affairs; social insurance",
        "capacity": (60, 160),
    },
}
#: Placed badly on purpose: tier, kind, longitude, latitude, whether to move it to 15 m beside the nearest street.
PLACED_BADLY = (
    ("community", "village", 12.0460, 57.7390, True),  # the north-eastern edge
    ("community", "park", 12.0520, 57.6965, True),  # the end of the woods in the east
    ("community", "village", 11.8800, 57.6838, True),  # the south-western shore
    ("sub-district", "park", 11.8838, 57.6943, True),  # woods by the oil harbour, whose paths join no others
    ("community", "park", 11.9810, 57.7240, True),  # an industrial shore
    ("community", "village", 11.9808, 57.6630, False),  # about 300 m from every street
)


def write_streets(source: dict[str, Any], file: Path) -> None:
    """Write the ways with their own ids; points at one coordinate become one node, numbered as they occur."""
    nodes: dict[tuple[int, int], int] = {}
    ways = []
    for feature in sorted(source["features"], key=_way_id):
        shape = feature["geometry"]
        points = shape["coordinates"] if shape["type"] == "LineString" else shape["coordinates"][0]
        steps = [(round(lon * 1e7), round(lat * 1e7)) for lon, lat in points]
        refs = [nodes.setdefault(step, len(nodes) + 1) for step in steps]
        tags = {tag: feature["properties"][tag] for tag in TAGS if tag in feature["properties"]}
        ways.append(osmium.osm.mutable.Way(id=_way_id(feature), nodes=refs, tags=tags))
    file.unlink(missing_ok=True)
    with osmium.SimpleWriter(osmium.io.File(str(file), "pbf,add_metadata=false"), header=_header(nodes)) as writer:
        for (x, y), number in nodes.items():
            writer.add_node(osmium.osm.mutable.Node(id=number, location=(x / 1e7, y / 1e7)))
        for way in ways:
            writer.add_way(way)


def _way_id(feature: dict[str, Any]) -> int:
    return int(feature["properties"]["@id"].removeprefix("way/"))


def _header(nodes: dict[tuple[int, int], int]) -> osmium.io.Header:
    header = osmium.io.Header()
    header.set("generator", "build_gothenburg.py")  # in place of a library's version, so that bytes stay the same
    low, high = (np.array(list(nodes)).min(axis=0) / 1e7, np.array(list(nodes)).max(axis=0) / 1e7)
    header.add_box(osmium.osm.Box(*low, *high))
    return header


def residents(streets: gpd.GeoDataFrame, network: sc.WalkNetwork, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Return places where people live, set back from the residential streets, with whole ``people``."""
    homes = streets[streets["highway"].isin(["residential", "living_street"])].sort_index()
    lines = homes.geometry.to_numpy()
    reach = np.concatenate([[0.0], np.cumsum(shapely.length(lines))])
    at = np.arange(SPACING_M / 2, reach[-1] - 10, SPACING_M)
    at += rng.uniform(-10, 10, len(at))
    line = np.searchsorted(reach, at, side="right") - 1
    along = at - reach[line]
    xy, ahead = (
        shapely.get_coordinates(shapely.line_interpolate_point(lines[line], along + step)) for step in (0, 0.5)
    )
    before = shapely.get_coordinates(shapely.line_interpolate_point(lines[line], along - 0.5))
    onward = (ahead - before) / np.maximum(np.hypot(*(ahead - before).T), 1e-9)[:, None]
    side = rng.choice([-1.0, 1.0], len(at)) * rng.uniform(*SET_BACK_M, len(at))
    xy = xy + side[:, None] * np.column_stack([-onward[:, 1], onward[:, 0]])
    ways = np.unique([key.split("-")[0] for key in homes.index], return_inverse=True)[1]
    # A street is alike along its length: its houses are tall or small together.
    dense = _density(xy, streets.crs) * np.exp(rng.normal(0, 0.5, ways.max() + 1))[ways[line]]
    table = gpd.GeoDataFrame({"people": _whole(dense)}, geometry=shapely.points(xy), crs=streets.crs)
    apart = gpd.GeoDataFrame(geometry=_places([*REMOTE, *CUT_OFF], streets.crs)).assign(people=15)
    off = network.snap(apart, "apart").segment < 0
    assert off[: len(REMOTE)].all()
    assert not off[len(REMOTE) :].any()
    return pd.concat([table, apart], ignore_index=True)


def _places(rows: Iterable[Sequence[float]], crs: Any) -> gpd.GeoSeries:
    """Return points of rows that begin with longitude and latitude."""
    return gpd.GeoSeries([shapely.Point(row[:2]) for row in rows], crs=4326).to_crs(crs)


def _density(xy: FloatArray, crs: Any) -> FloatArray:
    far, much = np.array(DENSE)[:, 2:].T
    peaks = shapely.get_coordinates(_places(DENSE, crs))
    away = np.hypot(*(xy[:, None, :] - peaks[None]).T).T
    total: FloatArray = 1.0 + (much * np.exp(-((away / far) ** 2))).sum(axis=1)
    return total


def _whole(shares: FloatArray) -> IntArray:
    """Spread `PEOPLE` by shares in whole numbers that add up to it."""
    up_to = np.round(np.concatenate([[0.0], np.cumsum(shares)]) * (PEOPLE / shares.sum()))
    people: IntArray = np.diff(up_to).astype(np.int64)
    return people


def districts(people: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return Voronoi cells of the named places, within the hull of the residents and 400 m around it."""
    seeds = _places(DISTRICTS.values(), people.crs)
    area = shapely.convex_hull(shapely.MultiPoint(list(people.geometry))).buffer(400, quad_segs=4)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(list(seeds)), extend_to=area))
    own = [next(cell for cell in cells if cell.contains(seed)) for seed in seeds]
    names = {"name": [f"Around {name}" for name in DISTRICTS], "level": "illustrative district"}
    ids = [f"D{number}" for number in range(1, len(own) + 1)]
    return gpd.GeoDataFrame({"id": ids, **names}, geometry=shapely.intersection(own, area), crs=people.crs)


def centers(
    people: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, network: sc.WalkNetwork, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    """Return the centers: most where many live, the last eight badly placed."""
    xy, served = _means(people, rng)
    tier = _tiers(xy, served, areas)
    order = np.lexsort((-served, np.array([list(TIERS).index(name) for name in tier])))
    rows = [(tier[i], rng.choice(TIERS[tier[i]]["kinds"]), *xy[i]) for i in order]
    # Two stand next to others: one beside the first, one beside the tenth.
    rows += [("sub-district", "office tower", rows[0][2] + 60, rows[0][3] + 30)]
    rows += [("community", "school", rows[9][2] - 50, rows[9][3] + 60)]
    for name, kind, lon, lat, moved in PLACED_BADLY:
        place = _places([(lon, lat)], network.crs).item()
        rows.append((name, kind, *(_beside_street(place, network) if moved else (place.x, place.y))))
    tiers, kinds, x, y = zip(*rows, strict=True)
    table = {"tier": tiers, "kind": kinds, "functions": [TIERS[t]["functions"] for t in tiers]}
    table["capacity"] = [int(rng.integers(*TIERS[t]["capacity"]) // 10 * 10) for t in tiers]
    made = gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(x, y), crs=network.crs)
    streets = _street_names(made, network)
    made.insert(0, "name", [f"Illustrative center {i:02} · {name}" for i, name in enumerate(streets, 1)])
    made.insert(0, "id", [f"C{i:02}" for i in range(1, len(made) + 1)])
    return made


def _means(people: gpd.GeoDataFrame, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Weighted k-means (Lloyd): the home nearest to each mean, and the weight it stands for."""
    xy = shapely.get_coordinates(people.geometry.to_numpy())
    core = shapely.get_coordinates(_places([CORE], people.crs))
    weight = people["people"].to_numpy(dtype=float) * np.exp(-((np.hypot(*(xy - core).T) / CORE_PULL_M) ** 2))
    means = xy[rng.choice(len(xy), PLACED_WELL, replace=False, p=weight / weight.sum())]
    for _ in range(30):
        nearest = np.hypot(*(xy[:, None, :] - means[None]).T).argmin(axis=0)
        sums = [np.bincount(nearest, values, minlength=PLACED_WELL) for values in (weight, *(xy * weight[:, None]).T)]
        means = np.column_stack(sums[1:]) / sums[0][:, None]
    home: IntArray = np.hypot(*(xy[:, None, :] - means[None]).T).argmin(axis=1)
    served: FloatArray = np.asarray(sums[0], dtype=np.float64)
    return xy[home], served


def _tiers(xy: FloatArray, served: FloatArray, areas: gpd.GeoDataFrame) -> list[str]:
    """One district center in each district, then the largest as sub-district centers."""
    tier = np.full(len(xy), "community", dtype=object)
    tier[np.argsort(-served)[: SUB_DISTRICTS + len(areas)]] = "sub-district"
    for shape in areas.geometry:
        inside = np.flatnonzero(shapely.contains_xy(shape, *xy.T))
        tier[inside[served[inside].argmax()] if len(inside) else []] = "district"
    return [str(name) for name in tier]


def _beside_street(place: shapely.Point, network: sc.WalkNetwork) -> tuple[float, float]:
    lines = network.lines()[network.usable]
    line = lines[shapely.distance(lines, place).argmin()]
    on = line.interpolate(line.project(place))
    return on.x + 9.0, on.y + 12.0


def _street_names(places: gpd.GeoDataFrame, network: sc.WalkNetwork) -> list[str]:
    named = np.flatnonzero(np.char.str_len(network.names.astype(str)) > 1)
    tree = shapely.STRtree(network.lines()[named])
    return [str(network.names[named[tree.nearest(place)]]) for place in places.geometry]


def write_table(table: gpd.GeoDataFrame, file: Path) -> None:
    """Write points as CSV in degrees; 1e-5 degree is about a metre."""
    degrees = table.to_crs(4326).geometry
    plain = table.drop(columns="geometry").assign(
        lon=degrees.x.map("{:.5f}".format), lat=degrees.y.map("{:.5f}".format)
    )
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(plain.columns)
        writer.writerows(plain.itertuples(index=False))


def write_districts(areas: gpd.GeoDataFrame, file: Path) -> None:
    """Write GeoJSON, one district a line; shared corners are rounded alike, so nothing overlaps."""
    degrees = areas.to_crs(4326)
    degrees["geometry"] = shapely.transform(degrees.geometry.to_numpy(), lambda xy: xy.round(6))
    features = [json.dumps(feature, ensure_ascii=False) for feature in degrees.iterfeatures(drop_id=True)]
    text = '{"type": "FeatureCollection", "features": [\n' + ",\n".join(features) + "\n]}\n"
    file.write_text(text, encoding="utf-8", newline="\n")


def build(source: Path, folder: Path) -> None:
    """Make the four data files in `folder` from the network file at `source`."""
    folder.mkdir(parents=True, exist_ok=True)
    write_streets(json.loads(source.read_text(encoding="utf-8")), folder / "streets.osm.pbf")
    streets = sc.read_streets(folder / "streets.osm.pbf", issues=[])
    network = sc.WalkNetwork.from_streets(streets)
    rng = np.random.default_rng(SEED)
    people = residents(streets, network, rng)
    areas = districts(people)
    write_table(people, folder / "residents.csv")
    write_districts(areas, folder / "districts.geojson")
    write_table(centers(people, areas, network, rng), folder / "centers.csv")


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else FOLDER)
