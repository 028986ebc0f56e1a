"""The components that a Python file lists under CHECKS, each put before `check`."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from clinometer.check_verdict import CheckVerdict
from clinometer.checking import check, name_of
from clinometer.errors import InvalidInput

#: What a file defines.
LIST = "CHECKS"
EXAMPLE = f"{LIST} = [dict(fn=..., args=(...,), grad=...)]"
#: What an entry may hold beside what `check` takes: what to call it in the report.
NAME = "name"


@dataclass(frozen=True)
class Component:
    """A function with its gradient and arguments, by the name that the report gives it."""

    name: str
    settings: Mapping[str, Any]

    def verdict(self, seed: int, strict: bool) -> CheckVerdict:
        """What `check` says; the entry's own seed goes before the one given.

        Raises InvalidInput, with the component's name, where it cannot be judged.
        """
        settings = {"seed": seed, **self.settings}
        settings["strict"] = strict or bool(self.settings.get("strict"))
        try:
            return check(**settings)
        except InvalidInput as error:
            raise InvalidInput(f"{self.name}: {error}") from error


def read(path: str) -> list[Component]:
    """The components of a file. Raises InvalidInput in one sentence where it lists none."""
    listed = getattr(_executed(path), LIST, None)
    if not isinstance(listed, (list, tuple)):
        found = "does not define it" if listed is None else f"has a {type(listed).__name__} there"
        raise InvalidInput(f"{path} should define {EXAMPLE}, and {found}")
    return _told_apart([_component(path, number, entry) for number, entry in enumerate(listed)])


def _told_apart(components: list[Component]) -> list[Component]:
    """Those of the same name with their number behind it."""
    names = [component.name for component in components]
    return [
        replace(c, name=f"{c.name} [{number}]") if names.count(c.name) > 1 else c
        for number, c in enumerate(components)
    ]


def _executed(path: str) -> Any:
    """The file as a module, with its folder in the path for imports, as Python itself has it."""
    if not Path(path).is_file():
        raise InvalidInput(f"there is no file {path}")
    spec = spec_from_file_location(f"checked_{Path(path).stem}", path)
    if spec is None or spec.loader is None:
        raise InvalidInput(f"{path} should be a Python file, whose name ends in .py")
    module = sys.modules[spec.name] = module_from_spec(spec)
    sys.path.insert(0, str(Path(path).resolve().parent))
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # whatever it is, the user's file raised it
        raise InvalidInput(f"{path} raised {type(error).__name__}: {error}") from error
    finally:
        sys.path.pop(0)
    return module


def _component(path: str, number: int, entry: Any) -> Component:
    where = f"{LIST}[{number}] of {path}"
    if not isinstance(entry, Mapping):
        raise InvalidInput(
            f"{where} should be a dict such as dict(fn=..., args=(...,), grad=...), and is a "
            f"{type(entry).__name__}"
        )
    settings = {key: value for key, value in entry.items() if key != NAME}
    known = inspect.signature(check).parameters
    if missing := [key for key in ("fn", "args") if key not in settings]:
        raise InvalidInput(f"{where} lacks {' and '.join(missing)}")
    if unknown := [str(key) for key in settings if key not in known]:
        raise InvalidInput(
            f"{where} holds {', '.join(unknown)}; it may hold {NAME}, {', '.join(known)}"
        )
    return Component(str(entry.get(NAME) or name_of(settings["fn"])), settings)


def described(verdicts: Mapping[str, CheckVerdict]) -> Iterator[dict[str, Any]]:
    """The verdicts as data, by component."""
    for name, verdict in verdicts.items():
        power = verdict.power
        yield {
            "name": name,
            "function": verdict.function,
            "dtype": verdict.dtype,
            "status": verdict.status,
            "reason": verdict.reason,
            "arrays": verdict.arrays,
            "evaluations": verdict.evaluations,
            "explaining": verdict.explaining,
            "power": {n: asdict(seen) for n, seen in power.arrays.items()} if power else {},
            "kills": [asdict(kill) for kill in power.kills] if power else [],
            "ledger": dict(verdict.ledger),
            "findings": [asdict(finding) for finding in verdict.findings],
            "comparisons": [asdict(c) for c in verdict.comparisons],
        }
