"""What stands beside figures: source, snapshot, definitions, attribution."""

from typing import TYPE_CHECKING

from kursk_geo.cli.output import instant_text

if TYPE_CHECKING:
    import pandas as pd

    from kursk_geo.history import ControlHistory

__all__ = ["definition_notes", "many", "notes", "source_facts", "warnings"]


def source_facts(
    history: "ControlHistory", number: str, moment: "pd.Timestamp"
) -> dict[str, object]:
    """Where figures come from; for JSON."""
    return {
        "source": history.source,
        "snapshot_id": number,
        "snapshot_utc": instant_text(moment),
        "attribution": history.attribution,
        "licence": history.licence,
        "n_rejected": len(history.rejected),
    }


def notes(
    history: "ControlHistory",
    snapshot: str,
    definitions: dict[str, object],
    *,
    with_depth: bool = True,
) -> list[str]:
    """Source, definitions and border; for a reader."""
    return [
        f"Source: {history.source}, {snapshot}. {history.attribution}",
        *definition_notes(definitions, with_depth=with_depth),
    ]


def definition_notes(
    definitions: dict[str, object], *, with_depth: bool = False
) -> list[str]:
    """Definitions and border; for a reader."""
    border = definitions["border"]
    lines = [f"Definitions: {'; '.join(_words(definitions))}."]
    if border is not None:
        return [*lines, f"Border: {border}"]
    return [*lines, "Border: none, so there is no depth."] if with_depth else lines


def warnings(history: "ControlHistory") -> list[str]:
    """That something could not be read, where that is so."""
    if history.rejected.empty:
        return []
    count = many(len(history.rejected), "feature or file")
    return [f"{count} could not be read; kursk-geo info lists them."]


def _words(definitions: dict[str, object]) -> list[str]:
    groups = {name: definitions[name] for name in ("held", "contested")}
    return [
        *(
            f"{name} = {', '.join(statuses) or 'nothing'}"
            for name, statuses in groups.items()
            if isinstance(statuses, list)
        ),
        _where(definitions),
        *_measured(definitions),
        f"days end in {definitions['tz']}",
    ]


def _measured(definitions: dict[str, object]) -> list[str]:
    """How ground is measured, as far as that counts."""
    words = []
    if "method" in definitions:
        words.append(f"{definitions['method']} area")
    if "gap_km" in definitions:
        gap = definitions["gap_km"]
        words += [
            f"pieces within {gap:g} km joined" if gap else "touching pieces joined",
            f"sections of {definitions['min_area_km2']:g} km² or more",
        ]
    return words


def _where(definitions: dict[str, object]) -> str:
    region = definitions["region"]
    if region is None:
        return "everywhere"
    name = "the region" if region == "preset" else f"region {region}"
    if definitions["clipped"]:
        return f"cut at the edge of {name}"
    return f"shapes that reach into {name} kept whole"


def many(count: int, thing: str) -> str:
    """A count with its noun: 1 map, 2 maps."""
    if count == 1:
        return f"1 {thing}"
    return f"{count:,} " + " or ".join(f"{word}s" for word in thing.split(" or "))
