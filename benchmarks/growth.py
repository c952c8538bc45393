"""How time and memory grow with the network: seeded cities from ten thousand to five million junctions.

A city is a grid of streets with noise: a quarter of them missing, so that some end nowhere; rivers with a bridge
every kilometre and a half; islands without any bridge; bends. There is one center for 250 junctions and one
demand point for five, whatever the size. Each size runs in a process of its own, step after step; the peak of
memory is that of the step, all that the process holds included.

    python benchmarks/growth.py [sizes] [--seed 15]

A size is a number of junctions. The table is printed and kept beside this file as growth.md, growth.json and
growth.png; sizes that were not asked for this time keep what they had.
"""

import argparse
import gc
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from measuring import keep, machine, versions

HERE = Path(__file__).parent

SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000, 2_000_000, 5_000_000)
SPEED_KMH, LIMIT_MIN = 4.8, 15.0
BLOCK_M, NOISE_M = 80.0, 18.0
MISSING = 0.25
#: Streets between two rivers, and between two bridges over one.
RIVER, BRIDGE = 50, 19
#: Side of an island in streets, and the share of squares of this size that are one.
ISLAND, ISLANDS = 30, 0.02
BEND = 0.5
JUNCTIONS_A_CENTER, JUNCTIONS_A_HOME = 250, 5
CRS, ORIGIN = 32649, (400_000.0, 2_200_000.0)

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
STEPS = ("build", "snap", "reach", "isochrones")


# A city


