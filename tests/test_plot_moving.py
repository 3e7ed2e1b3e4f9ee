"""Animations, pages to explore, and what a map is drawn upon."""

import sys
from collections.abc import Iterator
from pathlib import Path

import folium
import geopandas as gpd
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import shapely
from matplotlib.axes import Axes
from matplotlib.text import Annotation, Text
from PIL import Image

from builders import days, feature, tile
from kursk_geo.errors import (
    EmptyPlotWarning,
    MissingExtraError,
    OptionError,
    TheatreError,
)
from kursk_geo.history import ControlHistory
from kursk_geo.measure import measure
from kursk_geo.plot.canvas import COLOURS, root_figure
from kursk_geo.plot.maps import animate, explore, plot_map
from kursk_geo.status import Status
from kursk_geo.theatre import theatre

mpl.use("Agg")


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    before = mpl.rcParams.copy()
    yield
    plt.close("all")
    assert mpl.rcParams == before


@pytest.fixture(scope="module")
def kursk() -> ControlHistory:
    """Nothing, one section, the same again, two sections."""
    big, small = feature(tile(0, 0, 10, 8)), feature(tile(-20, 4, 4, 4))
    return days([], [big], [big], [big, small]).select(theatre("kursk"))


def named(ax: Axes, gid: str) -> list[Annotation]:
    return [text for text in ax.findobj(Annotation) if text.get_gid() == gid]


def frames(path: Path) -> list[Image.Image]:
    with Image.open(path) as film:
        found = []
        for position in range(film.n_frames):  # type: ignore[attr-defined]  # of GIFs
            film.seek(position)
            found.append(film.convert("RGB"))
    return found


def shown(frame: Image.Image, status: Status) -> int:
    """Pixels in the colour of a status."""
    colour = np.array(mpl.colors.to_rgb(COLOURS[status])) * 255
    off = np.abs(np.asarray(frame, dtype=float) - colour).max(axis=2)
    return int((off < 8).sum())


# --- animations


@pytest.mark.parametrize(("every", "n"), [("change", 3), ("map", 4), ("day", 4)])
def test_gif_has_a_frame_for_each_row(
    kursk: ControlHistory, tmp_path: Path, every: str, n: int
) -> None:
    path = animate(kursk, tmp_path / "kursk.gif", every=every, width_in=3.0)  # type: ignore[arg-type]  # a str for the test's sake
    assert path == tmp_path / "kursk.gif"
    film = frames(path)
    assert len(film) == n
    held = [shown(frame, Status.HELD_IN_RUSSIA) for frame in film]
    # What the legend shows is held on no ground.
    ground = np.array(held) - held[0]
    areas = measure(kursk, every=every).area_km2.to_numpy()  # type: ignore[arg-type]  # likewise
    assert ground[1:] / ground[-1] == pytest.approx(areas[1:] / areas[-1], rel=0.05)
    assert len({frame.size for frame in film}) == 1
    assert {frame.getpixel((0, 0)) for frame in film} == {(255, 255, 255)}


def test_gif_keeps_time_and_says_when(kursk: ControlHistory, tmp_path: Path) -> None:
    path = animate(kursk, str(tmp_path / "a.gif"), fps=2.0, width_in=3.0)
    with Image.open(path) as film:
        durations = []
        for position in range(3):
            film.seek(position)
            durations.append(film.info["duration"])
        assert film.info["loop"] == 0
    assert durations == [500, 500, 2000]


def test_gif_is_the_same_each_time(kursk: ControlHistory, tmp_path: Path) -> None:
    first = animate(kursk, tmp_path / "a.gif", width_in=3.0)
    second = animate(kursk, tmp_path / "b.gif", width_in=3.0)
    assert first.read_bytes() == second.read_bytes()
    assert not plt.get_fignums(), "pyplot knows nothing of the frames"


