"""A folium map that is one closed page: nothing is asked of any server, and no text of the data is ever run.

folium renders what it is given as a template, twice. It is given constants only. The data stand in a
block of JSON that no browser executes, put there by `Verbatim`, and the page's own script makes text
nodes from it. A content security policy names the scripts and styles of the page by their hashes, so
nothing else would run even if it got in.
"""

import base64
import hashlib
import json
import os
import re
from importlib import resources
from pathlib import Path
from typing import Any, BinaryIO

import folium
from branca.element import Element, Figure
from folium.template import Template

from servicecircle.outputs.writing import write_whole

NAME = "servicecircle"
SCRIPTS = tuple(
    f"map_{name}.js"
    for name in (
        *("words", "unpack", "model", "state", "canvas", "draw", "marks", "cards"),
        *("panel", "search", "export", "ask", "print", "signs", "names", "layers", "page"),
    )
)
#: What would end a script block, start markup or be no legal character: written as an escape in JSON.
UNSAFE = re.compile("[<>&\u2028\u2029\ud800-\udfff]")


class Verbatim(Element):
    """Text that reaches the page as it is: `render` returns it, no template sees it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def render(self, **kwargs: object) -> str:  # noqa: ARG002 - the signature of folium's elements
        """Return the text."""
        return self.text


class Page(Figure):
    """The HTML document around the map."""

    _template = Template(
        '<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<title>servicecircle</title>\n{{ this.header.render(**kwargs) }}\n</head>\n<body>\n"
        "{{ this.html.render(**kwargs) }}\n<script>\n{{ this.script.render(**kwargs) }}\n</script>\n</body>\n</html>\n"
    )

    def __init__(self, origins: tuple[str, ...]) -> None:
        super().__init__(ratio="62%")
        self.origins = origins
        self.header._children.clear()  # noqa: SLF001 - the template holds the character set, first of all

    def render(self, **kwargs: object) -> str:
        """Render the document, then state in its head which scripts and styles it consists of."""
        html: str = super().render(**kwargs)
        place = html.index("<title>")
        return f"{html[:place]}{_policy(html, self.origins)}\n{html[place:]}"


class CoverageMap(folium.Map):
    """A map of coverage; `save` writes one file that opens without internet.

    Leaflet elements of folium may be added to it, but tiles and libraries from other servers stay
    blocked by the policy of the page.
    """

    _template = Template(
        "{% macro html(this, kwargs) %}"
        '<main id="study"><section id="panel" tabindex="-1"></section>'
        '<div id="stage"><div class="folium-map" id="{{ this.get_name() }}"></div></div></main>'
        "{% endmacro %}"
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = L.map({{ this.get_name()|tojson }}, {\n"
        "    attributionControl: false, zoomControl: false, trackResize: false, zoomSnap: 0.25, zoomDelta: 0.5,\n"
        "    wheelPxPerZoomLevel: 120, minZoom: 3, maxZoom: 19, center: [0, 0], zoom: 3\n});"
        "{% endmacro %}"
    )

    def __init__(self, data: dict[str, Any], *, origins: tuple[str, ...] = ()) -> None:
        super().__init__(tiles=None)
        self._id = NAME
        self.default_js, self.default_css = [], []
        page = Page(origins)
        page.add_child(self, name=NAME)
        page.header.add_child(Verbatim(_head()), name="leaflet")
        page.html.add_child(Verbatim(_data_block(data)), name="data")
        self.add_child(_PageScript(), name="page")

    def to_html(self) -> str:
        """Return the whole page."""
        html: str = self.get_root().render()
        return html

    def save(self, outfile: str | bytes | Path | BinaryIO, close_file: bool = True, **kwargs: object) -> None:  # noqa: FBT001, FBT002 - folium's signature
        """Write the page to a path, whole or not at all, or to an open binary file.

        Raises
        ------
        OutputError
            If the file cannot be written; an old one is then still there.
        """
        html = self.get_root().render(**kwargs).encode()
        if isinstance(outfile, (str, bytes, Path)):
            write_whole(Path(os.fsdecode(outfile)), html)
            return
        outfile.write(html)
        if close_file:
            outfile.close()


class _PageScript(Element):
    """The page's own script; as a child of the map it runs after the map is made."""

    def render(self, **kwargs: object) -> str:  # noqa: ARG002 - the signature of folium's elements
        """Put the script into the page."""
        parts = "\n".join(_asset(name) for name in SCRIPTS)
        script = f'((map) => {{\n"use strict";\n{parts}\n}})(map_{NAME});'
        page = self.get_root()
        assert isinstance(page, Figure)
        page.script.add_child(Verbatim(script), name="page")
        return ""


def escaped_json(data: object) -> str:
    """Return JSON in which no text can end the block it stands in."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _data_block(data: dict[str, Any]) -> str:
    return f'<script type="application/json" id="study-data">{escaped_json(data)}</script>'


def _policy(html: str, origins: tuple[str, ...]) -> str:
    """Allow the scripts and styles that stand in the page now, pictures made in it or from `origins`, nothing else."""
    scripts = " ".join(_hashes(html, "script"))
    styles = " ".join(_hashes(html, "style"))
    pictures = " ".join(["data:", "blob:", *origins])
    rules = f"default-src 'none'; script-src {scripts}; style-src {styles}; img-src {pictures}; base-uri 'none'"
    return f'<meta http-equiv="Content-Security-Policy" content="{rules}; form-action \'none\'">'


def _hashes(html: str, tag: str) -> list[str]:
    texts = re.findall(f"<{tag}>(.*?)</{tag}>", html, flags=re.DOTALL)
    return [f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in texts]


def _asset(name: str) -> str:
    return resources.files("servicecircle.outputs").joinpath("assets", name).read_text(encoding="utf-8")


def _head() -> str:
    """Leaflet with its licence, and the styles of the page."""
    from xstatic.pkg import leaflet

    folder = Path(leaflet.BASE_DIR)
    # A source map would be asked for by the browser's tools; old Internet Explorer's VML is not needed.
    code = re.sub(r"//# sourceMappingURL=\S+", "", (folder / "leaflet.js").read_text(encoding="utf-8"))
    style = re.sub(r"behavior:[^;]+;", "", (folder / "leaflet.css").read_text(encoding="utf-8"))
    style = re.sub(r"url\(([^)]+)\)", lambda found: _data_uri(folder / found[1].strip("'\"")), style)
    licence = _asset("leaflet_licence.txt").strip()
    return f"<style>{style}</style>\n<style>{_asset('map.css')}</style>\n<script>/*!\n{licence}\n*/\n{code}</script>"


def _data_uri(path: Path) -> str:
    return f"url(data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()})"
