"""What can be handed on: a page with its tables, and a folder of evidence a claim."""

from kursk_geo.report.evidence import write_verdict
from kursk_geo.report.page import write_report
from kursk_geo.report.since import read_verdict, verdict_changes

__all__ = ["read_verdict", "verdict_changes", "write_report", "write_verdict"]
