"""Maps to try the library on: drawn by us, with the figures of the real ones."""

import warnings
from dataclasses import replace
from importlib.resources import as_file, files

from kursk_geo.errors import UnknownStatusWarning
from kursk_geo.history import ControlHistory
from kursk_geo.sources.files import DRAWN_BY_US, SAMPLE, read_history

LICENCE = "MIT, as the code: drawn for trying it, not to be cited for the ground."


def sample_history() -> ControlHistory:
    """
    Maps to try the library on, which come with it.

    They are 24 schematic maps of Kursk and its neighbours, from April 2022 to April
    2025, drawn by us in DeepState's file format. Area, sections and depth in Kursk are
    those measured on the real map of the same instant, to 0.1 %; where ground lies
    within Kursk is made up.

    Returns
    -------
    ControlHistory
        Of the source "sample". Its shapes may be passed on.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> history = kg.sample_history()
    >>> len(history.snapshots), history.source
    (24, 'sample')
    >>> len(kg.sections(history.select("kursk"), at="2025-04-15"))
    3
    """
    packed = files("kursk_geo.data") / "sample.zip"
    with as_file(packed) as path, warnings.catch_warnings():
        # One of them has a colour that means nothing, as a real map had.
        warnings.simplefilter("ignore", UnknownStatusWarning)
        history = read_history(path)
    return replace(
        history,
        snapshots=history.snapshots.assign(source=SAMPLE),
        source=SAMPLE,
        licence=LICENCE,
        attribution=DRAWN_BY_US,
    )
