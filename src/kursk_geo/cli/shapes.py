"""Answers with their shapes, as GeoJSON, where that may be."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer

from kursk_geo.cli.command import say
from kursk_geo.cli.files import deliver
from kursk_geo.cli.output import (
    Answer,
    Format,
    Output,
    OutputOptions,
    formatted,
    object_text,
    plain_records,
)
from kursk_geo.errors import LicenceError

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from kursk_geo.history import ControlHistory

__all__ = ["ShapeOutputOptions", "Shapes"]

Shapes: TypeAlias = "Callable[[], Iterable[BaseGeometry]]"
"""Makes the shapes of an answer, one a row, in EPSG:4326; called only if needed."""


@dataclass(frozen=True)
class ShapeOutputOptions:
    """Where an answer goes, and how it is written; its shapes too if asked for."""

    format: Annotated[
        Literal["table", "csv", "json", "geojson"] | None,
        typer.Option(
            help="How figures are written; geojson has the shapes too. By default as "
            "a table, or as the ending of --output says.",
            show_default=False,
        ),
    ] = None
    with_geometry: Annotated[
        bool,
        typer.Option(
            "--with-geometry",
            help="Write GeoJSON also where the licence of the source does not allow "
            "passing its shapes on: for your own use alone.",
        ),
    ] = False
    output: Output = None

    @property
    def shapes_wanted(self) -> bool:
        """Whether the answer is to be GeoJSON."""
        ending = "" if self.output is None else self.output.suffix.lower()
        return self.format == "geojson" or (
            self.format is None and ending == ".geojson"
        )

    def check(self) -> None:
        """Refuse --with-geometry where there is none to write, before maps are read."""
        if self.with_geometry and not self.shapes_wanted:
            msg = "--with-geometry goes with --format geojson: add it, or leave it out."
            raise typer.BadParameter(msg)

    def check_licences(self, *histories: "ControlHistory") -> None:
        """
        Refuse to write shapes that may not be passed on, before anything is measured.

        Raises
        ------
        LicenceError
            If they may not, and --with-geometry was not given.
        """
        closed = self._closed(*histories)
        if self.shapes_wanted and closed and not self.with_geometry:
            msg = (
                f"The shapes of {closed[0].source!r} may not be passed on. "
                f"{closed[0].licence} Expected --format table, csv or json, whose "
                "figures may be published; or, for your own use alone, "
                "--with-geometry beside --format geojson."
            )
            raise LicenceError(msg)

    def write(
        self, answer: Answer, shapes: Shapes, *histories: "ControlHistory"
    ) -> None:
        """
        Print an answer, or put it in the file.

        Raises
        ------
        OptionError
            If the file, or standard output, cannot be written.
        """
        if not self.shapes_wanted:
            text = formatted(answer, self._plain_format, screen=self.output is None)
        else:
            text = geojson_text(answer, shapes())
            for warning in answer.warnings:
                say(f"Warning: {warning}")
        deliver(text, self.output, len(answer.rows))
        if self.shapes_wanted:
            for history in self._closed(*histories):
                say(
                    f"The shapes of {history.source!r} are for your own use alone. "
                    f"{history.licence}"
                )

    @property
    def _plain_format(self) -> Format:
        asked = None if self.format == "geojson" else self.format
        return OutputOptions(format=asked, output=self.output).chosen

    def _closed(self, *histories: "ControlHistory") -> list["ControlHistory"]:
        """One history of each source whose shapes may not be passed on."""
        from kursk_geo.sources.registry import may_pass_geometry_on

        by_source = {history.source: history for history in histories}
        return [
            one for one in by_source.values() if not may_pass_geometry_on(one.source)
        ]


def geojson_text(answer: Answer, shapes: "Iterable[BaseGeometry]") -> str:
    """
    A FeatureCollection as RFC 7946 says, a feature a line.

    What stands beside the rows in JSON stands beside the features.
    """
    import shapely

    from kursk_geo.geometry import as_array, orient

    texts = shapely.to_geojson(orient(as_array(shapes)))
    features = [
        {
            "type": "Feature",
            "properties": properties,
            "geometry": json.loads(text),
        }
        for properties, text in zip(plain_records(answer.rows), texts, strict=True)
    ]
    return object_text(
        {"type": "FeatureCollection", **answer.facts}, "features", features
    )
