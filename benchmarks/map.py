"""The map of a large city: size of the file, time to open, frames while panning, time from a click to its picture.

The city has 472 centers with three isochrones each, 100 candidates, 50,000 homes, 13 districts and all its streets. The
streets are those of Wuhan where the folder of real cities lies beside the checkout, else a generated grid; everything
else is drawn by a seeded generator. A plain folium map of the same layers is measured in the same browser; it would ask
the internet for Leaflet, so it is given the Leaflet that ours carries. The browser draws by software, with the network
off.

    python benchmarks/map.py [--keep folder] [--alone]

The table is printed and kept beside this file as map.md and map.json.
"""

import argparse
import statistics
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from measuring import keep, machine
from scipy.spatial import cKDTree

import servicecircle as sc

HERE = Path(__file__).parent
WUHAN = HERE.parents[1] / "shared" / "data" / "wuhan-roads" / "wuhan_simplified.parquet"
CHROMIUM = Path("/usr/bin/chromium")
CENTERS, CANDIDATES, HOMES, DISTRICTS = 472, 100, 50_000, 13
NOT_WALKED = ("motorway", "trunk")
#: A page that has not opened after this many seconds is given up.
PATIENCE_S = 180
SOFTWARE = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]

PAN = """
async () => {
    const frames = [];
    let running = true;
    const tick = (at) => { frames.push(at); if (running) requestAnimationFrame(tick); };
    requestAnimationFrame(tick);
    const map = MAP;
    const started = performance.now();
    let step = 0;
    while (performance.now() - started < 3000) {
        // As a finger drags: the map follows each frame, and every second it is let go and drawn anew.
        await new Promise(requestAnimationFrame);
        map._rawPanBy(L.point(step++ % 120 < 60 ? 5 : -5, 3 * Math.sin(step / 9)).round());
        map.fire("move");
        if (step % 60 === 0) map.fire("moveend");
    }
    running = false;
    const gaps = frames.slice(1).map((at, i) => at - frames[i]).sort((a, b) => a - b);
    const seconds = (frames[frames.length - 1] - frames[0]) / 1000;
    return { fps: gaps.length / seconds, slow_ms: gaps[Math.floor(gaps.length * 0.95)] };
}
"""

#: From the event to the frame after the one that shows it.
ANSWER = """
async ([selector, value]) => {
    const node = document.querySelector(selector);
    const started = performance.now();
    if (value === null) node.click();
    else { node.value = value; node.dispatchEvent(new Event("input", { bubbles: true })); }
    const computed = performance.now() - started;
    await new Promise((done) => requestAnimationFrame(() => {
        const shown = new MessageChannel();
        shown.port1.onmessage = done;
        shown.port2.postMessage(0);
    }));
    return [computed, performance.now() - started];
}
"""


def streets() -> gpd.GeoDataFrame:
    """Return the streets one can walk, in metres."""
    if WUHAN.exists():
        roads = gpd.read_parquet(WUHAN)
        roads = roads[~roads["highway"].astype(str).str.contains("|".join(NOT_WALKED))]
        lines = roads.geometry.to_crs(32650).explode().reset_index(drop=True)
    else:
        ends = [[(x, y), (x + 300, y)] for x in range(0, 40_000, 300) for y in range(0, 40_000, 300)]
        ends += [[(x, y), (x, y + 300)] for x in range(0, 40_000, 300) for y in range(0, 40_000, 300)]
        lines = gpd.GeoSeries([shapely.LineString([(a + 5e5, b + 3.3e6) for a, b in line]) for line in ends], crs=32650)
    table = gpd.GeoDataFrame({"highway": "residential"}, geometry=lines, crs=32650, index=range(len(lines)))
    table.index = pd.Index([f"s{i}" for i in range(len(table))], name="id")
    return table[table.length > 0]


def points(rng: np.random.Generator, lines: gpd.GeoDataFrame, count: int, away_m: float) -> np.ndarray:
    """Place points along the streets, more where streets are dense."""
    length = lines.length.to_numpy()
    chosen = rng.choice(len(lines), count, p=length / length.sum())
    at = shapely.line_interpolate_point(lines.geometry.to_numpy()[chosen], rng.uniform(0, 1, count), normalized=True)
    return shapely.get_coordinates(at) + rng.normal(0, away_m, (count, 2))


def table(prefix: str, xy: np.ndarray, **columns: Any) -> gpd.GeoDataFrame:
    """Make a layer of points."""
    ids = pd.Index([f"{prefix}{i:05d}" for i in range(len(xy))], name="id")
    return gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy(*xy.T), index=ids, crs=32650)


