"""The report: what is in it, what is beside it, and what may never be."""

import csv
import json
import os
import re
import subprocess
import sys
import tomllib
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import kursk_geo as kg
from builders import DAY_S, GREY, NOON, STRIP, days, feature, make_history, tile
from commands import done, refused
from gallery import to_degrees
from kursk_geo import _text as text
from kursk_geo.errors import (
    DateNotFoundError,
    OptionError,
    SourceWarning,
    TheatreError,
)
from kursk_geo.history import ControlHistory
from kursk_geo.plot.canvas import COLOURS, DARK, LIGHT, SAMPLE
from kursk_geo.report import explorer as frame
from kursk_geo.report import tables
from kursk_geo.status import Status

ROOT = Path(__file__).parents[1]
VOID = {"meta", "link", "input", "br", "path", "circle", "line", "rect", "use"}
HOSTILE = (
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "{{ 7 * 7 }}{% raw %}${x}",
    "\x07bell\x1b[31m\u202etxt",
    "&lt;b&gt; & [a](javascript:alert(1)) `x` | y",
)


class Page(HTMLParser):
    """A page as a list of its elements, and the text of each."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(markup)
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), f"an attribute twice in {tag}"
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1] == tag, f"</{tag}> closes <{self.open[-1]}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        for tag in set(self.open):
            self.texts[tag][-1] += data

    def attributes(self, name: str) -> list[str]:
        return [str(a[name]) for _, a in self.elements if name in a]

    def tags(self, *names: str) -> list[str]:
        return [tag for tag, _ in self.elements if tag in names]


def page_of(folder: Path) -> Page:
    return Page((folder / "index.html").read_text(encoding="utf-8"))


def rows_of(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def points(*names: str) -> gpd.GeoDataFrame:
    """Places in the middle of the drawn ground, one beside the other."""
    shapes = [to_degrees(shapely.Point(1 + 0.4 * i, 1)) for i in range(len(names))]
    return gpd.GeoDataFrame({"name": names}, geometry=shapes, crs="EPSG:4326")


@pytest.fixture(scope="module", autouse=True)
def _stamp() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1745712000")
        yield


@pytest.fixture(scope="module")
def folder(strip: ControlHistory, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report on five drawn days."""
    target = tmp_path_factory.mktemp("reports") / "report"
    return kg.write_report(strip, target, places=points("Alpha", "Beta"))


@pytest.fixture(scope="module")
def sample() -> ControlHistory:
    return kg.read_history(ROOT / "sample_data" / "deepstate")


@pytest.fixture(scope="module")
def claims() -> list[kg.Claim]:
    return kg.load_claims("bloomberg-2025-04-26")


