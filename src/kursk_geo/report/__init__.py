"""One self-contained page, Markdown, tables and provenance."""

from kursk_geo.report.page import write_report

__all__ = ["write_report"]
