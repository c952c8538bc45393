"""The whole study beside the script that a competent analyst would write with osmnx, networkx, geopandas and spopt.

Both get the same streets, centers, homes, districts and candidates of Las Palmas, both answer who is within 15
minutes at 4 km/h, where the others live, what the isochrones are and which ten candidates help most, and both write
map, workbook and layers. The script does what the libraries' own documentation shows: homes and centers move to their
nearest junction, isochrones are buffered edges, the sites are spopt's MCLP.

Ours is asked twice: for the whole study, which writes reports, pictures and what-if tables besides, and function by
function for no more than the script makes: the same three files. How long the script's solver took, of the time it may
take, and when it found its last better plan is told, too. Each run is a process of its own, from import on; a first one
of ours, which compiles our modules as an installation does, is not counted.

    pip install -e ".[bench]"
    python benchmarks/analyst.py [--runs 3]

The table is printed and kept beside this file as analyst.md and analyst.json.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from measuring import as_installed, keep, machine, peak_mb, versions

HERE = Path(__file__).parent
LAS_PALMAS = HERE.parents[1] / "shared" / "data" / "las-palmas"

MINUTES, LIMIT_M, SITES = (5, 10, 15), 1000.0, 10
TAGS = {"amenity": ["library", "community_centre", "social_facility"]}
SOLVER_S = 300

STUDY = """\
name = "Las Palmas de Gran Canaria"
[inputs]
streets    = {pbf}
centers    = "centers.gpkg"
demand     = {{ file = "demand.gpkg", weight = "weight" }}
districts  = {{ file = "districts.gpkg" }}
candidates = "candidates.gpkg"
[sites]
count = 10
"""


# What both get


def prepare(pbf: Path, folder: Path) -> None:
    """Write the layers as GeoPackages and, for osmnx, the walkable ways as XML; none of this is timed."""
    sys.path.insert(0, str(HERE))
    from contenders.reading import _streets_as_xml
    from contenders.worlds import World

    import servicecircle as sc

    boundary = next(LAS_PALMAS.glob("*.geojson"))
    network = sc.WalkNetwork.from_streets(sc.read_streets(pbf, issues=[]))
    districts = sc.read_districts(boundary, name="NAMEUNIT", crs=network.crs, issues=[])
    demand = sc.read_demand(pbf, buildings=True, total=381_223, districts=districts, crs=network.crs, issues=[])
    centers = sc.read_centers(pbf, tags=TAGS, crs=network.crs, issues=[])
    cover = sc.coverage(sc.travel_times(network, demand, centers), minutes=MINUTES[-1])
    candidates = sc.candidate_sites(network, sc.gaps(cover))
    layers = {"centers": centers, "demand": demand, "districts": districts, "candidates": candidates}
    for name, table in layers.items():
        table.reset_index().to_file(folder / f"{name}.gpkg", layer=name)
    _streets_as_xml(World(folder, pbf)).rename(folder / "streets.osm")
    (folder / "pbf.json").write_text(json.dumps(str(pbf)), encoding="utf-8")
    (folder / "study.toml").write_text(STUDY.format(pbf=json.dumps(str(pbf))), encoding="utf-8")


# Ours


def ours(folder: Path, *, cache: bool) -> dict[str, Any]:
    """Run the study."""
    from servicecircle import Study

    study = Study.from_toml(folder / "study.toml")
    result = study.run(folder=folder / "ours", cache=cache)
    cover = result.coverage
    seconds = json.loads((folder / "ours" / "run.json").read_text("utf-8"))["seconds"]
    plan = result.plan
    return {
        "steps": seconds,
        "covered": float(cover.covered),
        "walk_m": dict(zip(cover.demand.index, (cover.demand["walk_min"] * LIMIT_M / 15).tolist(), strict=True)),
        "plan_covered": None if plan is None else float(plan.covered),
        "plan_status": None if plan is None else plan.status,
        "gap_people": float(result.gaps["weight"].sum()),
        "square_km": float(result.service_area.area.iloc[-1] / 1e6),
    }


def ours_like_the_script(folder: Path) -> dict[str, Any]:
    """Answer what the script answers, function by function, and write the files that it writes."""
    import geopandas as gpd
    import pandas as pd

    import servicecircle as sc

    steps: dict[str, float] = {}
    with timed(steps, "read streets"):
        streets = sc.read_streets(json.loads((folder / "pbf.json").read_text("utf-8")), issues=[])
        network = sc.WalkNetwork.from_streets(streets)
    with timed(steps, "read layers"):
        centers = sc.read_centers(folder / "centers.gpkg", crs=network.crs, issues=[])
        demand = sc.read_demand(folder / "demand.gpkg", weight="weight", crs=network.crs, issues=[])
        districts = sc.read_districts(folder / "districts.gpkg", crs=network.crs, issues=[])
        candidates = sc.read_candidates(folder / "candidates.gpkg", crs=network.crs, issues=[])
    with timed(steps, "travel times"):
        cover = sc.coverage(sc.travel_times(network, demand, centers, max_minutes=MINUTES[-1]), minutes=MINUTES[-1])
        by_district = cover.by(districts)
    with timed(steps, "isochrones"):
        rings = sc.isochrones(network, centers, minutes=MINUTES)
        area = rings.geometry[rings["minutes"] == MINUTES[-1]].union_all()
    with timed(steps, "gaps"):
        left = sc.gaps(cover, districts=districts)
    with timed(steps, "sites"):
        walks = sc.travel_times(network, demand, candidates, max_minutes=MINUTES[-1])
        plan = sc.solve_mclp(walks, count=SITES, minutes=MINUTES[-1], covered=cover)
    with timed(steps, "files"):
        out = folder / "like"
        out.mkdir(exist_ok=True)
        pd.DataFrame(by_district.drop(columns="geometry", errors="ignore")).to_excel(out / "report.xlsx")
        layers = {"centers": centers, "demand": cover.demand, "districts": districts, "candidates": candidates}
        for name, table in {**layers, "isochrones": rings, "gaps": left, "sites": plan.sites}.items():
            gpd.GeoDataFrame(table).to_file(out / "layers.gpkg", layer=name)
        sc.coverage_map(cover, isochrones=rings, gaps=left, plan=plan).save(out / "map.html")
    return {
        "steps": steps,
        "covered": float(cover.covered),
        "walk_m": dict(zip(cover.demand.index, (cover.demand["walk_min"] * LIMIT_M / 15).tolist(), strict=True)),
        "plan_covered": float(plan.covered),
        "plan_status": plan.status,
        "gap_people": float(left["weight"].sum()),
        "square_km": float(area.area / 1e6),
    }


@contextmanager
def timed(steps: dict[str, float], name: str) -> Iterator[None]:
    """Time a step and say so."""
    started = time.perf_counter()
    yield
    steps[name] = round(time.perf_counter() - started, 3)
    print(f"{name:<20}{steps[name]:>9.2f} s", file=sys.stderr, flush=True)


# The script


class Analyst:
    """The script of an analyst, step by step; what a step makes is kept for the next."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.steps: dict[str, float] = {}

    def run(self) -> dict[str, Any]:
        """Answer everything and write the files."""
        import geopandas as gpd

        with timed(self.steps, "read streets"):
            self._read_streets()
        with timed(self.steps, "read layers"):
            names = ("centers", "demand", "districts", "candidates")
            self.layers = {name: gpd.read_file(self.folder / f"{name}.gpkg").to_crs(self.crs) for name in names}
        with timed(self.steps, "travel times"):
            self._walk()
        with timed(self.steps, "isochrones"):
            self._isochrones()
        with timed(self.steps, "gaps"):
            self._gaps()
        with timed(self.steps, "sites"):
            self._sites()
        with timed(self.steps, "files"):
            self._write()
        demand = self.layers["demand"]
        return {
            "steps": self.steps,
            "covered": float(demand.loc[demand["covered"], "weight"].sum()),
            "walk_m": dict(zip(demand["id"], demand["walk_m"].tolist(), strict=True)),
            "plan_covered": self.plan_covered,
            "plan_status": self.plan_status,
            "solver_s": self.solver_s,
            "last_gain_s": self.last_gain_s,
            "gap_people": float(self.gaps["weight"].sum()),
            "square_km": float(self.area[LIMIT_M].area / 1e6),
        }

    def _read_streets(self) -> None:
        import osmnx as ox

        self.graph = ox.project_graph(
            ox.graph_from_xml(self.folder / "streets.osm", bidirectional=True, retain_all=True)
        )
        self.crs = self.graph.graph["crs"]

    def _nodes(self, name: str) -> Any:
        import osmnx as ox

        places = self.layers[name].geometry
        return ox.nearest_nodes(self.graph, places.x.to_numpy(), places.y.to_numpy())

    def _walk(self) -> None:
        import networkx as nx
        import numpy as np

        demand = self.layers["demand"]
        self.center_nodes, self.demand_nodes = self._nodes("centers"), self._nodes("demand")
        walks = nx.multi_source_dijkstra_path_length(self.graph, set(self.center_nodes), weight="length")
        demand["walk_m"] = [walks.get(node, np.inf) for node in self.demand_nodes]
        demand["covered"] = demand["walk_m"] <= LIMIT_M
        joined = demand.sjoin(self.layers["districts"][["name", "geometry"]], predicate="within")
        people = joined.groupby("name")["weight"].sum()
        reached = joined[joined["covered"]].groupby("name")["weight"].sum()
        self.by_district = people.to_frame("people").assign(covered=reached).fillna(0.0)

    def _isochrones(self) -> None:
        """Draw the recipe of the OSMnx examples: junctions and edges within the limit, buffered and joined."""
        import geopandas as gpd
        import networkx as nx
        import osmnx as ox

        nodes, edges = ox.graph_to_gdfs(self.graph)
        self.edges = edges.reset_index()
        rows = []
        for center, node in zip(self.layers["centers"]["id"], self.center_nodes, strict=True):
            walks = nx.single_source_dijkstra_path_length(self.graph, node, cutoff=LIMIT_M, weight="length")
            for minutes in MINUTES:
                limit = LIMIT_M * minutes / MINUTES[-1]
                inside = [reached for reached, metres in walks.items() if metres <= limit]
                both = self.edges["u"].isin(inside) & self.edges["v"].isin(inside)
                parts = [*nodes.loc[inside].buffer(50), *self.edges[both].buffer(25)]
                rows.append({"center": center, "limit": limit, "geometry": gpd.GeoSeries(parts).union_all()})
        self.rings = gpd.GeoDataFrame(rows, crs=self.crs)
        self.area = {limit: part.union_all() for limit, part in self.rings.groupby("limit").geometry}

    def _gaps(self) -> None:
        import geopandas as gpd

        left = self.layers["demand"].query("not covered")
        shapes = gpd.GeoDataFrame(geometry=[left.buffer(100).union_all()], crs=self.crs).explode(ignore_index=True)
        inside = left.sjoin(shapes, predicate="within")
        self.gaps = shapes.assign(weight=inside.groupby("index_right")["weight"].sum()).fillna(0.0)
        self.left = left

    def _sites(self) -> None:
        import networkx as nx
        import numpy as np
        import pulp
        from spopt.locate import MCLP

        row_of: dict[int, list[int]] = {}
        for row, node in enumerate(np.asarray(self.demand_nodes)[self.left.index]):
            row_of.setdefault(node, []).append(row)
        nodes = self._nodes("candidates")
        cost = np.full((len(self.left), len(nodes)), 1e9)
        for column, node in enumerate(nodes):
            walks = nx.single_source_dijkstra_path_length(self.graph, node, cutoff=LIMIT_M, weight="length")
            for reached, metres in walks.items():
                cost[row_of.get(reached, []), column] = metres
        model = MCLP.from_cost_matrix(cost, self.left["weight"].to_numpy(), LIMIT_M, SITES)
        log = self.folder / "cbc.log"
        started = time.perf_counter()
        model = model.solve(pulp.PULP_CBC_CMD(msg=False, timeLimit=SOLVER_S, logPath=str(log)))
        self.solver_s, self.last_gain_s = time.perf_counter() - started, last_gain(log.read_text("utf-8"))
        chosen = [column for column, said in enumerate(model.fac_vars) if said.value() > 0.5]
        gained = self.left["weight"].to_numpy()[(cost[:, chosen] <= LIMIT_M).any(axis=1)].sum()
        self.sites = self.layers["candidates"].iloc[chosen]
        demand = self.layers["demand"]
        self.plan_covered = float(demand.loc[demand["covered"], "weight"].sum() + gained)
        self.plan_status = pulp.LpStatus[model.problem.status]

    def _write(self) -> None:
        import folium

        out = self.folder / "script"
        out.mkdir(exist_ok=True)
        self.by_district.to_excel(out / "report.xlsx")
        layers = {**self.layers, "isochrones": self.rings, "gaps": self.gaps, "sites": self.sites}
        for name, table in layers.items():
            table.to_file(out / "layers.gpkg", layer=name)
        middle = self.layers["centers"].to_crs(4326).geometry.union_all().centroid
        page = folium.Map([middle.y, middle.x], zoom_start=12)
        for name in ("isochrones", "gaps", "centers", "sites"):
            folium.GeoJson(layers[name].to_crs(4326), name=name).add_to(page)
        folium.LayerControl().add_to(page)
        page.save(str(out / "map.html"))


