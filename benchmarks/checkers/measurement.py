"""What each checker takes and what it catches, one library and function at a time."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import product

from benchmarks.checkers.checkers import BY_LIBRARY, Checker
from benchmarks.checkers.code import precision, written
from benchmarks.checkers.faults import FAULTS, RIGHT
from benchmarks.checkers.functions import FUNCTIONS
from benchmarks.gradients import Protocol
from benchmarks.timer import Timing, compare

DTYPE = "float64"  # of what is timed


@dataclass(frozen=True)
class Cost:
    """What a checker takes for one right gradient in float64.

    first: processor time of the first call on this function in a process.
    forwards, backwards: how often the function and its backward pass were run.
    """

    function: str
    library: str
    checker: str
    timing: Timing
    tie: bool
    first: float
    forwards: int
    backwards: int


@dataclass(frozen=True)
class Seen:
    """Whether a checker finds something wrong."""

    function: str
    library: str
    dtype: str
    checker: str
    fault: str
    caught: bool


def usable(library: str, function: str) -> list[Checker]:
    """The checkers that are there and take the function, clinometer first."""
    scalar = FUNCTIONS[function].scalar
    return [c for c in BY_LIBRARY[library] if not c.missing and (scalar or not c.scalar)]


def first_call(name: str, library: str, number: int) -> float:
    """Seconds of processor time of a checker's first call on a function.

    It has been called on another function before, so that all is imported.
    """
    checker = BY_LIBRARY[library][number]
    other = next(n for n, f in FUNCTIONS.items() if n != name and (f.scalar or not checker.scalar))
    with precision(library, DTYPE):
        _call(checker, other)()
        call = _call(checker, name)
        start = time.process_time()
        call()
        return time.process_time() - start


def costs(name: str, library: str, protocol: Protocol, first: dict[str, float]) -> list[Cost]:
    """The checkers of a library side by side on one function; `first` by checker."""
    checkers = usable(library, name)
    with precision(library, DTYPE):
        result = compare(
            {c.name: _call(c, name) for c in checkers}, protocol.rounds, protocol.slice_seconds
        )
        runs = {c.name: passes(c, name) for c in checkers}
    return [
        Cost(
            name,
            library,
            checker,
            timing,
            result.tied(checker),
            first[checker],
            runs[checker]["forwards"],
            runs[checker]["backwards"],
        )
        for checker, timing in result.timings.items()
    ]


def seen(name: str, library: str) -> list[Seen]:
    """What the checkers of a library make of each fault in one function, where it can be made."""
    found = []
    for checker in usable(library, name):
        for dtype, (words, fault) in product(checker.dtypes, FAULTS.items()):
            # JAX keeps nothing between calls, and a gradient of one number takes no cotangent.
            if (fault.stale and library == "jax") or (fault.ignores and checker.scalar):
                continue
            with precision(library, dtype):
                code = written(FUNCTIONS[name], fault, library, dtype, counted=False)
                caught = not _quietly(partial(checker.passes, code))
            found.append(Seen(name, library, dtype, checker.name, words, caught))
    return found


def _call(checker: Checker, name: str) -> Callable[[], object]:
    code = written(FUNCTIONS[name], FAULTS[RIGHT], checker.library, DTYPE, counted=False)
    return partial(checker.passes, code)


def passes(checker: Checker, name: str) -> dict[str, int]:
    """How often the function and its backward pass are run."""
    code = written(FUNCTIONS[name], FAULTS[RIGHT], checker.library, DTYPE)
    checker.passes(code)
    wait_for_passes(checker.library)
    return code.passes


def wait_for_passes(library: str) -> None:
    """Until all that are to be counted have been: JAX counts when it finds the time."""
    if library == "jax":
        import jax

        jax.effects_barrier()


def _quietly(check: Callable[[], bool]) -> bool:
    """A checker that raises an error has not passed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return check()
        except Exception:
            return False