@pytest.fixture(scope="module")
def checked(
    sample: ControlHistory,
    claims: list[kg.Claim],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A report on the sample maps since March, with sentences."""
    target = tmp_path_factory.mktemp("reports") / "checked"
    how = {"claims": claims, "start": "2025-03-01", "command": "x"}
    return kg.write_report(sample, target, theatre="kursk", **how)


@pytest.fixture(scope="module")
def hostile(strip: ControlHistory, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report whose title, command and places are meant to break it."""
    words = " ".join(HOSTILE)
    places = points(*HOSTILE, "=1+1", "@x")
    target = tmp_path_factory.mktemp("reports") / "hostile"
    return kg.write_report(strip, target, places=places, title=words, command=words)


@pytest.fixture(scope="module")
def theirs(history: ControlHistory, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report on a theatre without a border, of which these maps show nothing."""
    target = tmp_path_factory.mktemp("reports") / "theirs"
    with pytest.warns(SourceWarning, match="None of these maps"):
        return kg.write_report(history, target, theatre="ukraine")


# --- what is in it


def test_the_folder_holds_the_page_and_its_tables(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == [
        "card.png",
        "charts.vl.json",
        "events.csv",
        "figures.csv",
        "index.html",
        "maps.csv",
        "ro-crate-metadata.json",
        "settlements.csv",
    ]


def test_figures_are_those_of_uncertainty(folder: Path, strip: ControlHistory) -> None:
    table = kg.uncertainty(strip)
    rows = rows_of(folder, "figures.csv")
    assert [float(row["area_km2"]) for row in rows] == table.area_km2.tolist()
    assert [float(row["area_high_km2"]) for row in rows] == table.area_high_km2.tolist()
    assert rows[0]["snapshot_utc"] == "2025-03-01T12:00:00Z"
    assert [row["snapshot_id"] for row in rows] == table.snapshot_id.tolist()


def test_events_are_those_of_events(folder: Path, strip: ControlHistory) -> None:
    told = kg.events(strip)
    rows = rows_of(folder, "events.csv")
    assert [row["kind"] for row in rows] == told.kind.tolist()
    assert rows[0]["after"] == "1"


def test_the_head_answers(folder: Path) -> None:
    """A rectangle of 4 by 5 km at the border, and a grey one of 2 by 3 beside it."""
    page = page_of(folder)
    assert plain(page.texts["h1"][0]) == "20 km² of strip is held, 83 % of the peak"
    lead = plain(page.texts["p"][1])
    assert lead == (
        "The most was 24 km², on 4 Mar 2025. One piece is left, at most 5.0 km deep. "
        "The line was last redrawn on 5 Mar 2025."
    )
    told = plain(" ".join(page.texts["p"]))
    assert "give or take" in told
    # Contested ground is told apart, and is no error.
    assert "Another 6 km² is contested." in told


def data_of(folder: Path) -> dict[str, Any]:
    """What the page's script reads."""
    markup = (folder / "index.html").read_text("utf-8")
    found = re.search(r'id="data">(.*?)</script>', markup, flags=re.DOTALL)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_every_state_is_told_to_the_script(folder: Path, strip: ControlHistory) -> None:
    data, table = data_of(folder), kg.uncertainty(strip)
    states = strip.states()
    assert len(data["at"]) == len(data["held"]) == len(states)
    changed = table[table.index.isin(states["valid_from"])]
    assert data["held"] == changed["area_km2"].round(2).tolist()
    assert data["error"] == pytest.approx((1.96 * changed["area_sd_km2"]).round(2))
    assert data["days"] == 4
    assert (data["from"], data["to"]) == (3, 4), "from the peak to the last map"
    for shape in data["shapes"]:
        assert shape[0].startswith("M")
        assert shape[1] in {0, 1}
        assert all(0 <= end < len(states) for end in shape[2:])


def test_without_a_script_the_two_days_are_drawn(folder: Path) -> None:
    page, data = page_of(folder), data_of(folder)
    layers = {
        str(a["data-layer"]): a["d"] for _, a in page.elements if "data-layer" in a
    }
    assert set(layers) == {"clip", "grey", "lost", "gained", "kept"}

    def shown(state: int, held: int) -> str:
        return "".join(
            path
            for path, kind, *spans in data["shapes"]
            if kind == held
            and any(
                a <= state <= b for a, b in zip(spans[::2], spans[1::2], strict=True)
            )
        )

    assert layers["lost"] == shown(3, 1)
    assert layers["kept"] == layers["gained"] == shown(4, 1)
    assert layers["grey"] == shown(4, 0)


def test_each_outline_is_told_once(folder: Path, strip: ControlHistory) -> None:
    assert len(data_of(folder)["shapes"]) == strip.shapes["shape_id"].nunique()


def test_claims_are_checked_and_told(
    sample: ControlHistory, claims: list[kg.Claim], checked: Path
) -> None:
    page = page_of(checked)
    rows = [a["id"] for tag, a in page.elements if a.get("class") == "sentence"]
    told = rows_of(checked, "claims.csv")
    assert len(rows) == len(told) == len(claims)
    # What depends stands first.
    assert "depends" in page.texts["b"][0]
    by_word = {row["verdict"] for row in told}
    assert "depends" in by_word
    markup = (checked / "index.html").read_text("utf-8")
    assert '"@type":"ClaimReview"' in markup
    assert 'class="ribbon"' in markup
    # The span cuts the report, not the maps that claims are checked on.
    assert len(rows_of(checked, "figures.csv")) < len(sample.snapshots)


def test_what_is_not_the_wording_is_not_quoted(
    claims: list[kg.Claim], checked: Path
) -> None:
    words = re.findall(
        r'class="wording">(.*?)</span>', (checked / "index.html").read_text("utf-8")
    )
    assert len(words) == len(claims)
    quoted = {one.text for one in claims if not one.gist}
    for text_ in words:
        assert text_.startswith("“") == (unescape(text_).strip("“”") in quoted)


def test_what_is_off_is_told_apart_from_what_fails(
    strip: ControlHistory, sample: ControlHistory, tmp_path: Path
) -> None:
    [one] = kg.check("bloomberg-2025-04-26-sections", sample)
    words = ("holds", "depends", "off", "off", "fails")
    verdicts = kg.Verdicts(tuple(replace(one, verdict=word) for word in words))
    for told, words_of_it in (
        (verdicts, "1 holds, 1 depends, 2 are off, 1 fails"),
        (kg.Verdicts(tuple(verdicts[:2])), "1 holds, 1 depends, 0 fail"),
    ):
        folder = kg.write_report(strip, tmp_path / "r", claims=told)
        assert words_of_it in page_of(folder).texts["p"]


def test_verdicts_go_with_a_selected_history(
    sample: ControlHistory, claims: list[kg.Claim], checked: Path, tmp_path: Path
) -> None:
    verdicts = kg.check(claims, sample)
    how = {"claims": verdicts, "start": "2025-03-01", "command": "x"}
    one = kg.write_report(sample.select("kursk"), tmp_path / "a", **how)
    assert (one / "index.html").read_bytes() == (checked / "index.html").read_bytes()


def test_places_are_listed_and_named_on_the_map(folder: Path) -> None:
    page = page_of(folder)
    assert {"Alpha", "Beta"} & set(page.texts["text"])
    rows = rows_of(folder, "settlements.csv")
    assert [(row["name"], row["status"]) for row in rows] == [
        ("Alpha", "held"),
        ("Beta", "held"),
    ]


def test_provenance_has_the_hash_of_every_file_and_map(
    folder: Path, strip: ControlHistory
) -> None:
    record = json.loads((folder / "ro-crate-metadata.json").read_text("utf-8"))
    graph = {entity["@id"]: entity for entity in record["@graph"]}
    assert len(graph) == len(record["@graph"])
    root = graph["./"]
    named = {part["@id"] for part in root["hasPart"]}
    there = {path.name for path in folder.iterdir()}
    assert named == there - {"ro-crate-metadata.json"}
    for name in named:
        content = (folder / name).read_bytes()
        assert graph[name]["sha256"] == sha256(content).hexdigest()
        assert graph[name]["contentSize"] == str(len(content))
    maps = [graph[one["@id"]] for one in graph["#report"]["object"]]
    assert [one["sha256"] for one in maps] == strip.snapshots["sha256"].tolist()
    referred = set(re.findall(r'"@id": "(#[^"]+)"', json.dumps(record)))
    assert referred <= graph.keys()
    assert root["datePublished"] == "2025-04-27T00:00:00Z"


# --- a page that opens anywhere


def test_nothing_is_asked_of_the_network(folder: Path) -> None:
    page = page_of(folder)
    assert page.attributes("src") == []
    assert not {"img", "iframe", "object", "embed", "base"} & set(page.tags(*VOID))
    assert [a["href"] for tag, a in page.elements if tag == "link"] == ["data:,"]
    markup = (folder / "index.html").read_text("utf-8")
    urls = re.findall(r"url\(([^)]*)\)", markup)
    assert all(url.startswith(("#", "data:font/")) for url in urls)
    assert "@import" not in markup


def test_the_policy_allows_this_style_and_script_alone(folder: Path) -> None:
    page = page_of(folder)
    (policy,) = (
        str(a["content"])
        for _, a in page.elements
        if a.get("http-equiv") == "Content-Security-Policy"
    )
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    for directive, tag in (("style-src", "style"), ("script-src", "script")):
        content = page.texts[tag][-1]
        digest = b64decode(rules[directive].removeprefix("'sha256-").rstrip("'"))
        assert digest == sha256(content.encode()).digest()
    assert "unsafe" not in policy
    # What the policy would block is not there to begin with.
    assert page.attributes("style") == []


def test_ids_are_unique_and_references_lead_somewhere(folder: Path) -> None:
    page = page_of(folder)
    ids = page.attributes("id")
    assert len(ids) == len(set(ids))
    referred = {
        one
        for name in ("aria-labelledby", "aria-describedby")
        for value in page.attributes(name)
        for one in value.split()
    }
    links = page.attributes("href")
    referred |= {link[1:] for link in links if link.startswith("#")}
    assert referred <= set(ids)
    local = [x for x in links if not x.startswith(("#", "https://", "data:"))]
    assert local
    assert all((folder / link).is_file() for link in local)


def test_where_nothing_changed_no_peak_is_told(tmp_path: Path) -> None:
    one = days([feature(tile(0, 0))]).select(STRIP)
    page = page_of(kg.write_report(one, tmp_path / "r"))
    assert page.texts["h1"] == ["4\xa0km² of strip is held"]
    assert "The most was" not in " ".join(page.texts["p"])


def test_headings_go_down_by_one(folder: Path) -> None:
    levels = [int(tag[1]) for tag in page_of(folder).tags("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_picture_has_a_title_a_description_and_a_table(folder: Path) -> None:
    page = page_of(folder)
    pictures = [a for tag, a in page.elements if a.get("role") == "img"]
    assert len(pictures) >= 4
    named = [one for one in pictures if "aria-labelledby" in one]
    assert len(page.tags("desc")) == len(named)
    assert all("aria-label" in one for one in pictures if one not in named)
    tables = {a.get("id") for tag, a in page.elements if tag == "table"}
    assert {"figures", "months-table", "pieces-table"} <= tables


# --- whatever stands in the data


def test_hostile_names_are_text(hostile: Path) -> None:
    page = page_of(hostile)
    shown = text.visible(" ".join(HOSTILE))
    assert shown.isprintable()
    assert page.texts["h1"] == [shown]
    assert page.texts["code"][-1] == shown
    assert len(page.tags("script")) == 2
    assert not page.tags("img")
    assert len(page.tags("b")) <= 2, "of the small maps alone"
    assert not [key for _, a in page.elements for key in a if key.startswith("on")]
    for path in hostile.iterdir():
        if path.suffix == ".png":
            continue
        raw = path.read_bytes().decode("utf-8")
        assert not set(raw) & set("\x07\x1b\u202e"), path.name


def test_hostile_sources_and_files_are_text(
    strip: ControlHistory, tmp_path: Path
) -> None:
    bad = HOSTILE[1]
    snapshots = strip.snapshots.assign(origin=bad, source=bad)
    rejected = pd.DataFrame(
        {
            "snapshot_utc": snapshots["snapshot_utc"][:1],
            "origin": bad,
            "feature": pd.array([3], dtype="Int64"),
            "reason": bad,
        }
    )
    history = ControlHistory(
        snapshots=snapshots,
        shapes=strip.shapes,
        rejected=rejected,
        source=bad,
        licence=bad,
        attribution=f'{bad} javascript:alert(1) https://x.org/a"onclick=b',
        theatre=strip.theatre,
    )
    page = page_of(kg.write_report(history, tmp_path / "r"))
    assert not page.tags("img")
    outside = {x for x in page.attributes("href") if x.startswith("http")}
    assert outside == {"https://x.org/a"}
    assert "One" not in page.texts["h2"]
    assert "1 features or files could not be read" in page.texts["summary"]


def test_a_spreadsheet_is_given_no_formula(hostile: Path) -> None:
    names = {row["name"] for row in rows_of(hostile, "settlements.csv")}
    assert {"'=1+1", "'@x"} < names
    assert not {name for name in names if name[:1] in "=+-@"}


@given(st.text())
def test_visible_text_is_one_printable_line(words: str) -> None:
    shown = text.visible(words)
    assert shown.replace("\xa0", " ").isprintable()
    assert text.visible(shown) == shown
    shown.encode("utf-8")


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_linked_text_reads_as_it_is(words: str) -> None:
    page = Page(f"<p>{text.linked(words)}</p>")
    assert page.texts["p"] == [text.visible(words)]
    assert set(page.tags("p", "a", "script", "img")) <= {"p", "a"}


@pytest.mark.parametrize(
    ("words", "links"),
    [
        ("DeepState, https://deepstatemap.live", ["https://deepstatemap.live"]),
        ("(https://a.org/x?y=1&z=2).", ["https://a.org/x?y=1&z=2"]),
        ("javascript:alert(1) ftp://a.org data:x", []),
    ],
)
def test_web_addresses_are_links(words: str, links: list[str]) -> None:
    assert Page(f"<p>{text.linked(words)}</p>").attributes("href") == links


def test_markdown_means_itself() -> None:
    assert text.markdown("*a* | [b](c) <d> {{e}}") == (
        r"\*a\* \| \[b\](c) \<d\> \{\{e\}\}"
    )
    assert text.markdown("see https://a.org/x_y.") == "see <https://a.org/x_y>."


# --- the same bytes


def test_two_runs_write_the_same_bytes_wherever_they_run(
    maps_folder: Path, tmp_path: Path
) -> None:
    code = (
        "import sys, kursk_geo as kg\n"
        "history = kg.read_history(sys.argv[1])\n"
        "kg.write_report(history, sys.argv[2], theatre='kursk', command='x',"
        " places=kg.read_places(sys.argv[3]))\n"
    )
    places = ROOT / "sample_data" / "places" / "places.csv"
    env = {"TZ": "Asia/Kathmandu", "LC_ALL": "de_DE.UTF-8", "PYTHONHASHSEED": "2"}
    subprocess.run(
        [sys.executable, "-c", code, maps_folder, tmp_path / "there", places],
        check=True,
        env=os.environ | env,
    )
    history, near = kg.read_history(maps_folder), kg.read_places(places)
    how = {"theatre": "kursk", "command": "x", "places": near}
    kg.write_report(history, tmp_path / "here", **how)
    one, other = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
        for name in ("here", "there")
    )
    assert one == other


def test_the_stamp_is_fixed_by_source_date_epoch(
    strip: ControlHistory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    page = kg.write_report(strip, tmp_path / "r") / "index.html"
    assert b"Made 1 Jan 1970, 00:00 UTC" in page.read_bytes()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "noon")
    with pytest.raises(OptionError, match="SOURCE_DATE_EPOCH='noon'"):
        kg.write_report(strip, tmp_path / "r")
    assert page.is_file()


# --- what is not of it, and outlines


def test_a_report_is_replaced_and_what_is_not_of_it_stays(
    strip: ControlHistory, tmp_path: Path
) -> None:
    folder = kg.write_report(strip, tmp_path / "r", title="first", places=points("A"))
    assert page_of(folder).texts["h1"] == ["first"]
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    kg.write_report(strip, folder, title="second")
    assert page_of(folder).texts["h1"] == ["second"]
    assert "DEEPSTATEUATECH LLC terms" in " ".join(page_of(folder).texts["p"])
    there = {path.name for path in folder.iterdir()}
    assert "notes.txt" in there
    assert "settlements.csv" not in there
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


def paper_for(shapes: list[Any]) -> tuple[frame.Chart, float]:
    """Paper for some shapes, ten pixels a kilometre high, and its step in metres."""
    view, _ = frame.views_of(shapes, STRIP)
    width_km, height_km = view.size_km
    figure = plt.figure(figsize=(width_km / 10, height_km / 10), dpi=100)
    plt.close(figure)
    ax = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    ax.set(xlim=(view.west, view.east), ylim=(view.south, view.north))
    step_m = frame.step_of(view)
    return frame.Chart(ax, scale=(100.0 / step_m, 100.0 / step_m)), step_m


def test_outlines_in_the_page_are_coarse(strip: ControlHistory) -> None:
    paper, step_m = paper_for(list(strip.shapes.geometry))
    assert step_m >= 50.0
    path = paper.outline(strip.shapes.geometry.iloc[0])
    numbers = re.findall(r"-?\d+(?:\.\d+)?", path)
    assert all(number.lstrip("-").isdigit() for number in numbers)


# --- the pieces


def test_paths_follow_their_outlines() -> None:
    """Against shapely: the ring of the path, scaled back, is the rectangle drawn."""
    shape = to_degrees(shapely.box(0, 0, 40, 20))
    paper, step_m = paper_for([shape])
    steps = re.fullmatch(r"M(\d+) (\d+)l(.+)z", paper.outline(shape))
    assert steps is not None
    moves = np.array(re.findall(r"-?\d+", steps[3]), dtype=int).reshape(-1, 2)
    start = np.array([int(steps[1]), int(steps[2])])
    ring = np.vstack([start, start + moves.cumsum(axis=0)])
    sheet = shapely.Polygon(ring * step_m / 1e3)
    assert sheet.area == pytest.approx(800.0, rel=0.01)
    assert sheet.length == pytest.approx(120.0, rel=0.01)


def test_paths_keep_holes_and_all_parts() -> None:
    ring = shapely.difference(shapely.box(0, 0, 20, 20), shapely.box(5, 5, 15, 15))
    both = shapely.union(ring, shapely.box(30, 0, 40, 10))
    paper, _ = paper_for([to_degrees(both)])
    assert paper.outline(to_degrees(both)).count("z") == 3
    assert paper.outline(shapely.Polygon()) == ""
    assert paper.outline(to_degrees(shapely.box(0, 0, 0.001, 0.001))) == ""


def test_north_is_up_and_east_is_right() -> None:
    west, east = (
        to_degrees(shapely.box(x, y, x + 9, y + 9)) for x, y in ((0, 0), (40, 20))
    )
    paper, _ = paper_for([west, east])
    starts = [re.match(r"M(\d+) (\d+)l", paper.outline(one)) for one in (west, east)]
    (left, low), (right, high) = (map(int, one.groups()) for one in starts if one)
    assert left < right
    assert low > high


def test_small_pieces_far_off_are_inset() -> None:
    large, near = shapely.box(0, 0, 30, 20), shapely.box(34, 0, 36, 2)
    far = shapely.box(90, 0, 94, 3)
    shapes = [to_degrees(one) for one in (large, near, far)]
    view, insets = frame.views_of(shapes, STRIP)
    assert view.box.covers(shapes[0])
    assert view.box.covers(shapes[1])
    assert not view.box.intersects(shapes[2])
    assert len(insets) == 1
    assert insets[0].box.covers(shapes[2])


def test_charts_are_drawn_once_by_the_plots_for_desk_and_phone(folder: Path) -> None:
    page = page_of(folder)
    drawn = [a for _, a in page.elements if a.get("class") == "drawn"]
    assert [a["aria-labelledby"] for a in drawn] == [
        f"{name}-title {name}-words" for name in ("time", "months", "pieces")
    ]
    classes = {str(a["class"]).split()[0] for _, a in page.elements if "class" in a}
    assert {"held", "contested", "depth", "gained", "net", "sections"} <= classes
    assert not [a for a in drawn if "viewBox" in a], "words would stretch"


@pytest.mark.parametrize("dark", [False, True])
def test_colours_of_charts_follow_the_page(folder: Path, *, dark: bool) -> None:
    page = page_of(folder)
    theme = DARK if dark else LIGHT
    for name in ("ink", "held", "contested", "gained", "lost"):
        assert f"--{name}:{theme[name]};" in page.texts["style"][0]
        assert f".drawn .f-{name}{{fill:var(--{name})}}" in page.texts["style"][0]
    kinds = {word for one in page.attributes("class") for word in one.split()}
    assert {"s-held", "f-held", "f-gained", "f-lost", "f-hatched", "s-ink"} <= kinds


def test_the_error_of_any_two_days_is_told(
    folder: Path, strip: ControlHistory, sample: ControlHistory, checked: Path
) -> None:
    kursk = sample.select("kursk").between("2025-03-01", None)
    for history, page in ((strip, folder), (kursk, checked)):
        data = data_of(page)
        moments = history.states()["valid_from"].tolist()[-len(data["at"]) :]
        pairs = [(a, b) for b in range(len(moments)) for a in range(b)]
        for (a, b), error in list(zip(pairs, data["pairs"], strict=True))[::40]:
            net = kg.change_bounds(history, moments[a], moments[b]).loc["net"]
            assert error == pytest.approx((net.high_km2 - net.low_km2) / 2, abs=0.06)
        assert "only the front that was redrawn" in (page / "index.html").read_text()


# --- words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "0.0 km²"),
        (-0.04, "0.0 km²"),
        (28.64, "28.6 km²"),
        (-13.3, "−13.3 km²"),
        (1278.4, "1,278 km²"),
        (float("nan"), "–"),
    ],
)
def test_areas_in_words(value: float, words: str) -> None:
    assert text.km2(value) == words.replace(" ", "\N{NO-BREAK SPACE}")


def test_signs_and_shares_in_words() -> None:
    assert plain(text.km2(12.0, sign=True)) == "+12.0 km²"
    assert plain(text.km2(0.01, sign=True)) == "0.0 km²"
    assert text.km2(-200.0, unit=False, sign=True) == "−200"
    shares = [plain(text.percent(p)) for p in (0.0, 0.001, 0.5, 0.999, 1.0)]
    assert shares == ["0 %", "under 1 %", "50 %", "over 99 %", "100 %"]
    assert plain(text.probability(1.0)) == "over 99 %"


def plain(words: str) -> str:
    return words.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("lang", "number", "day", "pieces"),
    [
        ("en", "1,234.5 km²", "3 Mar 2025", "Five pieces are left."),
        ("de", "1.234,5 km²", "3. März 2025", "Fünf Stücke sind übrig."),
        ("uk", "1 234,5 км²", "3 березня 2025", "Лишилося п’ять ділянок."),
    ],
)
def test_each_language_has_its_own_marks(
    lang: str, number: str, day: str, pieces: str
) -> None:
    with text.language(lang):
        assert plain(text.figure(1234.5, 1, "km²")) == number
        assert text.day_words(pd.Timestamp("2025-03-03")) == day
        assert text.upper(text.count("pieces_left", 5, deep="")) == pieces
    with pytest.raises(OptionError, match="lang='fr' is not known"):
        kg.style(lang="fr").__enter__()


