"""Pictures, judged by what stands in them; how they look was judged by eye."""

import locale
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from itertools import combinations
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import shapely
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.text import Annotation, Text
from numpy.typing import NDArray

from builders import DAY_S, GREY, NOON, days, feature, make_history, tile
from kursk_geo._text import km, km2, status_word
from kursk_geo.area import area_km2
from kursk_geo.errors import (
    DateNotFoundError,
    EmptyPlotWarning,
    OptionError,
    TheatreError,
)
from kursk_geo.geometry import GEOD
from kursk_geo.history import ControlHistory
from kursk_geo.measure import measure
from kursk_geo.plot.basemap import View
from kursk_geo.plot.canvas import (
    COLOURS,
    DARK,
    HATCHES,
    LIGHT,
    ROLES,
    caption_text,
    legend_word,
    plain,
    root_figure,
    text_width_pt,
    wrap,
)
from kursk_geo.plot.charts import plot_area, plot_depth
from kursk_geo.plot.maps import plot_map, plot_small_multiples
from kursk_geo.sections import sections
from kursk_geo.status import Status
from kursk_geo.theatre import Theatre, theatre

mpl.use("Agg")

Mapped = Callable[..., Axes]


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    """Leave matplotlib as it was: no figures, no changed settings."""
    before = mpl.rcParams.copy()
    yield
    plt.close("all")
    assert mpl.rcParams == before


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """Five days: held 8, 8, 12, 12, 6 km²; the last two maps four days apart."""
    held = [8.0, 8.0, 12.0, 12.0, 6.0]
    published = [0, 1, 2, 3, 7]
    frame = pd.DataFrame(
        {
            "area_km2": held,
            "contested_km2": [0.0, 2.0, 2.0, 3.0, 1.0],
            "sections": 1,
            "depth_km": [2.0, 2.0, 3.0, 3.0, 1.5],
            "depth_with_contested_km": [2.0, 2.5, 3.5, 3.5, 2.5],
            "snapshot_id": [f"id-{day}" for day in published],
        },
        index=pd.DatetimeIndex(
            [
                pd.Timestamp("2025-03-01T12:00Z") + pd.Timedelta(days=d)
                for d in published
            ],
            name="snapshot_utc",
        ),
    )
    frame.attrs = {
        "source": "drawn",
        "attribution": "Drawn, https://example.org",
        "theatre": "strip",
        "area_method": "geodesic",
        "every": "map",
    }
    return frame


@pytest.fixture(scope="module")
def kursk() -> ControlHistory:
    """Drawn ground near Sudzha: nothing, one section, three, then grey alone."""
    big, small, far = tile(0, 0, 10, 8), tile(-30, 4, 2, 2), tile(20, 2, 2, 3)
    grey = feature(tile(10, 0, 4, 8), fill=GREY)
    drawn = days(
        [],
        [feature(big)],
        [feature(big), feature(small), feature(far), grey],
        [grey],
    )
    return drawn.select(theatre("kursk"))


@pytest.fixture(scope="module")
def mapped(kursk: ControlHistory) -> Mapped:
    """Maps of the drawn history, each drawn once; not to be changed."""

    @cache
    def draw(day: str, width_in: float = 7.0) -> Axes:
        ax = plot_map(kursk, at=day, width_in=width_in)
        laid_out(ax)
        return ax

    return draw


def named(ax: Axes, gid: str) -> list[Artist]:
    """Artists of an Axes by the name they bear in the picture."""
    return [artist for artist in ax.findobj() if artist.get_gid() == gid]


def laid_out(ax: Axes) -> Figure:
    figure = root_figure(ax)
    figure.draw_without_rendering()
    return figure


def instants(line: Line2D) -> list[pd.Timestamp]:
    """When the points of a line are, of matplotlib's days since 1970."""
    days_since = np.asarray(line.get_xdata(), dtype=float)
    return list(pd.to_datetime(days_since, unit="D", utc=True).round("s"))


