"""The packaged claims on the real maps: figure, word, and what they hang on."""

import pytest

import kursk_geo as kg

ARTICLE = "bloomberg-2025-04-26"
EXPECTED: dict[str, tuple[str, float]] = {
    "agentstvo-2024-10-14-area": ("holds", 662.75),
    "agentstvo-2024-10-14-grey": ("holds", 361.01),
    "agentstvo-2024-10-14-peak": ("holds", 907.61),
    "agentstvo-2024-10-14-peak-grey": ("holds", 337.62),
    "agentstvo-2024-10-14-week": ("holds", -107.34),
    f"{ARTICLE}-belgorod": ("holds with the grey zone", 13.115),
    f"{ARTICLE}-depth": ("holds after rounding", 2.247),
    f"{ARTICLE}-full-control": ("does not hold", 28.57),
    f"{ARTICLE}-sections": ("holds", 3),
    f"{ARTICLE}-seven-months": ("holds for the main ground around Sudzha", 215.6),
    f"{ARTICLE}-shrunk": ("depends on since when", -0.14384),
    f"{ARTICLE}-still-held": ("holds", 3),
    "euromaidan-2025-04-27-area": ("holds", 29.021),
    "expres-2025-04-27-area": ("holds without the piece near Tetkino", 17.67),
    "general-staff-2024-08-15-area": ("holds with the grey zone", 1148.2),
    "general-staff-2024-08-20-area": ("off by 0.56 %", 1255.9),
    "interfax-2025-03-28-belgorod": ("holds", 13.084),
    "interfax-2025-03-28-grey": ("holds", 64.487),
    "interfax-2025-03-28-held": ("holds", 77.427),
    "interfax-2025-03-28-sumy": ("holds", 0.692),
    "moscow-times-2025-01-17-area": ("holds", 435.7),
    "president-2024-08-19-area": ("holds with the grey zone", 1255.8),
    "reuters-2025-02-11-area": ("off by 3.8 %", 433.1),
    "rezzonans-2024-11-22-area": ("holds without the piece near Tetkino", 559.8),
    "rezzonans-2024-11-22-grey": ("holds in the piece near Sudzha alone", 198.42),
    "syrskyi-2024-08-20-depth": ("holds with the grey zone", 28.96),
    "uk-mod-2024-12-20-area": ("holds without the piece near Tetkino", 482.1),
}


@pytest.fixture(scope="module")
def verdicts(window: kg.ControlHistory) -> dict[str, kg.Verdict]:
    found = kg.check(kg.list_claims(), window)
    return {str(verdict.row()["id"]): verdict for verdict in found}


def test_every_packaged_claim_is_expected() -> None:
    assert sorted(EXPECTED) == kg.list_claims()


@pytest.mark.parametrize("name", EXPECTED)
def test_word_and_figure(name: str, verdicts: dict[str, kg.Verdict]) -> None:
    word, figure = EXPECTED[name]
    verdict = verdicts[name]
    assert verdict.word == word
    assert verdict.figure == pytest.approx(figure, rel=1e-3)


def test_nearly_one_fifth_holds_from_december_to_early_january(
    verdicts: dict[str, kg.Verdict], window: kg.ControlHistory
) -> None:
    verdict = verdicts[f"{ARTICLE}-shrunk"]
    true = verdict.since.loc[verdict.since["holds"], "day"].dt.strftime("%m-%d")
    assert (true.iloc[0], true.iloc[-1], len(true)) == ("12-11", "01-06", 27)
    said = "from 11 December 2024 to 6 January 2025, on the map of 28 Feb 2025, 00:20"
    assert said in verdict.why
    assert "or that of 1 Mar 2025" in verdict.why
    assert "1 January 2025 −14.4\N{NO-BREAK SPACE}% or −17.4" in verdict.why
    assert [one["role"] for one in verdict.maps] == ["at", "next"]
    title = kg.plot_since(verdict, window).figure.get_suptitle()
    assert "between 11 Dec 2024 and 6 Jan 2025" in " ".join(title.split())
    assert "since the peak (6 September 2024)" in verdict.correction


def test_full_control_leaves_three_pieces(verdicts: dict[str, kg.Verdict]) -> None:
    assert "in 3 pieces" in verdicts[f"{ARTICLE}-full-control"].why


def test_the_edition_that_would_make_it_true_is_named(
    verdicts: dict[str, kg.Verdict],
) -> None:
    why = verdicts["reuters-2025-02-11-area"].why
    assert "true of the map of 7 Feb 2025" in why