@pytest.mark.parametrize("lang", ["de", "uk"])
def test_languages_have_the_same_words_to_fill_in(lang: str) -> None:
    folder = ROOT / "src" / "kursk_geo" / "data" / "words"
    english, other = (
        tomllib.loads((folder / f"{code}.toml").read_text("utf-8"))
        for code in ("en", lang)
    )
    of_data = {"places", "oblasts", "units", "holder", "source"}
    assert english.keys() == other.keys()
    for section, words in english.items():
        if section in of_data:
            continue
        assert words.keys() <= other[section].keys(), section
        for key, value in words.items():
            blanks = [
                set(re.findall(r"\{(\w+)\}", str(one)))
                for one in (value, other[section][key])
            ]
            assert blanks[1] <= blanks[0] | {"n", "word"}, f"{section}.{key}"


@pytest.mark.parametrize("lang", ["de", "uk"])
def test_a_page_speaks_one_language(
    strip: ControlHistory, tmp_path: Path, lang: str
) -> None:
    folder = kg.write_report(strip, tmp_path / "r", lang=lang)
    page = page_of(folder)
    assert ("html", {"lang": lang}) in page.elements
    told = page.texts["h1"] + page.texts["h2"] + page.texts["text"]
    told += page.texts["summary"] + page.texts["button"] + page.texts["th"]
    english = {"held", "lost", "gained", "contested", "which", "the", "map", "piece"}
    words = re.split(r"[\s.,:;()·]+", " ".join(told).lower())
    assert not english & set(words)