def words(ax: Axes, gid: str) -> list[str]:
    texts = (one.get_text() for one in named(ax, gid) if isinstance(one, Text))
    return [text.replace("\xa0", " ") for text in texts]


def line(ax: Axes, gid: str) -> Line2D:
    (found,) = named(ax, gid)
    assert isinstance(found, Line2D)
    return found


def said(ax: Axes) -> str:
    (caption,) = words(ax, "caption")
    return caption.replace("\n", " ")


def title(ax: Axes) -> str:
    return ax.get_title(loc="left").replace("\xa0", " ").replace("\n", " ")


def legend(ax: Axes) -> list[str]:
    found = ax.get_legend()
    texts = [] if found is None else found.get_texts()
    return [text.get_text().replace("\xa0", " ") for text in texts]


# --- charts


@pytest.mark.parametrize(
    ("plot", "column", "gid"),
    [
        (plot_area, "area_km2", "held"),
        (plot_depth, "depth_km", "depth"),
        (plot_depth, "depth_with_contested_km", "depth-with-contested"),
    ],
)
def test_lines_are_steps_through_the_table(
    table: pd.DataFrame, plot: Callable[..., Axes], column: str, gid: str
) -> None:
    drawn = line(plot(table), gid)
    assert drawn.get_drawstyle() == "steps-post"
    assert np.asarray(drawn.get_ydata()).tolist() == table[column].tolist()
    assert instants(drawn) == list(table.index)


def test_contested_band_stands_upon_the_held(table: pd.DataFrame) -> None:
    ax = plot_area(table)
    (band,) = named(ax, "contested")
    assert isinstance(band, PolyCollection)
    # Area under steps: each height times the days until the next map.
    stood = np.diff(table.index.tz_localize(None)) / np.timedelta64(1, "D")
    total = shapely.Polygon(np.asarray(band.get_paths()[0].vertices)).buffer(0).area
    assert total == pytest.approx((table.contested_km2.iloc[:-1] * stood).sum())
    top = np.asarray(line(ax, "total").get_ydata())
    assert top.tolist() == (table.area_km2 + table.contested_km2).tolist()
    assert band.get_hatch()


def test_charts_say_units_peak_and_source(table: pd.DataFrame) -> None:
    area, depth = plot_area(table), plot_depth(table)
    assert area.get_ylabel() == "Area [km²]"
    assert depth.get_ylabel() == "Depth [km]"
    assert title(area) == "6.0 km² held on 8 Mar 2025, 50 % of the peak"
    assert (
        title(depth)
        == "1.50 km deep on 8 Mar 2025; 3.00 km at the deepest, on 3 Mar 2025"
    )
    for ax in (area, depth):
        assert "Source: Drawn, https://example.org." in said(ax)
        assert "Ground: strip" in said(ax)
        assert "Last map of 8 Mar 2025, 12:00 UTC (number id-7)." in said(ax)
        assert ax.get_ylim()[0] == 0
    assert "on the WGS 84 ellipsoid" in said(area)


def test_spherical_area_is_called_so(table: pd.DataFrame) -> None:
    web = table.copy()
    web.attrs = table.attrs | {"area_method": "spherical"}
    assert "on a sphere" in said(plot_area(web))


def test_stretches_without_a_map_are_shaded(table: pd.DataFrame) -> None:
    ax = plot_area(table)
    (shade,) = named(ax, "stale")
    assert isinstance(shade, Rectangle)
    ends = [shade.get_x(), shade.get_x() + shade.get_width()]
    start, end = pd.to_datetime(ends, unit="D")
    assert (start.day, end.day) == (4, 8)
    assert "Shaded: no new map for over 3 days." in said(ax)
    assert len(legend(ax)) == 2
    assert not named(plot_area(table, stale_days=5), "stale")
    changes = table.copy()
    changes.attrs = table.attrs | {"every": "change"}
    assert not named(plot_area(changes), "stale"), "a change apart is not a map missing"


