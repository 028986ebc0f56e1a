"""The site's configuration."""

import sys
from pathlib import Path

from clinometer import __version__

sys.path.insert(0, str(Path(__file__).parent))

project = "clinometer"
release = __version__
extensions = [
    "mathml",
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
]
exclude_patterns = ["_build"]
html_theme = "furo"
html_math_renderer = "mathml"
html_title = f"clinometer {release}"

autodoc_typehints = "description"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "show-inheritance": False}
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
napoleon_use_ivar = True
viewcode_follow_imported_members = False  # its index would link to a page of builtins
suppress_warnings = ["ref.python"]  # both packages have a Layer
