"""What is done with a case, and what may come of it."""

from __future__ import annotations

import json
import math
import re
import shutil
import traceback
import warnings
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import shapely

import kursk_geo as kg
from fuzzing.cases import Case, store_files
from kursk_geo.sources import cyterat, deepstate, http, isw
from kursk_geo.sources.http import Web
from server import LocalServer

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
LONGEST_MESSAGE = 3000
"""A message is one line that a person reads. [characters]"""


@dataclass(frozen=True)
class Outcome:
    """How a case ended: ``result``, ``refused``, or a finding with its kind."""

    word: str
    kind: str = ""
    detail: str = ""


class WrongResultError(AssertionError):
    """A result that cannot be right."""


def run(case: Case, folder: Path) -> Outcome:
    """Write the files of a case into a folder, read them, look at what comes out."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    written = {} if case.call in FETCHED else case.files
    for name, raw in written.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", kg.KurskGeoWarning)
            CALLS[case.call](case, folder)
    except kg.KurskGeoError as error:
        text = str(error)
        found = CONTROL.search(text)
        if found is not None:
            return Outcome("finding", f"message holds {found[0]!r}", _told(error))
        if len(text) > LONGEST_MESSAGE:
            return Outcome("finding", "message of many pages", _told(error))
        return Outcome("refused")
    except BaseException as error:  # noqa: BLE001 - whatever comes is a finding
        frames = traceback.extract_tb(error.__traceback__)
        ours = [frame for frame in frames if "kursk_geo" in frame.filename]
        where = f"{Path(ours[-1].filename).name}:{ours[-1].name}" if ours else "fuzz"
        what = (
            f"{type(error).__name__} {error}"
            if isinstance(error, WrongResultError)
            else type(error).__name__
        )
        return Outcome("finding", f"{what} in {where}"[:150], _told(error))
    return Outcome("result")


def _told(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))[-6000:]


def _one(folder: Path) -> Path:
    """The only file of a case, or the folder."""
    paths = list(folder.iterdir())
    return paths[0] if len(paths) == 1 else folder


def _history(case: Case, folder: Path) -> None:
    path = _one(folder)
    history = kg.read_history(path, **case.options)
    _check(history, case, folder)
    if case.call == "history" and path.name.endswith("json") and len(case.files) == 1:
        _refuses_what_json_refuses(next(iter(case.files.values())), history)


def _refuses_what_json_refuses(raw: bytes, history: kg.ControlHistory) -> None:
    try:
        json.loads(raw.removeprefix(b"\xef\xbb\xbf"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        _hold(len(history.rejected), f"json refuses this text, the reader not: {error}")
    except (RecursionError, ValueError):
        pass  # too deep, or a number of thousands of digits: no judgement


def _plain(case: Case, folder: Path) -> None:
    history = kg.read_plain(_one(folder), **case.options)
    _check(history, case, folder)


def _toml(case: Case, folder: Path) -> None:
    history = kg.read_history(folder / "maps", source=str(folder / "war.toml"))
    _check(history, case, folder)


def _check(history: kg.ControlHistory, case: Case, folder: Path) -> None:
    """A history that can be measured, with figures that can be; nothing lost."""
    shapes = history.shapes
    geometries = shapes.geometry.to_numpy()
    _hold(shapely.is_valid(geometries).all(), "an invalid shape in a history")
    missing = shapely.is_empty(geometries) | shapely.is_missing(geometries)
    _hold(not missing.any(), "an empty shape in a history")
    on_earth = np.abs(shapely.get_coordinates(geometries)) <= [180, 90]
    _hold(on_earth.all(), "a shape beyond longitude 180 or latitude 90")
    told = not (history.snapshots.empty and history.rejected.empty)
    _hold(told, "a history of nothing, without a word")
    bounds = {tuple(row) for row in shapes.bounds.to_numpy().round(9).tolist()}
    lost = [one for one in case.sound if tuple(round(x, 9) for x in one) not in bounds]
    _hold(not lost, f"{len(lost)} sound features lost")
    if history.snapshots.empty:
        return
    kursk = history.select(kg.theatre("kursk"))
    _figures(kg.measure(kursk))
    _figures(kg.sections(kursk, at=history.snapshots.snapshot_utc.iloc[-1]))
    for area_method in ("geodesic", "spherical"):
        areas = kg.area_km2(geometries, area_method=area_method)
        sound = np.isfinite(areas).all() and (areas >= 0).all()
        _hold(sound, "an area that is negative or no number")


def _hold(sound: Any, message: str) -> None:
    if not sound:
        raise WrongResultError(message)


def _figures(table: Any) -> None:
    for column in table.columns:
        if column.endswith(("_km2", "_km")) and "error" not in column:
            values = table[column].to_numpy(dtype=float, na_value=math.nan)
            sound = not (np.isinf(values).any() or (values < 0).any())
            _hold(sound, f"{column} is negative or infinite")


def _claims(case: Case, folder: Path) -> None:
    for claim in kg.load_claims(folder / "claim.toml"):
        str(claim)


def _shape(case: Case, folder: Path) -> None:
    path = next(
        path for path in sorted(folder.iterdir(), key=lambda p: p.suffix != ".shp")
    )
    shape = kg.read_region(path) if case.call == "region" else kg.read_border(path)
    sound = shape.is_valid and not shape.is_empty
    _hold(sound, "a region or border that is empty or invalid")


def _places(case: Case, folder: Path) -> None:
    table = kg.read_places(_one(folder))
    on_earth = np.abs(table[["lon", "lat"]].to_numpy(float)) <= [180, 90]
    _hold(on_earth.all(), "a place that is not on earth")


def _store(case: Case, folder: Path) -> None:
    _check(kg.open_store(folder / "s.parquet"), case, folder)


def _few_maps(folder: Path) -> kg.ControlHistory:
    for name, raw in store_files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)
    return kg.open_store(folder / "s.parquet")


def _theatre(case: Case, folder: Path) -> None:
    """A theatre of somebody's own, measured and checked on a few maps."""
    theatre = kg.theatre(folder / "theatre.toml")
    history = _few_maps(folder)
    _figures(kg.measure(history.select(theatre)))
    sentence = "about 3 square kilometres are held"
    verdicts = kg.check(sentence, history, published="2025-03-03", theatre=theatre)
    json.dumps(verdicts.rows(), default=str)


