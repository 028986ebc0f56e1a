"""The rules of the layout: who may import whom, and no registered thing without all its parts."""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

import handgrad
from clinometer import registry
from clinometer.architecture import LAYERS, LOSSES, PENALTIES
from clinometer.architecture.layers.parallel import JOINS
from handgrad.kernels import COMPILED, COMPILER, SETS, kinds

ROOT = Path(__file__).parents[1]
HANDGRAD = Path(handgrad.__file__).parent


def imports(path: Path) -> Iterator[str]:
    """The packages that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


@pytest.mark.parametrize("path", sorted(HANDGRAD.rglob("*.py")), ids=lambda p: p.name)
def test_the_hand_written_gradients_import_numpy_annotations_and_themselves(path: Path) -> None:
    """And the standard library; and the compiled kernels what compiles them."""
    allowed = {"numpy", "jaxtyping", "handgrad", *sys.stdlib_module_names}
    if path.parent.name == COMPILED:
        allowed.add(COMPILER)
    assert set(imports(path)) <= allowed


def test_the_contracts_between_packages_are_kept() -> None:
    """Those of pyproject.toml: oracles and readings independent, data flows one way."""
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0


def test_every_description_has_all_its_parts() -> None:
    """Twin kernels, a PyTorch reading and a JAX reading; and no part without a description."""
    described = {*LAYERS, *LOSSES, *PENALTIES} - {"parallel"} | set(JOINS)
    for name in SETS:
        assert set(kinds(name)) == described


@pytest.mark.torch
def test_pytorch_reads_every_description() -> None:
    """Layers, losses and penalties by kind."""
    from clinometer.networks.torch_layers import FUNCTIONS
    from clinometer.networks.torch_losses import LOSSES as READ
    from clinometer.networks.torch_losses import PENALTIES as READ_PENALTIES

    assert set(FUNCTIONS) == set(LAYERS) - {"parallel"}
    assert set(READ) == set(LOSSES)
    assert set(READ_PENALTIES) == set(PENALTIES)


@pytest.mark.jax
def test_jax_reads_every_description() -> None:
    """Layers, losses and penalties by kind."""
    from clinometer.networks.jax_layers import FUNCTIONS
    from clinometer.networks.jax_losses import LOSSES as READ
    from clinometer.networks.jax_losses import PENALTIES as READ_PENALTIES

    assert set(FUNCTIONS) == set(LAYERS) - {"parallel"}
    assert set(READ) == set(LOSSES)
    assert set(READ_PENALTIES) == set(PENALTIES)


def test_every_oracle_says_what_it_is() -> None:
    """What it needs, how often it is asked, for which sizes it is, what it rests on."""
    for name, oracle in registry.oracles().items():
        assert oracle.NATURE in {"difference", "analytic", "autograd"}, name
        assert oracle.STRIDE >= 1
        assert isinstance(oracle.SIZES, range)
        assert isinstance(oracle.REQUIRES, str)


def test_both_packages_are_typed_and_iris_ships() -> None:
    """The marker files and the data are in what is installed."""
    for package in ("handgrad", "clinometer"):
        spec = importlib.util.find_spec(package)
        assert spec is not None
        assert spec.origin is not None
        assert (Path(spec.origin).parent / "py.typed").exists()
    from clinometer.datasets import load_iris

    measurements, species = load_iris()
    assert measurements.shape == (150, 4)
    assert [int((species == k).sum()) for k in range(3)] == [50, 50, 50]
    assert measurements.sum(axis=0).round(1).tolist() == [876.5, 458.6, 563.7, 179.9]
