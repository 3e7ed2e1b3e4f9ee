"""Pictures as bytes: the same ones each time."""

import io

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from kursk_geo.errors import OptionError
from kursk_geo.plot.page import root_figure

__all__ = ["PICTURE_ENDINGS", "picture_bytes"]

PICTURE_ENDINGS = (".png", ".svg", ".pdf")
UNDATED: dict[str, dict[str, None]] = {
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None},
}


def picture_bytes(ax: Axes, *, ending: str, dpi: int = 200) -> bytes:
    """
    The figure of an Axes as the bytes of a file; the figure is closed.

    Parameters
    ----------
    ax : Axes
        On the figure.
    ending : {".png", ".svg", ".pdf"}
        Of the file's name.
    dpi : int, default 200
        Pixels by inch of a PNG, and of what the others hold as pixels. [1/in]

    Returns
    -------
    bytes
        Without a date, so that two runs give the same.

    Raises
    ------
    OptionError
        If the ending is not known, or there are less than 10 pixels by inch.

    Examples
    --------
    >>> _, ax = plt.subplots()
    >>> picture_bytes(ax, ending=".png")[1:4]
    b'PNG'
    >>> picture_bytes(ax, ending=".doc")
    Traceback (most recent call last):
        ...
    kursk_geo.errors.OptionError: Pictures do not end in '.doc'. Expected one of: ...
    """
    if ending not in PICTURE_ENDINGS:
        known = ", ".join(PICTURE_ENDINGS)
        msg = f"Pictures do not end in {ending!r}. Expected one of: {known}."
        raise OptionError(msg)
    if dpi < 10:
        msg = f"dpi={dpi} leaves nothing to see. Expected 10 or more; 200 for print."
        raise OptionError(msg)
    figure = root_figure(ax)
    drawn = io.BytesIO()
    try:
        with mpl.rc_context({"svg.hashsalt": "kursk_geo"}):
            figure.savefig(
                drawn,
                format=ending.removeprefix("."),
                dpi=dpi,
                metadata=UNDATED.get(ending),
            )
    finally:
        plt.close(figure)
    return drawn.getvalue()
