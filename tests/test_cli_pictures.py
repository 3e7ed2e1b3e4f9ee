"""``kursk-geo plot`` and ``kursk-geo animate``."""

import re
from pathlib import Path

import matplotlib as mpl
import pytest
from PIL import Image, ImageSequence

from commands import done, refused, run, wrong
from kursk_geo.cli.pictures import PICTURES

CALLS = {
    "area": ["--every", "day", "--stale-days", "2"],
    "depth": ["--from", "2025-03-02", "--to", "2025-03-04"],
    "map": ["--at", "2025-03-04"],
    "change": ["--from", "2025-03-02", "--to", "2025-03-05"],
    "timeline": ["--from", "2025-03-03"],
    "multiples": ["--at", "2025-03-02", "--at", "2025-03-04"],
}
SAYS = {
    "area": ["Ground held, and contested ground on top", "Area [km²]"],
    "depth": ["Largest distance of held ground from the border"],
    "map": ["4 Mar 2025", "24.0 km² held in 2 pieces"],
    "change": ["2 Mar to 5 Mar 2025", "Gained 8.0 km², lost 4.0 km²"],
    "timeline": ["Pieces by the nearest town", "Vanishes"],
    "multiples": ["2 Mar 2025", "4 Mar 2025"],
}


@pytest.fixture(autouse=True)
def _letters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let SVG keep words as words, so that they can be read."""
    monkeypatch.setitem(mpl.rcParams, "svg.fonttype", "none")


def words(path: Path) -> str:
    """What stands written in an SVG."""
    found = re.findall(r"<text[^>]*>([^<]+)</text>", path.read_text("utf-8"))
    return " ".join(found).replace("\xa0", " ")


@pytest.mark.parametrize("name", CALLS)
def test_each_picture_is_drawn(name: str, maps_folder: Path, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.svg"
    result = run("plot", name, maps_folder, *CALLS[name], "--out", path)
    assert (result.exit_code, result.stderr) == (0, f"Wrote {path}.\n")
    assert result.stdout == ""
    for said in SAYS[name]:
        assert said in words(path)


def test_sources_side_by_side(maps_folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "sources.svg"
    done("plot", "sources", f"a={maps_folder}", f"b={maps_folder}", "--out", path)
    assert "Held ground by source, km²" in words(path)
    assert "is one source" in wrong(
        "plot", "sources", f"a={maps_folder}", "--out", path
    )


def test_a_published_sentence(tmp_path: Path) -> None:
    name = "since"
    path = tmp_path / f"{name}.svg"
    sample = Path(__file__).parents[1] / "sample_data" / "deepstate"
    claim = ["--claim", "bloomberg-2025-04-26-shrunk"]
    result = run("plot", name, sample, *claim, "--out", path)
    assert result.exit_code == 0, result.stderr
    assert "fifth" in words(path)
    several = ["--claim", "bloomberg-2025-04-26", "--out", path]
    assert "means 7 claims" in refused_after_warning("plot", name, sample, *several)
    assert "give its id to --claim" in wrong("plot", name, sample, "--out", path)


def refused_after_warning(*arguments: object) -> str:
    result = run(*arguments)
    assert result.exit_code == 2
    return result.stderr.splitlines()[-1]


def test_the_last_map_is_drawn_unless_a_day_is_given(
    maps_folder: Path, tmp_path: Path
) -> None:
    path = tmp_path / "last.svg"
    done("plot", "map", maps_folder, "--out", path)
    assert "5 Mar 2025" in words(path)


def test_places_are_marked(maps_folder: Path, tmp_path: Path) -> None:
    places, path = tmp_path / "places.csv", tmp_path / "map.svg"
    places.write_text("name,lon,lat\nNewtown,35.29,51.34\n", "utf-8")
    done("plot", "map", maps_folder, "--places", places, "--out", path)
    # Names have a halo, so their letters are outlines; the dot has a name of its own.
    assert 'id="place-dot"' in path.read_text("utf-8")


def test_the_ending_decides(maps_folder: Path, tmp_path: Path) -> None:
    begin = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF", "PNG": b"\x89PNG"}
    for ending, first in begin.items():
        path = tmp_path / f"map.{ending}"
        done("plot", "timeline", maps_folder, "--out", path)
        assert path.read_bytes().startswith(first)
    narrow = ["--width-in", "4", "--dpi", "50"]
    done("plot", "timeline", maps_folder, *narrow, "--out", path)
    with Image.open(path) as image:
        assert image.width == 200


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_two_runs_draw_the_same(ending: str, maps_folder: Path, tmp_path: Path) -> None:
    first, second = (tmp_path / f"{name}.{ending}" for name in "ab")
    for path in (first, second):
        done("plot", "area", maps_folder, "--out", path)
    assert first.read_bytes() == second.read_bytes()


def test_nothing_to_draw_is_drawn_and_said(maps_folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "nothing.png"
    at = ["--at", "2025-03-01", "--out", path]
    result = run("plot", "map", maps_folder, *at)
    assert result.exit_code == 0
    assert result.stderr.startswith("Warning: ")
    assert path.exists()


def test_what_plot_refuses(maps_folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    plot = ["plot", "map", maps_folder, "--out"]
    assert ".png, .svg or .pdf" in refused(*plot, tmp_path / "x.jpg")
    assert "first map is of 2025-03-01" in refused(*plot, path, "--at", "2020-01-01")
    assert "Expected 2 to 30 inches" in refused(*plot, path, "--width-in", "1")
    assert "no --from. Expected --at" in wrong(*plot, path, "--from", "2025-03-01")
    assert "give --at once" in wrong(*plot, path, *CALLS["multiples"])
    assert "'--out'" in wrong("plot", "map", maps_folder)
    several = ["plot", "multiples", maps_folder, "--out", path]
    assert "give --at for each" in wrong(*several)
    two = ["plot", "map", maps_folder, maps_folder, "--out", path]
    assert "is of one PATH" in wrong(*two)
    assert list(tmp_path.iterdir()) == []


def test_every_name_can_be_drawn() -> None:
    assert set(PICTURES) == {*CALLS, "sources", "since"}


# --- animate


def frames(path: Path) -> int:
    with Image.open(path) as film:
        return sum(1 for _ in ImageSequence.Iterator(film))


def test_a_moving_map(maps_folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "moving.gif"
    result = run("animate", maps_folder, path, "--width-in", "3", "--fps", "5")
    assert result.exit_code == 0
    assert result.stderr == f"Wrote {path}.\n"
    # Nothing, two pieces, grey beside them, one grown, the other gone.
    assert frames(path) == 5
    with Image.open(path) as film:
        assert film.width == 360
    span = ["--from", "2025-03-03", "--to", "2025-03-04", "--every", "map"]
    done("animate", maps_folder, path, "--width-in", "3", *span)
    assert frames(path) == 2


def test_what_animate_refuses(maps_folder: Path, tmp_path: Path) -> None:
    assert "Expected a name that ends in .gif" in refused(
        "animate", maps_folder, tmp_path / "x.mov"
    )
    late = ["--from", "2026-01-01"]
    assert "No map lies between" in refused(
        "animate", maps_folder, tmp_path / "x.gif", *late
    )
    assert list(tmp_path.iterdir()) == []
