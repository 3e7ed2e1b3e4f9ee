import pytest

from kursk_geo.errors import KurskGeoError, OptionError
from kursk_geo.status import Status, read_statuses


def test_the_vocabulary_is_these_nine_words() -> None:
    assert [str(status) for status in Status] == [
        "occupied",
        "occupied_before_2022",
        "liberated",
        "held_in_russia",
        "regained_in_russia",
        "contested",
        "contested_in_russia",
        "outside",
        "unknown",
    ]


def test_one_word_or_several_or_none() -> None:
    assert read_statuses("occupied") == {Status.OCCUPIED}
    assert read_statuses(Status.OCCUPIED) == {Status.OCCUPIED}
    assert read_statuses(("occupied", Status.UNKNOWN, "occupied")) == {
        Status.OCCUPIED,
        Status.UNKNOWN,
    }
    assert read_statuses([]) == frozenset()


@pytest.mark.parametrize("word", ["", "Occupied", "ocupied", "all"])
def test_an_unknown_word_is_named_beside_the_known_ones(word: str) -> None:
    with pytest.raises(OptionError, match=f"Status {word!r} is not known.*occupied,"):
        read_statuses(["occupied", word])


def test_every_unknown_word_is_named() -> None:
    with pytest.raises(KurskGeoError, match="'a', 'b' is not known"):
        read_statuses(iter(["a", "b"]))