def test_days_without_a_map_are_no_steps(strip: ControlHistory) -> None:
    daily = measure(strip, every="day")
    drawn = line(plot_area(daily), "held")
    assert np.asarray(drawn.get_ydata()).tolist() == daily.area_km2.tolist()


def test_dates_are_in_utc(table: pd.DataFrame) -> None:
    ax = plot_area(table.tz_convert("Asia/Tokyo"))
    assert instants(line(ax, "held"))[0].hour == 12
    ax.figure.canvas.draw()
    words = [label.get_text() for label in ax.get_xticklabels()]
    assert words[0].endswith(" Mar 2025")
    assert words[1].endswith(" Mar")


def test_months_are_english_whatever_the_locale(table: pd.DataFrame) -> None:
    days = pd.date_range("2024-08-01", periods=len(table), freq="60D", tz="UTC")
    months = table.set_axis(days).rename_axis("snapshot_utc")
    before = locale.setlocale(locale.LC_TIME)
    installed = [
        name for name in ("de_DE.UTF-8", "uk_UA.UTF-8", "C") if _has_locale(name)
    ]
    try:
        for name in installed:
            locale.setlocale(locale.LC_TIME, name)
            ax = plot_area(months)
            ax.figure.canvas.draw()
            words = [label.get_text() for label in ax.get_xticklabels()]
            assert words[0].endswith(" 2024")
            assert "Jan 2025" in words or "Mar 2025" in words
    finally:
        locale.setlocale(locale.LC_TIME, before)


def _has_locale(name: str) -> bool:
    before = locale.setlocale(locale.LC_TIME)
    try:
        locale.setlocale(locale.LC_TIME, name)
    except locale.Error:
        return False
    locale.setlocale(locale.LC_TIME, before)
    return True


def test_colours_follow_what_was_held(table: pd.DataFrame) -> None:
    strip_of_ukraine = table.copy()
    strip_of_ukraine.attrs = table.attrs | {"held": ["occupied"]}
    assert (
        line(plot_area(strip_of_ukraine), "held").get_color()
        == COLOURS[Status.OCCUPIED]
    )
    own = line(plot_area(table), "held").get_color()
    assert own == COLOURS[Status.HELD_IN_RUSSIA]


@pytest.mark.parametrize("plot", [plot_area, plot_depth])
def test_empty_table_is_drawn_empty_and_warned_of(
    table: pd.DataFrame, plot: Callable[..., Axes]
) -> None:
    with pytest.warns(EmptyPlotWarning, match="no rows") as caught:
        ax = plot(table.iloc[:0])
    assert caught[0].filename == __file__
    assert ax.get_ylabel()
    assert "No maps." in said(ax)
    assert not len(ax.get_xticks()), "no dates that no map has"
    laid_out(ax)


def test_theatre_without_border_has_no_depth(table: pd.DataFrame) -> None:
    nowhere = table.assign(depth_km=np.nan, depth_with_contested_km=np.nan)
    with pytest.warns(EmptyPlotWarning, match="no border"):
        plot_depth(nowhere)


def test_wrong_tables_and_options_are_refused(table: pd.DataFrame) -> None:
    with pytest.raises(OptionError, match=r"lacks area_km2.*measure\(history\)"):
        plot_area(table.drop(columns="area_km2"))
    with pytest.raises(OptionError, match="not indexed by instants"):
        plot_depth(table.reset_index(drop=True))
    with pytest.raises(OptionError, match="stale_days=0"):
        plot_area(table, stale_days=0)
    with pytest.raises(OptionError, match=r"width_in=0\.5"):
        plot_area(table, width_in=0.5)


# --- maps


