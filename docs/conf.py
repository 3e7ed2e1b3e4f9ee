"""How Sphinx builds the site: ``make site``."""

from importlib.metadata import version as _version

project = "kursk_geo"
author = "The kursk_geo authors"
copyright = "The kursk_geo authors; maps by their publishers"  # noqa: A001 - Sphinx's
release = version = _version("kursk-geo")

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
]
# README's pictures and the notebooks lie beside docs/, and `make site` copies them in.
exclude_patterns = ["_build"]
templates_path = ["_templates"]

autosummary_generate = True
# Methods of a history have a page each; an enumeration's are those of text.
numpydoc_show_class_members = False

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "off"  # `make notebooks` runs them

html_theme = "pydata_sphinx_theme"
html_title = "kursk_geo"
html_show_sourcelink = False
html_theme_options = {
    "show_prev_next": False,
    "navigation_with_keys": False,
    "header_links_before_dropdown": 6,
}
