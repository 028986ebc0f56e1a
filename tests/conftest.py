"""Hypothesis profiles, what the run could not use, and the skipping of what needs it."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

from clinometer import registry

# Parented on `default`, else each would inherit Hypothesis's own profile for CI when in CI.
_DEFAULT = settings.get_profile("default")
settings.register_profile("dev", _DEFAULT, max_examples=20, deadline=None)
settings.register_profile("ci", _DEFAULT, max_examples=50, deadline=None, derandomize=True)
settings.register_profile("nightly", _DEFAULT, max_examples=2000, deadline=None, database=None)
#: What oracles rest on that may be missing, each with a marker of its own.
EXTRAS = ("torch", "jax")
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


def _missing() -> dict[str, str]:
    """The packages that oracles need and that are not here, with what to do about it."""
    obstacles = {o.REQUIRES: registry.obstacle(o) for o in registry.oracles().values()}
    return {package: why for package, why in obstacles.items() if why}


def pytest_report_header() -> list[str]:
    return [
        f"oracle {name}: "
        + (
            f"NOT USED: {registry.obstacle(oracle)}"
            if registry.obstacle(oracle)
            else registry.basis(oracle)
        )
        for name, oracle in registry.oracles().items()
    ]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for package, why in _missing().items():
        for item in items:
            if item.get_closest_marker(package):
                item.add_marker(pytest.mark.skip(reason=why))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes `oracle_name` runs for every oracle that takes any network."""
    if "oracle_name" in metafunc.fixturenames:
        metafunc.parametrize(
            "oracle_name",
            [
                pytest.param(
                    name, marks=[getattr(pytest.mark, p) for p in EXTRAS if p == o.REQUIRES]
                )
                for name, o in registry.oracles().items()
                if name != "neuron_wise"  # needs a dense layer, which not every network has
            ],
        )