def test_axes_that_are_passed_are_drawn_on(
    table: pd.DataFrame, kursk: ControlHistory
) -> None:
    figure, axes = plt.subplots(1, 3, figsize=(12, 4), layout="constrained")
    assert plot_area(table, ax=axes[0]) is axes[0]
    assert plot_depth(table, ax=axes[1]) is axes[1]
    assert plot_map(kursk, ax=axes[2]) is axes[2]
    assert plt.get_fignums() == [figure.number]
    assert figure.get_size_inches().tolist() == [12, 4]


def test_subfigures_can_be_drawn_on(kursk: ControlHistory) -> None:
    figure = plt.figure(figsize=(8, 4), layout="constrained")
    left = figure.subfigures()
    assert isinstance(left, SubFigure)
    assert plot_map(kursk, ax=left.subplots()).figure is left


def test_state_is_drawn_by_status(kursk: ControlHistory, mapped: Mapped) -> None:
    ax = mapped("2025-03-03")
    state = kursk.at("2025-03-03")
    for status in (Status.HELD_IN_RUSSIA, Status.CONTESTED_IN_RUSSIA):
        (patch,) = named(ax, f"status-{status}")
        assert isinstance(patch, PathPatch)
        polygons = [
            shapely.Polygon(np.asarray(ring)) for ring in patch.get_path().to_polygons()
        ]
        expected = state.geometry[state.status == status].union_all()
        assert shapely.union_all(polygons).symmetric_difference(expected).area < 1e-12
        assert mpl.colors.to_hex(patch.get_facecolor()) == COLOURS[status]
        assert (patch.get_hatch() or "") == HATCHES[status]
    assert legend(ax) == [
        "Held by Ukraine",
        "Contested, in Russia",
    ]


def test_a_legend_speaks_as_its_theatre_does() -> None:
    grey = Status.CONTESTED
    own = Theatre("als", held=frozenset({Status.OCCUPIED}), words={grey: "fought over"})
    assert legend_word(grey, own) == "Fought over"
    assert legend_word(grey, replace(own, words={})) == "Contested"
    assert legend_word(grey, theatre("ukraine")) == status_word(grey)


def test_holes_stay_open() -> None:
    ring = shapely.difference(tile(0, 0, 10, 10), tile(3, 3, 4, 4))
    ax = plot_map(days([feature(ring)]).select(theatre("kursk")))
    (patch,) = named(ax, "status-held_in_russia")
    assert isinstance(patch, PathPatch)
    hole = ring.centroid
    canvas = FigureCanvasAgg(root_figure(ax))
    canvas.draw()  # type: ignore[no-untyped-call]  # has no types
    pixel = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]  # nor this
    x, y = ax.transData.transform((hole.x, hole.y)).astype(int)
    assert mpl.colors.to_hex(pixel[-y, x] / 255) != COLOURS[Status.HELD_IN_RUSSIA]


def test_sections_are_labelled_with_area_and_depth(
    kursk: ControlHistory, mapped: Mapped
) -> None:
    ax = mapped("2025-03-03")
    pieces = sections(kursk, at="2025-03-03")
    expected = {
        f"{km2(piece.area_km2)}\n{km(piece.depth_km)} deep".replace("\xa0", " ")
        for piece in pieces.itertuples()
    }
    assert set(words(ax, "section-label")) == expected
    assert len(words(ax, "section-label")) == 3


def test_given_sections_are_labelled(kursk: ControlHistory) -> None:
    pieces = sections(kursk, at="2025-03-03", min_area_km2=10.0)
    assert (
        len(words(plot_map(kursk, at="2025-03-03", pieces=pieces), "section-label"))
        == 1
    )


def test_depth_is_drawn_from_border_to_witness(
    kursk: ControlHistory, mapped: Mapped
) -> None:
    ax = mapped("2025-03-02")
    piece = sections(kursk, at="2025-03-02").iloc[0]
    drawn = line(ax, "depth")
    (x0, x1), (y0, y1) = np.asarray(drawn.get_data())
    assert (x1, y1) == (piece.witness_lon, piece.witness_lat)
    length_km = GEOD.line_length([x0, x1], [y0, y1]) / 1e3
    assert length_km == pytest.approx(piece.depth_km, rel=1e-6)