def last_gain(log: str) -> float:
    """Return the seconds after which CBC found its last plan that is better than the one before, 0 if at once."""
    return max((float(found) for found in re.findall(r"olution of \S+ found .*\((\S+) seconds\)", log)), default=0.0)


# The comparison


def one(who: str, folder: Path) -> dict[str, Any]:
    """Let one of them answer, from import to the last file."""
    started = time.perf_counter()
    if who == "script":
        answer = Analyst(folder).run()
    else:
        answer = ours_like_the_script(folder) if who == "like" else ours(folder, cache=who == "cached")
    used = os.times()
    cpu = used.user + used.system + used.children_user + used.children_system
    return {**answer, "seconds": time.perf_counter() - started, "cpu_s": cpu, "peak_mb": peak_mb()}


def measure(folder: Path, runs: dict[str, int]) -> dict[str, Any]:
    """Run each of them in processes of its own."""
    found = {}
    for who, count in runs.items():
        print(who, file=sys.stderr, flush=True)
        command = [sys.executable, "-W", "ignore", __file__, "--one", who, str(folder)]
        outcomes = [
            json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1])
            for _ in range(count)
        ]
        # The first run of ours fills the cache, or warms the disk.
        timed = outcomes[1:] or outcomes
        steps = {name: statistics.median(run["steps"].get(name, 0.0) for run in timed) for name in timed[-1]["steps"]}
        medians = {name: statistics.median(run[name] for run in timed) for name in ("seconds", "cpu_s", "peak_mb")}
        found[who] = {**timed[-1], **medians, "steps": steps, "runs": len(timed)}
    return found


