"""Claims as TOML files: those of the package, one's own, and bad ones."""

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

import kursk_geo as kg
from kursk_geo.claims.claim import MAX_BYTES
from kursk_geo.claims.grid import spell
from kursk_geo.claims.verdict import label, show
from kursk_geo.errors import ClaimError

ROOT = Path(__file__).parents[1]

GOOD = """
id = "gazette-shrunk"
text = "the area had shrunk by nearly one-fifth"
published = 2025-04-26
outlet = "The Gazette"
source = "deepstate"
theatre = "kursk"

[quantity]
measure = "relative_change"
at = "end of February 2025"
baseline = "unstated"

[says]
about = "nearly one-fifth"
"""


def written(folder: Path, text: str, name: str = "claim.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def load(folder: Path, text: str) -> kg.Claim:
    [claim] = kg.load_claims(written(folder, text))
    return claim


# Of the package


def test_the_packaged_claims_are_those_of_the_article_and_others() -> None:
    ids = kg.list_claims()
    assert ids == sorted(ids)
    for end in (
        "shrunk",
        "sections",
        "depth",
        "seven-months",
        "still-held",
        "belgorod",
    ):
        assert f"bloomberg-2025-04-26-{end}" in ids
    outlets = {name.split("-20")[0] for name in ids}
    assert outlets >= {
        "agentstvo",
        "rezzonans",
        "moscow-times",
        "reuters",
        "interfax",
        "euromaidan",
        "expres",
        "general-staff",
        "president",
        "uk-mod",
        "syrskyi",
    }


@pytest.mark.parametrize("name", kg.list_claims())
def test_a_packaged_claim_is_a_short_quotation(name: str) -> None:
    [claim] = kg.load_claims(name)
    assert claim.id == name
    assert str(claim.published) in name
    assert 0 < len(claim.text) < 120
    assert claim.outlet
    assert claim.source == "deepstate"
    assert claim.unstated
    grid = kg.axes(claim)
    assert len(grid) > 1
    assert any(option.tier != "stress" for option in grid.axes[0].options)


def test_claims_are_asked_for_by_id_by_beginning_and_several_at_once() -> None:
    article = kg.load_claims("bloomberg-2025-04-26")
    assert [c.id for c in article] == sorted(c.id for c in article)
    assert len(article) == 6
    both = kg.load_claims(["bloomberg-2025-04-26-shrunk", "bloomberg-2025-04-26"])
    assert both[0].id == "bloomberg-2025-04-26-shrunk"
    assert len(both) == 6
    assert len(kg.load_claims(kg.list_claims())) == len(kg.list_claims())
    # A beginning ends at a hyphen: half a word is no beginning.
    with pytest.raises(ClaimError, match=r"There is no claim 'bloom'"):
        kg.load_claims("bloom")


def test_a_packaged_id_comes_before_a_folder_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--out .` makes folders that are named by the ids."""
    monkeypatch.chdir(tmp_path)
    name = "bloomberg-2025-04-26-shrunk"
    (tmp_path / name).mkdir()
    assert [claim.id for claim in kg.load_claims(name)] == [name]
    with pytest.raises(ClaimError, match=r"holds no claim\. Expected files"):
        kg.load_claims(f"./{name}/")


# Of one's own


def test_a_file_and_a_folder_are_read(tmp_path: Path) -> None:
    written(tmp_path, GOOD.replace("gazette-shrunk", "b"), "1.toml")
    written(tmp_path, GOOD.replace("gazette-shrunk", "a"), "2.toml")
    written(tmp_path, "no claim", "notes.txt")
    assert [claim.id for claim in kg.load_claims(tmp_path)] == ["b", "a"]
    assert [claim.id for claim in kg.load_claims(f"{tmp_path}/2.toml")] == ["a"]
    assert [c.id for c in kg.load_claims([tmp_path / "2.toml", tmp_path])] == ["a", "b"]


def test_what_a_file_says(tmp_path: Path) -> None:
    claim = load(
        tmp_path,
        "\ufeff" + GOOD + '[stated]\nclip = "whole polygons"\n'
        "[axes]\nbaseline = [\n"
        '  { name = "New Year", value = 2025-01-01, tier = "stated" },\n'
        '  { name = "the peak", value = "peak" },\n'
        "]\n",
    )
    assert claim.published == dt.date(2025, 4, 26)
    assert claim.reading == (
        "nearly one-fifth, read as -20 % to -16 %; end of February 2025, read as "
        "28 February 2025 (24 to 28 February 2025); baseline unstated"
    )
    grid = kg.axes(claim)
    assert grid.axis("clip").options[0].name == "whole polygons"
    assert [(o.value, o.tier) for o in grid.axis("baseline").options] == [
        ("2025-01-01", "stated"),
        ("peak", "reasonable"),
    ]


def test_dates_may_be_dates(tmp_path: Path) -> None:
    text = GOOD.replace('"end of February 2025"', "2025-02-28")
    claim = load(tmp_path, text.replace('"unstated"', "2025-01-01"))
    assert claim.quantity.at.target == dt.date(2025, 2, 28)
    assert claim.quantity.baseline is not None
    assert claim.quantity.baseline.target == dt.date(2025, 1, 1)


def test_a_range_given_in_the_file_wins(tmp_path: Path) -> None:
    claim = load(tmp_path, GOOD + "between = [-0.21, -0.15]\n")
    assert (claim.quantity.says.low, claim.quantity.says.high) == (-0.21, -0.15)
    assert "nearly one-fifth, stated as -21 % to -15 %" in claim.reading


def test_the_sentence_tells_which_way(tmp_path: Path) -> None:
    grown = load(tmp_path, GOOD.replace("had shrunk", "had grown"))
    assert grown.quantity.says.low == pytest.approx(0.16)
    mute = GOOD.replace("had shrunk", "changed")
    with pytest.raises(ClaimError, match="without a sign"):
        load(tmp_path, mute)
    told = load(tmp_path, mute + 'direction = "fell"\n')
    assert told.quantity.says.high == pytest.approx(-0.16)


def test_a_stated_map_is_looked_for_when_maps_are_there(tmp_path: Path) -> None:
    stated = GOOD + '[stated]\nend = "map of 2025-03-01 12:00 UTC"\n'
    assert load(tmp_path, stated).stated == {"end": "map of 2025-03-01 12:00 UTC"}


# Bad ones: one error, with the file, the key, what was expected and what to do


BAD = [
    (
        'outlet = "The Gazette"\n',
        "",
        r"key outlet is missing\. .* id, text, publ.* add",
    ),
    (
        'measure = "relative_change"\n',
        "",
        r"key quantity.measure is missing.* at, base",
    ),
    ("[says]", "[said]", r"key said is not known|key says is missing"),
    (
        "text =",
        "txt =",
        r"key txt is not known\. Expected the keys id, text|text is mis",
    ),
    ("baseline =", "since =", r"key quantity.since is not known\. Expected .*baseline"),
    (
        '"relative_change"',
        '"size"',
        r"measure = 'size' is not known\. Expected one of: a",
    ),
    (
        '"kursk"',
        '"karelia"',
        r"theatre: No theatre 'karelia'\. Expected one of: belgorod",
    ),
    ("2025-04-26", '"last week"', r"published: Expected a date such as 2025-04-26"),
    ("2025-04-26", "26", r"published: Expected `date`, got `int`"),
    ('id = "gazette-shrunk"', "id = 7", r"id: Expected `str`, got `int`"),
    ('"gazette-shrunk"', '"../gazette"', r"id = '../gazette' cannot name a file"),
    ('"The Gazette"', '" "', r"outlet is empty\. Expected"),
    ('"end of February 2025"', '"soonish"', r"quantity.at: cannot read 'soonish'"),
    ('"end of February 2025"', "7", r"quantity.at = 7 is no date\. Expected words"),
    ('"unstated"', '"unsaid"', r"quantity.baseline: cannot read 'unsaid'"),
    ('"unstated"', '"1 March 2025"', r"baseline \(2025-03-01\) is not before .*swap"),
    ('about = "nearly one-fifth"', "", r"\[says\] is empty; expected one of about"),
    (
        '"nearly one-fifth"',
        '"sort of a fifth"',
        r"\[says\]: cannot read 'sort of a fif",
    ),
    ('"nearly one-fifth"', '"nearly 5 km"', r"\[says\]: .*5 km"),
    (
        'about = "nearly one-fifth"',
        "between = [-0.1, -0.2]",
        r"\[says\]: '-10 % to -20 %' gives a range .* expected its lower end first",
    ),
    ('about = "nearly one-fifth"', "equals = 0.2", r"gives 0.2, and the sentence says"),
    (
        'about = "nearly one-fifth"',
        'about = "rose by a fifth"\ndirection = "fell"',
        r"about = 'rose by a fifth' and direction = 'fell'\. Expected the same way",
    ),
    (
        'about = "nearly one-fifth"',
        'about = "a fifth"\ndirection = "sideways"',
        r"direction = 'sideways'; expected 'fell' or 'rose'",
    ),
    (
        'about = "nearly one-fifth"',
        'about = "nearly one-fifth"\nfuzzy = 1',
        r"\[says\] has the key 'fuzzy'; expected one of about",
    ),
    (
        "[says]",
        "[stated]\ncolour = 'x'\n[says]",
        r"stated: There is no axis 'colour'\. E",
    ),
    (
        "[says]",
        "[stated]\nclip = 'x'\n[says]",
        r"stated.clip: Axis 'clip' has no opt.*'x'",
    ),
    ("[quantity]", 'drop = ["colour"]\n[quantity]', r"drop: There is no axis 'colour'"),
    (
        "[says]",
        "[axes]\ncolour = []\n[says]",
        r"'colour' has the options \[\]\. Expected",
    ),
    (
        "[says]",
        "[axes]\ncolour = [{ name = 'x', value = 1 }]\n[says]",
        r"axes.colour: Measure 'relative_change' has no axis 'colour'\. Expected each",
    ),
    (
        "[says]",
        "[axes]\nclip = [{ name = 'x', value = 'y' }]\n[says]",
        r"axes.clip: Option 'x' .* value 'y'\. Expected true or false",
    ),
    (
        "[says]",
        "[axes]\nclip = [{ name = 'x', value = [1] }]\n[says]",
        r"axes.clip: option 'x' has the value \[1\]\. Expected text",
    ),
    (
        "[says]",
        "[axes]\nclip = [{ name = 'x', value = true, tier = 'usual' }]\n[says]",
        r"axes.clip: option 'x' has the tier 'usual'\. Expected one of: stated",
    ),
    (
        "[says]",
        "[axes]\nclip = [{ value = true }]\n[says]",
        r"key axes\..*name is missing\. Expected the keys name, value, tier",
    ),
    (
        "baseline =",
        'ground = "grey"\nbaseline =',
        r"ground = 'grey'\. Expected one of: 'h",
    ),
    (
        "baseline =",
        'place = { name = "x", lon = 35.2, lat = 51.2 }\nbaseline =',
        r"place is given with measure = 'relative_change'.* only with days_held",
    ),
    (
        "baseline =",
        "place = { name = 'x', lon = 35.2 }\nbaseline =",
        r"key quantity.place.lat is missing\. Expected the keys name, lon, lat",
    ),
    (
        GOOD[GOOD.index("measure") :],
        'measure = "area"\nat = "mid-April"\nbaseline = "March"\n[says]\nequals = 5\n',
        r"baseline is given with measure = 'area', which has no use for it",
    ),
]


@pytest.mark.parametrize(("old", "new", "message"), BAD)
def test_a_bad_file_gives_one_clear_error(
    old: str, new: str, message: str, tmp_path: Path
) -> None:
    assert old in GOOD
    with pytest.raises(ClaimError, match=message) as caught:
        load(tmp_path, GOOD.replace(old, new, 1))
    said = str(caught.value)
    assert said.startswith(f"{tmp_path / 'claim.toml'}: ")
    assert "xpected" in said or "known words" in said
    assert len(said) < 900


def test_a_file_of_ten_megabytes_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "big.toml"
    with path.open("wb") as file:
        file.truncate(10_000_000)
    with pytest.raises(ClaimError, match=r"big.toml: larger than 64 KiB\. Expected"):
        kg.load_claims(path)
    padded = GOOD + "#" * (MAX_BYTES - len(GOOD))
    assert load(tmp_path, padded).id == "gazette-shrunk"


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (
            GOOD.replace("Gazette", "Gaz\xe9tte").encode("latin-1"),
            r"no UTF-8 text \(by",
        ),
        (b"\xff\xfe" + GOOD.encode("utf-16-le"), r"no UTF-8 text \(byte 0\)"),
        (b"id = ", r"cannot be read as TOML: Invalid value"),
        (b"{}", r"cannot be read as TOML"),
        (b"a = " + b"[" * 20_000, r"cannot be read as TOML"),
        (b"\0" * 50, r"cannot be read as TOML"),
        (b"", r"key id is missing"),
    ],
)
def test_a_file_that_is_no_toml(raw: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "claim.toml"
    path.write_bytes(raw)
    with pytest.raises(ClaimError, match=message) as caught:
        kg.load_claims(path)
    assert str(path) in str(caught.value)
    assert "Expected" in str(caught.value)


@pytest.mark.parametrize(
    ("which", "message"),
    [
        (
            "no-such-claim",
            r"no claim 'no-such-claim'\. Expected .* bloomberg-2025-04-26-b",
        ),
        ("", r"There is no claim ''"),
        (
            "no/such.toml",
            r"no/such.toml: cannot be opened: No such file.* check the path",
        ),
        (Path("no-such-folder"), r"There is no claim 'no-such-folder'"),
    ],
)
def test_a_claim_that_is_not_there(which: str | Path, message: str) -> None:
    with pytest.raises(ClaimError, match=message):
        kg.load_claims(which)


def test_two_files_of_one_id(tmp_path: Path) -> None:
    written(tmp_path, GOOD, "1.toml")
    written(tmp_path, GOOD, "2.toml")
    message = r"2.toml: id = 'gazette-shrunk' is also that of .*1.toml\. Expected each"
    with pytest.raises(ClaimError, match=message):
        kg.load_claims(tmp_path)


def test_no_claims_are_no_error() -> None:
    assert kg.load_claims([]) == []


# What the docs show


def packaged_table() -> str:
    """One row a packaged claim, with its verdict on the real maps."""
    verdicts = pd.read_csv(
        ROOT / "tests" / "real" / "verdicts.csv", index_col="id", keep_default_na=False
    )
    lines = ["| claim | sentence | verdict | figure | why |", "|---|---|---|---|---|"]
    for claim in kg.load_claims(kg.list_claims()):
        row = verdicts.loc[claim.id]
        word = str(row["verdict"])
        if row["decides"]:
            word += f" on the {label(str(row['decides']))}"
        figure = show(float(str(row["figure"])), str(row["unit"]))
        if claim.quantity.measure == "present":
            figure = "present" if float(str(row["figure"])) else "absent"
        sentence = f"“{claim.text}” ({claim.outlet}, {spell(claim.published)})"
        lines.append(
            f"| `{claim.id}` | {sentence} | {word} | {figure} | {row['why']} |"
        )
    return "\n".join(lines)


def test_the_docs_show_every_packaged_claim() -> None:
    text = (ROOT / "docs" / "claims.md").read_text(encoding="utf-8")
    shown = text.split("<!-- table: packaged -->")[1].split("<!-- end -->")[0]
    assert shown.strip() == packaged_table()