@pytest.mark.parametrize("width_in", [4.0, 7.0])
@pytest.mark.parametrize("day", ["2025-03-01", "2025-03-02", "2025-03-03"])
@pytest.mark.filterwarnings("ignore::kursk_geo.errors.EmptyPlotWarning")
def test_scale_bar_is_true_on_the_ellipsoid(
    day: str, width_in: float, mapped: Mapped
) -> None:
    ax = mapped(day, width_in)
    bar = line(ax, "scale-bar")
    xs = np.asarray(bar.get_xdata(), dtype=float)
    middle = np.mean(ax.get_ylim())
    length_km = GEOD.line_length(xs, [middle, middle]) / 1e3
    (text,) = words(ax, "scale-bar-label")
    assert length_km == pytest.approx(float(text.split()[0]), rel=0.01)
    west, east = ax.get_xlim()
    assert west < xs[0] < xs[1] < east
    assert "N ↑" in text


def test_a_kilometre_is_as_long_north_as_east(mapped: Mapped) -> None:
    ax = mapped("2025-03-03")
    laid_out(ax)
    lon, lat = np.mean(ax.get_xlim()), np.mean(ax.get_ylim())
    aspect = ax.get_aspect()
    assert isinstance(aspect, float)
    assert aspect == pytest.approx(1 / np.cos(np.radians(lat)), rel=0.005)
    ends = [GEOD.fwd(lon, lat, azimuth, 1e3)[:2] for azimuth in (0, 90)]
    start = ax.transData.transform((lon, lat))
    up, right = (ax.transData.transform(end) - start for end in ends)
    assert up[1] == pytest.approx(right[0], rel=1e-3)
    assert up[1] > 0
    assert abs(up[0]) < 1e-6 * up[1]


def test_map_is_zoomed_to_its_ground(kursk: ControlHistory, mapped: Mapped) -> None:
    ax = mapped("2025-03-02")
    west, south, east, north = kursk.at("2025-03-02").total_bounds
    assert ax.get_xlim()[0] < west < east < ax.get_xlim()[1]
    assert ax.get_ylim()[0] < south < north < ax.get_ylim()[1]
    shown = shapely.box(*np.transpose([ax.get_xlim(), ax.get_ylim()]).ravel())
    assert area_km2(np.array([shown], dtype=object))[0] < 1000


def test_slivers_do_not_pull_the_view() -> None:
    sliver = tile(60, 20, 0.05, 0.05)
    drawn = days([feature(tile(0, 0, 5, 5)), feature(sliver)])
    ax = plot_map(drawn.select(theatre("kursk")))
    assert ax.get_xlim()[1] < sliver.bounds[0]


def test_view_can_be_given(kursk: ControlHistory) -> None:
    ax = plot_map(kursk, view=(34.0, 51.0, 36.0, 52.0))
    assert ax.get_xlim() == (34.0, 36.0)
    assert ax.get_ylim() == (51.0, 52.0)
    with pytest.raises(OptionError, match="west, south, east, north"):
        plot_map(kursk, view=(36.0, 51.0, 34.0, 52.0))


def test_sides_of_the_border_are_named(kursk: ControlHistory) -> None:
    ax = plot_map(kursk, view=(34.5, 50.9, 35.8, 51.6))
    names = [text for text in named(ax, "country") if isinstance(text, Annotation)]
    placed = {text.get_text(): text.xy for text in names}
    region = theatre("kursk").region
    assert region is not None
    assert placed.keys() == {"UKRAINE", "RUSSIA"}
    assert region.contains(shapely.Point(placed["RUSSIA"]))
    assert not region.contains(shapely.Point(placed["UKRAINE"]))
    assert named(ax, "border")
    assert "Border © OpenStreetMap contributors." in said(ax)