# --- what was false or misleading


def test_sample_maps_are_signed_by_us_and_marked(
    strip: ControlHistory, tmp_path: Path
) -> None:
    facts = {name: getattr(strip, name) for name in ("snapshots", "shapes", "rejected")}
    drawn = ControlHistory(
        **facts,
        source="sample",
        attribution=f"{SAMPLE}, not real outlines",
        theatre=strip.theatre,
    )
    folder = kg.write_report(drawn, tmp_path / "r")
    page = page_of(folder)
    assert page.texts["p"][0] == f"{SAMPLE}, not real outlines"
    assert "SCHEMATIC: NOT REAL OUTLINES" in page.texts["text"]
    markup = (folder / "index.html").read_text("utf-8")
    assert "DeepState" not in markup
    for ax in (kg.plot_map(drawn), kg.plot_area(kg.measure(drawn))):
        marks = [one for one in ax.texts if one.get_gid() == "sample"]
        assert [one.get_text() for one in marks] == ["SCHEMATIC: NOT REAL OUTLINES"]
        plt.close(ax.figure)


def test_gains_and_losses_are_summed_map_by_map(tmp_path: Path) -> None:
    """A month that takes 16 km² and loses 12 has both, and the net beside."""
    history = days([], [feature(tile(0, 0, 4, 4))], [feature(tile(0, 0, 2, 2))]).select(
        STRIP
    )
    folder = kg.write_report(history, tmp_path / "r")
    table = re.search(
        r'id="months-table">.*?<tbody>(.*?)</tbody>',
        (folder / "index.html").read_text("utf-8"),
        flags=re.DOTALL,
    )
    assert table is not None
    cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", table[1])
    assert cells[:4] == ["Mar 2025", "16.0", "12.0", "+4.0"]