def city(junctions: int, rng: np.random.Generator) -> tuple[FloatArray, IntArray, IntArray]:
    """Return the places of the junctions, shape (junctions, 2), and the two junctions of each street."""
    side = round(junctions**0.5)
    number = np.arange(side * side).reshape(side, side)  # row, column
    row, column = np.divmod(number.ravel(), side)
    places = np.column_stack([column, row]) * BLOCK_M + rng.uniform(-NOISE_M, NOISE_M, (side * side, 2)) + ORIGIN
    across = np.column_stack([number[:, :-1].ravel(), number[:, 1:].ravel()])
    up = np.column_stack([number[:-1].ravel(), number[1:].ravel()])
    up = up[(row[up[:, 0]] % RIVER != RIVER - 1) | (column[up[:, 0]] % BRIDGE == BRIDGE // 2)]
    streets = np.concatenate([across, up])
    squares = side // ISLAND + 1
    is_island = rng.random((squares, squares)) < ISLANDS
    square = (row // ISLAND) * squares + column // ISLAND
    ends = square[streets]
    same, flat = ends[:, 0] == ends[:, 1], is_island.ravel()
    streets = streets[(rng.random(len(streets)) >= MISSING) & (same | ~(flat[ends[:, 0]] | flat[ends[:, 1]]))]
    return places, streets[:, 0], streets[:, 1]


def street_table(places: FloatArray, u: IntArray, v: IntArray, rng: np.random.Generator) -> Any:
    """Return the streets as `servicecircle.read_streets` would: lines, some with a bend, and junction ids as text."""
    import geopandas as gpd
    import pandas as pd
    import shapely

    bent = rng.random(len(u)) < BEND
    size = np.where(bent, 3, 2)
    first = np.cumsum(size) - size
    xy = np.empty((int(size.sum()), 2))
    xy[first], xy[first + size - 1] = places[u], places[v]
    middle = (places[u[bent]] + places[v[bent]]) / 2
    xy[first[bent] + 1] = middle + rng.uniform(-NOISE_M, NOISE_M, middle.shape) / 2
    lines = shapely.linestrings(xy, indices=np.repeat(np.arange(len(u)), size))
    ends = {name: pd.Series(node).astype("str") for name, node in (("u", u), ("v", v))}
    table = gpd.GeoDataFrame(ends, geometry=lines, crs=CRS)
    table.index = pd.Index(pd.Series(np.arange(len(u))).astype("str"), name="id")
    return table.assign(length_m=shapely.length(lines))


def beside_streets(
    places: FloatArray, u: IntArray, v: IntArray, count: int, reach_m: float, rng: np.random.Generator
) -> Any:
    """Return random points near streets."""
    import geopandas as gpd
    import pandas as pd
    import shapely

    chosen, along = rng.integers(0, len(u), count), rng.random((count, 1))
    xy = places[u[chosen]] * (1 - along) + places[v[chosen]] * along + rng.uniform(-reach_m, reach_m, (count, 2))
    index = pd.Index(pd.Series(np.arange(count)).astype("str"), name="id")
    return gpd.GeoDataFrame({"weight": np.ones(count)}, geometry=shapely.points(xy), index=index, crs=CRS)


# In the process of one size


def memory_mb(field: str) -> int:
    """Return memory of this process as Linux counts it: VmRSS now, VmHWM at the peak."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(field))
    return round(int(line.split()[1]) / 1024)


@contextmanager
def measured(name: str, found: dict[str, Any]) -> Iterator[None]:
    """Time a step and note the peak of memory within it."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
    started, worked = time.perf_counter(), time.process_time()
    yield
    took = {"seconds": time.perf_counter() - started, "cpu_s": time.process_time() - worked}
    found[name] = {**took, "peak_mb": memory_mb("VmHWM")}
    line = f"{name:<12}{took['seconds']:>9.2f} s{took['cpu_s']:>9.2f} s CPU{found[name]['peak_mb']:>8} MB"
    print(line, file=sys.stderr, flush=True)


def one_size(junctions: int, seed: int, *, drawn: bool = True) -> dict[str, Any]:
    """Make a city and measure every step; without isochrones if they are not to be drawn."""
    import servicecircle as sc

    rng = np.random.default_rng(seed)
    places, u, v = city(junctions, rng)
    streets = street_table(places, u, v, rng)
    centers = beside_streets(places, u, v, junctions // JUNCTIONS_A_CENTER, 30.0, rng)
    demand = beside_streets(places, u, v, junctions // JUNCTIONS_A_HOME, 60.0, rng)
    del places, u, v
    found: dict[str, Any] = {"inputs_mb": memory_mb("VmRSS")}
    with measured("build", found):
        network = sc.WalkNetwork.from_streets(streets, speed_kmh=SPEED_KMH)
    del streets
    gc.collect()
    found["network_mb"] = memory_mb("VmRSS")
    with measured("snap", found):
        network.snap(demand, "demand")
    with measured("reach", found):
        times = sc.travel_times(network, demand, centers, max_minutes=LIMIT_MIN)
    found["pairs"] = len(times.minutes)
    del times
    if drawn:
        with measured("isochrones", found):
            rings = sc.isochrones(network, centers, minutes=(LIMIT_MIN,))
        found["square_km"] = float(rings.area.sum() / 1e6)
    figures = network.figures()
    sizes = {name: figures[name] for name in ("segments", "junctions", "components", "length_km")}
    return {**found, **sizes, "centers": len(centers), "demand": len(demand)}


# The table and the plot


def table(found: dict[str, Any]) -> str:
    """Lay everything out as Markdown."""
    lines = [
        "# Growth",
        "",
        (
            f"One run of each size in a process of its own on {found['machine']}; one center for {JUNCTIONS_A_CENTER} "
            f"junctions, one demand point for {JUNCTIONS_A_HOME}, {LIMIT_MIN:g} minutes at {SPEED_KMH} km/h, "
            "isochrones of one limit. Seconds of processor, all threads together, in brackets microseconds a junction; "
            "peak memory of the step in MB, with all that the process holds (while building, the table of streets)."
        ),
        "",
        "| junctions | segments | centers | demand | pairs | " + " | ".join(f"{step}, s | MB" for step in STEPS) + " |",
        "|" + "---:|" * (5 + 2 * len(STEPS)),
    ]
    for size, row in sorted(found["sizes"].items(), key=lambda item: int(item[0])):
        cells = [f"{row[name]:,}" for name in ("junctions", "segments", "centers", "demand", "pairs")]
        for step in STEPS:
            took = row.get(step)
            cells += [f"{took['cpu_s']:.2f} ({1e6 * took['cpu_s'] / int(size):.1f})"] if took else [""]
            cells += [f"{took['peak_mb']:,}"] if took else [""]
        lines.append("| " + " | ".join(cells) + " |")
    versions = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    return "\n".join([*lines, "", f"Versions: {versions}."]) + "\n"


def plot(found: dict[str, Any], path: Path) -> None:
    """Draw time and memory over the number of junctions; a straight line at 45 degrees is linear."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4.2), layout="constrained")
    rows = sorted(found["sizes"].items(), key=lambda item: int(item[0]))
    sizes = [int(size) for size, _ in rows]
    for axes, field, label in zip(
        figure.subplots(1, 2), ("cpu_s", "peak_mb"), ("seconds of processor", "peak MB"), strict=True
    ):
        for step in STEPS:
            has = [(int(size), row[step][field]) for size, row in rows if step in row]
            axes.loglog(*zip(*has, strict=True), marker="o", markersize=3, label=step)
        last = rows[-1][1]["build"][field]
        axes.loglog(sizes, [last * size / sizes[-1] for size in sizes], "k:", linewidth=0.8, label="linear")
        axes.set_xlabel("junctions")
        axes.set_ylabel(label)
        axes.grid(visible=True, alpha=0.3)
        axes.legend(fontsize=8)
    figure.savefig(path, dpi=110, metadata={"Software": None})


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", type=int)
    parser.add_argument("--seed", type=int, default=15)
    parser.add_argument("--no-isochrones", action="store_true", help="leave the slowest step out")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    said = parser.parse_args()
    if said.one:
        print(json.dumps(one_size(said.one, said.seed, drawn=not said.no_isochrones)))
        return
    kept = HERE / "growth.json"
    sizes = json.loads(kept.read_text("utf-8"))["sizes"] if kept.exists() else {}
    for size in said.sizes or SIZES:
        print(f"{size:,} junctions", file=sys.stderr, flush=True)
        command = [sys.executable, "-W", "ignore", __file__, "--one", str(size), "--seed", str(said.seed)]
        command += ["--no-isochrones"] * said.no_isochrones
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        sizes[str(size)] = json.loads(done.stdout.splitlines()[-1])
    found = {
        "machine": machine(),
        "seed": said.seed,
        "versions": versions(("servicecircle", "numpy", "scipy", "shapely", "geopandas")),
        "sizes": sizes,
    }
    keep(__file__, table(found), found)
    plot(found, HERE / "growth.png")


if __name__ == "__main__":
    main()
