"""Crude ground outside the Kursk theatre, drawn by hand on a coarse grid."""

from drawing.features import LIBERATED, OCCUPIED, UNKNOWN, Feature, area, point

CRIMEA_NAME = "Окупований Крим /// Occupied Crimea"
ORDLO_NAME = "ОРДЛО /// CADR and CALR"
TUZLA_NAME = "Острів Тузла /// Occupied Tuzla Island"
CRIMEA = [(33.6, 46.15), (32.5, 45.35), (33.55, 44.5), (34.4, 44.45), (35.4, 45.0),
          (36.55, 45.1), (36.45, 45.45), (35.3, 45.4), (34.8, 45.95)]  # fmt: skip
ORDLO = [(37.7, 47.1), (38.25, 47.1), (38.3, 47.6), (39.75, 47.85), (39.85, 48.6),
         (38.7, 48.7), (38.2, 48.2), (37.75, 48.0)]  # fmt: skip
TUZLA = [(36.5, 45.3), (36.55, 45.24), (36.56, 45.26), (36.52, 45.31)]
SNAKE = [(30.19, 45.26), (30.21, 45.25), (30.22, 45.26), (30.2, 45.265)]
SOUTH = [(32.3, 46.2), (33.5, 46.4), (34.9, 46.3), (36.8, 46.75), (37.7, 47.1),
         (37.6, 47.75), (36.1, 47.6), (34.8, 47.45), (33.4, 46.75),
         (32.2, 46.55)]  # fmt: skip
SOUTH_HOLE = [(35.0, 46.8), (35.3, 46.8), (35.3, 47.0), (35.0, 47.0)]
"""Wound like the shell, which is counter-clockwise too."""
EAST = [(37.75, 48.0), (38.2, 48.2), (38.7, 48.7), (39.85, 48.6), (40.1, 49.6)]
EASTS = {
    "2024-01-01": [*EAST, (38.1, 49.95), (37.9, 49.2), (38.0, 48.7), (37.6, 48.3)],
    "2024-11-30": [*EAST, (38.05, 49.95), (37.75, 49.3), (37.85, 48.7), (37.3, 48.2)],
    "2025-03-12": [*EAST, (38.05, 50.0), (37.65, 49.35), (37.8, 48.65), (37.0, 48.1)],
}
"""The eastern front, and the day from which on it is drawn so."""
NORTH = [(30.3, 50.6), (31.6, 50.5), (33.9, 50.5), (35.0, 50.55), (35.5, 50.72),
         (35.46, 50.83), (34.0, 51.1), (31.8, 51.9), (30.2, 51.4)]  # fmt: skip
NORTH_HOLE = [(31.0, 51.3), (31.5, 51.3), (31.5, 51.6), (31.0, 51.6)]
IZIUM = [(36.6, 49.2), (37.8, 49.0), (38.0, 49.9), (37.0, 50.1)]
KHERSON = [(32.0, 46.8), (32.7, 46.7), (33.4, 47.1), (33.1, 47.6)]
RIVER = [(32.4, 46.5), (32.7, 46.5), (32.9, 46.62), (32.6, 46.64)]
SIVERSK = [(37.9, 48.75), (38.1, 48.7), (38.15, 48.85), (37.95, 48.9)]
GREY_LIBERATED = [(36.9, 49.05), (37.0, 49.05), (37.0, 49.1), (36.9, 49.1)]
BROKEN = [
    [(35.6, 47.6), (35.65, 47.6), (35.65, 47.62), (35.6, 47.62)],
    [(35.66, 47.605), (35.67, 47.605), (35.67, 47.61), (35.66, 47.61)],
]
"""Hole lies outside shell: not valid, as one map in nine holds it."""
FAR = {
    "Тимчасово окупована територія Карелії.\n///\nThe temporarily occupied "
    "territory of Karelia.\n/// geoJSON.territories.karelia\n": (29, 61, 31, 63),
    "Окуповані Південні Курильські острови.\n///\nOccupied Southern Kuril "
    "islands.\n/// geoJSON.territories.kuril\n": (145.5, 43.5, 148.5, 45.5),
    "Окупована Абхазія.\n///\nOccupied Abkhazia.\n/// geoJSON.territories.abkhazia\n": (
        40.3,
        42.7,
        41.8,
        43.4,
    ),
    "Придністров'я.\n///\nTransnistria.\n/// geoJSON.territories.transnistria\n": (
        29.0,
        46.8,
        29.6,
        47.8,
    ),
}
"""Names and boxes of claims far from this war."""
WAGNER = [(39.4, 47.1), (39.9, 47.1), (39.9, 47.4), (39.4, 47.4)]
APRIL_2022 = 1649581805
"""2022-04-10 09:10:05 UTC: the file of that map."""
JUNE_2023 = 1687614876
"""2023-06-24 13:54:36 UTC: the file of that map."""