def test_other_borders_part_no_countries(strip: ControlHistory) -> None:
    ax = plot_map(strip)
    assert named(ax, "border")
    assert not named(ax, "country")
    assert "OpenStreetMap" not in said(ax)


def test_words_do_not_cover_each_other(mapped: Mapped) -> None:
    ax = mapped("2025-03-03", 4.0)
    laid_out(ax)
    frame = ax.get_window_extent()
    boxes = [
        text.get_window_extent()
        for gid in ("section-label", "country", "scale-bar-label")
        for text in named(ax, gid)
        if isinstance(text, Text)
    ]
    # Leaders belong to the extent of an annotation; its words alone are compared.
    assert len(boxes) >= 5
    for first, second in combinations(boxes, 2):
        overlap = shapely.box(*first.extents).intersection(shapely.box(*second.extents))
        assert overlap.area == 0
    assert all(frame.x0 <= b.x0 and b.x1 <= frame.x1 for b in boxes)


def test_all_text_is_on_the_page(
    kursk: ControlHistory, table: pd.DataFrame, mapped: Mapped
) -> None:
    for width_in in (4.0, 7.0):
        for ax in (
            plot_area(table, width_in=width_in),
            plot_depth(table, width_in=width_in),
            mapped("2025-03-03", width_in),
            plot_small_multiples(kursk, ["2025-03-02"] * 3, width_in=width_in)[0],
        ):
            figure = laid_out(ax)
            page = figure.bbox
            for text in figure.findobj(Text):
                if text.get_text() and text.get_visible() and text.get_gid():
                    box = text.get_window_extent()
                    assert box.x0 >= -1, text.get_text()
                    assert box.x1 <= page.x1 + 1, text.get_text()
                    assert box.y0 >= -1, text.get_text()
                    assert box.y1 <= page.y1 + 1, text.get_text()


def test_caption_says_snapshot_source_and_age(
    kursk: ControlHistory, mapped: Mapped
) -> None:
    ax = mapped("2025-03-10")
    assert ax.get_title(loc="left") == "10 Mar 2025"
    age = "That map was 6.5 days old at the end of the day asked for"
    assert f"Map of 4 Mar 2025, 12:00 UTC (number {NOON + 3 * DAY_S}). {age}." in said(
        ax
    )
    assert "Source: DeepStateMap.Live" in said(ax)
    assert plot_map(kursk).get_title(loc="left") == "4 Mar 2025, 12:00 UTC"


def test_map_sums_up_in_words(kursk: ControlHistory, mapped: Mapped) -> None:
    state = measure(kursk).iloc[2]
    (subtitle,) = words(mapped("2025-03-03"), "subtitle")
    assert subtitle == (
        f"{km2(state.area_km2)} held in 3 pieces; "
        f"at most {km(state.depth_km)} deep; "
        f"{km2(state.contested_km2)} contested"
    ).replace("\xa0", " ")
    (subtitle,) = words(mapped("2025-03-04"), "subtitle")
    assert subtitle.startswith("Nothing held; ")


def test_nothing_held_shows_the_region_and_warns(kursk: ControlHistory) -> None:
    with pytest.warns(EmptyPlotWarning, match="nothing is held") as caught:
        ax = plot_map(kursk, at="2025-03-01")
    assert caught[0].filename == __file__
    region = theatre("kursk").region
    assert region is not None
    west, _, east, _ = region.bounds
    assert ax.get_xlim()[0] < west < east < ax.get_xlim()[1]
    assert words(ax, "subtitle") == ["Nothing held"]


