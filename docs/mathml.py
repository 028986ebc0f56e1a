"""Formulas as MathML, written while the site is built: browsers draw it without any script.

docutils brings the converter. What it cannot convert is a warning, so that the build fails.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.typing import ExtensionMetadata
from sphinx.writers.html5 import HTML5Translator

MATHML = "{http://www.w3.org/1998/Math/MathML}"
ACCENTS = ("ˆ", "ˉ", "~", "˙")  # of \hat, \bar, \tilde and \dot
ET.register_namespace("", MATHML[1:-1])
_log = logging.getLogger(__name__)


def _inline(translator: HTML5Translator, node: nodes.math) -> None:
    _write(translator, node, as_block=False)


def _block(translator: HTML5Translator, node: nodes.math_block) -> None:
    _write(translator, node, as_block=True)


def _converted(formula: str, as_block: bool) -> str:
    r"""The converter sets the index of `\hat y_n` below the letter; here it comes beside it."""
    text = tex2mathml(formula, as_block=as_block).replace("&ApplyFunction;", "\u2061")
    root = ET.fromstring(text)  # noqa: S314 # our own
    for element in root.iter(f"{MATHML}munderover"):
        base, index, above = element
        if above.text in ACCENTS:
            element.tag = f"{MATHML}msub"
            hat = ET.Element(f"{MATHML}mover", accent="true")
            hat.extend([base, above])
            element[:] = [hat, index]
    return ET.tostring(root, encoding="unicode")


def _write(translator: HTML5Translator, node: nodes.Element, *, as_block: bool) -> None:
    try:
        translator.body.append(_converted(node.astext(), as_block))
    except MathError as error:
        _log.warning("the formula %s: %s", node.astext(), error, location=node)
    raise nodes.SkipNode


def setup(app: Sphinx) -> ExtensionMetadata:
    """The renderer that `html_math_renderer` names."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
