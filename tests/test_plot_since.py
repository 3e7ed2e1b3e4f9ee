"""Since when a sentence is true, drawn."""

from pathlib import Path

import matplotlib as mpl
import pytest

import kursk_geo as kg
from claim_files import SHRUNK, area_claim, write_claim, write_maps
from kursk_geo.errors import OptionError

mpl.use("Agg")


def test_days_band_and_bar(tmp_path: Path) -> None:
    history = kg.read_history(write_maps(tmp_path / "maps"))
    shrunk = write_claim(tmp_path, "shrunk", SHRUNK)
    [verdict] = kg.check(shrunk, history)
    ax = kg.plot_since(verdict)
    [line] = [one for one in ax.get_lines() if one.get_gid() == "figure"]
    assert len(line.get_xdata()) == len(verdict.since)
    assert ax.get_ylabel() == "Change [%]"
    area = write_claim(tmp_path, "area", area_claim("area", "70", "2 March 2025"))
    with pytest.raises(OptionError, match="since when"):
        kg.plot_since(kg.check(area, history)[0])
