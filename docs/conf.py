"""The site's configuration."""

from clinometer import __version__

project = "clinometer"
release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"clinometer {release}"

autodoc_typehints = "description"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "show-inheritance": False}
myst_heading_anchors = 3
napoleon_use_ivar = True
suppress_warnings = ["ref.python"]  # both packages have a Layer