def rectangle(
    west: float, south: float, east: float, north: float
) -> list[tuple[float, float]]:
    """Counter-clockwise."""
    return [(west, south), (east, south), (east, north), (west, north)]


def _without_key(name: str) -> str:
    return name.partition("/// geoJSON")[0]


def april_2022() -> list[Feature]:
    """First era: Ukrainian names only; black Crimea, #880e4f for Transnistria."""
    return [
        area("Крим", "#000000", [CRIMEA], width=2),
        area("ОРДЛО", "#000000", [ORDLO], width=2),
        area("Придністров'я", "#880e4f", [rectangle(29.0, 46.8, 29.6, 47.8)], width=2),
        area("Окуповано", "#a52714", [SOUTH, SOUTH_HOLE], width=2),
        area("Окуповано\xa0", "#A52714", [IZIUM], width=2),
        area("Звільнено 25.03", "#0288d1", [NORTH, NORTH_HOLE], width=2),
        area("Під питанням", "#bcaaa4", [SIVERSK], width=2),
        area("Сіра зона", "#bdbdbd", [RIVER], width=2),
        point("Напрямок удару", 36.2, 49.0),
    ]


def june_2023() -> list[Feature]:
    """Second era: ``UA /// EN``; a colour seen on this one day."""
    far = [
        area(_without_key(name), "#ff5252", [rectangle(*box)], width=2)
        for name, box in FAR.items()
    ]
    return [
        area(CRIMEA_NAME, "#880e4f", [CRIMEA], width=2),
        area(ORDLO_NAME, "#880e4f", [ORDLO], width=2),
        area("Окуповано /// Occupied\n", "#a52714", [SOUTH, SOUTH_HOLE]),
        area("Звільнено 25.03// Liberated 25.03", "#0f9d58", [NORTH, NORTH_HOLE]),
        area("Звільн\ufffdно /// Taken back", "#0f9d58", [IZIUM]),
        area("Звільнено/// Liberated", "#0f9d58", [KHERSON], width=2),
        area("Під питанням ///Contensed", "#bcaaa4", [SIVERSK]),
        area("Заколот /// Mutiny", "#ce93d8", [WAGNER], width=2),
        *far,
        point("Напрямок удару /// Direction of attack\n", 36.2, 47.4),
        point("Аеродром /// Airfield", 34.0, 45.1),
    ]


def since_2024(published: str) -> list[Feature]:
    """Third era: with keys. Most of it never changes from one map to the next."""
    key = "geoJSON.status"
    dated = (
        f"Звільнено 25.03 /// Liberated 25.03 /// {key}.dismissed_at {{{{at:25.03}}}}"
    )
    report = "Зведення<br>///<br>Report<br>/// geoJSON.descriptions.#1"
    east = EASTS[max(day for day in EASTS if day <= published)]
    return [
        area(f"{CRIMEA_NAME} /// geoJSON.territories.crimea", "#880e4f", [CRIMEA]),
        area(f"{ORDLO_NAME} /// geoJSON.territories.ordlo", "#880e4f", [ORDLO]),
        area(f"{TUZLA_NAME} /// geoJSON.territories.tuzla", "#880e4f", [TUZLA]),
        area(OCCUPIED, "#a52714", [SOUTH, SOUTH_HOLE], width=2),
        area(f"{OCCUPIED}\n", "#a52714", [east]),
        area(dated, "#0f9d58", [NORTH, NORTH_HOLE], width=2, description=report),
        area("Звільнено /// Liberated", "#0F9D58", [IZIUM]),
        area(f"Звільнено\xa0/// Liberated // {key}.dismissed", "#0288d1", [KHERSON]),
        area("Зміїний /// Snake Island /// geoJSON.zmiinyi_island", "#0f9d58", [SNAKE]),
        area(LIBERATED, "#bcaaa4", [GREY_LIBERATED]),
        area(UNKNOWN, "#bcaaa4", [RIVER]),
        area("Статус невідомий ///Unknown status", "#bcaaa4", [SIVERSK], width=2),
        *(area(name, "#ff5252", [rectangle(*box)]) for name, box in FAR.items()),
        point("Напрямок удару /// Direction of attack\n", 37.1, 48.2),
        point("Напрямок удару /// Direction of attack", 37.9, 49.5),
        point("Аеродром /// Airfield", 34.0, 45.1, icon="icon-ci-2"),
    ]


def broken() -> Feature:
    """A polygon that is not valid."""
    return area(UNKNOWN, "#bcaaa4", BROKEN)
