"""Real data that ship with the project."""

from clinometer.datasets.iris import load_iris

__all__ = ["load_iris"]