def city() -> dict[str, Any]:
    """Compute the whole city."""
    rng = np.random.default_rng(20)
    lines = streets()
    network = sc.WalkNetwork.from_streets(lines)
    spread = points(rng, lines, CENTERS, 30)
    centers = table(
        "c",
        spread,
        name=[f"社区服务中心 {i + 1}" for i in range(CENTERS)],
        tier=rng.choice(["区", "镇街", "社区"], CENTERS, p=[0.05, 0.2, 0.75]),
        kind=rng.choice(["社区", "村庄", "园区", "商圈", "楼宇"], CENTERS),
        functions=rng.choice(["展示,服务", "服务,人才", "服务,文化"], CENTERS),
        capacity=rng.integers(5_000, 60_000, CENTERS).astype(float),
    )
    sites = table("k", points(rng, lines, CANDIDATES, 30), name=[f"候选地块 {i + 1}" for i in range(CANDIDATES)])
    homes = points(rng, lines, 4 * HOMES, 60)
    away, _ = cKDTree(spread).query(homes)
    near = np.exp(-away / 700) + 0.01  # people live around their centers, some far from all
    homes = homes[rng.choice(len(homes), HOMES, replace=False, p=near / near.sum())]
    demand = table("d", homes, weight=np.round(rng.gamma(1.5, 60.0, HOMES), 1))
    west, south, east, north = lines.total_bounds
    seeds = shapely.MultiPoint(rng.uniform((west, south), (east, north), (DISTRICTS, 2)))
    areas = shapely.voronoi_polygons(seeds, extend_to=shapely.box(west, south, east, north))
    shapes = shapely.intersection(shapely.get_parts(areas), shapely.box(west, south, east, north))
    ids = pd.Index([f"a{i}" for i in range(DISTRICTS)], name="id")
    districts = gpd.GeoDataFrame(
        {"name": [f"城区 {i + 1}" for i in range(DISTRICTS)]}, geometry=shapes, index=ids, crs=32650
    )
    times = sc.travel_times(network, demand, centers, max_minutes=20)
    cover = sc.coverage(times, minutes=15)
    walks = sc.travel_times(network, demand, sites, max_minutes=15)
    return {
        "coverage": cover,
        "isochrones": sc.isochrones(network, centers, minutes=(5, 10, 15)),
        "gaps": sc.gaps(cover, districts=districts),
        "plan": sc.solve_mclp(walks, count=10, minutes=15, covered=cover),
        "background": sc.MapBackground(streets=network, districts=districts),
        "what_if": sc.what_if(network, times, candidates=walks, minutes=(5, 10, 15), most_candidates=CANDIDATES),
    }


def plain_folium(layers: dict[str, Any], path: Path) -> None:
    """Draw the same layers as folium does by itself: every feature as GeoJSON."""
    from xstatic.pkg import leaflet

    def drawn(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        return frame[["geometry"]].to_crs(4326)

    chart = folium.Map(location=[30.5, 114.3], zoom_start=11, tiles=None, prefer_canvas=True)
    network, districts = layers["background"].streets, layers["background"].districts
    lines = gpd.GeoDataFrame(geometry=network.lines()[network.usable], crs=network.crs)
    rings = layers["isochrones"].sort_values("minutes", ascending=False)
    folium.GeoJson(drawn(rings), name="isochrones", style_function=lambda _: {"weight": 0}).add_to(chart)
    folium.GeoJson(drawn(lines), name="streets").add_to(chart)
    dots = folium.CircleMarker(radius=2, weight=0, fill=True)
    folium.GeoJson(drawn(layers["coverage"].demand), name="demand", marker=dots).add_to(chart)
    folium.GeoJson(drawn(districts), name="districts", style_function=lambda _: {"fill": False}).add_to(chart)
    for frame in (layers["coverage"].centers, layers["what_if"].candidates.facilities):
        marker = folium.CircleMarker(radius=5, fill=True)
        folium.GeoJson(drawn(frame), marker=marker).add_to(chart)
    chart.default_js, chart.default_css = [], []
    code = (Path(leaflet.BASE_DIR) / "leaflet.js").read_text(encoding="utf-8")
    style = (Path(leaflet.BASE_DIR) / "leaflet.css").read_text(encoding="utf-8")
    root = chart.get_root()
    root.render()
    html = root.render().replace("<head>", f"<head><style>{style}</style><script>{code}</script>", 1)
    html = html.replace("</html>", '<script>document.documentElement.dataset.ready = "true"</script></html>')
    path.write_text(html, encoding="utf-8")


def open_times(browser: Any, path: Path, runs: int) -> tuple[list[float], Any]:
    """Open the page some times; return the seconds until it can be used, and the last page."""
    seconds = []
    page = None
    for _ in range(runs):
        if page is not None:
            page.context.close()
        page = browser.new_context(viewport={"width": 1280, "height": 800}, offline=True).new_page()
        page.set_default_timeout(PATIENCE_S * 1000)
        started = time.perf_counter()
        page.goto(path.as_uri(), wait_until="commit")
        page.wait_for_selector("html[data-ready=true]", state="attached")
        page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)))")
        seconds.append(time.perf_counter() - started)
    return seconds, page


