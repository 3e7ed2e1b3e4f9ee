"""What every public name does when it is given a path, and how values show."""

import re
from collections.abc import Callable

import geopandas as gpd
import pytest
import shapely

import kursk_geo as kg

DAY, LATER = "2025-02-28", "2025-03-31"
PATH = "maps/of mine"
GIVEN_A_PATH: dict[str, Callable[[], object]] = {
    "measure": lambda: kg.measure(PATH),
    "sections": lambda: kg.sections(PATH),
    "section_history": lambda: kg.section_history(PATH),
    "events": lambda: kg.events(PATH),
    "front_line": lambda: kg.front_line(PATH, at=DAY),
    "depth_shares": lambda: kg.depth_shares(PATH),
    "change_between": lambda: kg.change_between(PATH, DAY, LATER),
    "change_over_time": lambda: kg.change_over_time(PATH),
    "transitions": lambda: kg.transitions(PATH, DAY, LATER),
    "uncertainty": lambda: kg.uncertainty(PATH),
    "change_bounds": lambda: kg.change_bounds(PATH, DAY, LATER),
    "p_change": lambda: kg.p_change(PATH, DAY, LATER),
    "settlements": lambda: kg.settlements(PATH, gpd.GeoDataFrame()),
    "compare": lambda: kg.compare({"a": PATH, "b": PATH}),
    "disagreement": lambda: kg.disagreement({"a": PATH, "b": PATH}, at=DAY),
    "check": lambda: kg.check("bloomberg-2025-04-26", PATH),
    "annotate": lambda: kg.annotate("text", PATH, published=DAY),
    "write_report": lambda: kg.write_report(PATH, "report/"),
    "write_store": lambda: kg.write_store(PATH, "store/"),
    "export": lambda: kg.export(PATH, "file.csv"),
    "animate": lambda: kg.animate(PATH, "film.gif"),
    "explore": lambda: kg.explore(PATH),
    "plot_map": lambda: kg.plot_map(PATH, at=DAY),
    "plot_small_multiples": lambda: kg.plot_small_multiples(PATH, [DAY]),
    "plot_area": lambda: kg.plot_area(PATH),
    "plot_depth": lambda: kg.plot_depth(PATH),
    "plot_change": lambda: kg.plot_change(PATH),
    "plot_timeline": lambda: kg.plot_timeline(PATH),
    "plot_sources": lambda: kg.plot_sources(PATH),
    "plot_since": lambda: kg.plot_since(PATH, PATH),
    "area_km2": lambda: kg.area_km2(PATH),
    "step_value": lambda: kg.step_value(PATH, at=DAY),
    "area_change": lambda: kg.area_change(PATH, DAY, LATER),
    "relative_change": lambda: kg.relative_change(PATH, DAY, LATER),
}


@pytest.mark.parametrize("name", GIVEN_A_PATH)
def test_a_path_is_answered_with_what_to_type(name: str) -> None:
    with pytest.raises(kg.KurskGeoError, match=re.escape(f"kg.read_history({PATH!r})")):
        GIVEN_A_PATH[name]()


@pytest.mark.parametrize("call", [kg.plot_area, kg.plot_timeline, kg.plot_change])
def test_a_history_is_no_table(call: Callable[[object], object]) -> None:
    with pytest.raises(kg.KurskGeoError, match=r"A ControlHistory is not a table"):
        call(kg.sample_history())


def test_values_show_themselves_briefly_and_without_markup() -> None:
    hostile = "<b>kursk</b>\x1b[2J"
    history = kg.sample_history()
    box = shapely.box(34.0, 51.0, 36.0, 52.0)
    theatre = kg.Theatre(
        hostile, region=box, held=frozenset({kg.Status.HELD_IN_RUSSIA})
    )
    claims = kg.load_claims("bloomberg-2025-04-26")
    verdicts = kg.check(claims[:2], history)
    values = [history, history.select(theatre), theatre, claims[0], verdicts[0]]
    for one in values:
        assert len(repr(one).splitlines()) <= 10
        assert len(repr(one)) < 1000
        assert "\x1b" not in repr(one)
    for one in [*values, verdicts]:
        html = one._repr_html_()
        assert html.count("<table") == 1
        assert "<b>" not in html
    assert "&lt;b&gt;kursk" in theatre._repr_html_()
    assert "34.00 to 36.00 °E" in repr(theatre)
    assert repr(claims[0]).startswith(f"<Claim {claims[0].id}: “")
    assert len(repr(claims).splitlines()) == 1
