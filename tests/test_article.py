"""Articles: sentences, places, what carries over, and what is left alone."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kursk_geo.claims.claim import Claim, Unread
from kursk_geo.claims.sentence import (
    NOTHING,
    article_text,
    read_article,
    read_sentence,
    sentences,
)

PUBLISHED = date(2025, 4, 26)
ARTICLE = """Kyiv's gamble nears its end

Russia claims full control of the Kursk region. On Saturday, Chief of the General
Staff Valery Gerasimov reported that 1,260 square kilometers (486 sq. miles) had
been liberated.

According to DeepState, by the end of February the area under Ukrainian control in
Kursk had shrunk by nearly one-fifth. By mid-April the area marked as Ukrainian-held
on its map amounted to three small sections, which stretched no more than 2
kilometers (1 mile) into Russian territory. It still showed several small areas on
April 26.

Tens of thousands of residents fled. Russia lost 1,500 soldiers, U.S. officials
said. The front stretches for 1,000 kilometers.

In neighboring Belgorod, Kyiv's troops advanced, President Zelenskiy said on April
19. The contested area there is 13.08 square kilometers.

Elsewhere, Russian forces captured 133 square kilometers in March, about six times
less than in November."""


def test_article_is_read_in_order_with_places() -> None:
    found = read_article(ARTICLE, published=PUBLISHED)
    read = [
        (
            " ".join(ARTICLE[one.start : one.end].split()),
            one.what.measure if isinstance(one.what, Claim) else "unread",
            one.what.theatre if isinstance(one.what, Claim) else "",
        )
        for one in found
    ]
    assert read == [
        ("full control of the Kursk region", "present", "kursk"),
        ("1,260 square kilometers", "area_change", "kursk"),
        ("nearly one-fifth", "relative_change", "kursk"),
        ("three small sections", "sections", "kursk"),
        ("no more than 2 kilometers", "depth", "kursk"),
        ("several small areas", "sections", "kursk"),
        ("1,000 kilometers", "unread", ""),
        ("advanced", "present", "belgorod"),
        ("13.08 square kilometers", "area", "belgorod"),
        ("133 square kilometers", "area_change", "ukraine"),
        ("about six times", "ratio", "ukraine"),
    ]


def test_who_says_it_and_whose_maps_carry_over() -> None:
    claims = [f.what for f in read_article(ARTICLE, published=PUBLISHED)]
    by_measure = {c.measure: c for c in claims if isinstance(c, Claim)}
    assert by_measure["relative_change"].source == "deepstate"
    assert by_measure["depth"].source == "deepstate"
    first = claims[0]
    assert isinstance(first, Claim)
    assert (first.speaker, first.source) == ("Russia", "")
    second = claims[1]
    assert isinstance(second, Claim)
    assert second.speaker == "Gerasimov"


def test_days_of_the_sentence_before_hold_for_it_and_which() -> None:
    text = "By mid-April Ukraine held three sections in Kursk. It measured 42 sq km."
    area = read_article(text, published=PUBLISHED)[-1].what
    assert isinstance(area, Claim)
    assert area.at is not None
    assert area.at.target == date(2025, 4, 15)
    dated = (
        "By mid-April Ukraine held three sections in Kursk. On April 20 it held 42 km²."
    )
    area = read_article(dated, published=PUBLISHED)[-1].what
    assert isinstance(area, Claim)
    assert area.at is not None
    assert area.at.target == date(2025, 4, 20)


def test_html_is_read_without_its_scripts_and_menus() -> None:
    page = (
        "<html><head><title>3 km deep in Kursk</title></head><body><nav>5 km deep</nav>"
        "<p>Kyiv holds <b>58&nbsp;square</b> km in Kursk.</p><script>9 km deep</script>"
        "<p>It had 407 square kilometers there a&nbsp;month earlier.</p></body></html>"
    )
    text = article_text(page)
    assert text.count("\n\n") == 1
    found = read_article(page, published=date(2025, 4, 8))
    assert [text[f.start : f.end] for f in found] == [
        "58 square km",
        "407 square kilometers",
    ]


def test_plain_text_stays_as_it_is() -> None:
    text = "a < b and 5 > 3.\n\nKyiv holds 58 sq km."
    assert article_text(text) == text


def test_where_is_asked_for_by_name() -> None:
    [one] = read_article("The pocket measured 42 sq km.", published=PUBLISHED)
    assert isinstance(one.what, Unread)
    assert "--theatre" in one.what.reason
    [one] = read_article(
        "The pocket measured 42 sq km.", published=PUBLISHED, theatre="kursk"
    )
    assert isinstance(one.what, Claim)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Gen. Syrskyi said 40 sq. km. were held. Sept. 6 was the peak.", 2),
        ("U.S. officials said so. J. Smith agreed.", 2),
        ("One line\nwraps here. Another follows.", 2),
        ("A headline\n\nA paragraph.", 2),
        ('"We hold 40 sq km." He left.', 2),
        ("It fell by 1.5 km. 3 pieces are left.", 2),
        ("", 0),
    ],
)
def test_sentences_are_split(text: str, count: int) -> None:
    places = sentences(text)
    assert len(places) == count
    assert "".join(text[a:b] for a, b in places).split() == text.split()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "there are no words"),
        ("  \n ", "there are no words"),
        ("Україна контролює 400 квадратних кілометрів", "it is not in English"),
        ("Der Kreml hat in der Region 400 Quadratkilometer", "it is not in English"),
        ("Putin visited a command post on Wednesday.", NOTHING),
        ("Inflation rose by 12 percent in December.", NOTHING),
    ],
)
def test_what_is_no_claim_has_one_clear_line(text: str, reason: str) -> None:
    [one] = read_sentence(text, published=PUBLISHED)
    assert isinstance(one, Unread)
    assert one.reason == reason


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
def test_any_text_is_read_and_places_lie_in_it(text: str) -> None:
    plain_text = article_text(text)
    for one in read_article(text, published=PUBLISHED, theatre="kursk"):
        assert 0 <= one.start <= one.end <= len(plain_text)


def _theatres(text: str) -> list[str]:
    found = read_article(text, published=PUBLISHED)
    return [
        one.what.theatre
        if isinstance(one.what, Claim)
        else f"unread: {one.what.reason}"
        for one in found
    ]


@pytest.mark.parametrize(
    "dateline",
    ["SUMY, Ukraine, April 16 (Wire) - ", "MOSCOW (Agency) — ", "KYIV, Feb. 23 – "],
)
def test_a_dateline_is_no_place_and_no_day(dateline: str) -> None:
    [one] = read_article(
        f"{dateline}Ukraine holds 58 sq km in Kursk.", published=PUBLISHED
    )
    assert isinstance(one.what, Claim)
    assert (one.what.theatre, one.what.at) == ("kursk", None)


def test_what_follows_another_country_is_not_of_these_maps() -> None:
    text = "Rebels took Aleppo in Syria. They control 12 percent of the country. {}"
    about = "unread: it follows what is said of "
    first, *rest = _theatres(text.format("Kyiv holds 58 sq km in Kursk."))
    assert (first.startswith(about), rest) == (True, ["kursk"])
    jets = _theatres(text.format("Russian jets and rebels took 30 sq km in Syria."))
    assert [one.startswith(about) for one in jets] == [True]


def test_items_of_a_list_go_on_from_the_words_before_its_colon() -> None:
    items = "\n- 1 March: 407 km²\n- 15 March: 121 km²\n"
    assert _theatres(f"Ukraine's foothold in Kursk:\n{items}") == ["kursk", "kursk"]
    assert all(
        one.startswith("unread: it does not say where")
        for one in _theatres(f"Ukraine's foothold in Kursk\n{items}")
    )


def test_an_oblast_before_leaves_open_whether_the_country_is_meant() -> None:
    before = "Russia holds 69% of Donetsk Oblast. "
    took = "Russian forces took 325 km² in January."
    assert _theatres(before + took)[1].startswith("unread: it does not say where")
    assert _theatres(f"{before}\n\n{took}")[1] == "ukraine"
