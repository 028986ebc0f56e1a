"""A mutant made in memory, and taken back.

Functions keep their identity and only change their code: whoever has imported one of them, be it
a kernel set, a bound network or another module, runs the mutant, and nothing has to be built again.
Neither files nor `sys.modules` are touched.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.resources import files
from types import FunctionType, ModuleType
from typing import Any

from clinometer.mutants.table import Mutant


def source(mutant: Mutant) -> str:
    """The file as it is. Raises ValueError unless the text to replace stands in it once."""
    text = files("handgrad").joinpath(mutant.path).read_text(encoding="utf-8")
    if (count := text.count(mutant.right)) != 1:
        raise ValueError(
            f"the text of {mutant.name} stands {count} times in {mutant.path}, not once"
        )
    return text


@contextmanager
def applied(mutant: Mutant) -> Iterator[None]:
    """Inside of it, `handgrad` makes the mistake.

    What changes are the code of every function and method that the file defines, and the other
    values that it gives a name. All of it is put back, with what the functions remember.
    """
    module = import_module(mutant.module)
    mutated = _executed(module, source(mutant).replace(mutant.right, mutant.wrong))
    theirs, ours = _functions(mutated, module.__name__), _functions(vars(module), module.__name__)
    before = {name: (ours[name].__code__, dict(ours[name].__dict__)) for name in theirs}
    values = {name: vars(module)[name] for name in _values(mutated)}
    try:
        for name, function in theirs.items():
            ours[name].__code__ = function.__code__
        vars(module).update(_values(mutated))
        yield
    finally:
        vars(module).update(values)
        for name, (code, memory) in before.items():
            ours[name].__code__ = code
            ours[name].__dict__.clear()
            ours[name].__dict__.update(memory)


def _executed(module: ModuleType, text: str) -> dict[str, Any]:
    """The names that the text defines, as the module would."""
    namespace: dict[str, Any] = {"__name__": module.__name__, "__package__": module.__package__}
    exec(compile(text, str(module.__file__), "exec", dont_inherit=True), namespace)  # noqa: S102
    return namespace


def _functions(namespace: dict[str, Any], module: str) -> dict[str, FunctionType]:
    """Functions that a module defines itself, and the methods of its classes, by their names."""
    found = {}
    for name, value in namespace.items():
        if getattr(value, "__module__", None) != module:
            continue
        if isinstance(value, FunctionType):
            found[name] = value
        elif isinstance(value, type):
            methods = {n: f for n, f in vars(value).items() if isinstance(f, FunctionType)}
            found.update({f"{name}.{n}": f for n, f in methods.items() if f.__module__ == module})
    return found


def _values(namespace: dict[str, Any]) -> dict[str, Any]:
    """Names in capitals: the constants of a module."""
    return {name: value for name, value in namespace.items() if name.isupper()}
