"""The sources that are known: those of the library, and those of other packages."""

from collections.abc import Iterator
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from warnings import warn

from kursk_geo.errors import OptionError, SourceWarning
from kursk_geo.sources import cyterat, deepstate, isw, nzz
from kursk_geo.sources.contract import Source, is_source
from kursk_geo.sources.kml import Kml
from kursk_geo.sources.viina import Viina

__all__ = [
    "built_in",
    "find_source",
    "known_sources",
    "list_sources",
    "may_pass_geometry_on",
]

GROUP = "kursk_geo.sources"
"""Entry points of this group are sources: modules, or objects in them."""


@lru_cache(maxsize=1)
def built_in() -> dict[str, Source]:
    """The library's own sources by name, in the order in which they are tried."""
    known: tuple[Source, ...] = (nzz, isw, cyterat, Viina(), Kml(), deepstate)
    return {source.NAME: source for source in known}


@lru_cache(maxsize=1)
def _plugged_in() -> dict[str, Source]:
    """Sources of other packages; one that cannot be used is warned of."""
    found: dict[str, Source] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        reason, source = _load(entry)
        if source is not None and source.NAME in {*built_in(), *found}:
            reason = f"there is a source named {source.NAME!r} already"
        if source is None or reason:
            msg = (
                f"The source {entry.name!r} of another package ({entry.value}) is left "
                f"out: {reason}. Expected what kursk_geo.sources.contract.Source "
                "describes: update or uninstall that package."
            )
            warn(msg, SourceWarning, stacklevel=4)
        else:
            found[source.NAME] = source
    return found


def _load(entry: EntryPoint) -> tuple[str, Source | None]:
    try:
        loaded = entry.load()
    except (ImportError, AttributeError) as error:
        return f"it cannot be loaded ({error})", None
    if not is_source(loaded):
        return "it lacks names that a source must have, or is a class", None
    return "", loaded


def known_sources() -> Iterator[Source]:
    """Every source, the library's own first; others are loaded only when needed."""
    yield from built_in().values()
    yield from _plugged_in().values()


def find_source(name: str) -> Source:
    """
    The source of a name.

    Raises
    ------
    OptionError
        If there is none.
    """
    source = built_in().get(name) or _plugged_in().get(name)
    if source is None:
        known = ", ".join(list_sources())
        msg = (
            f"source={name!r} is not known. Expected one of: {known}; or a TOML file "
            "that describes it (docs/adding_a_source.md). Any polygons are read with "
            "kursk_geo.read_plain()."
        )
        raise OptionError(msg)
    return source


def list_sources() -> list[str]:
    """
    Names of the sources that `read_history` knows.

    Returns
    -------
    list of str
        Sorted; with those that other installed packages bring.

    Raises
    ------
    Nothing
        The library's own sources are always there.

    Warns
    -----
    SourceWarning
        If another package brings a source that cannot be used.

    Examples
    --------
    >>> "deepstate" in list_sources()
    True
    """
    return sorted(source.NAME for source in known_sources())


def may_pass_geometry_on(source: str) -> bool:
    """
    Whether the licence of a source allows passing its shapes on.

    Parameters
    ----------
    source : str
        Name, as in ``ControlHistory.source``.

    Returns
    -------
    bool
        False for a source that is not known: its licence is not known either.

    Raises
    ------
    Nothing
        Any name has an answer.

    Examples
    --------
    >>> may_pass_geometry_on("viina"), may_pass_geometry_on("deepstate")
    (True, False)
    >>> may_pass_geometry_on("")
    False
    """
    known = {one.NAME: one for one in known_sources()}
    return bool(getattr(known.get(source), "MAY_PASS_GEOMETRY_ON", False))
