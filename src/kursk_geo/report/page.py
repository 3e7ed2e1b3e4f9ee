"""One page for an editor, and the files beside it."""

import math
import warnings
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import geopandas as gpd
import matplotlib as mpl
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from kursk_geo import _text
from kursk_geo._files import landing
from kursk_geo._text import about_km2, day_words, figure, t, visible
from kursk_geo.claims import Claim, Verdicts, check
from kursk_geo.errors import DateNotFoundError, EmptyPlotWarning
from kursk_geo.history import ControlHistory, require_history, selected_theatre
from kursk_geo.periods import When
from kursk_geo.plot import canvas
from kursk_geo.plot.basemap import is_bundled, records
from kursk_geo.plot.canvas import DARK, LIGHT, ROLES, picture_bytes, plain_number, style
from kursk_geo.plot.maps import plot_map
from kursk_geo.report import explorer, tables
from kursk_geo.report.provenance import RECORD, crate, moment_of_writing
from kursk_geo.report.tables import Account, file_name
from kursk_geo.theatre import Theatre

__all__ = ["FILES", "PAGE", "files_of", "write_report"]

FONTS = {400: "SourceSans3-Regular.woff2", 700: "SourceSans3-Bold.woff2"}
PAGE, CARD, VEGA = "index.html", "card.png", "charts.vl.json"
FILES = (
    *(PAGE, CARD, VEGA, RECORD),
    *("figures.csv", "events.csv", "maps.csv", "settlements.csv", "claims.csv"),
)
"""Whatever a report may hold."""


