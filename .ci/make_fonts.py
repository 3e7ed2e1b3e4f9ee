"""
Join the subsets of a fontsource package to one font a weight, for plots and page.

Usage: ``make_fonts.py FOLDER OUT``, FOLDER being ``package/files`` of
``npm pack @fontsource/source-sans-3``; needs ``pip install fonttools brotli``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from fontTools import subset
from fontTools.merge import Merger
from fontTools.ttLib import TTFont

WEIGHTS = {400: "Regular", 700: "Bold"}
SUBSETS = ("latin", "latin-ext", "cyrillic")
KEPT = [*range(0x20, 0x7F), *range(0xA0, 0x180), *range(0x400, 0x460), 0x490, 0x491]
KEPT += [*range(0x2013, 0x2027), 0x2039, 0x203A, 0x20AC, 0x2191, 0x2193, 0x2212]


def main(folder: Path, out: Path) -> None:
    """Write a .ttf for plots and a .woff2 for the page of each weight."""
    for weight, style in WEIGHTS.items():
        with TemporaryDirectory() as scratch:
            parts = []
            for name in SUBSETS:
                font = TTFont(folder / f"source-sans-3-{name}-{weight}-normal.woff2")
                font.flavor = None
                parts.append(str(Path(scratch) / f"{name}.ttf"))
                font.save(parts[-1])
            font = Merger().merge(parts)
        options = subset.Options(layout_features=["kern", "tnum"], hinting=False)
        chosen = subset.Subsetter(options)
        chosen.populate(unicodes=KEPT)
        chosen.subset(font)
        names = {1: "Source Sans 3", 2: style, 16: "Source Sans 3", 17: style}
        names |= {4: f"Source Sans 3 {style}", 6: f"SourceSans3-{style}"}
        for number, text in names.items():
            font["name"].setName(text, number, 3, 1, 0x409)
        font["head"].macStyle = int(style == "Bold")
        font["OS/2"].fsSelection = 0x20 if style == "Bold" else 0x40
        font.save(out / f"SourceSans3-{style}.ttf")
        font.flavor = "woff2"
        font.save(out / f"SourceSans3-{style}.woff2")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
