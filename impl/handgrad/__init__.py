"""Backpropagation written by hand, in NumPy only: vectorised, and again with every sum a loop."""

from handgrad.initialisation import he, initialise, ones, orthogonal, xavier, zeros
from handgrad.network import Network, gradient_norms
from handgrad.structure import Layer, Parallel, dense, residual
from handgrad.training import Epoch, train, update

__all__ = [
    "Epoch",
    "Layer",
    "Network",
    "Parallel",
    "dense",
    "gradient_norms",
    "he",
    "initialise",
    "ones",
    "orthogonal",
    "residual",
    "train",
    "update",
    "xavier",
    "zeros",
]