def test_no_halo_covers_the_ground(strip: ControlHistory) -> None:
    ax = kg.plot_map(strip)
    ground = [one for one in ax.patches if str(one.get_gid()).startswith("status")]
    halos = [one for one in ax.lines if one.get_gid() == "border-halo"]
    assert halos
    assert max(one.get_zorder() for one in halos) < min(p.get_zorder() for p in ground)
    plt.close(ax.figure)


def test_no_word_of_this_war_on_a_map_of_another(
    strip: ControlHistory, folder: Path
) -> None:
    words = (folder / "index.html").read_text("utf-8").partition("<body>")[2]
    words = re.sub(r"https?://\S+|<[^>]*>", " ", words.partition("<script type")[0])
    assert not {"Russia", "Ukraine", "Russian", "Ukrainian", "2022"} & set(
        re.findall(r"\w+", words)
    )
    ax = kg.plot_map(strip)
    legend = [one.get_text() for one in ax.get_legend().get_texts()]
    assert legend == ["Held", "Contested beyond the border"]
    plt.close(ax.figure)


# --- beside the page


def test_a_card_and_tags_for_previews(
    strip: ControlHistory, folder: Path, tmp_path: Path
) -> None:
    url, command = "https://example.org/strip/", "kursk-geo report <maps> /home/me/out"
    told = kg.write_report(strip, tmp_path / "r", url=url, command=command)
    with Image.open(told / "card.png") as card:
        assert card.size == (1200, 630)
    page = page_of(told)
    tags = {
        str(a["property"]): a["content"]
        for tag, a in page.elements
        if tag == "meta" and "property" in a
    }
    assert tags["og:image"] == "https://example.org/strip/card.png"
    assert tags["og:title"] == page.texts["h1"][0]
    assert "og:" not in (folder / "index.html").read_text("utf-8")
    # The command stands in the page, without folders of whoever ran it.
    assert page.texts["code"][-1] == "kursk-geo report <maps> out"
    assert page_of(folder).texts["code"][-1].startswith("kursk_geo.write_report(")