def write_report(  # noqa: PLR0913  (all that a page can be asked for)
    history: ControlHistory,
    folder: str | Path,
    *,
    theatre: str | Theatre | None = None,
    claims: Verdicts | Sequence[Claim] = (),
    places: gpd.GeoDataFrame | None = None,
    start: When | None = None,
    end: When | None = None,
    title: str = "",
    lang: str = "en",
    url: str = "",
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
        Claims are checked on the history, which must then be as read: each claim names
        its theatre. With a selected history hand in what ``kg.check(claims, whole)``
        gave.
    places : GeoDataFrame, optional
        As `read_places` gives them: those inside held or contested ground are listed,
        and the map names them before the towns it knows.
    start, end : str, date, datetime or Timestamp, optional
        First and last day of the report (UTC), both included. Claims are checked on
        all maps whatever the span.
    title : str, optional
        In place of the finding: "Ukraine holds 29 km² of Kursk, 3 % of its peak".
    lang : {"en", "uk", "de"}, default "en"
        Language of the page and its pictures; wordings of claims and names from data
        stay as they are, and so do the tables in files.
    url : str, optional
        Address at which the page will stand, for previews in social media.
    command : str, optional
        How the report was made, to be shown in it; by default this call.

    Returns
    -------
    Path
        The folder: ``index.html`` (self-contained: no network, no other file),
        ``card.png`` (1200 by 630), ``charts.vl.json`` (Vega-Lite), ``figures.csv`` (as
        `uncertainty` gives it), ``events.csv``, ``maps.csv``, ``settlements.csv`` (with
        `places`), ``claims.csv`` (with `claims`) and ``ro-crate-metadata.json`` (hashes
        of all of these and of the maps, RO-Crate 1.1).

    Raises
    ------
    TheatreError
        If no theatre is named, the history is cut to another one, or claims are to be
        checked on a selected history.
    DateNotFoundError
        If no map lies within the span.
    ClaimError
        If a claim was drawn from maps of another source.
    OptionError
        If a date cannot be read, the language is not known, SOURCE_DATE_EPOCH is no
        number, or the folder holds something else or cannot be written.

    Notes
    -----
    The same maps and options give the same bytes, but for the instant at which the
    report was made, which the environment variable SOURCE_DATE_EPOCH fixes.

    Outlines in the page are rounded to 50 m or more: a picture with reference and
    link, not the data of the source.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> kursk = kg.sample_history().select(kg.theatre("kursk"))
    >>> from tempfile import mkdtemp
    >>> folder = kg.write_report(kursk, Path(mkdtemp()) / "report")
    >>> sorted(path.name for path in folder.glob("*.csv"))
    ['events.csv', 'figures.csv', 'maps.csv']
    >>> kg.write_report(kursk, folder, start="2030-01-01")
    Traceback (most recent call last):
        ...
    kursk_geo.errors.DateNotFoundError: No map lies between 2030-01-01 and the end: ...
    """
    require_history(history)
    selected = history.select(theatre) if theatre is not None else history
    selected_theatre(selected)
    verdicts = claims if isinstance(claims, Verdicts) else Verdicts(())
    if claims and not isinstance(claims, Verdicts):
        verdicts = check(list(claims), history)
    within = selected.between(start, end)
    if within.snapshots.empty:
        published = selected.snapshots["snapshot_utc"]
        reach = "there is none at all"
        if len(published):
            reach = f"they run from {published.iloc[0]:%F} to {published.iloc[-1]:%F}"
        msg = (
            f"No map lies between {start or 'the beginning'} and {end or 'the end'}: "
            f"{reach}. Choose a span with maps."
        )
        raise DateNotFoundError(msg)
    with mpl.rc_context():
        # The same bytes whatever the reader's settings of matplotlib are.
        mpl.rcdefaults()
        with style(lang=lang):
            account = Account(
                within,
                title=title,
                command=command or "kursk_geo.write_report(history, folder, ...)",
                url=url,
                made_utc=moment_of_writing(),
                places=places,
                verdicts=verdicts,
            )
            written = files_of(account, lang)
    # Resolved, because "." has no name to make a draft beside.
    with landing(Path(folder).resolve(), marker=PAGE, names=FILES) as draft:
        for name, content in written.items():
            (draft / name).write_bytes(content)
    return Path(folder)


# Files


def files_of(account: Account, lang: str) -> dict[str, bytes]:
    """All files of a report by name."""
    texts = tables.csv_files(account)
    written = {name: text.encode() for name, text in texts.items()}
    names = [PAGE, *sorted([*written, CARD, VEGA, RECORD])]
    facts = _facts(account, lang) | {
        "files": [(name, t(f"files.{name.replace('.', '_')}")) for name in names]
    }
    # 1200 by 630 pixels, for previews: the finding over the last map.
    ax = canvas.new_axes(6.0, 3.15)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EmptyPlotWarning)
        plot_map(account.history, ax=ax, headline=tables.headline(account))
    written[CARD] = picture_bytes(ax, ending=".png")
    written[PAGE] = fill_page(facts).encode()
    written[VEGA] = fill(VEGA, facts).encode()
    written[RECORD] = crate(account, written, dict(facts["files"]))
    return written


# What is said, by the name that the templates call it


def _facts(account: Account, lang: str) -> dict[str, Any]:
    history, figures, theatre = account.history, account.figures, account.theatre
    atlas = explorer.atlas_of(account)
    presets, sentences = explorer.presets(account), tables.sentences(account)
    data = explorer.data_of(account, atlas)
    title, lead = tables.headline(account), tables.lead(account)
    words = [canvas.legend_word(one, theatre) for one in sorted(theatre.held)]
    counted = [_text.lower(word) for word in words]
    values = {
        "held": _text.and_words(counted),
        "least": plain_number(figures.attrs["min_area_km2"]),
        "sigma": plain_number(figures.attrs["sigma_m"]),
        "reach": plain_number(figures.attrs["correlation_km"]),
    }
    parts = ["held", "pieces", "depth", "error", "dates"]
    if theatre.border is None:
        parts.remove("depth")
    # Held ground has the colour of its status: blue would tell of the wrong side.
    counted_as = canvas.status_of(theatre.held)
    drawn = account.states[["area_km2", "contested_km2"]].round(3)
    drawn = drawn.rename(columns={"area_km2": "held_km2"}).reset_index(names="map")
    periods = account.periods
    large = periods[periods["gained_km2"] + periods["lost_km2"] >= 0.5].tail(12)
    return {
        "account": account,
        "lang": lang,
        "t": t,
        "light": LIGHT,
        "dark": DARK,
        "roles": {name: name for name in LIGHT} | {"held": ROLES[counted_as]},
        "states": _text.records(drawn),
        "title": title,
        "lead": lead,
        "kicker": tables.kicker(account),
        "answers": tables.answers(account, sentences),
        "atlas": atlas,
        "data": data,
        "review": account.verdicts.claim_review(),
        "live": _live(account, data),
        "presets": presets,
        "marks": explorer.marks_of(account, sentences),
        **explorer.charts_of(account),
        **tables.tables_of(account),
        "about_km2": about_km2,
        "large_months": list(records(large)),
        "sentences": sentences,
        "held_word": canvas.legend_word(counted_as, theatre)
        if theatre.held
        else t("status.held"),
        "attribution": history.attribution or history.source,
        "border_credit": f"{t('plot.border')}." if is_bundled(theatre.border) else "",
        "file_name": file_name,
        "rejected": list(records(history.rejected.head(40))),
        "method": " ".join(t(f"method.{part}", **values) for part in parts),
        "command": " ".join(file_name(part) for part in account.command.split(" ")),
        "made": _text.moment_words(account.made_utc),
        "version": version("kursk-geo"),
    }


def _live(account: Account, data: dict[str, Any]) -> dict[str, Any]:
    """What the script tells of two days, for the default ones and without a script."""
    days = explorer.default_days(account)
    states = tables.standing(account.states, days)
    ends = account.states.iloc[states]
    start, end = (day_words(day) for day in days)
    words = tables.headline(account)
    if data["from"] < data["to"]:
        held, now = ends["area_km2"]
        net, error = now - held, account.errors[tuple(states)]
        kind = "level" if abs(net) < 0.05 else "lost" if net < 0 else "gained"
        words = t(
            f"js.{kind}_by" if account.holder and kind != "level" else f"js.{kind}",
            holder=account.holder,
            share=figure(100 * net / held if held else math.nan, 1, "%", sign=True),
            net=figure(abs(net), int(abs(net) < 10), "km²"),
            error=figure(error, int(error < 10), "km²"),
            start=start,
            end=end,
        )
    cells = tables.figure_cells(account)
    columns = zip(*tables.told(cells, ends), strict=True)
    return {
        "days": (start, end),
        "rows": list(zip([t(f"js.{key}") for key in cells], columns, strict=True)),
        "words": words,
        "layers": {
            "lost": explorer.outlines(data["shapes"], states[0], held=True),
            "kept": explorer.outlines(data["shapes"], states[1], held=True),
            "grey": explorer.outlines(data["shapes"], states[1], held=False),
        },
    }


# Templates


def fill_page(facts: dict[str, Any]) -> str:
    """The page, with its style and script, and a policy that allows these alone."""
    folder = files("kursk_geo")
    fonts = {
        weight: b64encode((folder / "data" / "fonts" / name).read_bytes()).decode()
        for weight, name in FONTS.items()
    }
    css = fill("page.css", facts | {"fonts": fonts})
    script = (folder / "report" / "templates" / "page.js").read_text("utf-8")
    style_hash, script_hash = (
        f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
        for text in (css, script)
    )
    policy = (
        f"default-src 'none'; style-src {style_hash}; script-src {script_hash}; "
        "img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'"
    )
    own = {"style": Markup(css), "script": Markup(script), "policy": policy}  # noqa: S704  (files of this package)
    return fill(PAGE, facts | own)


def fill(name: str, facts: dict[str, Any]) -> str:
    """A template, with values as text unless they are markup of our own."""

    def shown(value: object) -> object:
        return value if isinstance(value, Markup | int | float) else visible(value)

    environment = Environment(
        autoescape=select_autoescape(["html.j2"]),
        finalize=shown,
        loader=PackageLoader("kursk_geo.report"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    # In a script no tag can end its element: "<" is escaped.
    environment.policies["json.dumps_kwargs"] = {
        "ensure_ascii": False,
        "separators": (",", ":"),
    }
    environment.filters["linked"] = _text.linked
    return environment.get_template(f"{name}.j2").render(**facts)
