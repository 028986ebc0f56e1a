"""What oracles and subjects there are: our own modules, and what others register.

Another distribution registers an oracle or a subject by an entry point in the group
`clinometer.oracles` or `clinometer.subjects`.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module, metadata
from importlib.metadata import PackageNotFoundError, entry_points
from typing import Any, Protocol

from clinometer.architecture import Case
from clinometer.errors import InvalidInput
from clinometer.estimate import Oracle
from clinometer.problem import Problem

#: That of a distribution, which is looked up once.
version = cache(metadata.version)


class Subject(Protocol):
    """Somebody's gradients for architectures, such as each module of `clinometer.subjects`."""

    #: The names of the gradients that its problems carry.
    SUBJECTS: Sequence[str]

    def problem(self, case: Case, /) -> Problem:
        """The case's objective ⟨cotangent, loss⟩, with the gradients on trial."""


@cache
def oracles() -> Mapping[str, Oracle]:
    """Every oracle by name, usable or not."""
    return _modules("clinometer.oracles")


@cache
def subjects() -> Mapping[str, Subject]:
    """Every subject by name, with what makes its problems."""
    makers: Mapping[str, Subject] = _modules("clinometer.subjects")
    return {name: maker for maker in makers.values() for name in maker.SUBJECTS}


def obstacle(oracle: Oracle) -> str | None:
    """Why an oracle cannot be used here, or None if it can."""
    needed = oracle.REQUIRES
    try:
        version(needed)
    except PackageNotFoundError:
        return f"{needed} is not installed; python -m pip install {needed} installs it"
    return None


def basis(oracle: Oracle) -> str:
    """The distribution an oracle rests on, with its version."""
    return f"{oracle.REQUIRES} {version(oracle.REQUIRES)}"


def choose_oracles(names: Sequence[str] = ()) -> dict[str, Oracle]:
    """The oracles of those names, or all that are usable where no name is given.

    Raises InvalidInput for a name that is unknown or not usable here.
    """
    if not names:
        return {name: oracle for name, oracle in oracles().items() if obstacle(oracle) is None}
    chosen = {name: _known("oracle", name, oracles()) for name in names}
    for name, oracle in chosen.items():
        if why := obstacle(oracle):
            raise InvalidInput(f"the oracle {name} cannot be used: {why}")
    return chosen


def choose_subjects(names: Sequence[str] = ()) -> dict[str, Subject]:
    """The subjects of those names, or all where no name is given. Raises InvalidInput."""
    return {name: _known("subject", name, subjects()) for name in names or subjects()}


def _known(family: str, name: str, registered: Mapping[str, Any]) -> Any:
    if name not in registered:
        raise InvalidInput(f"there is no {family} {name!r}; there are: {', '.join(registered)}")
    return registered[name]


def _modules(group: str) -> dict[str, Any]:
    path = import_module(group).__path__
    own = {
        module.name: import_module(f"{group}.{module.name}")
        for module in pkgutil.iter_modules(path)
    }
    return own | {entry.name: entry.load() for entry in entry_points(group=group)}
