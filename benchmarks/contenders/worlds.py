"""The cities all contenders are asked about: streets, seeded centers, seeded demand, random places.

A world is made once, kept in a folder, and read by every contender's process. Making it is not timed.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

import servicecircle as sc

CHECKOUT = Path(__file__).resolve().parents[2]
LAS_PALMAS = CHECKOUT.parent / "shared" / "data" / "las-palmas"

SPEED_KMH = 4.8
METRES_PER_MINUTE = SPEED_KMH * 1000 / 60
LIMIT_MIN = 15.0
LIMIT_M = LIMIT_MIN * METRES_PER_MINUTE
CENTERS = 472
DEMAND = 100_000
PLACES = 100_000
#: Demand and random places lie within this distance of a street, as isochrones are drawn.
REACH_M = 100.0
_CENTER_REACH_M = 50.0


def extracts() -> dict[str, Path]:
    """Return the OpenStreetMap extract of each city at hand."""
    cities = {
        "Las Palmas": next(LAS_PALMAS.glob("*.osm.pbf"), None),
        "Gothenburg": sc.sample_folder() / "streets.osm.pbf",
    }
    return {city: pbf for city, pbf in cities.items() if pbf is not None}


@dataclass(frozen=True)
class World:
    """A city on disk.

    Attributes
    ----------
    folder
        Where its tables are.
    pbf
        The extract they were made from.
    every
        Take each n-th center only, for contenders that would need hours.
    """

    folder: Path
    pbf: Path
    every: int = 1

    @cached_property
    def streets(self) -> gpd.GeoDataFrame:
        """Walkable segments as `servicecircle.read_streets` gives them."""
        return gpd.read_parquet(self.folder / "streets.parquet")

    @cached_property
    def edges(self) -> gpd.GeoDataFrame:
        """Usable segments for the peers: junctions ``u`` and ``v``, ``length_m``, geometry."""
        return gpd.read_parquet(self.folder / "edges.parquet")

    @cached_property
    def junctions(self) -> npt.NDArray[np.float64]:
        """Coordinates of the junctions that `edges` counts, shape (junctions, 2)."""
        return np.load(self.folder / "junctions.npy")

    @cached_property
    def centers(self) -> gpd.GeoDataFrame:
        """Seeded centers."""
        return gpd.read_parquet(self.folder / "centers.parquet").iloc[:: self.every]

    @cached_property
    def demand(self) -> gpd.GeoDataFrame:
        """Seeded demand with ``weight``."""
        return gpd.read_parquet(self.folder / "demand.parquet")

    @cached_property
    def places(self) -> gpd.GeoDataFrame:
        """Random places within `REACH_M` of a street, spread evenly over that area."""
        return gpd.read_parquet(self.folder / "places.parquet")


def xy_of(table: gpd.GeoDataFrame) -> npt.NDArray[np.float64]:
    """Return the coordinates of points, shape (points, 2)."""
    return shapely.get_coordinates(table.geometry.to_numpy())


def make_world(pbf: Path, folder: Path) -> dict[str, int]:
    """Write the tables of a city to `folder` and say how large they are."""
    folder.mkdir(parents=True, exist_ok=True)
    streets = sc.read_streets(pbf, issues=[])
    network = sc.WalkNetwork.from_streets(streets, speed_kmh=SPEED_KMH)
    rng = np.random.default_rng(15)
    streets.to_parquet(folder / "streets.parquet")
    edges = _edges(network)
    edges.to_parquet(folder / "edges.parquet")
    used = np.unique(np.concatenate([network.start[network.usable], network.end[network.usable]]))
    np.save(folder / "junctions.npy", network.junctions.xy[used])
    lines, length = edges.geometry.to_numpy(), edges["length_m"].to_numpy()
    layers = {
        "centers": _beside_streets(rng, lines, length, CENTERS, _CENTER_REACH_M),
        "demand": _beside_streets(rng, lines, length, DEMAND, REACH_M),
        "places": _anywhere_near(rng, network, PLACES),
    }
    for name, xy in layers.items():
        ids = pd.Index([f"{name[0]}{number}" for number in range(len(xy))], name="id")
        weight = rng.integers(1, 30, len(xy)).astype(float)
        table = gpd.GeoDataFrame({"weight": weight}, index=ids, geometry=shapely.points(xy), crs=network.crs)
        table.to_parquet(folder / f"{name}.parquet")
    sizes = {name: len(xy) for name, xy in layers.items()}
    return {"segments": len(edges), "junctions": len(used), **sizes, "street_km": round(length.sum() / 1000)}


def _edges(network: sc.WalkNetwork) -> gpd.GeoDataFrame:
    """Return the usable segments, their junctions numbered without gaps."""
    usable = network.usable
    ends = np.concatenate([network.start[usable], network.end[usable]])
    _, number = np.unique(ends, return_inverse=True)
    u, v = number.reshape(2, -1)
    table = {"u": u, "v": v, "length_m": network.length_m[usable]}
    return gpd.GeoDataFrame(table, geometry=network.lines()[usable], crs=network.crs)


def _beside_streets(
    rng: np.random.Generator,
    lines: npt.NDArray[np.object_],
    length: npt.NDArray[np.float64],
    count: int,
    reach_m: float,
) -> npt.NDArray[np.float64]:
    """Return random places along the streets, each moved up to `reach_m` in a random direction."""
    chosen = rng.choice(len(lines), count, p=length / length.sum())
    on_street = shapely.line_interpolate_point(lines[chosen], rng.random(count), normalized=True)
    turn, away = rng.uniform(0, 2 * np.pi, count), reach_m * np.sqrt(rng.random(count))
    return shapely.get_coordinates(on_street) + np.column_stack([np.cos(turn), np.sin(turn)]) * away[:, None]


def _anywhere_near(rng: np.random.Generator, network: sc.WalkNetwork, count: int) -> npt.NDArray[np.float64]:
    """Return places drawn evenly from the box of the streets, those within `REACH_M` of a usable one."""
    low, high = network.xy.min(axis=0), network.xy.max(axis=0)
    found = np.empty((0, 2))
    while len(found) < count:
        places = rng.uniform(low, high, (5 * count, 2))
        piece, _ = network.index.nearest_piece(places, REACH_M)
        found = np.concatenate([found, places[piece >= 0]])
    return found[:count]
