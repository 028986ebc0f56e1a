"""The layers and blocks that an architecture is made of, one module a family."""

import pkgutil
from importlib import import_module

from clinometer.architecture.layers.layer import LAYERS, Layer, sequence_output_shape, walk

for _module in pkgutil.iter_modules(__path__):  # each registers its layers
    import_module(f"{__name__}.{_module.name}")

__all__ = ["LAYERS", "Layer", "sequence_output_shape", "walk"]
