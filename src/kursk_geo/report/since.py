"""What is new since a verdict was written."""

import json
from collections.abc import Iterable, Mapping
from math import isclose
from pathlib import Path
from typing import Any

from kursk_geo.claims import show
from kursk_geo.errors import OptionError

__all__ = ["VERDICT", "read_verdict", "verdict_changes"]

VERDICT = "verdict.json"
Maps = Iterable[Mapping[str, Any]]
WORDS = {"verdict": "verdict", "decides": "what decides", "reading": "reading"}
FIGURES = {"figure": "figure", "low": "lowest", "high": "highest"}
FEW = 5
"""Maps named in a line; verdict.json has them all."""
SAME = 1e-9
"""Figures closer than this, in their unit, are the same."""


def read_verdict(folder: str | Path) -> dict[str, Any] | None:
    """
    Read the verdict that `write_verdict` wrote.

    Parameters
    ----------
    folder : str or Path

    Returns
    -------
    dict or None
        What stands in ``verdict.json``; None where there is none.

    Raises
    ------
    OptionError
        If the file is there and cannot be read.

    Examples
    --------
    >>> read_verdict("no such folder") is None
    True
    """
    path = Path(folder) / VERDICT
    if not path.is_file():
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        msg = f"{path} cannot be read: {error}. Remove it, or name another folder."
        raise OptionError(msg) from error
    if not isinstance(found, dict):
        msg = f"{path} is no verdict. Expected an object: name another folder."
        raise OptionError(msg)
    return found


def verdict_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """
    What is new in a verdict, in words.

    Parameters
    ----------
    old, new : mapping
        Of one claim, as ``verdict.json`` holds them.

    Returns
    -------
    list of str
        A line each: verdict, reading, figures, support by tier, definitions, maps and
        version; empty where all is as it was.

    Raises
    ------
    Nothing
        What the old one lacks counts as new.

    Examples
    --------
    >>> verdict_changes({"verdict": "supported"}, {"verdict": "contradicted"})
    ['verdict: supported, now contradicted']
    >>> verdict_changes({"figure": 3.0}, {"figure": 3.0})
    []
    """
    lines = [
        f"{words}: {_word(old.get(key))}, now {_word(new.get(key))}"
        for key, words in WORDS.items()
        if old.get(key) != new.get(key)
    ]
    unit = str(new.get("unit", ""))
    for key, words in FIGURES.items():
        was, now_is = _figure(old.get(key), unit), _figure(new.get(key), unit)
        if was == now_is and not _same(old.get(key), new.get(key)):
            was, now_is = f"{old.get(key):.9g}", f"{new.get(key):.9g}"
        if was != now_is:
            lines.append(f"{words}: {was}, now {now_is}")
    before, now = (side.get("share_supporting") or {} for side in (old, new))
    lines += [
        f"support, {tier}: {_share(before.get(tier))}, now {_share(now.get(tier))}"
        for tier in dict.fromkeys([*before, *now])
        if not _same(before.get(tier), now.get(tier))
    ]
    if old.get("grid_hash") != new.get("grid_hash"):
        lines.append(
            f"definitions: grid {old.get('grid_hash')} "
            f"({_count(old)}), now {new.get('grid_hash')} ({_count(new)})"
        )
    lines += _maps(old.get("maps") or [], new.get("maps") or [])
    if old.get("version") != new.get("version"):
        lines.append(f"kursk_geo: {old.get('version')}, now {new.get('version')}")
    return lines


def _maps(
    old: Iterable[Mapping[str, Any]], new: Iterable[Mapping[str, Any]]
) -> list[str]:
    before, now = (
        {(one.get("source"), one.get("snapshot_id")): one.get("sha256") for one in maps}
        for maps in (old, new)
    )
    revised = [key for key in now if key in before and now[key] != before[key]]
    groups = {
        "maps no longer used": [key for key in before if key not in now],
        "maps newly used": [key for key in now if key not in before],
        "maps whose content is another": revised,
    }
    return [f"{words}: {_few(keys)}" for words, keys in groups.items() if keys]


def _few(keys: list[tuple[Any, Any]]) -> str:
    """The first of some maps, and how many more there are."""
    names = [f"{source} {number}" for source, number in keys[:FEW]]
    if len(keys) > FEW:
        names.append(f"{len(keys) - FEW} more")
    return ", ".join(names)


def _same(one: Any, other: Any) -> bool:  # noqa: ANN401  (from JSON)
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return isclose(one, other, rel_tol=0.0, abs_tol=SAME)
    return bool(one == other)


def _word(value: object) -> str:
    return str(value) if value else "nothing"


def _figure(value: object, unit: str) -> str:
    return show(float("nan") if not isinstance(value, (int, float)) else value, unit)


def _share(value: object) -> str:
    return f"{100 * value:.0f} %" if isinstance(value, (int, float)) else "none"


def _count(record: Mapping[str, Any]) -> str:
    return f"{record.get('n_specifications', 'no')} specifications"
