"""What a source of maps is: the names that its module, or object, must have."""

from collections.abc import MutableMapping, Sequence
from typing import Any, Protocol, TypeAlias, TypeGuard, runtime_checkable

from kursk_geo.errors import SnapshotError
from kursk_geo.snapshots import ParsedMap, UnreadableFile

__all__ = ["Bounds", "JoiningSource", "Memo", "Parsed", "Source", "is_source"]

Bounds: TypeAlias = tuple[float, float, float, float]
"""West, south, east, north. [degrees]"""

Memo: TypeAlias = MutableMapping[Any, Any]
"""What a source remembers from file to file of one run; it names its own keys."""

Parsed: TypeAlias = Sequence[ParsedMap | UnreadableFile | SnapshotError]
"""
What a file gives: its maps; what of it is left out, and why (a row of ``rejected``);
or a map that cannot be read, which stops the run unless ``on_error="skip"``.
"""


@runtime_checkable
class Source(Protocol):
    """
    Where maps come from, and how their files are read.

    A module with these names is a source, and so is an object: one that has options is
    best a frozen dataclass. It is pure: no network, no disk, no clock; the same bytes
    give the same maps. `kursk_geo.testing.SourceContract` tests all of this.

    A source whose licence lets its shapes be passed on says so with one name more,
    ``MAY_PASS_GEOMETRY_ON = True``; without it they are not written into files for
    others.

    Examples
    --------
    >>> from kursk_geo.sources import deepstate
    >>> isinstance(deepstate, Source)
    True
    >>> isinstance("deepstate", Source)
    False
    """

    # Read-only, so that constants of a module and fields of a frozen dataclass fit.

    @property
    def NAME(self) -> str:  # noqa: N802  (a module spells its constants so)
        """Lower case; stands in ``ControlHistory.source`` and after ``source=``."""

    @property
    def LICENCE(self) -> str:  # noqa: N802
        """What may be published, in a sentence; travels with every output."""

    @property
    def ATTRIBUTION(self) -> str:  # noqa: N802
        """What must be said when a figure is published."""

    @property
    def CAVEAT(self) -> str:  # noqa: N802
        """What it is blind to, so that every reader must hear it; "" for nothing."""

    @property
    def HOME(self) -> Bounds | None:  # noqa: N802
        """
        Bounds of its theatre, in degrees.

        A map that lies there only with its coordinates swapped is refused. None for a
        source that maps any place.
        """

    @property
    def SUFFIXES(self) -> tuple[str, ...]:  # noqa: N802
        """How the names of its files end, lower case; other files are passed over."""

    def recognises(self, raw: bytes, name: str) -> bool:
        """
        Whether a file is of this source, by its content.

        Parameters
        ----------
        raw : bytes
            The file, unpacked if it was gzip.
        name : str
            Of the file, with the folders and the archive that it stands in. A name
            alone is no proof.

        Returns
        -------
        bool

        Raises
        ------
        Nothing
            Bytes of any kind are told from a map.
        """

    def parse(self, raw: bytes, name: str, *, memo: Memo | None = None) -> Parsed:
        """
        Parse one file.

        Parameters
        ----------
        raw : bytes
            The file, unpacked if it was gzip.
        name : str
            Of the file, with the folders and the archive that it stands in.
        memo : mutable mapping, optional
            What earlier files of the run left, to save work on what repeats. Without
            one the file stands for itself.

        Returns
        -------
        sequence
            One entry a map; ``origin`` and ``sha256`` may stay empty, `read_history`
            fills them.

        Raises
        ------
        SnapshotError
            If the file cannot be read; names it, and what to do.
        """


@runtime_checkable
class JoiningSource(Source, Protocol):
    """
    A source of which one map may lie in several files.

    Its `parse` leaves in the memo what is not a map by itself, and returns no entry
    for it.
    """

    def join(self, memo: Memo) -> Parsed:
        """
        Maps of what `parse` left in the memo, once all files have been seen.

        Parameters
        ----------
        memo : mutable mapping
            The one that was handed to `parse`. The order of files must not matter.

        Returns
        -------
        sequence
            One entry a map, with its ``origin`` and ``sha256``.

        Raises
        ------
        Nothing
            A map that cannot be read is a `SnapshotError` among the entries.
        """


def is_source(candidate: object) -> TypeGuard[Source]:
    """Whether something has what a source must have; a class is no source yet."""
    return isinstance(candidate, Source) and not isinstance(candidate, type)