def test_the_chart_for_vega_has_its_data(folder: Path, strip: ControlHistory) -> None:
    spec = json.loads((folder / "charts.vl.json").read_text("utf-8"))
    values = spec["data"]["values"]
    held = kg.measure(strip, every="change")["area_km2"]
    assert [one["held_km2"] for one in values] == held.round(3).tolist()
    assert values[0]["map"] == "2025-03-01T12:00:00Z"


def test_maps_are_a_file_and_not_a_table(folder: Path, strip: ControlHistory) -> None:
    digests = [row["sha256"] for row in rows_of(folder, "maps.csv")]
    assert digests == strip.snapshots["sha256"].tolist()
    assert digests[0] not in (folder / "index.html").read_text("utf-8")


# --- histories of every kind


def test_nothing_held_is_told(tmp_path: Path) -> None:
    history = days([feature(tile(0, 0), fill=GREY)], []).select(STRIP)
    page = page_of(kg.write_report(history, tmp_path / "r", places=points("A")))
    assert page.texts["h1"] == ["Nothing of strip is held on these maps"]
    assert "Nothing changed hands on these maps." in page.texts["p"]


def test_one_map_and_no_maps_at_all(tmp_path: Path) -> None:
    one = days([feature(tile(0, 0))]).select(STRIP)
    page = page_of(kg.write_report(one, tmp_path / "r"))
    assert "measured on 1 DeepState map, 1 Mar 2025" in page.texts["p"][0]
    with pytest.raises(DateNotFoundError, match="there is none at all"):
        kg.write_report(make_history({}).select(STRIP), tmp_path / "s")
    assert not (tmp_path / "s").exists()


