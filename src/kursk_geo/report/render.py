"""Templates filled in: everything that comes from data is text, and nothing else."""

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from kursk_geo.report.text import linked, markdown, visible

__all__ = ["fill_markdown", "fill_page"]

HELD = "#0b4f8a"
"""Colour of held ground as it stands in the style."""


def _shown(value: object) -> object:
    """What a template prints: text without control characters, or our own markup."""
    return value if isinstance(value, Markup | int) else visible(value)


def _plain(value: object) -> str:
    """What a template of Markdown prints: text, unless it is Markdown of our own."""
    return str(value) if isinstance(value, Markup) else markdown(value)


def fill_page(facts: dict[str, object], *, colour: str) -> str:
    """
    The page, with its style and script, and a policy that allows these alone.

    `colour` is that of held ground.
    """
    style, script = (_packaged(f"page.{ending}") for ending in ("css", "js"))
    style = style.replace(HELD, colour)
    policy = "; ".join(
        [
            "default-src 'none'",
            f"style-src {_hash(style)}",
            f"script-src {_hash(script)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
    environment = Environment(
        loader=PackageLoader("kursk_geo.report"),
        autoescape=True,
        finalize=_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["linked"] = linked
    own = {"style": Markup(style), "script": Markup(script), "policy": policy}  # noqa: S704  (files of this package)
    return environment.get_template("page.html.j2").render(**facts, **own)


def fill_markdown(facts: dict[str, object]) -> str:
    """The report as Markdown."""
    environment = Environment(
        loader=PackageLoader("kursk_geo.report"),
        autoescape=False,  # noqa: S701  (Markdown; `markdown` escapes what it prints)
        finalize=_plain,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    own = {"raw": Markup, "command_line": visible(facts["command"])}
    return environment.get_template("report.md.j2").render(**facts, **own)


def _packaged(name: str) -> str:
    folder = files("kursk_geo.report") / "templates"
    return (folder / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
