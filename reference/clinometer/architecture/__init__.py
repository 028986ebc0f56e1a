"""Architectures and cases: what is to be computed, as plain data."""

from clinometer.architecture.architecture import Architecture
from clinometer.architecture.case import Case
from clinometer.architecture.layers import LAYERS, Layer
from clinometer.architecture.losses import LOSSES, PENALTIES, Loss, Penalty

__all__ = ["LAYERS", "LOSSES", "PENALTIES", "Architecture", "Case", "Layer", "Loss", "Penalty"]
