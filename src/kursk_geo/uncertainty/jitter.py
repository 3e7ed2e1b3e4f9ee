"""Areas of ground whose front is shifted at random."""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import repeat

import numpy as np
import shapely
from numpy.typing import NDArray

from kursk_geo.errors import OptionError
from kursk_geo.uncertainty.model import ErrorModel
from kursk_geo.uncertainty.outline import Bools, Floats, Outline

CHUNK = 50
"""Outlines that are drawn and measured at once, in one process."""


@dataclass(frozen=True, eq=False)
class Jitter:
    """An outline, the edges that may shift, and by how much."""

    outline: Outline
    moving: Bools
    model: ErrorModel

    def shifts_m(self, random: np.random.Generator, draws: int) -> Floats:
        """Random shift of each vertex across the front, shape (draws, n), in m."""
        shift = np.zeros((len(self.outline.ring), draws))
        edge_m, following = self.outline.edge_m, self.outline.following
        for edges, closed in self.outline.chains(self.moving):
            fade = np.exp(-edge_m[edges] / self.model.correlation_m)
            noise = random.standard_normal((len(edges) + 1, draws))
            field = _round(fade, noise) if closed else _along(fade, noise)
            vertices = edges if closed else np.append(edges, following[edges[-1]])
            shift[vertices] = field
        return self.model.sigma_m * shift.T

    def areas_m2(self, random: np.random.Generator, draws: int) -> Floats:
        """Area of the ground for each of some random fronts, shape (draws,), in m²."""
        chords = self.outline.chords
        length = np.hypot(*chords.T)
        turned = np.column_stack([chords[:, 1], -chords[:, 0]])
        across = turned / np.where(length > 0.0, length, 1.0)[:, None]
        shifts = self.shifts_m(random, draws)
        return _areas_m2(self.outline, self.outline.xy + shifts[..., None] * across)


def _along(fade: Floats, noise: Floats) -> Floats:
    """
    A stationary Gaussian field on the vertices of an open stretch, variance 1.

    Exact for the exponential correlation: each value is the faded one before it plus
    independent noise. The loop is over vertices; all draws go at once.
    """
    field = noise.copy()
    fresh = np.sqrt(1.0 - fade**2)
    for vertex in range(1, len(field)):
        field[vertex] = fade[vertex - 1] * field[vertex - 1]
        field[vertex] += fresh[vertex - 1] * noise[vertex]
    return field


def _round(fade: Floats, noise: Floats) -> Floats:
    """The same on a ring: the one start that the recursion comes back to."""
    field = noise.copy()
    field[0] = 0.0
    fresh = np.sqrt(1.0 - fade**2)
    for vertex in range(1, len(field)):
        field[vertex] = fade[vertex - 1] * field[vertex - 1]
        field[vertex] += fresh[vertex - 1] * noise[vertex]
    faded = np.append(1.0, np.cumprod(fade))
    start = field[-1] / (1.0 - faded[-1])
    whole = field + faded[:, None] * start
    # The periodic process has variance coth(L / 2c); brought back to 1.
    around = float(-np.log(fade).sum())
    unit: Floats = whole[:-1] * np.sqrt(np.tanh(around / 2.0))
    return unit


def _areas_m2(outline: Outline, xy: Floats) -> Floats:
    """Area of each of some drawings of one outline, xy of shape (draws, n, 2)."""
    draws, n_rings = len(xy), len(outline.polygon)
    if not n_rings:
        return np.zeros(draws)
    ends = np.append(outline.ring[1:] != outline.ring[:-1], True)
    first = np.append(0, np.flatnonzero(ends)[:-1] + 1)
    order = np.insert(
        np.arange(len(outline.ring)), np.flatnonzero(ends) + 1, first
    )  # close each ring
    ring = np.add.outer(np.arange(draws) * n_rings, outline.ring[order])
    n_polygons = int(outline.polygon[-1]) + 1
    polygon = np.add.outer(np.arange(draws) * n_polygons, outline.polygon)
    rings = np.asarray(
        shapely.linearrings(xy[:, order].reshape(-1, 2), indices=ring.ravel())
    )
    polygons = np.asarray(shapely.polygons(rings, indices=polygon.ravel()))
    owner = np.repeat(np.arange(draws), n_polygons)
    ground = np.asarray(shapely.multipolygons(polygons, indices=owner))
    # Fronts that met: what both cover counts once, what neither covers falls out.
    broken = ~shapely.is_valid(ground)
    ground[broken] = shapely.make_valid(
        ground[broken], method="structure", keep_collapsed=False
    )
    return np.asarray(shapely.area(ground))


def sampled_areas_m2(
    jitters: Sequence[Jitter],
    *,
    draws: int,
    seed: int | np.random.Generator,
    executor: Executor | None,
) -> NDArray[np.float64]:
    """
    Areas of several outlines, each shifted by itself, shape (n, draws), in m².

    Every chunk has a random stream of its own, so that the figures are the same in
    one process and in many.
    """
    if draws < 1:
        msg = f"draws={draws} is not a number of draws. Expected 1 or more."
        raise OptionError(msg)
    sizes = [min(CHUNK, draws - done) for done in range(0, draws, CHUNK)]
    streams = np.random.default_rng(seed).spawn(len(sizes))
    run = map if executor is None else executor.map
    chunks = list(run(_chunk, repeat(tuple(jitters)), streams, sizes))
    return np.concatenate(chunks, axis=1)


def _chunk(
    jitters: tuple[Jitter, ...], random: np.random.Generator, draws: int
) -> Floats:
    return np.array([jitter.areas_m2(random, draws) for jitter in jitters])
