"""Maps that move: the history as a GIF or MP4 file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from matplotlib.animation import FFMpegWriter
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from kursk_geo.errors import MissingExtraError, OptionError
from kursk_geo.ground import Ground
from kursk_geo.history import ControlHistory
from kursk_geo.measure import Every, measure
from kursk_geo.plot.base import RATIOS, View, draw_base, view_of
from kursk_geo.plot.page import caption, check_width, fit_height, heading, warn_empty
from kursk_geo.plot.state import (
    annotate_map,
    draw_state,
    map_sentences,
    state_at,
)
from kursk_geo.plot.style import (
    COLOURS,
    PRINT_WIDTH_IN,
    day_words,
    km2_words,
    km_words,
    moment_words,
    status_patch,
)
from kursk_geo.theatre import Theatre

DPI = 120
"""Pixels by inch of an animation: 840 wide at 7 inches, 480 at 4."""
HOLD_S = 2.0
"""How long the last frame stands at least. [s]"""
PALETTE = 64
"""Colours of a GIF: flat fills and the grey levels of type."""
FEWEST_FPS, MOST_FPS = 0.1, 50.0
"""Frames in a second that players show as they are told. [1/s]"""


def animate(
    history: ControlHistory,
    path: str | Path,
    *,
    every: Every = "change",
    fps: float = 4.0,
    tz: str = "UTC",
    view: tuple[float, float, float, float] | None = None,
    width_in: float = PRINT_WIDTH_IN,
) -> Path:
    """
    Write the history as a moving map.

    Parameters
    ----------
    history : ControlHistory
        Selected for a theatre.
    path : str or Path
        File to write, or to write anew: ``.gif``, or ``.mp4`` where ffmpeg is
        installed.
    every : {"change", "day", "snapshot"}, default "change"
        One frame a map on which the theatre changed, one a calendar day, or one a
        published map. Only with "day" does time run evenly.
    fps : float, default 4
        Frames in a second. [1/s]
    tz : str, default "UTC"
        Zone in which days end.
    view : tuple of float, optional
        ``(west, south, east, north)`` in EPSG:4326; by default all ground of the
        history with a margin. [degrees]
    width_in : float, default 7
        Width at 120 pixels an inch; 4 suits a phone. [in]

    Returns
    -------
    Path
        The file, written whole or not at all.

    Raises
    ------
    TheatreError
        If no theatre has been selected.
    OptionError
        If the ending is not known, the folder is missing, or an option is outside
        its allowed values.
    MissingExtraError
        If the ending is ``.mp4`` and ffmpeg is not installed.

    Warns
    -----
    EmptyPlotWarning
        If nothing is held or contested on any map.

    Examples
    --------
    >>> import kursk_geo as kg
    >>> kursk = kg.read_history("sample_data/deepstate").select(kg.theatre("kursk"))
    >>> kg.animate(kursk, "no-such-folder/kursk.gif")
    Traceback (most recent call last):
        ...
    kursk_geo.errors.OptionError: There is no folder no-such-folder. Expected ...
    """
    path = Path(path)
    _check(path, fps)
    check_width(width_in)
    table = measure(history, every=every, tz=tz)
    shown = View(*view) if view else None
    film = _Film(history, table, shown, width_in)
    with _in_place(path) as beside:
        if path.suffix.lower() == ".mp4":
            film.write_mp4(beside, fps)
        else:
            film.write_gif(beside, fps)
    if history.shapes.empty:
        warn_empty("nothing is held or contested on these maps")
    return path


class _Film:
    """One figure that is drawn anew for each row of a table of figures."""

    def __init__(
        self,
        history: ControlHistory,
        table: pd.DataFrame,
        view: View | None,
        width_in: float,
    ) -> None:
        self.history, self.table = history, table
        self.theatre: Theatre = Ground(history).theatre
        shapes = list(history.shapes.geometry)
        self.view = view or view_of(shapes, self.theatre).shaped(*RATIOS)
        height_in = width_in / self.view.ratio + 1.0
        self.figure = Figure(
            figsize=(width_in, height_in), dpi=DPI, layout="constrained"
        )
        self.canvas = FigureCanvasAgg(self.figure)
        self.ax: Axes = self.figure.subplots()
        self._draw_still()

    def _draw_still(self) -> None:
        """All that stays the same from frame to frame, and room for what does not."""
        ax, history = self.ax, self.history
        draw_base(ax, self.view, self.theatre)
        present = set(history.shapes["status"])
        handles = [status_patch(s) for s in COLOURS if s in present]
        longest = "88,888 km² held, 88.88 km deep; 88,888 km² contested"
        self.title = heading(
            ax, "88 May 8888, 88:88 UTC", subtitle=longest, handles=handles
        )
        ever = history.shapes.drop_duplicates("shape_id")
        still = state_at(history.between("1900-01-01", "1900-01-02"), None, "UTC")
        caption(
            ax,
            self._span(),
            *map_sentences(still, self.theatre, self.view),
            below_pt=20.0,
        )
        fit_height(ax, self.view.ratio)
        annotate_map(ax, self.view, self.theatre, ever, pieces=None)
        # Video wants an even number of pixels each way.
        size = np.round(self.figure.get_size_inches() * DPI / 2) * 2 / DPI
        self.figure.set_size_inches(*size)
        self.figure.draw_without_rendering()
        self.figure.set_layout_engine("none")
        (self.subtitle,) = (t for t in ax.texts if t.get_gid() == "subtitle")

    def _span(self) -> str:
        if self.table.empty:
            return "No maps"
        first, *_, last = self.history.snapshots["snapshot_utc"].iloc[[0, -1]]
        return f"Maps of {moment_words(first)} to {moment_words(last)}"

    def __len__(self) -> int:
        return max(len(self.table), 1)

    def draw(self, position: int) -> None:
        """Draw the frame of a row."""
        for patch in list(self.ax.patches):
            if str(patch.get_gid()).startswith("status-"):
                patch.remove()
        if self.table.empty:
            self._say("No maps", "")
            return
        row, moment = self.table.iloc[position], self.table.index[position]
        draw_state(self.ax, self.history.at(moment), self.theatre)
        title = day_words(pd.Timestamp(row["date"])) if "date" in row else None
        self._say(title or moment_words(moment), _row_words(row))

    def _say(self, title: str, subtitle: str) -> None:
        self.title.set_text(title)
        self.subtitle.set_text(subtitle)

    def image(self, position: int) -> Image.Image:
        """The frame of a row as pixels."""
        self.draw(position)
        self.canvas.draw()  # type: ignore[no-untyped-call]  # has no types
        pixels = self.canvas.buffer_rgba()  # type: ignore[no-untyped-call]  # nor this
        return Image.fromarray(np.asarray(pixels)).convert("RGB")

    def write_gif(self, path: Path, fps: float) -> None:
        """Write with Pillow, all frames in one palette."""
        largest = 0 if self.table.empty else int(self.table["area_km2"].argmax())
        palette = _palette(self.image(largest))
        flat = Image.Dither.NONE
        frames = [
            self.image(position).quantize(palette=palette, dither=flat)
            for position in range(len(self))
        ]
        step_ms = 1000.0 / fps
        durations = [step_ms] * (len(frames) - 1) + [max(step_ms, HOLD_S * 1000.0)]
        # Frames are told in hundredths of a second.
        durations = [round(duration / 10) * 10 for duration in durations]
        frames[0].save(
            path,
            format="GIF",
            save_all=True,
            append_images=frames[1:],
            duration=durations,
            loop=0,
            optimize=False,
        )

    def write_mp4(self, path: Path, fps: float) -> None:
        """Write with ffmpeg."""
        writer = FFMpegWriter(
            fps=fps,  # type: ignore[arg-type]  # ffmpeg takes fractions too
            codec="h264",
        )
        held = int(np.ceil(HOLD_S * fps))
        with writer.saving(self.figure, str(path), DPI):
            for position in [*range(len(self)), *[len(self) - 1] * held]:
                self.draw(position)
                writer.grab_frame()


def _palette(image: Image.Image) -> Image.Image:
    """The most frequent colours of a picture, each exactly, as a palette."""
    counted = image.getcolors(image.width * image.height) or []
    counted.sort(key=lambda entry: -entry[0])
    kept = np.zeros((0, 3), dtype=int)
    for _, colour in counted:
        # Pillow finds colours to 4 levels, and would take a near one for the right one.
        if len(kept) < PALETTE and (abs(kept - colour).max(axis=1) >= 8).all():
            kept = np.vstack([kept, colour])
    palette = Image.new("P", (1, 1))
    palette.putpalette(kept.astype(np.uint8).tobytes())
    return palette


def _row_words(row: pd.Series) -> str:
    words = "nothing held"
    if row["area_km2"] > 0:
        words = f"{km2_words(row['area_km2'])} held"
        if np.isfinite(row["depth_km"]):
            words += f", {km_words(row['depth_km'])} deep"
    if row["contested_km2"] > 0:
        words += f"; {km2_words(row['contested_km2'])} contested"
    return words[0].upper() + words[1:]


def _check(path: Path, fps: float) -> None:
    ending = path.suffix.lower()
    if ending not in {".gif", ".mp4"}:
        msg = f"Cannot write {path} as a moving map. Expected a name in .gif or .mp4."
        raise OptionError(msg)
    if not path.parent.is_dir():
        msg = f"There is no folder {path.parent}. Expected one: make it first."
        raise OptionError(msg)
    if not FEWEST_FPS <= fps <= MOST_FPS:
        msg = (
            f"fps={fps} cannot be shown. Expected {FEWEST_FPS:g} to {MOST_FPS:g} "
            "frames in a second."
        )
        raise OptionError(msg)
    if ending == ".mp4" and not FFMpegWriter.isAvailable():
        msg = (
            f"Cannot write {path}: ffmpeg is not installed. Expected it on the PATH: "
            f"install it (apt install ffmpeg, brew install ffmpeg), or write "
            f"{path.with_suffix('.gif')}."
        )
        raise MissingExtraError(msg)


@contextmanager
def _in_place(path: Path) -> Iterator[Path]:
    """A file beside the one to write, which takes its place when all went well."""
    with TemporaryDirectory(dir=path.parent, prefix=f".{path.stem}-") as folder:
        beside = Path(folder) / path.name
        yield beside
        beside.replace(path)
