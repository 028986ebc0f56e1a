"""Fisher's irises: 150 flowers, four measurements each, three species."""

from __future__ import annotations

import csv
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

SPECIES = ("setosa", "versicolor", "virginica")


def load_iris() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The measurements in centimetres, (150, 4), and the species as numbers 0 to 2, (150,).

    Source: R. A. Fisher, Annals of Eugenics 7 (1936), 179-188.
    """
    text = files("clinometer.datasets").joinpath("iris.csv").read_text(encoding="utf-8")
    _, *rows = csv.reader(text.splitlines())
    measurements = np.array([[float(number) for number in row[:4]] for row in rows])
    species = np.array([SPECIES.index(row[4]) for row in rows], dtype=np.int64)
    return measurements, species