def test_history_without_maps_is_drawn_empty(kursk: ControlHistory) -> None:
    nothing = kursk.between("2020-01-01", "2020-01-02")
    with pytest.warns(EmptyPlotWarning):
        ax = plot_map(nothing)
    assert ax.get_title(loc="left") == "No maps"
    assert "Source: DeepStateMap.Live" in said(ax)
    with pytest.raises(DateNotFoundError):
        plot_map(nothing, at="2025-03-03")


def test_theatre_without_region_and_border_is_drawn() -> None:
    plain_theatre = Theatre("anywhere", held=frozenset({Status.HELD_IN_RUSSIA}))
    far = shapely.box(-70.2, -33.1, -70.0, -33.0)
    ax = plot_map(days([feature(far)]).select(plain_theatre))
    assert not named(ax, "border")
    (label,) = words(ax, "section-label")
    assert "deep" not in label


def test_history_needs_a_theatre() -> None:
    with pytest.raises(TheatreError, match="select"):
        plot_map(days([feature(tile(0, 0))]))


# --- small multiples


def test_small_multiples_share_one_scale(kursk: ControlHistory) -> None:
    dates = ["2025-03-01", "2025-03-02", "2025-03-03", "2025-03-04"]
    axes = plot_small_multiples(kursk, dates, columns=3)
    assert axes.shape == (4,)
    assert len({(ax.get_xlim(), ax.get_ylim(), ax.get_aspect()) for ax in axes}) == 1
    laid_out(axes[0])
    widths = {round(ax.get_window_extent().width) for ax in axes}
    assert len(widths) == 1
    assert [ax.get_title(loc="left") for ax in axes] == [
        f"{d} Mar 2025" for d in (1, 2, 3, 4)
    ]
    held = measure(kursk)
    assert words(axes[0], "subtitle") == ["Nothing held"]
    area, depth = km2(held.area_km2.iloc[2]), km(held.depth_km.iloc[2])
    expected = f"{area} held, {depth} deep".replace("\xa0", " ")
    assert words(axes[2], "subtitle") == [expected]
    for ax, day in zip(axes, dates, strict=True):
        shown = kursk.at(day).status.nunique()
        drawn = [a for a in ax.patches if str(a.get_gid()).startswith("status-")]
        assert len(drawn) == shown
    figure = root_figure(axes[0])
    assert len(figure.axes) == 6
    assert sum(not ax.axison for ax in figure.axes) == 2
    assert len(figure.legends) == 1
    text = figure.get_supxlabel().replace("\n", " ")
    assert "Maps of 1 Mar 2025, 12:00 UTC; 2 Mar 2025" in text
    assert "Source: DeepStateMap.Live" in text


def test_small_multiples_refuse_what_is_no_list(kursk: ControlHistory) -> None:
    for dates, columns in (([], 3), ("2025-03-01", 3), (["2025-03-01"], 0)):
        with pytest.raises(OptionError, match="list of dates"):
            plot_small_multiples(kursk, dates, columns=columns)
    with pytest.warns(EmptyPlotWarning, match="these dates"):
        plot_small_multiples(kursk, ["2025-03-01"])


# --- the look


