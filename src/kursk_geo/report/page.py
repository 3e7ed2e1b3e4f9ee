"""One page for an editor, and the files beside it."""

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from kursk_geo._files import landing
from kursk_geo._text import (
    NOTHING,
    and_words,
    day_words,
    km,
    km2,
    linked,
    markdown,
    moment_words,
    probability,
    range_words,
    signed,
    status_words,
    visible,
)
from kursk_geo.claims import Claim, Verdict, Verdicts, check
from kursk_geo.errors import DateNotFoundError, TheatreError
from kursk_geo.history import ControlHistory, require_history
from kursk_geo.periods import TEXT as WORDS
from kursk_geo.periods import When
from kursk_geo.plot.style import COLOURS
from kursk_geo.report import tables
from kursk_geo.report.explorer import (
    area_chart,
    depth_chart,
    time_share,
)
from kursk_geo.report.provenance import (
    RECENT_DAYS,
    RECORD,
    Account,
    account_of,
    crate,
    definitions_of,
    instant_text,
)
from kursk_geo.sources.files import may_pass_geometry_on
from kursk_geo.status import Status
from kursk_geo.theatre import Theatre
from kursk_geo.theatre import theatre as preset

__all__ = [
    "FILES",
    "GEOMETRY",
    "PAGE",
    "Card",
    "cards_of",
    "files_beside",
    "files_of",
    "fill_markdown",
    "fill_page",
    "lead_of",
    "span_of",
    "why_no_geometry",
    "write_report",
]


HELD = "#0b4f8a"
"""Colour of held ground as it stands in the style."""


def _shown(value: object) -> object:
    """What a template prints: text without control characters, or our own markup."""
    return value if isinstance(value, Markup | int) else visible(value)


def _plain(value: object) -> str:
    """What a template of Markdown prints: text, unless it is Markdown of our own."""
    return str(value) if isinstance(value, Markup) else markdown(value)