def test_nothing_half_written_is_left(
    kursk: ControlHistory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "kursk.gif"
    old.write_text("old")

    def broken(*_: object, **__: object) -> None:
        msg = "disk full"
        raise OSError(msg)

    monkeypatch.setattr(Image.Image, "save", broken)
    with pytest.raises(OptionError, match="disk full"):
        animate(kursk, old, width_in=3.0)
    assert old.read_text() == "old"
    assert list(tmp_path.iterdir()) == [old]


def test_nothing_held_is_animated_and_warned_of(
    kursk: ControlHistory, tmp_path: Path
) -> None:
    for first, last in (("2025-03-01", "2025-03-01"), ("2020-01-01", "2020-01-02")):
        path = tmp_path / f"{first}.gif"
        with pytest.warns(EmptyPlotWarning, match="these maps"):
            animate(kursk.between(first, last), path, width_in=3.0)
        assert len(frames(path)) == 1


def test_wrong_options_of_an_animation_are_refused(
    kursk: ControlHistory, tmp_path: Path
) -> None:
    with pytest.raises(OptionError, match=r"ends in \.gif"):
        animate(kursk, tmp_path / "kursk.mp4")
    for fps in (0.0, float("nan"), 1e3):
        with pytest.raises(OptionError, match="frames in a second"):
            animate(kursk, tmp_path / "kursk.gif", fps=fps)
    with pytest.raises(TheatreError):
        animate(days([]), tmp_path / "kursk.gif")
    assert not list(tmp_path.iterdir())


# --- pages to explore


def test_page_shows_layers_border_and_credit(kursk: ControlHistory) -> None:
    page = explore(kursk, at="2025-03-02")
    assert isinstance(page, folium.Map)
    html = page.get_root().render()
    assert "Held by Ukraine" in html
    assert COLOURS[Status.HELD_IN_RUSSIA] in html
    assert "Map of 2 Mar 2025, 12:00 UTC" in html
    assert "Source: DeepStateMap.Live" in html
    assert "Border © OpenStreetMap contributors" in html


def test_names_from_data_are_text_on_the_page() -> None:
    evil = "<script>alert(1)</script> /// Liberated /// geoJSON.status.dismissed"
    shown = days([feature(tile(0, 0, 5, 5), name=evil)]).select(theatre("kursk"))
    html = explore(shown).get_root().render()
    assert "<script>alert(1)" not in html


def test_page_of_nothing_warns(kursk: ControlHistory) -> None:
    with pytest.warns(EmptyPlotWarning) as caught:
        explore(kursk, at="2025-03-01")
    assert caught[0].filename == __file__


def test_missing_folium_is_named(
    kursk: ControlHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "folium", None)
    with pytest.raises(MissingExtraError, match=r"kursk-geo\[explore\]"):
        explore(kursk)


# --- places


def table(*shapes: shapely.Geometry, **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs="EPSG:4326")


def test_places_are_marked_and_named(kursk: ControlHistory) -> None:
    inside, beside = shapely.Point(35.27, 51.33), shapely.Point(35.0, 51.35)
    shapes = inside, beside, shapely.Point(10, 50), inside
    # The last is the first place again, which is marked once.
    places = table(*shapes, name=["Суджа $1$", None, "far away", "Sudzha"])
    ax = plot_map(kursk, places=places)
    assert [text.get_text() for text in named(ax, "place")] == ["Суджа $1$"]
    (text,) = named(ax, "place")
    assert text.xy == pytest.approx((inside.x, inside.y), abs=1e-3)
    dots = [line for line in ax.lines if line.get_gid() == "place-dot"]
    assert len(dots) == 2
    # Of the towns that are known, those stand that have room for their name.
    crowded = plot_map(kursk, width_in=2.5)
    dots = [line for line in crowded.lines if line.get_gid() == "place-dot"]
    assert 0 < len(dots) == len(named(crowded, "place"))
    mercator = plot_map(kursk, places=places.to_crs("EPSG:3857"))
    assert named(mercator, "place")[0].xy == pytest.approx(text.xy, abs=1e-6)


def test_names_of_places_stand_clear(kursk: ControlHistory) -> None:
    crowd = [shapely.Point(35.2 + i / 100, 51.35) for i in range(12)]
    ax = plot_map(kursk, places=table(*crowd, name=[f"Village {i}" for i in range(12)]))
    root_figure(ax).draw_without_rendering()
    texts = [
        text
        for text in ax.findobj(Text)
        if text.get_gid() in {"place", "country", "section-label"}
    ]
    # Of an annotation, without its line.
    boxes = [shapely.box(*Text.get_window_extent(text).extents) for text in texts]
    # Those that have no room beside their dot stand farther off, with a line to it.
    assert len(named(ax, "place")) == 12
    assert 1 <= sum(bool(one.arrow_patch) for one in named(ax, "place")) < 12
    overlaps = [a.intersection(b).area for i, a in enumerate(boxes) for b in boxes[:i]]
    assert max(overlaps) == 0


def test_what_is_no_table_of_places_is_refused(kursk: ControlHistory) -> None:
    with pytest.raises(OptionError, match="read_places"):
        plot_map(kursk, places=[shapely.Point(35.0, 51.3)])  # type: ignore[arg-type]
