"""
Every error and warning of the library.

Each error is also a builtin, so that code which has never heard of this library
catches it too::

    KurskGeoError
    ├── DateNotFoundError     (LookupError)      no map had been published by then
    ├── TheatreError          (LookupError)      no theatre, claim or place of that name
    ├── OptionError           (ValueError)       an option outside its allowed values
    ├── GeometryError         (ValueError)       a shape that cannot be measured
    ├── ReferenceDataError    (ValueError)       a border or region that cannot be used
    ├── SourceError           (ValueError)       maps that cannot be read
    │   └── SnapshotError                        one file among them
    ├── StoreError            (ValueError)       a store that cannot be read or written
    ├── ClaimError            (ValueError)       a claim that cannot be read
    ├── LicenceError          (PermissionError)  terms that forbid it, or not accepted
    ├── MissingExtraError     (ImportError)      an optional package is not installed
    └── DownloadError         (OSError)          a transfer that failed
        └── OfflineError                         not in the cache, and offline

    KurskGeoWarning           (UserWarning)      the result is right, with a catch
    ├── UnknownStatusWarning                     a colour or name never seen before
    ├── CoarseBorderWarning                      a border that changes the depth
    ├── SourceWarning                            what a source leaves out
    └── EmptyPlotWarning                         nothing to draw

A message has three parts: what was given, what was expected, what to type next. It is
one line, whatever the file or the library said that it quotes.
"""

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from os import PathLike


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """A question with the known name that is nearest, after a space; or nothing."""
    by_case = {one.casefold(): one for one in known}
    near = get_close_matches(str(name).casefold(), by_case, n=1)
    return f" Did you mean {by_case[near[0]]!r}?" if near else ""


def mistaken(given: object, kind: str, expected: str) -> str:
    """
    What an error says of something that is not of its kind, most often a path.

    ``{path}`` in `expected` becomes the path that was given, or "maps/".
    """
    is_path = isinstance(given, (str, PathLike))
    shown = repr(str(given)) if is_path else f"A {type(given).__name__}"
    path = shown if is_path else "'maps/'"
    return f"{shown} is not {kind}. Expected {expected.replace('{path}', path)}."


def refused(name: str, given: object, expected: str) -> "SnapshotError":
    """The error for a file: what it is, what was expected, and what to do about it."""
    end = "" if expected.endswith("?") else "."
    return SnapshotError(f"{name}: {given}. Expected {expected}{end}")


ABOVE_0 = 5e-324
"""The least number that is more than nothing."""


def check_number(
    name: str,
    given: float,
    told: str,
    *,
    least: float = 0.0,
    below: float = float("inf"),
) -> None:
    """Refuse an option that is no number within its range, nan for example."""
    if not least <= given < below:
        msg = f"{name}={given} is not {told}"
        raise OptionError(msg)


def check_word(name: str, given: str, known: Collection[str]) -> None:
    """Refuse an option that is none of the words for it; say which is like it."""
    if given not in known:
        msg = (
            f"{name}={given!r} is not known. Expected one of: {', '.join(known)}."
            f"{did_you_mean(given, known)}"
        )
        raise OptionError(msg)


class KurskGeoError(Exception):
    """Anything that this library raises on purpose."""

    def __str__(self) -> str:
        return _one_line(super().__str__())


class DateNotFoundError(KurskGeoError, LookupError):
    """No map had been published by the date asked for."""


class TheatreError(KurskGeoError, LookupError):
    """No theatre of that name, or one that lacks what is asked of it."""


class OptionError(KurskGeoError, ValueError):
    """An option outside its allowed values."""


class GeometryError(KurskGeoError, ValueError):
    """A shape that cannot be measured."""


class ReferenceDataError(KurskGeoError, ValueError):
    """A border or region that cannot be used."""


class SourceError(KurskGeoError, ValueError):
    """Maps that cannot be read."""


class SnapshotError(SourceError):
    """One map that cannot be read; the message names its file."""


class StoreError(KurskGeoError, ValueError):
    """A store that cannot be read or written."""


class ClaimError(KurskGeoError, ValueError):
    """A claim that cannot be read."""


class LicenceError(KurskGeoError, PermissionError):
    """Terms of a source that forbid what was asked, or have not been accepted."""


class MissingExtraError(KurskGeoError, ImportError):
    """A package or program of an extra that is not installed."""


class DownloadError(KurskGeoError, OSError):
    """A transfer that failed."""


class OfflineError(DownloadError):
    """A file that is not in the cache while the network is not to be used."""


class KurskGeoWarning(UserWarning):
    """The result is right, and there is something to know about it."""

    def __str__(self) -> str:
        return _one_line(super().__str__())


class UnknownStatusWarning(KurskGeoWarning):
    """A colour or name that the vocabulary of the source does not hold."""


class CoarseBorderWarning(KurskGeoWarning):
    """A border so coarse that it changes the depth."""


class SourceWarning(KurskGeoWarning):
    """What a source leaves out, or repeats."""


class EmptyPlotWarning(KurskGeoWarning):
    """A plot of nothing."""


SPACE = "\N{NO-BREAK SPACE}"
_LONGEST = 2000
"""A quotation of more is cut. [characters]"""


def visible(text: object) -> str:
    r"""
    Text from data on one line, with what has no shape spelled out.

    Control characters, and those that turn the direction of writing, become ``\x07``
    or ``\u202e``; white space of any kind becomes a space, but that which no line is
    broken at.
    """
    shown = (
        c if c.isprintable() or c == SPACE else " " if c.isspace() else ascii(c)[1:-1]
        for c in str(text)
    )
    return " ".join("".join(shown).replace(SPACE, "\0").split()).replace("\0", SPACE)


def _one_line(text: str) -> str:
    plain = visible(text)
    if len(plain) <= _LONGEST:
        return plain
    half = _LONGEST // 2
    return f"{plain[:half]} ... {plain[-half:]}"
