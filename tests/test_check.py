"""Sentences and articles, checked on drawn maps."""

import json
from pathlib import Path

import pytest
import shapely

import kursk_geo as kg
from claim_files import SHRUNK, write_claim, write_maps
from kursk_geo.claims.check import read_text
from kursk_geo.errors import ClaimError, OptionError, TheatreError

DAY = "2025-03-05"
ARTICLE = """Tens of thousands fled.

By the end of February 2025 the area held in Kursk had shrunk by <nearly one-fifth>. \
Its *own* map showed that Ukraine held 70 square kilometers of Kursk on 1 March.

Kyiv held seven bananas."""


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> kg.ControlHistory:
    return kg.read_history(write_maps(tmp_path_factory.mktemp("maps") / "drawn"))


def test_a_sentence_is_enough(history: kg.ControlHistory) -> None:
    words = "Ukraine held about 70 square kilometers of the Kursk region"
    [verdict] = kg.check(words, history, published=DAY)
    assert verdict.verdict == "holds"
    assert verdict.figure == pytest.approx(70, rel=0.01)
    assert verdict.row()["id"] == "sentence-2025-03-05-area"


def test_what_the_words_leave_open_can_be_given(history: kg.ControlHistory) -> None:
    [asked] = kg.check("about 70 square kilometers", history, published=DAY)
    assert asked.verdict == "not_read"
    assert "--theatre" in asked.why
    words = "the area had shrunk by about 30 %"
    given = {"published": DAY, "theatre": "kursk"}
    [open_] = kg.check(words, history, **given)
    assert open_.verdict == "depends"
    for since in ("2024-12-31", "January", "2024-12-31T12:00Z"):
        [verdict] = kg.check(words, history, since=since, **given)
        assert verdict.verdict == "holds"
    [middle] = kg.check(words, history, since="mid-December 2024", **given)
    assert "15 December 2024" in middle.row()["reading"]
    with pytest.raises(ClaimError, match="since='soon' is no date"):
        kg.check(words, history, since="soon", **given)


@pytest.mark.filterwarnings("ignore:None of these maps")  # no ground in Belgorod here
def test_ids_files_and_sentences_go_together(
    history: kg.ControlHistory, tmp_path: Path
) -> None:
    path = write_claim(tmp_path, "shrunk", SHRUNK)
    found = kg.check(
        [path, str(path), "Ukraine held 70 km2 of Kursk"], history, published=DAY
    )
    assert [one.verdict for one in found] == ["depends", "depends", "holds"]
    assert len(kg.check("bloomberg-2025-04-26", history)) == 7
    assert len(kg.check([], history)) == 0


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("It rained all day.", "nothing in it is understood"),
        ("Es regnete den ganzen Tag und die Nacht.", "not in English"),
    ],
)
def test_what_is_no_claim_is_one_clear_line(
    words: str, why: str, history: kg.ControlHistory
) -> None:
    [verdict] = kg.check(words, history, published=DAY)
    assert verdict.verdict == "not_read"
    assert why in verdict.why
    assert "\n" not in verdict.why


def test_what_is_missing_is_asked_for(history: kg.ControlHistory) -> None:
    with pytest.raises(ClaimError, match="The sentence is empty"):
        kg.check(" ", history, published=DAY)
    with pytest.raises(ClaimError, match="--published"):
        kg.check("Ukraine held 70 km2 of Kursk", history)
    with pytest.raises(ClaimError, match="published='soon' is no date"):
        kg.check("Ukraine held 70 km2 of Kursk", history, published="soon")
    with pytest.raises(ClaimError, match="published='' is no date"):
        kg.check("Ukraine held 70 km2 of Kursk", history, published="")
    with pytest.raises(ClaimError, match="published='03/04/2025' is no date"):
        kg.check("Ukraine held 70 km2 of Kursk", history, published="03/04/2025")
    cut = history.select(kg.theatre("kursk"))
    with pytest.raises(TheatreError, match="a whole history"):
        kg.check("Ukraine held 70 km2 of Kursk", cut, published=DAY)


@pytest.mark.parametrize("said", ["03.04.2025", "3 April 2025", "2025-04-03"])
def test_a_day_of_publication_is_written_as_people_do(said: str) -> None:
    words = "Ukraine held 70 km2 of Kursk"
    [verdict] = kg.check(words, kg.sample_history(), published=said)
    assert verdict.row()["published"] == "2025-04-03"


def test_an_article_comes_back_with_footnotes(
    history: kg.ControlHistory, tmp_path: Path
) -> None:
    found = kg.annotate(ARTICLE, history, published=DAY, outlet="The <Drawn> Times")
    assert [one.verdict for one in found.claims] == ["depends", "holds"]
    rows = found.rows()
    assert rows[1]["phrase"] == found.text[rows[1]["start"] : rows[1]["end"]]
    for name in ("a.html", "a.md", "a.json"):
        found.write(tmp_path / name)
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "The &lt;Drawn&gt; Times" in page
    assert page.count("<sup>") == 2
    assert "fled.\n\nBy the end" in page
    assert "ClaimReview" in page
    text = (tmp_path / "a.md").read_text(encoding="utf-8")
    assert "[^2]:" in text
    assert "fled.\n\nBy the end" in text
    kept = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert list(kept) == ["schema", "version", "claims", "unread"]
    assert kept["claims"] == rows
    with pytest.raises(OptionError, match=r"\.html, \.md or \.json"):
        found.write(tmp_path / "a.pdf")


