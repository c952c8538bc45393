"""The report: one page that opens anywhere, in both languages."""

import os
import re
from pathlib import Path

import pytest

from servicecircle.inputs.issues import RowIssue, issue
from servicecircle.network.profile import WalkProfile
from servicecircle.network.walk import WalkNetwork
from servicecircle.outputs.report import report_html
from tests.outputs.browser import open_page, start_chromium
from tests.outputs.results import FORMULA, HOSTILE, hostile_result, report, streets, study_result
from tests.outputs.test_summary import nobody

CHROMIUM = "/usr/bin/chromium"

#: What a result lacks that has only one map to draw, for tests of words that stand on every report.
PLAIN: dict[str, object] = {"gaps": study_result().gaps.iloc[:0], "districts": None, "plan": None}

#: Words of up to 15 letters in table cells that stand on two lines.
BROKEN = """() => [...document.querySelectorAll("td")].flatMap((cell) => {
    const node = cell.firstChild;
    if (!node || node.nodeType !== Node.TEXT_NODE) return [];
    return [...node.data.matchAll(/(?<!\\S)[\\w.]{2,15}(?!\\S)/g)].filter(({ index, 0: word }) => {
        const range = document.createRange();
        range.setStart(node, index);
        range.setEnd(node, index + word.length);
        return range.getClientRects().length > 1;
    }).map(([word]) => word);
})"""


def words(html: bytes) -> str:
    """Return what a reader sees, without tags and spaces that break lines."""
    from html import unescape

    body = html.decode("utf-8").split("<body>")[1]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_the_report_begins_with_three_sentences() -> None:
    """Who can, who cannot, what would help: with the proven bound."""
    seen = words(report("en"))
    assert "3,826 of 5,115 people (74.8 %) can walk to one of the 5 service centers within 15 minutes." in seen
    assert "1,289 people cannot: 1,205 live too far away, 72 have no way on foot to any center, and 12 live" in seen
    assert "2 new sites would add 1,115 people and raise coverage to 96.6 % (proven: no 2 of the 6 candidate" in seen
    assert "sites reach more than 96.8 %)." in seen


def test_optimal_is_said_only_with_proof() -> None:
    """A plan that is proven best says so instead of naming a bound."""
    plan = study_result().plan
    assert plan is not None
    fields = {name: getattr(plan, name) for name in plan.__slots__} | {"status": "optimal", "bound": plan.objective}
    seen = words(report_html(study_result("en", plan=type(plan)(**fields))))
    assert "proven best: no other 2 of the 6 candidate sites reach more people" in seen
    assert "proven best" not in words(report("en"))


def test_the_rule_and_the_estimate_are_on_it() -> None:
    """The speed, the metres it means and that residents are estimated stand in both languages."""
    seen = words(report("zh"))
    assert "15 分钟，步速 4.0 km/h（1,000 米）" in seen
    assert "居民数为估算值" in seen
    assert "15 minutes at 4.0 km/h (1,000 m)" in words(report("en"))
    assert "estimate" not in words(report_html(study_result("en", estimated=None)))


def test_centers_that_nobody_can_walk_to_are_told_beside_their_number() -> None:
    """They count as centers, and how many of them stand away from the streets follows; without any nothing does."""
    off = issue("centers.csv", 0, "id", "C9 Farm", "center_off_network", "doubted")
    said = {language: words(report_html(study_result(language, issues=(off, off)))) for language in ("en", "zh")}
    assert "5 service centers (2 of them away from every street, so that nobody can walk there)" in said["en"]
    assert "5 个服务中心（其中 2 个附近没有可用道路，无法步行到达）" in said["zh"]
    assert "away from every street, so" not in words(report("en"))


def test_a_chinese_report_has_no_english_words() -> None:
    """Every fixed word is translated; ids, units and file names stay."""
    seen = words(report_html(study_result("zh", sources=(), issues=())))
    left = set(re.findall(r"[A-Za-z_]{2,}", seen)) - {"km", "NA", "report", "xlsx", "servicecircle"}
    assert left == set()


def test_without_people_the_report_says_so() -> None:
    """The headline is "n/a", and no share is 0 %."""
    seen = words(report_html(study_result("en", coverage=nobody(), plan=None)))
    assert "n/a of all people" in seen
    assert "The demand holds no people" in seen
    assert "0.0" not in seen.split("Gaps")[0]


