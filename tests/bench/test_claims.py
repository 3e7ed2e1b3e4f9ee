"""The packaged claims on the real window, all at once and one of them from cold."""

import time
from pathlib import Path

import pytest

import kursk_geo as kg

pytestmark = pytest.mark.bench


def test_packaged_claims(window_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    history = kg.read_history(window_path)
    start = time.process_time()
    kg.check("bloomberg-2025-04-26-shrunk", history)
    first_s = time.process_time() - start
    start = time.process_time()
    verdicts = kg.check(kg.load_claims(kg.list_claims()), history)
    all_s = time.process_time() - start
    assert "not_read" not in {verdict.verdict for verdict in verdicts}
    with capsys.disabled():
        print(  # noqa: T201  (a benchmark reports by printing)
            f"\none claim from cold {first_s:.2f} CPU s, {len(verdicts)} claims "
            f"{all_s:.2f} CPU s"
        )