def test_an_article_comes_with_the_package(tmp_path: Path) -> None:
    text, day, outlet = read_text("bloomberg-2025-04-26")
    assert outlet == "Bloomberg"
    assert str(day) == "2025-04-26"
    assert len(text) < 1000
    own = tmp_path / "own.txt"
    own.write_text("Rain.", encoding="utf-8")
    assert read_text(str(own)) == ("Rain.", None, "")
    with pytest.raises(ClaimError, match="comes with the package"):
        read_text("no-such-article")


def test_a_share_of_a_peak_of_nothing_is_not_computable() -> None:
    words = "Ukraine still holds around half of the initial 1,300 square kilometers."
    found = kg.check(
        words, kg.sample_history(), published="2024-09-01", theatre="belgorod"
    )
    assert {one.verdict for one in found} <= {"not_computable", "not_read"}


@pytest.mark.parametrize("half", [chr(0xDCB2), chr(0xD800)])
def test_half_a_surrogate_pair_is_written_all_the_same(
    half: str, tmp_path: Path
) -> None:
    """As an older terminal gives "²": a byte that is no UTF-8."""
    words = f"Ukraine held about 400 km² {half} in Kursk Oblast."
    history, day = kg.sample_history(), "2025-03-01"
    kg.check(words, history, published=day, outlet=half).to_json(tmp_path / "a.json")
    for name in ("a.html", "a.md", "a.json"):
        kg.annotate(words, history, published=day, outlet=half).write(tmp_path / name)
    with pytest.raises(ClaimError, match="cannot be opened"):
        kg.check(f"a{chr(0xD800)}.toml", history, published=day)


def test_a_byte_of_latin_1_is_the_sign_it_stands_for() -> None:
    words, history = "Ukraine held about 400 km\udcb2 in Kursk.", kg.sample_history()
    [verdict] = kg.check(words, history, published="2025-03-01")
    assert (verdict.verdict, verdict.row()["unit"]) == ("holds", "km2")


def test_a_sentence_may_be_longer_than_a_name_of_a_file() -> None:
    """In bytes: quotation marks take three."""
    words = "Ukraine held “about” 400 km² in Kursk, " + "and “fought on”, " * 30
    [verdict] = kg.check(words, kg.sample_history(), published="2025-03-01")
    assert verdict.verdict == "holds"
    with pytest.raises(ClaimError, match="There is no claim"):
        kg.load_claims(words)


def test_a_change_since_nobody_says_when_is_told_since_the_usual_days() -> None:
    """And not corrected: the sentence does not say what it is counted from."""
    words = "The area that Ukraine held in Kursk region shrank by 99 percent."
    [verdict] = kg.check(words, kg.sample_history(), published="2025-04-20")
    assert (verdict.verdict, verdict.correction) == ("fails", "")
    for day in ("1 January", "a month", "three months", "half a year", "the peak"):
        assert day in verdict.why


def test_a_peak_that_lies_in_a_month_is_the_largest_of_that_month() -> None:
    words = (
        "Since its peak in February, Ukraine's area in Kursk had shrunk by 90 percent."
    )
    [verdict] = kg.check(words, kg.sample_history(), published="2025-04-20")
    assert verdict.verdict == "holds"
    assert verdict.figure == pytest.approx(43.5 / 450.7 - 1, abs=1e-3)


def test_what_fails_is_corrected_and_what_holds_is_not() -> None:
    history = kg.sample_history()
    words = "Ukraine holds {} square kilometers of Kursk region."
    [fails] = kg.check(words.format(500), history, published="2025-04-20")
    assert fails.verdict == "fails"
    assert "covers 43.5\xa0km²" in fails.correction
    [holds] = kg.check(words.format(43.5), history, published="2025-04-20")
    assert (holds.verdict, holds.correction) == ("holds", "")


@pytest.mark.parametrize(
    ("words", "word"),
    [
        ("The RSF held about 123 km² of Khartoum State", "holds"),
        ("RSF forces controlled 123 square kilometres of Khartoum", "holds"),
        ("The RSF lost 370 km2 in April", "holds"),
        ("The Sudanese army retook 370 km2 in April", "holds"),
        ("The Sudanese army lost 370 km2 in April", "fails"),
        ("Hezbollah held 123 km² in Lebanon", "not_read"),
    ],
)
def test_a_sentence_on_another_war_has_its_own_sides_and_places(
    words: str, word: str, tmp_path: Path
) -> None:
    for day, width in (("2025-03-31", 0.4), ("2025-04-20", 0.1)):
        ground = shapely.box(10, 0, 10 + width, 0.1)  # 0.1 degrees are 11.1 km there
        (tmp_path / f"{day}.geojson").write_text(shapely.to_geojson(ground))
    [verdict] = kg.check(
        words,
        kg.read_plain(tmp_path, statuses={"*": "occupied"}),
        published="2025-05-01",
        theatre=kg.Theatre(
            "khartoum",
            held=frozenset({kg.Status.OCCUPIED}),
            holder="the RSF",
            owner="the Sudanese army",
            ground_words="Khartoum State",
        ),
    )
    assert verdict.verdict == word
    assert words == getattr(verdict.claim, "text", words)
