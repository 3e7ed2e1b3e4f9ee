"""Claims as TOML files: those of the package, one's own, and bad ones."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

import kursk_geo as kg
from kursk_geo.claims.check import MAX_BYTES, save_claim
from kursk_geo.claims.claim import Claim, DateWindow, Interval, Place
from kursk_geo.errors import ClaimError

ROOT = Path(__file__).parents[1]

GOOD = """
id = "gazette-area"
text = "Kyiv still controls over 420 square kilometers in the Kursk region"
published = 2025-01-17
outlet = "The Gazette"
"""

FULL = """
id = "gazette-share"
text = "so little"
published = 2025-04-26
theatre = "kursk"

[reading]
measure = "share"
says = { low = 0.1, high = 0.2, unit = "share", text = "so little" }
at = { kind = "on", target = 2025-04-20 }
of = "the peak"
"""


OPEN = Interval(-1e9, float("inf"), "km2", "x", closed_high=False, precision=0.1)


def written(folder: Path, text: str, name: str = "claim.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def load(folder: Path, text: str) -> Claim:
    [claim] = kg.load_claims(written(folder, text))
    return claim


# Of the package


def test_the_packaged_claims_are_sentences_of_a_few_words() -> None:
    ids = kg.list_claims()
    assert ids == sorted(ids)
    claims = kg.load_claims(ids)
    assert [claim.id for claim in claims] == ids
    assert max(len(claim.text) for claim in claims) <= 200
    assert all(claim.theatre and claim.outlet for claim in claims)


def test_no_packaged_claim_has_the_day_before_as_its_date() -> None:
    for claim in kg.load_claims(kg.list_claims()):
        if claim.at is not None and claim.at.target is not None:
            day = claim.at.text or claim.at.reading
            assert any(word in claim.text.lower() for word in day.lower().split())


def test_claims_are_asked_for_by_id_by_beginning_and_several_at_once() -> None:
    [one] = kg.load_claims("bloomberg-2025-04-26-sections")
    many = kg.load_claims("bloomberg-2025-04-26")
    assert one in many
    assert len(many) == 7
    assert kg.load_claims([one.id, "bloomberg-2025-04-26"])[0] == one
    assert kg.load_claims([]) == []


def test_a_packaged_id_comes_before_a_folder_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    name = kg.list_claims()[0]
    Path(name).mkdir()
    assert kg.load_claims(name)[0].id == name
    with pytest.raises(ClaimError, match="holds no claim"):
        kg.load_claims(f"./{name}")


# One's own


def test_a_file_needs_no_more_than_the_sentence(tmp_path: Path) -> None:
    claim = load(tmp_path, GOOD)
    assert (claim.measure, claim.theatre) == ("area", "kursk")
    assert claim.says.low == 420
    assert claim.outlet == "The Gazette"


def test_a_part_of_a_sentence_is_named_by_number(tmp_path: Path) -> None:
    text = GOOD.replace("in the Kursk", "and 60 km2 of grey zone in the Kursk")
    assert load(tmp_path, text + "part = 2").ground == "contested"
    with pytest.raises(ClaimError, match=r"2 statements.*part 3"):
        load(tmp_path, text + "part = 3")


def test_a_reading_in_the_file_wins(tmp_path: Path) -> None:
    claim = load(tmp_path, FULL)
    assert (claim.measure, claim.of) == ("share", "the peak")
    assert claim.at == DateWindow("on", date(2025, 4, 20))


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"at": DateWindow("on", pd.Timestamp("2025-03-01T12:00", tz="UTC"))},
        {"since": DateWindow("peak", text="the peak")},
        {"at": DateWindow("within", start=date(2025, 1, 1), end=date(2025, 2, 1))},
        {"place": Place('Ґорналь "G"', 35.24, 51.07), "pieces": "one"},
        {"ground": "contested", "speaker": "a minister", "gist": True},
        {"says": OPEN},
        {"since_2014": True, "theatre": "ukraine"},
        {"published": pd.Timestamp("2025-03-01T12:00", tz="UTC")},
        {"unstated": ("since when", "where"), "url": "https://example.org/?a=1"},
    ],
)
def test_what_is_kept_comes_back(change: dict[str, object], tmp_path: Path) -> None:
    claim = replace(load(tmp_path, FULL), **change)  # type: ignore[arg-type]
    path = tmp_path / "kept.toml"
    save_claim(claim, path)
    assert kg.load_claims(path) == [claim]


# Bad ones


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD.replace("id =", "nr ="), "key nr is not known"),
        (GOOD.replace('"The Gazette"', "3"), "outlet: Expected `str`"),
        (GOOD.replace("2025-01-17", '"soon"'), "published: Expected a date"),
        (GOOD.replace("gazette-area", "../etc"), "cannot name a file"),
        (GOOD.replace("Kyiv still controls over 420 square kilometers", "Rain fell"),
         "0 statements"),
        (FULL.replace('of = "the peak"', 'off = "x"'), "key reading.off is not known"),
        (FULL.replace('measure = "share"', 'measure = "weight"'), "reading.measure"),
        (FULL.replace("low = 0.1", "low = 0.3"), "lower end first"),
        (FULL.replace("target =", "start ="), "expected two days"),
        (FULL.replace("low = 0.1, ", ""), "key reading.says.low is missing"),
    ],
)  # fmt: skip
def test_a_bad_file_gives_one_clear_error(
    text: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(ClaimError, match=message) as caught:
        load(tmp_path, text)
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"id = ", "is no TOML"),
        (b"\xff\xfe", "no UTF-8 text"),
        (b"#" * (MAX_BYTES + 1), "larger than 64 KiB"),
    ],
)
def test_a_file_that_is_no_claim(raw: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "claim.toml"
    path.write_bytes(raw)
    with pytest.raises(ClaimError, match=message):
        kg.load_claims(path)


@pytest.mark.parametrize("which", ["", "no-such-claim", Path("no/such.toml")])
def test_a_claim_that_is_not_there(which: str | Path) -> None:
    with pytest.raises(ClaimError, match="Expected"):
        kg.load_claims(which)


def test_two_files_of_one_id(tmp_path: Path) -> None:
    written(tmp_path, GOOD, "one.toml")
    written(tmp_path, GOOD, "two.toml")
    with pytest.raises(ClaimError, match="change one of them"):
        kg.load_claims(tmp_path)