def test_a_bare_study_makes_a_report() -> None:
    """No districts, gaps, plan or issues: each section says so."""
    bare = study_result(
        "en", districts=None, gaps=study_result().gaps.iloc[:0], plan=None, candidates=None, issues=(), sources=()
    )
    seen = words(report_html(bare))
    for sentence in ("No districts were given.", "There is no gap.", "No new sites were asked for.", "as it is."):
        assert sentence in seen


def test_long_lists_name_what_they_leave_out() -> None:
    """Of 30 row issues the first 20 are listed and all are counted."""
    issue = RowIssue(file="c.csv", row=2, column="", value="", problem="coined", action="left out")
    seen = words(report_html(study_result("en", issues=(issue,) * 30, **PLAIN)))
    assert "The first 20 rows; all 30 are in issues.csv." in seen


def test_names_are_data() -> None:
    """Names that try to be markup or template show as that text, and once only."""
    html = report_html(hostile_result())
    assert b"<img src=x" not in html
    assert b"<script" not in html
    seen = words(html)
    assert HOSTILE in seen
    assert FORMULA in seen
    assert "49" not in seen.split("Districts")[1].split("Gaps")[0].replace("949", "")


def test_the_same_study_gives_the_same_report() -> None:
    """No date, no random id."""
    assert report_html(study_result()) == report()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_report_opens_in_a_browser_without_a_request(language: str, tmp_path: Path) -> None:
    """Chromium shows it with the network off: no request, no error, no dialog, nothing wider than a phone."""
    if not Path(CHROMIUM).exists() and "CI" not in os.environ:
        pytest.skip(f"{CHROMIUM} is not installed")
    from playwright.sync_api import sync_playwright

    page_file = tmp_path / "report.html"
    page_file.write_bytes(report_html(hostile_result(language)))
    seen: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
        )
        context = browser.new_context(viewport={"width": 390, "height": 800}, offline=True)
        page = context.new_page()
        page.on("console", lambda message: seen.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: seen.append(f"error: {error}"))
        page.on("dialog", lambda dialog: seen.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: seen.append(f"request: {request.url[:100]}"))
        page.goto(page_file.as_uri())
        title, heading = page.title(), page.inner_text("h1")
        widths = page.evaluate("[...document.images].map(i => i.naturalWidth)")
        page_width = page.evaluate("document.documentElement.scrollWidth")
        browser.close()
    outward = [line for line in seen if not line.startswith(("request: file:", "request: data:"))]
    assert outward == []
    assert heading == HOSTILE
    assert title.startswith(HOSTILE)
    assert all(width > 100 for width in widths)
    assert len(widths) == 5
    assert page_width <= 390


@pytest.mark.parametrize("width", [680, 1440])
def test_words_of_the_tables_stay_whole(width: int, tmp_path: Path) -> None:
    """File names, tiers and actions are not broken in the middle, on paper (680 pixels) or screen."""
    issue = RowIssue(
        file="streets.osm.pbf", row=0, column="highway", value="a: 1", problem="not_walkable", action="doubted"
    )
    result = study_result("en", issues=(issue,))
    result.coverage.centers["tier"] = "community"
    (tmp_path / "report.html").write_bytes(report_html(result))
    for browser in start_chromium():
        page, _ = open_page(browser, tmp_path / "report.html", width=width, height=900)
        broken = page.evaluate(BROKEN)
        page.close()
    assert broken == []


@pytest.mark.parametrize(
    ("profile", "says"),
    [
        (WalkProfile(), "Who walks: everyone alike. Steps are walked like a level street."),
        (WalkProfile.preset("elderly"), "elderly people (assumed values). Steps take 2 times as long"),
        (WalkProfile.preset("wheelchair"), "Steps cannot be used."),
        (WalkProfile(name="</p>me", steps_factor=1.5), "Who walks: &lt;/p&gt;me. Steps take 1.5 times"),
    ],
)
def test_the_report_says_who_walks(profile: WalkProfile, says: str) -> None:
    """The profile and what it means for steps stand in the method, in both languages."""
    network = WalkNetwork.from_streets(streets(), profile=profile)
    assert says in report_html(study_result("en", network=network, **PLAIN)).decode()
    assert "步行对象" in report_html(study_result("zh", network=network, **PLAIN)).decode()