def _sentence(case: Case, folder: Path) -> None:
    """A sentence or an article, checked on a few maps."""
    history = _few_maps(folder)
    text = case.files["text"].decode("utf-8", "surrogatepass")
    given = {"published": case.options["published"], "outlet": case.options["outlet"]}
    if case.options["article"]:
        checked = kg.annotate(text, history, **given)
        checked.to_html(folder / "checked.html")
    else:
        verdicts = kg.check(text, history, **given)
        json.dumps(verdicts.rows(), default=str)
        verdicts.methods()


IMPATIENT: dict[str, Any] = {
    "PAUSE_S": 0.0, "BACKOFF_S": 0.0, "THROTTLE_S": 0.0, "TIMEOUT_S": 0.5,
    "RETRIES": 1, "MAX_WAIT_S": 0.1,
}  # fmt: skip
NAMES: dict[Any, dict[str, Any]] = {
    deepstate: {"API": "/api/history", "ARCHIVE": "/archive.tar.gz"},
    cyterat: {"BASE": "/mirror"},
    isw: {"WEB_MAP": "/webmap", "TIMELAPSE": "/lapse/FeatureServer/0", "MAX_PAGES": 20},
}
SPANS = {
    "deepstate": ("2025-01-01", "2025-12-31"),
    "cyterat": ("2025-03-01", "2025-03-01"),
    "isw": ("2020-01-01", "2030-12-31"),
    "isw-timelapse": ("2022-03-01", "2022-03-31"),
}


def _service(case: Case, folder: Path) -> None:
    """Fetch from a server on this machine that answers with the files of the case."""
    with ExitStack() as stack:
        server = stack.enter_context(LocalServer())
        base = server.base
        for path, raw in case.files.items():
            server.add(path, raw.replace(b"@BASE@", base.encode()))
        stack.enter_context(patch.multiple(http, **IMPATIENT))
        for module, names in NAMES.items():
            there: dict[str, Any] = {
                n: base + v if isinstance(v, str) else v for n, v in names.items()
            }
            stack.enter_context(patch.multiple(module, **there))
        start, end = SPANS[case.options["source"]]
        kg.fetch_history(
            case.options["source"], start=start, end=end, accept_terms=True,
            cache_dir=folder / "cache", into=folder / "into",
        )  # fmt: skip
    kg.read_history(folder / "into")


def _http(case: Case, folder: Path) -> None:
    """Fetch one file; it comes whole or not at all, and no draft stays."""
    raw = case.files["answer"]
    try:
        with LocalServer() as server, patch.multiple(http, **IMPATIENT):
            url = server.add(f"/{case.options['name']}", lambda one: one.drip(raw, ()))
            with Web(cache_dir=folder / "cache") as web:
                web.get(url)
    finally:
        drafts = [path.name for path in folder.rglob(".*")]
        _hold(not drafts, f"drafts are left: {len(drafts)}")


FETCHED = {"service", "http"}
"""Calls whose files a server hands out."""

CALLS: dict[str, Callable[[Case, Path], None]] = {
    "history": _history,
    "plain": _plain,
    "toml": _toml,
    "claims": _claims,
    "theatre": _theatre,
    "region": _shape,
    "border": _shape,
    "places": _places,
    "store": _store,
    "sentence": _sentence,
    "service": _service,
    "http": _http,
}
