"""Fetching by place name, from a server of our own that speaks like the real ones."""

import json
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from servicecircle.errors import DataSourceError, InputError
from servicecircle.inputs.fetch import fetch_centers, fetch_districts, fetch_streets

ox = pytest.importorskip("osmnx", reason="osmnx is an extra")

BOX = [[[110.29, 19.98], [110.33, 19.98], [110.33, 20.02], [110.29, 20.02], [110.29, 19.98]]]
PLACE = [
    {
        "place_id": 1,
        "osm_type": "relation",
        "osm_id": 1,
        "lat": "20.0",
        "lon": "110.31",
        "class": "boundary",
        "type": "administrative",
        "name": "海口市",
        "display_name": "海口市",
        "importance": 0.5,
        "boundingbox": ["19.98", "20.02", "110.29", "110.33"],
        "geojson": {"type": "Polygon", "coordinates": BOX},
    }
]
NODES = {
    1: (110.30, 20.0),
    2: (110.31, 20.0),
    3: (110.32, 20.0),
    4: (110.31, 19.99),
    5: (110.31, 20.01),
    6: (110.305, 20.0005),
    # East of the place: half a kilometre, and one and a half.
    7: (110.335, 20.0),
    8: (110.345, 20.0),
}


def answer(query: str) -> dict[str, object]:
    """Return what Overpass says to a query for streets or for places."""
    nodes = [{"type": "node", "id": i, "lon": x, "lat": y} for i, (x, y) in NODES.items()]
    if "library" in query:
        return {
            "elements": [
                nodes[0] | {"tags": {"amenity": "library", "name": "图书馆"}},
                nodes[1] | {"tags": {"amenity": "library"}},
            ]
        }
    ways = [
        {
            "type": "way",
            "id": 7,
            "nodes": [1, 6, 2, 3],
            "tags": {"highway": "residential", "name": "路", "oneway": "yes"},
        },
        {"type": "way", "id": 8, "nodes": [4, 2, 5], "tags": {"highway": "footway"}},
        {"type": "way", "id": 9, "nodes": [4, 3], "tags": {"highway": "motorway"}},
        {"type": "way", "id": 11, "nodes": [3, 7, 8], "tags": {"highway": "path"}},
        {"type": "way", "id": 10, "nodes": [1, 4], "tags": {"highway": "service", "foot": "no"}},
    ]
    return {"elements": nodes + ways}


class Speaker(BaseHTTPRequestHandler):
    """Answers as Nominatim (GET) and Overpass (POST) do."""

    def do_GET(self) -> None:
        """Find the place, unless it is called nowhere."""
        self.say([] if "nowhere" in self.path else PLACE)

    def do_POST(self) -> None:
        """Answer a query."""
        self.say(answer(self.rfile.read(int(self.headers["Content-Length"])).decode()))

    def say(self, content: object) -> None:
        """Send `content` as JSON."""
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def openstreetmap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Run the server, and point osmnx to it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Speaker)
    Thread(target=server.serve_forever, daemon=True).start()
    point_to(monkeypatch, server.server_port)
    monkeypatch.chdir(tmp_path)
    yield
    server.shutdown()
    server.server_close()


def point_to(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    """Make osmnx ask this machine."""
    for name, value in {
        "nominatim_url": f"http://127.0.0.1:{port}/",
        "overpass_url": f"http://127.0.0.1:{port}/api",
        "overpass_rate_limit": False,
        "doh_url_template": None,
    }.items():
        monkeypatch.setattr(ox.settings, name, value)


@pytest.mark.usefixtures("openstreetmap")
def test_streets_of_a_place(tmp_path: Path) -> None:
    """Walkable streets only, one row a segment between junctions, one-way streets once, no cache left behind."""
    before = list(ox.settings.useful_tags_way)
    streets = fetch_streets("海口")
    pairs = {frozenset(pair) for pair in streets[["u", "v"]].to_numpy().tolist()}
    assert pairs == {frozenset("12"), frozenset("23"), frozenset("24"), frozenset("25"), frozenset("38")}
    assert len(streets) == 5
    assert streets.crs.to_epsg() == 32649
    assert (streets["length_m"] > 500).all()
    assert set(streets["highway"]) == {"residential", "footway", "path"}
    assert ox.settings.useful_tags_way == before
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("openstreetmap")
def test_streets_reach_beyond_the_place_by_the_longest_walk() -> None:
    """A path of 2.6 km leads out of the place: with a margin of 2 km all of it is there, with none it breaks off."""
    metres = {}
    for margin_m in (0.0, 2000.0):
        streets = fetch_streets("海口", margin_m=margin_m)
        metres[margin_m] = streets.loc[streets["highway"] == "path", "length_m"].sum()
    assert metres[2000.0] == pytest.approx(2616, abs=5)
    assert metres[0.0] == pytest.approx(1569, abs=5)
    with pytest.raises(InputError, match="margin_m: found -1"):
        fetch_streets("海口", margin_m=-1)


@pytest.mark.usefixtures("openstreetmap")
def test_places_and_boundary() -> None:
    """Centers by tag bear their name or their id; the boundary is a district."""
    centers = fetch_centers("海口", {"amenity": ["library"]})
    assert centers["name"].to_dict() == {"node/1": "图书馆", "node/2": "node/2"}
    assert centers["kind"].tolist() == ["library", "library"]
    assert fetch_districts("海口")["name"].tolist() == ["海口市"]


@pytest.mark.usefixtures("openstreetmap")
def test_an_unknown_place() -> None:
    """The message names the place."""
    with pytest.raises(DataSourceError, match="no usable answer for 'nowhere'"):
        fetch_districts("nowhere")


def test_without_internet(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says so plainly, and what to do instead."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    point_to(monkeypatch, port)
    with pytest.raises(DataSourceError, match=r"no internet.*\.osm\.pbf"):
        fetch_streets("海口")