def fill_page(facts: dict[str, object], *, colour: str) -> str:
    """
    The page, with its style and script, and a policy that allows these alone.

    `colour` is that of held ground.
    """
    style, script = (_packaged(f"page.{ending}") for ending in ("css", "js"))
    style = style.replace(HELD, colour)
    policy = "; ".join(
        [
            "default-src 'none'",
            f"style-src {_hash(style)}",
            f"script-src {_hash(script)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
    environment = Environment(
        loader=PackageLoader("kursk_geo.report"),
        autoescape=True,
        finalize=_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["linked"] = linked
    own = {"style": Markup(style), "script": Markup(script), "policy": policy}  # noqa: S704  (files of this package)
    return environment.get_template("page.html.j2").render(**facts, **own)


def fill_markdown(facts: dict[str, object]) -> str:
    """The report as Markdown."""
    environment = Environment(
        loader=PackageLoader("kursk_geo.report"),
        autoescape=False,  # noqa: S701  (Markdown; `markdown` escapes what it prints)
        finalize=_plain,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    own = {"raw": Markup, "command_line": visible(facts["command"])}
    return environment.get_template("report.md.j2").render(**facts, **own)


def _packaged(name: str) -> str:
    folder = files("kursk_geo.report") / "templates"
    return (folder / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


GEOMETRY = "states.geojson"
DECIMALS = 7
"""Of a degree: a centimetre."""


def files_beside(account: Account) -> dict[str, str]:
    """Texts by file name; the same names whatever the maps show."""
    files = {
        "figures.csv": _csv(account.figures.reset_index()),
        "events.csv": _csv(_events(account)),
    }
    if account.settlements is not None:
        shown = pd.DataFrame(account.settlements.drop(columns="geometry"))
        files["settlements.csv"] = _csv(shown)
    if len(account.verdicts):
        files["claims.csv"] = _csv(_claims(account))
    if account.with_geometry or may_pass_geometry_on(account.history.source):
        files[GEOMETRY] = _states(account)
    return files


def why_no_geometry(account: Account) -> str:
    """Why the outlines are not written; "" if they are."""
    history = account.history
    if account.with_geometry or may_pass_geometry_on(history.source):
        return ""
    terms = (
        history.licence or f"Nothing is known here of the terms of {history.source}."
    )
    return (
        f"{GEOMETRY} was not written. {terms} For your own use, kursk-geo report "
        "--with-geometry (with_geometry=True) writes it."
    )


def _csv(table: pd.DataFrame) -> str:
    """A table as RFC 4180 says; instants as ISO 8601, nothing where there is none."""
    times = table.select_dtypes(["datetimetz"]).columns
    texts = {name: table[name].map(_instant).astype(object) for name in times}
    # Text that begins so is a formula to a spreadsheet, and is quoted out of it.
    words = [str(one) for one in table if table[one].dtype in (WORDS, object)]
    texts |= {name: table[name].map(_harmless).astype(object) for name in words}
    return str(table.assign(**texts).to_csv(index=False, lineterminator="\n"))


def _instant(moment: pd.Timestamp | None) -> str | None:
    return None if pd.isna(moment) else moment.isoformat().replace("+00:00", "Z")


def _harmless(text: object) -> str:
    shown = visible(text)
    return f"'{shown}" if shown[:1] in ("=", "+", "-", "@") else shown


def _events(account: Account) -> pd.DataFrame:
    table = account.events.copy()
    for name in ("before", "after"):
        table[name] = [" ".join(map(str, ids)) for ids in table[name]]
    return table


def _claims(account: Account) -> pd.DataFrame:
    table = account.verdicts.table
    others = [
        "; ".join(f"{one['name']}={one['figure']}" for one in row)
        for row in table["departures"]
    ]
    maps = [" ".join(one["snapshot_id"] for one in row) for row in table["maps"]]
    return table.assign(departures=others, maps=maps)


def _states(account: Account) -> str:
    """The shapes with their periods, as GeoJSON (RFC 7946)."""
    history = account.history
    features = [
        {
            "type": "Feature",
            "properties": {
                "status": row.status,
                "label": row.label,
                "valid_from": _instant(row.valid_from),
                "valid_to": _instant(row.valid_to),
                "shape_id": row.shape_id,
            },
            "geometry": json.loads(
                shapely.to_geojson(shapely.set_precision(row.geometry, 10.0**-DECIMALS))
            ),
        }
        for row in history.shapes.itertuples()
    ]
    whole = {
        "type": "FeatureCollection",
        "source": history.source,
        "attribution": history.attribution,
        "licence": history.licence,
        "features": features,
    }
    return json.dumps(whole, ensure_ascii=True, separators=(",", ":")) + "\n"


NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True)
class Card:
    """One figure with its bounds and its date."""

    label: str
    figure: str
    bounds: str
    date: str


def span_of(account: Account) -> str:
    """First and last day of the maps."""
    first, last = account.figures.index[0], account.last_utc
    if first.date() == last.date():
        return day_words(last)
    return f"{day_words(first)} to {day_words(last)}"


def lead_of(account: Account) -> str:
    """What the last map shows, in a sentence."""
    now, theatre = account.now, account.theatre
    shown = f"The map of {moment_words(account.last_utc)} shows"
    grey = (
        f", and {km2(now.contested_km2)} of contested ground"
        if now.contested_km2 > 0.0
        else ""
    )
    if not now.area_km2 > 0.0:
        return f"{shown} no ground {status_words(theatre.held)}{grey}."
    pieces = f"in {_many(int(now.sections), 'section')}"
    depth = (
        f", at most {km(now.depth_km)} from the border" if now.depth_km > 0.0 else ""
    )
    held = f"{km2(now.area_km2)} {status_words(theatre.held)}"
    return f"{shown} {held}, {pieces}{depth}{grey}."


def cards_of(account: Account) -> list[Card]:
    """Held, contested, sections and depth now; the peak; the last weeks."""
    now = account.now
    date = moment_words(account.last_utc)
    cards = [
        Card(
            "Held",
            km2(now.area_km2),
            "bounds "
            + range_words(km2(now.area_low_km2, unit=False), km2(now.area_high_km2)),
            date,
        ),
        Card(
            "Contested",
            km2(now.contested_km2),
            "part of the upper bound of held",
            date,
        ),
        Card("Sections", f"{int(now.sections)}", _least(account), date),
    ]
    if now.depth_km == now.depth_km:
        low, high = km(now.depth_low_km, unit=False), km(now.depth_high_km)
        bounds = f"bounds {range_words(low, high)}"
        cards.append(Card("Depth", km(now.depth_km), bounds, date))
    peak = account.peak_utc
    if peak is not None:
        row = account.figures[account.figures.index == peak].iloc[0]
        bounds = range_words(km2(row.area_low_km2, unit=False), km2(row.area_high_km2))
        cards.append(
            Card("Most held", km2(row.area_km2), f"bounds {bounds}", moment_words(peak))
        )
    recent = account.recent
    if recent is not None:
        bounds = "no line was redrawn"
        if recent.p:
            ends = signed(recent.low_km2, unit=False), signed(recent.high_km2)
            bounds = (
                f"bounds {range_words(*ends)}; "
                f"{'grew' if recent.net_km2 > 0.0 else 'fell'} with a probability of "
                f"{probability(recent.p)}"
            )
        since = f"since the map of {moment_words(recent.since)}"
        label = f"Change in {RECENT_DAYS} days"
        cards.append(Card(label, signed(recent.net_km2), bounds, since))
    return cards


def _least(account: Account) -> str:
    return f"pieces of {account.figures.attrs['min_area_km2']:g} km² or more"


def _many(count: int, thing: str) -> str:
    word = NUMBERS[count] if count < len(NUMBERS) else f"{count}"
    return f"{word} {thing}" if count == 1 else f"{word} {thing}s"


def held_words(account: Account) -> str:
    """What counts as held, in words."""
    return and_words([status_words(account.theatre.held)]) or NOTHING


PAGE, TEXT = "index.html", "report.md"
FILES = frozenset(
    {
        PAGE,
        TEXT,
        RECORD,
        GEOMETRY,
        "figures.csv",
        "events.csv",
        "settlements.csv",
        "claims.csv",
    }
)
"""Whatever a report may hold."""
CONTENTS = {
    "figures.csv": "area, contested area, sections, depth and bounds of every map",
    "events.csv": "what became of the sections",
    "settlements.csv": "places inside held or contested ground, and when",
    "claims.csv": "the sentences that were checked, with figures and verdicts",
    GEOMETRY: "the outlines with their periods",
    TEXT: "this report as Markdown",
    PAGE: "this page",
    RECORD: "maps, hashes, definitions and command, in the words of RO-Crate 1.1",
}


def files_of(account: Account) -> dict[str, bytes]:
    """All files of a report by name."""
    texts = files_beside(account)
    names = [*texts, TEXT, RECORD]
    facts = _facts(account) | {
        "files": [(name, CONTENTS[name]) for name in CONTENTS if name in names]
    }
    texts[PAGE] = fill_page(facts, colour=_colour(account))
    texts[TEXT] = fill_markdown(facts)
    files = {name: text.encode() for name, text in texts.items()}
    files[RECORD] = crate(
        files,
        CONTENTS,
        root={
            "name": visible(account.title),
            "description": "Who held what, measured on published maps: theatre "
            f"{visible(account.theatre.name)}.",
            "creditText": visible(account.history.attribution),
        },
        act={
            "@id": "#report",
            "name": "Report on control maps",
            "description": visible(account.command),
        },
        histories=[account.history],
        maps=account.history.snapshots,
        definitions=definitions_of(account),
        now=instant_text(account.made_utc),
    )
    return files


def _facts(account: Account) -> dict[str, object]:
    """Everything that is said, by the name that the templates call it."""
    now = {
        "title": account.title,
        "lead": lead_of(account),
        "span": span_of(account),
        "cards": cards_of(account),
        "recent_days": RECENT_DAYS,
        "theatre": account.theatre.name,
        "held": status_words(account.theatre.held),
        "has_border": account.theatre.border is not None,
        "border_credit": account.border_credit,
        "claims": [_claim(verdict) for verdict in account.verdicts],
        "claims_table": tables.claims_table(account.verdicts),
    }
    return now | _over_time(account) | _sources(account)


def _colour(account: Account) -> str:
    """Of held ground: that of the status, since blue would tell of the wrong side."""
    held = (status for status in Status if status in account.theatre.held)
    return COLOURS[next(held, Status.HELD_IN_RUSSIA)]


def _over_time(account: Account) -> dict[str, object]:
    """Map, charts, change, sections and places."""
    charts = [
        (area_chart(account.figures, _area_words(account)), tables.area_table(account))
    ]
    depth = depth_chart(account.figures, _depth_words(account))
    if depth is not None:
        charts.append((depth, tables.depth_table(account)))
    moments = (pd.DatetimeIndex(t.index) for t in (account.states, account.figures))
    lines = zip(time_share(*moments), account.map.deepest, strict=True)
    told = account.settlements is not None
    return {
        "charts": charts,
        "map": account.map,
        "states": tables.states_table(account),
        "marks": [(f"{100 * share:.2f}", line) for share, line in lines],
        "periods": account.periods,
        "periods_table": tables.periods_table(account),
        "notable": tables.events_table(account, notable=True),
        "events": tables.events_table(account, notable=False),
        "places": tables.places_table(account) if told else None,
    }


def _sources(account: Account) -> dict[str, object]:
    """Where all of it comes from, and how it was measured."""
    history = account.history
    return {
        "snapshots": tables.snapshots_table(account),
        "rejected": tables.rejected_table(account),
        "n_rejected": len(history.rejected),
        "n_maps": len(history.snapshots),
        "source": history.source,
        "attribution": history.attribution or history.source,
        "licence": history.licence,
        "clipped": history.clipped,
        "facts": account.figures.attrs,
        "definitions": definitions_of(account),
        "no_geometry": why_no_geometry(account),
        "with_geometry": account.with_geometry,
        "command": account.command,
        "made": moment_words(account.made_utc),
        "version": version("kursk-geo"),
    }


def _claim(verdict: Verdict) -> dict[str, object]:
    row = verdict.row()
    return row | {
        "word": verdict.word,
        "quoted": verdict.quoted,
        "shown": verdict.shown(verdict.figure),
        "others": [
            f"{one.name}: {verdict.shown(one.figure)}" for one in verdict.departures
        ],
    }


def _area_words(account: Account) -> str:
    """The area chart for those who do not see it."""
    figures, peak = account.figures, account.peak_utc
    first, last = figures.iloc[0], figures.iloc[-1]
    top = (
        ""
        if peak is None
        else f" It was largest on {moment_words(peak)}: {km2(figures.area_km2.max())}."
    )
    return (
        f"Held area in steps, {span_of(account)}: {km2(first.area_km2)} at first, "
        f"{km2(last.area_km2)} at last.{top} Contested ground stands upon it, "
        f"{km2(last.contested_km2)} at last."
    )


def _depth_words(account: Account) -> str:
    """The depth chart for those who do not see it."""
    figures = account.figures
    if not figures["depth_km"].max() > 0.0:
        return f"Depth in steps, {span_of(account)}: nothing was held."
    deepest = pd.Timestamp(figures["depth_km"].idxmax())  # type: ignore[arg-type]  # an instant
    return (
        f"Largest distance of held ground from the border in steps, "
        f"{span_of(account)}: at most {km(figures.depth_km.max())}, on "
        f"{moment_words(deepest)}; {km(account.now.depth_km)} at last. A second line "
        "counts contested ground too."
    )


def write_report(
    history: ControlHistory,
    folder: str | Path,
    *,
    theatre: str | Theatre | None = None,
    claims: Verdicts | Sequence[Claim] = (),
    places: gpd.GeoDataFrame | None = None,
    start: When | None = None,
    end: When | None = None,
    title: str = "",
    with_geometry: bool = False,
    command: str = "",
) -> Path:
    """
    Write a report: one page that opens anywhere, and its tables beside it.

    Parameters
    ----------
    history : ControlHistory
        As read, with `theatre`; or selected for a theatre.
    folder : str or Path
        Folder to write. The files of an older report there are replaced once the new
        ones are complete, and others stay; a folder without a report is left alone.
    theatre : str or Theatre, optional
        What to report on, of a history as read.
    claims : Verdicts or sequence of Claim, optional
        Claims are checked on the history, which must then be as read: baselines lie
        anywhere, and each claim names its theatre. With a selected history hand in
        what ``kg.check(claims, whole)`` gave.
    places : GeoDataFrame, optional
        As `read_places` gives them: those inside held or contested ground are listed,
        and the map names them.
    start, end : str, date, datetime or Timestamp, optional
        First and last day of the report (UTC), both included. Claims are checked on
        all maps whatever the span.
    title : str, optional
        By default the theatre and the span.
    with_geometry : bool, default False
        Write ``states.geojson`` although the source does not let it be passed on: for
        your own use.
    command : str, optional
        How the report was made, to be shown in it; by default this call.

    Returns
    -------
    Path
        The folder: ``index.html`` (self-contained: no network, no other file),
        ``report.md``, ``figures.csv`` (as `uncertainty` gives it), ``events.csv``,
        ``settlements.csv`` (with `places`), ``claims.csv`` (with `claims`),
        ``states.geojson`` (where the source allows it) and
        ``ro-crate-metadata.json`` (hashes of all of these and of the maps, RO-Crate
        1.1).

    Raises
    ------
    TheatreError
        If no theatre is named, the history has another one already, or claims are to
        be checked on a selected history.
    DateNotFoundError
        If no map lies within the span.
    ClaimError
        If a claim was drawn from maps of another source.
    OptionError
        If a date cannot be read, SOURCE_DATE_EPOCH is no number, or the folder holds
        something else or cannot be written.

    Notes
    -----
    The same maps and options give the same bytes, but for the instant at which the
    report was made, which the environment variable SOURCE_DATE_EPOCH fixes.

    Outlines in the page are rounded to 50 m or more: a picture with reference and
    link, not the data of the source.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> kursk = kg.read_history("sample_data/deepstate").select(kg.theatre("kursk"))
    >>> from tempfile import mkdtemp
    >>> folder = kg.write_report(kursk, Path(mkdtemp()) / "report")
    >>> sorted(path.name for path in folder.glob("*.csv"))
    ['events.csv', 'figures.csv']
    >>> kg.write_report(kursk, folder, start="2030-01-01")
    Traceback (most recent call last):
        ...
    kursk_geo.errors.DateNotFoundError: No map lies between 2030-01-01 and the end: ...
    """
    verdicts = _verdicts(claims, history)
    selected = _within(_selected(history, theatre), start, end)
    call = f"kursk_geo.write_report(history, {str(folder)!r}, ...)"
    account = account_of(
        selected,
        title=title,
        command=command or call,
        places=places,
        verdicts=verdicts,
        with_geometry=with_geometry,
    )
    files = files_of(account)
    # Resolved, because "." has no name to make a draft beside.
    with landing(Path(folder).resolve(), marker=PAGE, names=FILES) as draft:
        for name, content in files.items():
            (draft / name).write_bytes(content)
    return Path(folder)


def _selected(history: ControlHistory, theatre: str | Theatre | None) -> ControlHistory:
    require_history(history)
    if theatre is None and history.theatre is not None:
        return history
    if theatre is None:
        msg = (
            "This history has no theatre, so nothing tells what counts as held. "
            "Expected theatre='kursk', or history.select(kursk_geo.theatre('kursk'))."
        )
        raise TheatreError(msg)
    asked = preset(theatre) if isinstance(theatre, str) else theatre
    if history.theatre is not None:
        msg = (
            f"This history is cut to theatre {history.theatre.name!r} already. Leave "
            "theatre= out, or hand in the history as read_history() gave it."
        )
        raise TheatreError(msg)
    return history.select(asked)


def _verdicts(claims: Verdicts | Sequence[Claim], history: ControlHistory) -> Verdicts:
    if isinstance(claims, Verdicts):
        return claims
    if claims and history.theatre is not None:
        msg = (
            f"Claims cannot be checked on a history cut to theatre "
            f"{history.theatre.name!r}. Expected the history as read, with theatre=, "
            "or claims=kursk_geo.check(claims, whole) beside this one."
        )
        raise TheatreError(msg)
    return check(list(claims), history) if claims else Verdicts(())


def _within(
    history: ControlHistory, start: When | None, end: When | None
) -> ControlHistory:
    within = history.between(start, end)
    if within.snapshots.empty:
        published = history.snapshots["snapshot_utc"]
        reach = "there is none at all"
        if len(published):
            reach = f"they run from {published.iloc[0]:%F} to {published.iloc[-1]:%F}"
        msg = (
            f"No map lies between {start or 'the beginning'} and {end or 'the end'}: "
            f"{reach}. Choose a span with maps."
        )
        raise DateNotFoundError(msg)
    return within