def test_a_theatre_without_a_border_has_no_depth(theirs: Path) -> None:
    page = page_of(theirs)
    assert "Depth, km" not in page.texts["th"][:12]
    assert "depth" not in page.attributes("class")
    assert "nan" not in (theirs / "index.html").read_text("utf-8").lower().split()


def test_a_depth_at_the_edge_of_the_region_is_that_or_more(tmp_path: Path) -> None:
    cut = replace(STRIP, region=tile(-10, -4, 20, 9))  # 5 km deep
    ground = [feature(tile(0, 0, 4, 9))]
    folder = kg.write_report(days(ground, ground).select(cut), tmp_path / "r")
    page = page_of(folder)
    [lead] = [words for words in page.texts["p"] if "piece is left" in words]
    assert "left, 5.0\xa0km or more deep." in lead
    # Of two days, and in the tables of pieces and of months.
    assert page.texts["td"].count("4.99 or more") == 4
    assert json.loads(page.texts["script"][-2])["more"] == [0]


def test_a_whole_country_has_the_errors_of_its_months(
    strip: ControlHistory,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tables, "LARGE", 0.0)
    coarse = kg.write_report(strip, tmp_path / "r", places=points("Alpha", "Beta"))
    told, exact = (rows_of(one, "figures.csv") for one in (coarse, folder))
    assert set(told[0]) == set(exact[0])
    for name in ("snapshot_utc", "area_km2", "depth_km", "sections"):
        assert [row[name] for row in told] == [row[name] for row in exact]
    assert told[-1] == exact[-1]


