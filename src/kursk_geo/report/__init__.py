"""What can be handed on: a page with its tables, and a folder of evidence a claim."""

from kursk_geo.report.page import write_report
from kursk_geo.report.provenance import write_verdict

__all__ = ["write_report", "write_verdict"]
