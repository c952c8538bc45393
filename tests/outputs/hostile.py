"""Names that try to become something else than text, and a study in which everything bears one."""

from typing import Literal

import geopandas as gpd
import pandas as pd

from servicecircle.analysis.coverage import coverage
from servicecircle.analysis.gaps import gaps
from servicecircle.analysis.isochrones import isochrones, merge_isochrones
from servicecircle.analysis.siting.mclp import solve_mclp
from servicecircle.analysis.travel import travel_times
from servicecircle.analysis.what_if import LONGEST_MIN, what_if
from servicecircle.network.walk import WalkNetwork
from servicecircle.outputs.result import StudyResult

from .results import CRS, MINUTES, SPEED_KMH, at, candidates, demand, districts, streets, study_result

#: Markup, templates, scripts, formulas, letters that turn, hide or break lines, and plain length.
NAMES = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</textarea><img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    '" onmouseover="alert(1)',
    "' onfocus='alert(1)",
    "<!-- a comment that never ends",
    "]]><x>",
    "&lt;b&gt; &amp; &#60;i&#62;",
    "javascript:alert(1)",
    "{{7*7}}",
    "{{cycler.__init__.__globals__.os.popen('id').read()}}",
    "{% for x in y %}",
    "{# hidden #}",
    "${7*7}",
    "#{7*7} <%= 7*7 %>",
    "`alert(1)`",
    "\\u003cscript\\u003e \\x3c \\",
    "line\u2028separator\u2029paragraph",
    "lone \ud800 half and \udc00 other",
    "\u202eright to left\u202c \u200fmark",
    "zero\u200bwidth\ufeffspace",
    "control \x01\x02\x07\x1b[31m red",
    "line\nbreak\r\nand\ttab",
    "null\x00byte",
    '=HYPERLINK("http://x","y")',
    "+1+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "-2+3",
    "＝1+1",
    "%s %d {name} {0}",
    "__proto__",
    "constructor",
    "NaN",
    "$x$ \\frac{1}{2}",
    "e\u0301\u0301\u0301\u0301 \U0001f468\u200d\U0001f469\u200d\U0001f467 \U00020000",
    "长" * 5000 + "x" * 5000,
)


def hostile_study(language: Literal["zh", "en"] = "en") -> StudyResult:
    """Compute a study of the grid in which every center, candidate, district and source bears such a name."""
    network = WalkNetwork.from_streets(streets(), speed_kmh=SPEED_KMH)
    places = [(200 * (i % 8), 200 * (i // 8)) for i in range(len(NAMES))]
    # As objects: the text columns of pandas cannot hold half a character, which a damaged file may bring.
    columns = {"name": NAMES, "tier": NAMES, "kind": NAMES[::-1], "functions": NAMES}
    whole = [name.encode(errors="ignore").decode() for name in NAMES]
    ids = pd.Index([f"{name[:40]}{number}" for number, name in enumerate(whole)], name="id", dtype=object)
    texts = {key: pd.Series(values, index=ids, dtype=object) for key, values in columns.items()}
    centers = gpd.GeoDataFrame(texts, geometry=[at(*place) for place in places], index=ids, crs=CRS)
    people, areas = demand(), districts().assign(name=NAMES[1:3])
    sites = candidates().assign(name=NAMES[:6])
    times = travel_times(network, people, centers, max_minutes=LONGEST_MIN)
    cover = coverage(times, minutes=MINUTES[-1])
    walks = travel_times(network, people, sites, max_minutes=MINUTES[-1])
    plan = solve_mclp(walks, count=2, minutes=MINUTES[-1], covered=cover)
    rings = isochrones(network, centers, minutes=MINUTES)
    return study_result(
        language,
        name=NAMES[1],
        network=network,
        coverage=cover,
        isochrones=rings,
        service_area=merge_isochrones(rings),
        gaps=gaps(cover, districts=areas),
        districts=areas,
        candidates=sites,
        plan=plan,
        sources=NAMES[:4],
        estimated=(cover.total, 51),
        what_if=what_if(network, times, candidates=walks, plan=plan, minutes=MINUTES),
        date=NAMES[0],
        review_number=NAMES[2],
    )