def compare(found: dict[str, Any], weight: dict[str, float]) -> dict[str, float]:
    """Say how far the script's answer is from ours."""
    import numpy as np

    ids = list(weight)
    people = np.array([weight[key] for key in ids])
    near, far = (np.array([found[who]["walk_m"][key] for key in ids], dtype=float) for who in ("ours", "script"))
    both = np.isfinite(near) & np.isfinite(far)
    apart = np.abs(far - near)[both]
    return {
        "judged_otherwise": float(people[(near <= LIMIT_M) != (far <= LIMIT_M)].sum() / people.sum()),
        "mean_m": float(apart.mean()),
        "p95_m": float(np.percentile(apart, 95)),
    }


def table(found: dict[str, Any]) -> str:
    """Lay everything out as Markdown."""
    script = found["who"]["script"]
    rows = {
        "servicecircle, the same three files as the script": found["who"]["like"],
        "servicecircle, the whole study with all reports": found["who"]["ours"],
        "the same, network from the cache": found["who"]["cached"],
        "the script": script,
    }
    base, base_cpu = (found["who"]["like"][name] for name in ("seconds", "cpu_s"))
    lines = [
        "# The whole study beside an analyst's script: Las Palmas",
        "",
        (
            f"{found['size']}. From import to the last file, in processes of their own on {found['machine']}; medians. "
            "Turning the extract into the XML that osmnx reads is not counted. How many times as long is "
            "told of the first row."
        ),
        "",
        (
            "| | seconds | times | of processor | times | runs | peak MB | covered | after 10 sites "
            "| solver says | service area, km2 |"
        ),
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---|---:|",
    ]
    for label, it in rows.items():
        plan = "" if it["plan_covered"] is None else f"{it['plan_covered']:,.0f}"
        lines.append(
            f"| {label} | {it['seconds']:.1f} | {it['seconds'] / base:.1f} x | {it['cpu_s']:.1f} | "
            f"{it['cpu_s'] / base_cpu:.1f} x | {it['runs']} | {it['peak_mb']:,.0f} | "
            f"{it['covered']:,.0f} | {plan} | {it['plan_status']} | {it['square_km']:.1f} |"
        )
    apart = found["apart"]
    lines += [
        "",
        (
            f"The script's solver took {script['solver_s']:.1f} s of the {SOLVER_S} s that it may; it found its last "
            f"better plan after {script['last_gain_s']:.1f} s."
        ),
        "",
        (
            f"The script judges {apart['judged_otherwise']:.1%} of the people otherwise; its walks are "
            f"{apart['mean_m']:.0f} m away from ours on average, {apart['p95_m']:.0f} m at the 95th percentile."
        ),
        "",
        "| step of the script | seconds |",
        "|---|---:|",
        *(f"| {name} | {value:.1f} |" for name, value in found["who"]["script"]["steps"].items()),
        "",
        "| step of ours, the same three files | seconds |",
        "|---|---:|",
        *(f"| {name} | {value:.2f} |" for name, value in found["who"]["like"]["steps"].items()),
        "",
        "| step of ours, the whole study | seconds |",
        "|---|---:|",
        *(f"| {name} | {value:.2f} |" for name, value in found["who"]["ours"]["steps"].items()),
        "",
        "Versions: " + ", ".join(f"{name} {number}" for name, number in found["versions"].items()) + ".",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, help="timed runs of ours; the script runs once")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    said = parser.parse_args()
    if said.one:
        print(json.dumps(one(said.one[0], Path(said.one[1]))))
        return
    as_installed()
    import geopandas as gpd

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(next(LAS_PALMAS.glob("*.osm.pbf")), folder)
        runs = {"like": 1 + said.runs, "ours": 1 + said.runs, "cached": 1 + said.runs, "script": 1}
        who = measure(folder, runs)
        demand = gpd.read_file(folder / "demand.gpkg")
        sizes = {layer: len(gpd.read_file(folder / f"{layer}.gpkg")) for layer in ("centers", "candidates")}
    names = ("servicecircle", "osmnx", "networkx", "geopandas", "spopt", "pulp", "shapely")
    found = {
        "machine": machine(),
        "size": f"{sizes['centers']:,} centers, {len(demand):,} homes, {sizes['candidates']:,} candidates",
        "apart": compare(who, dict(zip(demand["id"].astype(str), demand["weight"], strict=True))),
        "who": {key: {k: v for k, v in it.items() if k != "walk_m"} for key, it in who.items()},
        "versions": versions(names),
    }
    keep(__file__, table(found), found)


if __name__ == "__main__":
    main()
