"""How tests read pages of HTML: as elements, as text, and whether they ask anybody for anything."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import numpy as np


def parsed(page: str) -> ET.Element:
    """The page as elements; fails unless it is well-formed and needs nothing from elsewhere."""
    assert page.startswith('<!DOCTYPE html>\n<html lang="en">')
    root = ET.fromstring(page.partition("\n")[2])  # noqa: S314 # our own
    assert not [e.tag for e in root.iter() if e.tag.endswith(("script", "link", "img", "iframe"))]
    attributes = [(name, value) for e in root.iter() for name, value in e.attrib.items()]
    assert not [name for name, _ in attributes if name == "src" or name.startswith("on")]
    assert all(value.startswith("#") for name, value in attributes if name.endswith("href"))
    assert "default-src 'none'" in page
    assert "@import" not in page
    assert "url(" not in page
    addresses = re.findall(r"https?://[^\"' <]+", page)
    assert set(addresses) <= {"http://www.w3.org/2000/svg"}  # a name, which nobody fetches
    return root


def text(element: ET.Element | None) -> str:
    """All of its text."""
    assert element is not None
    return "".join(element.itertext())


def contrast(one: str, other: str) -> float:
    """Of two colours such as #1f2328: the ratio of WCAG 2."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])
