"""``kursk-geo plot`` and ``kursk-geo animate``."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

from kursk_geo.cli.captions import warnings
from kursk_geo.cli.command import say
from kursk_geo.cli.compare import named_paths, read_named
from kursk_geo.cli.files import write_bytes
from kursk_geo.cli.options import (
    FigureOptions,
    GroundOptions,
    MapOptions,
    MapPath,
    SpanOptions,
    check_date,
)
from kursk_geo.errors import OptionError

__all__ = ["animate", "plot"]

Name = Literal[
    "area",
    "depth",
    "map",
    "change",
    "profile",
    "timeline",
    "multiples",
    "sources",
    "baselines",
    "multiverse",
]
Every = Literal["snapshot", "day", "change"]

ENDINGS = (".png", ".svg", ".pdf")
SPAN, AT, EVERY, STALE, PLACES, CLAIM = (
    "--from, --to", "--at", "--every", "--stale-days", "--places", "--claim",
)  # fmt: skip
TAKES: dict[str, tuple[str, ...]] = {
    "area": (SPAN, EVERY, STALE),
    "depth": (SPAN, EVERY, STALE),
    "map": (AT, PLACES),
    "change": (SPAN,),
    "profile": (AT,),
    "timeline": (SPAN,),
    "multiples": (AT,),
    "sources": (SPAN,),
    "baselines": (CLAIM,),
    "multiverse": (CLAIM,),
}
"""Which of the options that choose maps and words a picture has a use for."""


@dataclass(frozen=True)
class ChoiceOptions:
    """Which maps a picture shows, and what else."""

    at: Annotated[
        list[str] | None,
        typer.Option(
            "--at",
            metavar="DATE",
            help="Of map and profile: the map that stood at the end of this day, by "
            "default the last. Of multiples: may be repeated, one map each.",
            show_default=False,
        ),
    ] = None
    every: Annotated[
        Every | None,
        typer.Option(
            help="Of area and depth: which maps. By default each snapshot.",
            show_default=False,
        ),
    ] = None
    stale_days: Annotated[
        float | None,
        typer.Option(
            metavar="DAYS",
            help="Of area and depth: longer stretches without a map are shaded. By "
            "default 3.",
            show_default=False,
        ),
    ] = None
    places: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Of map: table of places to name, as kursk-geo settlements reads it.",
            show_default=False,
        ),
    ] = None

    claim: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help="Of baselines and multiverse: the sentence, by its id or as a TOML "
            "file. It says which theatre and dates.",
            show_default=False,
        ),
    ] = None

    def check(self, name: str, span: SpanOptions) -> None:
        """Refuse options that the picture has no use for, and dates not to be read."""
        given = {
            SPAN: span.start or span.end,
            AT: self.at,
            EVERY: self.every,
            STALE: self.stale_days is not None,
            PLACES: self.places,
            CLAIM: self.claim,
        }
        for option, asked in given.items():
            if asked and option not in TAKES[name]:
                msg = f"plot {name} takes no {option}: it takes {_either(TAKES[name])}."
                raise typer.BadParameter(msg)
        if CLAIM in TAKES[name] and not self.claim:
            msg = f"plot {name} is of a published sentence: give its id to --claim."
            raise typer.BadParameter(msg)
        if name == "multiples" and not self.at:
            msg = "plot multiples shows maps of several days: give --at for each."
            raise typer.BadParameter(msg)
        if name != "multiples" and len(self.at or []) > 1:
            msg = f"plot {name} shows one map: give --at once. Several: plot multiples."
            raise typer.BadParameter(msg)
        span.check()
        for when in self.at or []:
            check_date(when, span.tz)


@dataclass(frozen=True)
class PictureOptions:
    """Where a picture goes, and how large it is."""

    out: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help="File to write: .png, .svg or .pdf.",
            show_default=False,
        ),
    ]
    width_in: Annotated[
        float,
        typer.Option(metavar="IN", help="Width in inches; 4 suits a phone."),
    ] = 7.0
    dpi: Annotated[
        int, typer.Option(metavar="DPI", help="Pixels by inch of a PNG.", min=10)
    ] = 200

    def check(self) -> None:
        """
        Refuse a file that could not be written, before maps are read.

        Raises
        ------
        OptionError
            If its ending is not known, or its folder is missing.
        """
        if self.out.suffix.lower() not in ENDINGS:
            msg = (
                f"Cannot write {self.out} as a picture. Expected a name in "
                f"{_either(ENDINGS)}."
            )
            raise OptionError(msg)
        if not self.out.absolute().parent.is_dir():
            msg = (
                f"There is no folder {self.out.absolute().parent}. Expected one: make "
                "it first."
            )
            raise OptionError(msg)


def plot(
    name: Annotated[
        Name,
        typer.Argument(
            metavar="NAME",
            help="area, depth: over time. map: one day. change: ground gained and "
            "lost from --from to --to. profile: how far held ground reaches along the "
            "border. timeline: sections and their events. multiples: maps of several "
            "days. sources: several sources side by side. baselines, multiverse: what "
            "a published sentence depends on.",
            show_default=False,
        ),
    ],
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH",
            help="Folder of maps, one map, an archive of maps, or a store; of "
            "sources, NAME=PATH for each.",
            show_default=False,
        ),
    ],
    picture: PictureOptions,
    ground: GroundOptions,
    *,
    span: SpanOptions,
    choice: ChoiceOptions,
    figures: FigureOptions,
    maps: MapOptions,
) -> None:
    """
    Draw a picture.

    For example:

      $ kursk-geo plot area maps/ --out area.png
      $ kursk-geo plot map maps/ --at 2025-04-15 --out map.svg
      $ kursk-geo plot change maps/ --from 2025-02-28 --to 2025-03-31 --out lost.pdf
      $ kursk-geo plot multiples maps/ --at 2024-09-06 --at 2025-04-15 --out two.png
      $ kursk-geo plot sources deepstate=maps/ nzz=nzz.tar.xz --out sources.png
    """
    choice.check(name, span)
    picture.check()
    theatre = ground.build()
    if name == "sources":
        histories = read_named(named_paths(paths), maps.on_error)
    elif len(paths) > 1:
        msg = f"plot {name} is of one PATH; plot sources is of several."
        raise typer.BadParameter(msg)
    else:
        histories = {name: maps.read(Path(paths[0]))}
    shown = histories
    if choice.claim is None:
        shown = {
            key: history.select(theatre, clip=ground.clip)
            for key, history in histories.items()
        }
    os.environ.setdefault("MPLBACKEND", "agg")  # a window would need a screen
    from kursk_geo.cli.drawing import Wish, draw

    wish = Wish(
        span=span,
        at=tuple(choice.at or ()),
        every=choice.every or "snapshot",
        stale_days=choice.stale_days,
        places=choice.places,
        claim=choice.claim,
        figures=figures,
        width_in=picture.width_in,
        ending=picture.out.suffix.lower(),
        dpi=picture.dpi,
    )
    drawn = draw(name, shown, wish)
    for history in histories.values():
        for warning in warnings(history):
            say(f"Warning: {warning}")
    write_bytes(picture.out, drawn)
    say(f"Wrote {picture.out}.")


def animate(
    path: MapPath,
    target: Annotated[
        Path,
        typer.Argument(
            metavar="OUT",
            help="File to write: .gif, or .mp4 where ffmpeg is installed.",
            show_default=False,
        ),
    ],
    ground: GroundOptions,
    span: SpanOptions,
    *,
    every: Annotated[
        Every,
        typer.Option(
            help="One frame a map on which the theatre changed, one a day, or one a "
            "snapshot. Only with day does time run evenly."
        ),
    ] = "change",
    fps: Annotated[
        float, typer.Option(metavar="FPS", help="Frames in a second.")
    ] = 4.0,
    width_in: Annotated[
        float,
        typer.Option(metavar="IN", help="Width, at 120 pixels an inch."),
    ] = 7.0,
    maps: MapOptions,
) -> None:
    """
    Write a moving map.

    For example:

      $ kursk-geo animate maps/ kursk.gif --theatre kursk
      $ kursk-geo animate maps/ kursk.mp4 --every day --fps 12 --from 2025-01-01
    """
    span.check()
    theatre = ground.build()
    history = span.cut(maps.read(path))
    from kursk_geo.plot import animate as animated

    selected = history.select(theatre, clip=ground.clip)
    animated(selected, target, every=every, fps=fps, tz=span.tz, width_in=width_in)
    for warning in warnings(history):
        say(f"Warning: {warning}")
    say(f"Wrote {target}.")


def _either(words: tuple[str, ...]) -> str:
    return " or ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)