def answers(page: Any, selector: str, values: list[Any]) -> dict[str, float]:
    """Median and worst milliseconds from an event to its picture."""
    found = [page.evaluate(ANSWER, [selector, value]) for value in values]
    painted = [ms for _, ms in found]
    return {
        "computed_ms": round(statistics.median(ms for ms, _ in found), 1),
        "painted_ms": round(statistics.median(painted), 1),
        "best_ms": round(min(painted), 1),
        "worst_ms": round(max(painted), 1),
    }


def measure(folder: Path, *, peer: bool) -> dict[str, Any]:
    """Build the city, draw both maps and measure them."""
    from playwright.sync_api import sync_playwright

    layers = city()
    cover, known = layers.pop("coverage"), layers["what_if"]
    started = time.perf_counter()
    html = sc.coverage_map(cover, **layers, name="大城市", language="zh").to_html().encode()
    found: dict[str, Any] = {
        "size": {
            "centers": len(cover.centers),
            "isochrones": len(layers["isochrones"]) + len(known.isochrones),
            "candidates": len(known.candidates.facilities),
            "demand": len(cover.demand),
            "walks": len(known.centers.minutes) + len(known.candidates.minutes),
            "street segments": layers["background"].streets.figures()["segments"],
        },
        "drawn_s": round(time.perf_counter() - started, 2),
        "bytes": len(html),
    }
    ours, theirs = folder / "map.html", folder / "folium.html"
    ours.write_bytes(html)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(CHROMIUM), args=SOFTWARE)
        seconds, page = open_times(browser, ours, 5)
        found["open_s"] = [round(value, 2) for value in sorted(seconds)]
        found["pan"] = page.evaluate(PAN.replace("MAP", "map_servicecircle"))
        page.locator("details.centers").evaluate("(box) => { box.open = true; }")
        center = "details.centers tbody tr:nth-child({}) input"
        found["center"] = answers(page, center.format(100), [None] * 21)
        site = "details.candidates tbody tr:nth-child(3) input"
        found["candidate"] = answers(page, site, [None] * 21)
        steps = [*range(15), *range(14, -1, -1)]
        found["limit"] = answers(page, "#limit", steps)
        found["best_ten"] = answers(page, ".best .action", [None])
        if peer:
            plain_folium({**layers, "coverage": cover}, theirs)
            found["folium"] = {"bytes": theirs.stat().st_size}
            seconds, page = open_times(browser, theirs, 1)
            name = page.evaluate("Object.keys(window).find((key) => key.startsWith('map_'))")
            pan = page.evaluate(PAN.replace("MAP", f"window.{name}"))
            found["folium"] |= {"open_s": round(seconds[0], 2), "pan": pan}
        browser.close()
    found["machine"] = machine()
    found["versions"] = {name: metadata.version(name) for name in ("folium", "playwright", "XStatic-Leaflet")}
    return found


def markdown(found: dict[str, Any]) -> str:
    """Lay the figures out as Markdown."""
    size = ", ".join(f"{value:,} {key}" for key, value in found["size"].items())
    rows = [
        ("file", f"{found['bytes'] / 1e6:.2f} MB"),
        ("opened and drawn", f"{statistics.median(found['open_s']):.2f} s (best of 5: {found['open_s'][0]:.2f})"),
        ("frames a second while panning", f"{found['pan']['fps']:.0f}"),
    ]
    for key, name in (
        ("center", "a center closes or opens"),
        ("candidate", "a candidate opens or closes"),
        ("limit", "the limit moves a minute"),
        ("best_ten", "the best ten sites"),
    ):
        took = found[key]
        rows.append((name, f"{took['painted_ms']:.0f} ms (best {took['best_ms']:.0f}, worst {took['worst_ms']:.0f})"))
    peer = found.get("folium")
    other = ["", "", "", "cannot", "cannot", "cannot", "cannot"]
    if peer:
        other[:3] = [f"{peer['bytes'] / 1e6:.1f} MB", f"{peer['open_s']:.1f} s", f"{peer['pan']['fps']:.1f}"]
    lines = [
        "## The map of a large city",
        "",
        f"{size}. Chromium without a graphics card and without internet, 1280 x 800; {found['machine']}.",
        "",
        "| | servicecircle | plain folium |",
        "|---|---:|---:|",
        *(f"| {name} | {value} | {theirs} |" for (name, value), theirs in zip(rows, other, strict=True)),
        "",
        "Versions: " + ", ".join(f"{name} {version}" for name, version in found["versions"].items()) + ".",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", type=Path, help="folder that keeps the two pages")
    parser.add_argument("--alone", action="store_true", help="without folium; the table is printed only")
    said = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = said.keep or Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        found = measure(place, peer=not said.alone)
    if said.alone:
        sys.stdout.write(markdown(found))
    else:
        keep(__file__, markdown(found), found)


if __name__ == "__main__":
    main()
