"""Dropout; as F.dropout draws its mask, this is what it does with one."""

from __future__ import annotations

FUNCTIONS = {"dropout": lambda layer, p, x: x * (p["mask"] / (1 - layer.probability))}