def test_held_ground_has_the_colour_of_its_side(folder: Path, theirs: Path) -> None:
    colours = [
        re.search("--held:(#[0-9a-f]{6})", page_of(one).texts["style"][0])
        for one in (folder, theirs)
    ]
    assert [found and found[1] for found in colours] == [
        COLOURS[Status.HELD_IN_RUSSIA],
        COLOURS[Status.OCCUPIED],
    ]


def test_the_bundled_border_is_credited_and_no_other(
    folder: Path, checked: Path
) -> None:
    credit = "Border © OpenStreetMap contributors."
    assert credit not in (folder / "index.html").read_text("utf-8")
    assert credit in (checked / "index.html").read_text("utf-8")


def test_years_of_maps_are_told_in_a_dozen_periods(tmp_path: Path) -> None:
    ground = [feature(tile(0, 0))]
    grown = [feature(tile(0, 0, 3, 3))]
    history = make_history(
        {NOON - 1500 * DAY_S: ground, NOON - 700 * DAY_S: grown, NOON: grown}
    ).select(STRIP)
    page = page_of(kg.write_report(history, tmp_path / "r"))
    rows = [words for words in page.texts["th"] if re.fullmatch(r"Q\d 20\d\d", words)]
    assert 12 <= len(rows) <= 18


def test_the_span_cuts_the_report(checked: Path) -> None:
    moments = [row["snapshot_utc"][:10] for row in rows_of(checked, "figures.csv")]
    assert moments[0] >= "2025-03-01"


# --- what is refused


def test_a_history_needs_a_theatre(history: ControlHistory, tmp_path: Path) -> None:
    with pytest.raises(TheatreError, match="This history has no theatre"):
        kg.write_report(history, tmp_path / "r")
    with pytest.raises(TheatreError, match="No theatre 'mars'"):
        kg.write_report(history, tmp_path / "r", theatre="mars")
    assert not (tmp_path / "r").exists()


def test_a_cut_history_takes_no_other_theatre_and_no_claims(
    strip: ControlHistory, tmp_path: Path
) -> None:
    with pytest.raises(TheatreError, match="cut to theatre 'strip'"):
        kg.write_report(strip, tmp_path / "r", theatre="kursk")
    claims = kg.load_claims("bloomberg-2025-04-26-sections")
    with pytest.raises(TheatreError, match="have been cut to a theatre"):
        kg.write_report(strip, tmp_path / "r", claims=claims)


def test_a_span_without_maps_is_refused(strip: ControlHistory, tmp_path: Path) -> None:
    with pytest.raises(DateNotFoundError, match="run from 2025-03-01 to 2025-03-05"):
        kg.write_report(strip, tmp_path / "r", start="2030-01-01")


def test_what_is_no_report_is_left_alone(strip: ControlHistory, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OptionError, match="is there and holds no index"):
        kg.write_report(strip, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


# --- the command


def test_the_command_writes_a_report(maps_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "report"
    printed = done("report", maps_folder, "--out", out, "--title", "Morning <3")
    assert printed == ""
    assert page_of(out).texts["h1"] == ["Morning <3"]


def test_the_command_takes_claims_places_and_a_span(tmp_path: Path) -> None:
    out = tmp_path / "report"
    done(
        *("report", ROOT / "sample_data" / "deepstate", "--out", out),
        *("--claims", "bloomberg-2025-04-26-sections", "--from", "2025-03-01"),
        *("--to", "2025-04-15", "--tz", "Europe/Kyiv"),
        *("--places", ROOT / "sample_data" / "places" / "places.csv"),
    )
    assert {"claims.csv", "settlements.csv"} <= {path.name for path in out.iterdir()}
    last = rows_of(out, "figures.csv")[-1]
    assert last["snapshot_utc"] == "2025-04-15T20:23:02Z"


def test_the_command_says_in_a_line_what_cannot_be_done(
    maps_folder: Path, tmp_path: Path
) -> None:
    said = refused(
        "report", maps_folder, "--from", "2030-01-01", "--out", tmp_path / "r"
    )
    assert "--from" in said
    said = refused("report", maps_folder, "--claims", "nobody", "--out", tmp_path / "r")
    assert "no claim 'nobody'" in said
    assert list(tmp_path.iterdir()) == []


def test_reading_a_report_needs_no_other_file(folder: Path) -> None:
    size = (folder / "index.html").stat().st_size
    assert size < 250_000
    assert len(page_of(folder).elements) < 8_000