def linear(colour: str) -> NDArray[np.float64]:
    rgb = np.array(mpl.colors.to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def cielab(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """CIE 1976 L*a*b* under D65, of linear sRGB."""
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    xyz = to_xyz @ rgb / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


# Machado, Oliveira and Fernandes (2009), severity 1.
BLIND = {
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def test_every_status_has_its_look() -> None:
    assert set(COLOURS) == set(HATCHES) == set(ROLES) == set(Status)


def test_colours_differ_in_grey_print() -> None:
    lightness = sorted(cielab(linear(colour))[0] for colour in COLOURS.values())
    assert np.diff(lightness).min() > 7
    assert list(COLOURS) == sorted(COLOURS, key=lambda s: cielab(linear(COLOURS[s]))[0])


@pytest.mark.parametrize("kind", BLIND)
def test_colours_differ_for_the_colour_blind(kind: str) -> None:
    seen = [
        cielab(np.clip(np.array(BLIND[kind]) @ linear(colour), 0, 1))
        for colour in COLOURS.values()
    ]
    nearest = min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2))
    # 2.3 is just noticeable.
    assert nearest > 13


def test_text_is_readable_on_its_ground() -> None:
    def contrast(one: str, two: str) -> float:
        light, dark = sorted(
            (linear(c) @ [0.2126, 0.7152, 0.0722] + 0.05 for c in (one, two)),
            reverse=True,
        )
        return float(light / dark)

    # Labels that stand on held ground are white.
    for status in (Status.HELD_IN_RUSSIA, Status.OCCUPIED, Status.OCCUPIED_BEFORE_2022):
        assert contrast("white", COLOURS[status]) > 4.5
    assert (
        min(
            contrast(theme["faint"], theme[ground])
            for theme in (LIGHT, DARK)
            for ground in ("paper", "land", "side")
        )
        > 4.5
    )


def test_text_from_data_stays_text() -> None:
    assert plain("a\x00b\n  c\u202e") == "a b c"
    assert caption_text("One", "", "Two.", "$x^2$") == "One. Two. $x^2$."
    drawn = make_history({NOON: [feature(tile(0, 0, 5, 5))]})
    region = theatre("kursk")
    odd = Theatre("a $\\frac$ {b}", region.region, region.border, region.held)
    ax = plot_map(drawn.select(odd))
    laid_out(ax)
    assert "a $\\frac$ {b}" in said(ax)


def test_numbers_keep_three_digits() -> None:
    assert [
        km2(a).replace("\xa0", " ") for a in (12345.6, 907.4, 41.96, 9.87, 0.692)
    ] == [
        "12,346 km²",
        "907 km²",
        "42.0 km²",
        "9.9 km²",
        "0.7 km²",
    ]
    assert [km(d).replace("\xa0", " ") for d in (20.34, 2.246, 0.0)] == [
        "20.3 km",
        "2.25 km",
        "0.00 km",
    ]


def test_lines_are_wrapped_between_words() -> None:
    text = "Map of 15 Apr 2025, 20:23 UTC, of https://a.very.long.address.example.org/x"
    wrapped = wrap(text, 80.0, 7.0)
    assert wrapped.replace("\n", " ") == text
    *_, last = wrapped.split("\n")
    for row in wrapped.split("\n"):
        assert text_width_pt(row, 7.0) <= 80 or row == last
    assert wrap("", 80.0, 7.0) == ""


def test_views_grow_and_take_shape() -> None:
    view = View(35.0, 51.0, 35.2, 51.1)
    width, height = view.size_km
    assert width == pytest.approx(
        GEOD.line_length([35.0, 35.2], [51.05] * 2) / 1e3, 1e-4
    )
    assert height == pytest.approx(
        GEOD.line_length([35.1] * 2, [51.0, 51.1]) / 1e3, 1e-4
    )
    assert view.grown(3.0).size_km == pytest.approx((width + 6, height + 6), rel=1e-3)
    for lowest, highest in ((2.0, 3.0), (0.5, 0.8)):
        shaped = view.shaped(lowest, highest)
        assert lowest - 0.01 <= shaped.ratio <= highest + 0.01
        assert shaped.box.buffer(1e-9).covers(view.box)
    with pytest.raises(OptionError, match="no part of the world"):
        View(35.0, 51.0, 35.0, 51.1)


def test_docs_list_the_colours() -> None:
    page = Path(__file__).parents[1] / "docs" / "plots.md"
    table = page.read_text(encoding="utf-8").partition("<!-- table: statuses -->")[2]
    rows = [row.strip("| ").split(" | ") for row in table.strip().splitlines()]
    listed = [row for row in rows if len(row) == 3][2:]
    assert listed == [[str(s), status_word(s), COLOURS[s]] for s in COLOURS]
