"""One page that a desk can publish from, and what lies beside it."""

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd

from kursk_geo.claims import Claim, Verdicts, check
from kursk_geo.errors import DateNotFoundError, TheatreError
from kursk_geo.history import ControlHistory
from kursk_geo.periods import When
from kursk_geo.report.account import account_of
from kursk_geo.report.compose import FILES, PAGE, files_of
from kursk_geo.report.landing import landing
from kursk_geo.theatre import Theatre
from kursk_geo.theatre import theatre as preset

__all__ = ["write_report"]


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
        ``states.geojson`` (where the source allows it) and ``provenance.json``
        (hashes of all of these and of the maps, as RO-Crate 1.1 metadata; it stands
        there a second time as ``ro-crate-metadata.json``).

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
