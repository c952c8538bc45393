"""How often the datum of centers is told rightly, wrongly or not at all, by how many centers there are.

Real streets, set down at Haikou (those of Wuhan stay where they are); seeded centers beside them, a setback from the
street and an error of position apart; their coordinates shifted into WGS 84, GCJ-02 or BD-09 in turn; then
`datum_fit` is asked, which has been told nothing.

    python benchmarks/datum.py [--trials 30]

The table is printed and kept beside this file as datum.md and datum.json. Cities that are not at hand are left out.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from measuring import keep

import servicecircle as sc
from servicecircle.analysis.doubts.datum_fit import datum_fit
from servicecircle.inputs.datum import Datum, from_wgs84

HERE = Path(__file__).parent
SHARED = HERE.parents[1] / "shared" / "data"
HAIKOU, UTM = (430_000.0, 2_214_000.0), "EPSG:32649"
DATUMS: tuple[Datum, ...] = ("wgs84", "gcj02", "bd09")
CENTERS = (10, 20, 50, 100, 200, 500)
#: Mean metres from the street, and standard deviation of the error of position, metres.
NOISE = {"doors": (15, 5), "buildings": (25, 15), "rough": (40, 30)}


def networks() -> Iterator[tuple[str, sc.WalkNetwork]]:
    """Yield each city at hand."""
    files = {
        "Gothenburg": sc.sample_folder() / "streets.osm.pbf",
        "Las Palmas": SHARED / "las-palmas" / "las_palmas_20230221.osm.pbf",
        "Wuhan": SHARED / "wuhan-roads" / "wuhan_original.parquet",
    }
    for city, path in files.items():
        if path.is_file():
            streets = sc.read_streets(path, issues=[])
            if city != "Wuhan":
                left, bottom = np.median(streets.centroid.x), np.median(streets.centroid.y)
                moved = streets.translate(HAIKOU[0] - left, HAIKOU[1] - bottom)
                streets = streets.set_geometry(moved).set_crs(UTM, allow_override=True)
            yield city, sc.WalkNetwork.from_streets(streets)


def centers(network: sc.WalkNetwork, count: int, noise: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Return places beside streets, long streets having more of them."""
    setback, error = noise
    lines = network.lines()
    metres = shapely.length(lines)
    chosen, at = lines[rng.choice(len(lines), count, p=metres / metres.sum())], rng.random(count)
    xy, ahead = (
        shapely.get_coordinates(shapely.line_interpolate_point(chosen, part, normalized=True))
        for part in (at * 0.98, at * 0.98 + 0.02)
    )
    along = (ahead - xy) / np.maximum(np.linalg.norm(ahead - xy, axis=1), 1e-9)[:, None]
    side = rng.gamma(2, setback / 2, count) * rng.choice([-1, 1], count)
    aside = np.column_stack([-along[:, 1], along[:, 0]]) * side[:, None]
    return np.asarray(xy + aside + rng.normal(0, error, (count, 2)))


def trial(network: sc.WalkNetwork, count: int, noise: tuple[int, int], number: int) -> str:
    """Return how the datum was told."""
    true = DATUMS[number % len(DATUMS)]
    xy = centers(network, count, noise, np.random.default_rng((number, count)))
    degrees = gpd.GeoSeries(shapely.points(xy), crs=network.crs).to_crs(4326)
    lon, lat = from_wgs84(degrees.x.to_numpy(), degrees.y.to_numpy(), true)
    typed = gpd.GeoDataFrame(geometry=shapely.points(lon, lat), crs=4326).to_crs(network.crs)
    fit = datum_fit(network, typed)
    return "cannot tell" if not fit.sure else "right" if fit.best == true else "wrong"


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=30)
    trials = parser.parse_args().trials
    rows = []
    for city, network in networks():
        for name, noise in NOISE.items():
            for count in CENTERS:
                told = Counter(trial(network, count, noise, number) for number in range(trials))
                rows.append({"city": city, "noise": name, "centers": count, "trials": trials, **told})
                sys.stderr.write(f"{rows[-1]}\n")
    keep(__file__, table(rows, trials), rows)


def table(rows: list[dict[str, object]], trials: int) -> str:
    """Return the table as Markdown."""
    said = [f"{name}: {setback} m beside the street, known to {error} m" for name, (setback, error) in NOISE.items()]
    lines = [
        "# Which datum are coordinates in?",
        "",
        f"Of {trials} seeded sets of centers each: rightly told / wrongly told / cannot tell. {'; '.join(said)}.",
        "",
        "| streets of | centers are | " + " | ".join(f"{count} centers" for count in CENTERS) + " |",
        "|---|---|" + "---:|" * len(CENTERS),
    ]
    for city in dict.fromkeys(row["city"] for row in rows):
        for name in NOISE:
            cells = [
                " / ".join(f"{row.get(verdict, 0)}" for verdict in ("right", "wrong", "cannot tell"))
                for row in rows
                if (row["city"], row["noise"]) == (city, name)
            ]
            lines.append(f"| {city} | {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
