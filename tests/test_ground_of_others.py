"""Maps of other wars and other places, as the command line meets them."""

import json
from pathlib import Path
from typing import Any

import pytest
import shapely
from shapely.geometry import mapping

from builders import days, feature
from commands import column, done, run
from kursk_geo.plot.maps import plot_map, plot_small_multiples
from kursk_geo.status import Status
from kursk_geo.theatre import Theatre

FRONT = (
    'status_column = "side"\n[statuses]\nblue = "occupied"\nred = "held_in_russia"\n'
)
FIJI = shapely.box(179, -17, 180, -16)
BOTH = shapely.MultiPolygon([FIJI, shapely.box(-180, -17, -179, -16)])


@pytest.fixture
def front(tmp_path: Path) -> Path:
    path = tmp_path / "front.toml"
    path.write_text(FRONT)
    return path


def drawn(folder: Path, shape: Any, side: str = "blue") -> Path:
    geometry = shape if isinstance(shape, dict) else mapping(shape)
    feature = {"type": "Feature", "properties": {"side": side}, "geometry": geometry}
    path = folder / "map-2024-09-01.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return path


def ring(*corners: tuple[float, float]) -> dict[str, object]:
    return {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}


@pytest.mark.parametrize(
    ("shape", "area_km2"),
    [
        (FIJI, 11_815.02),
        (BOTH, 23_630.04),
        (ring((179, -17), (181, -17), (181, -16), (179, -16)), 23_630.04),
        (ring((179, -17), (-179, -17), (-179, -16), (179, -16)), 23_630.04),
        (ring((-181, -17), (-179, -17), (-179, -16), (-181, -16)), 23_630.04),
        (ring((395.3, 51.3), (395.3, 51.4), (395.2, 51.4), (395.2, 51.3)), 77.51),
    ],
)
@pytest.mark.filterwarnings("ignore:Longitudes pass")
def test_ground_near_180_degrees_is_measured_and_drawn(
    shape: object, area_km2: float, tmp_path: Path, front: Path
) -> None:
    path = drawn(tmp_path, shape)
    maps = [path, "--source", front, "--theatre", "everywhere"]
    assert column("area_km2", "measure", *maps) == [pytest.approx(area_km2, abs=0.01)]
    done("plot", "map", *maps, "--out", tmp_path / "map.png")


@pytest.mark.parametrize("name", ["map", "states"])
def test_halves_across_180_degrees_stand_side_by_side(name: str) -> None:
    whole = days([feature(BOTH)], [feature(FIJI)]).select(
        Theatre(name="Fiji", held=frozenset({Status.HELD_IN_RUSSIA}))
    )
    dates = ["2025-03-01", "2025-03-02"]
    if name == "map":
        ax = plot_map(whole, at=dates[0])
    else:
        ax = plot_small_multiples(whole, dates)[0]
    west, east = ax.get_xlim()
    assert 178 < west < 179
    assert 181 < east < 182
    assert not [line for line in ax.lines if str(line.get_gid()).startswith("border")]
    ground = [p for p in ax.patches if str(p.get_gid()).startswith("status")]
    (drawn_,) = {tuple(p.get_path().get_extents().extents) for p in ground}
    assert drawn_ == pytest.approx((179, -17, 181, -16))


@pytest.mark.parametrize(
    ("shape", "where"),
    [
        (shapely.box(51.2, 35.2, 51.3, 35.3), "51 E 35 N"),
        (shapely.box(-70, -33, -69, -32), "70 W 32 S"),
    ],
)
def test_a_map_of_elsewhere_says_where_it_lies(
    shape: shapely.Polygon, where: str, tmp_path: Path, front: Path
) -> None:
    path = drawn(tmp_path, shape, "red")
    result = run("measure", path, "--source", front, "--format", "json")
    assert result.exit_code == 0
    (line,) = result.stderr.splitlines()
    assert "within 100 km of theatre kursk" in line
    assert where in line
    assert json.loads(result.stdout)["rows"][0]["area_km2"] == 0


def test_an_oblast_and_a_file_are_theatres(tmp_path: Path, front: Path) -> None:
    path = drawn(tmp_path, shapely.box(36.2, 49.4, 36.4, 49.6))
    maps = [path, "--source", front]
    whole = column("area_km2", "measure", *maps, "--theatre", "Kharkiv Oblast")
    assert whole == [pytest.approx(322.5, abs=1)]
    assert column("area_km2", "measure", *maps, "--theatre", "UA-63") == whole
    mine = tmp_path / "mine.toml"
    mine.write_text('held = ["occupied"]\nname = "mine"\n')
    assert column("area_km2", "measure", *maps, "--theatre", mine) == whole
    result = run("measure", *maps, "--theatre", "Karkiv Oblast")
    assert result.exit_code == 2
    assert "Did you mean 'Kharkiv Oblast'" in result.stderr
    assert "not all of Kharkiv Oblast" in done("measure", *maps, "--theatre", "kharkiv")


def test_what_is_counted_of_2014_stands_with_the_definitions(
    tmp_path: Path, front: Path
) -> None:
    path = drawn(tmp_path, shapely.box(36.2, 49.4, 36.4, 49.6))
    maps = ["measure", path, "--source", front, "--theatre", "ukraine"]
    assert "held since 2014 is shown and not counted" in done(*maps)
    assert "held since 2014 is counted" in done(*maps, "--since-2014")
    assert run(*maps[:4], "--theatre", "kursk", "--since-2014").exit_code == 2


def test_a_sentence_is_told_whose_ground_lies_there(
    tmp_path: Path, front: Path
) -> None:
    sentence = "Ukraine held 77 square kilometres of Kursk"
    options = ["--published", "2024-09-02", "--source", front]
    for box, words in (
        (shapely.box(395.2, 51.3, 395.3, 51.4), "counts as neither: "),
        (shapely.box(394.2, 50.0, 394.3, 50.1), "within 100 km of theatre kursk"),
    ):
        result = run("check", drawn(tmp_path, box), sentence, *options)
        assert words in result.stderr
