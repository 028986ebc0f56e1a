"""Gradients in pytest: the fixture `gradcheck`, its settings, and what the run's header says.

Nothing but pytest is imported before a test asks for the fixture.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Literal

import pytest

from clinometer.errors import InvalidInput
from clinometer.pytest_summary import Summary, Tally

if TYPE_CHECKING:
    from clinometer.check_verdict import CheckVerdict

#: What an inconclusive verdict may do to its test: fail it, or let it pass with a warning.
CONSEQUENCES = ("fail", "warn")
#: Settings of the run by name, with their kind and what they say. `clinometer.check` has the
#: defaults of all but the last.
SETTINGS: dict[str, tuple[Literal["bool", "int", "string"], str]] = {
    "strict": ("bool", "whether anything that was not checked makes a verdict inconclusive"),
    "explore": ("bool", "whether to look at other points too: zeros, ties, other signs"),
    "budget": ("int", "how often a function may be called, about, where nothing is wrong"),
    "seed": ("int", "of the cotangents"),
    "inconclusive": ("string", "what an inconclusive verdict does to its test: fail it, or warn"),
}
#: How the command line takes a setting of each kind.
_OPTIONS: dict[str, dict[str, Any]] = {
    "bool": {"action": argparse.BooleanOptionalAction},
    "int": {"type": int, "metavar": "N"},
    "string": {"choices": CONSEQUENCES},
}
#: What a marker may set for the checks of its tests.
MARKED = (*SETTINGS, "rtol", "oracles", "order")
#: What the header names where it is installed.
PACKAGES = ("numpy", "python-flint", "torch", "jax")

_CONFIGURED = pytest.StashKey[dict[str, Any]]()
_RUNNING = pytest.StashKey[pytest.Item]()
_TALLY = pytest.StashKey[Tally]()


class InconclusiveGradient(UserWarning):
    """A gradient could not be judged, and the settings let its test pass all the same."""


class GradCheck:
    """The fixture: `clinometer.assert_gradients` with the settings of the run and of the test."""

    def __init__(self, config: pytest.Config) -> None:
        from clinometer import checking  # here, lest a test's deadline count the import

        self._config = config
        self._check = checking.check
        self._require_agreement = checking.require_agreement

    def __repr__(self) -> str:
        return "gradcheck"

    def __call__(
        self,
        fn: Callable[..., Any],
        args: Sequence[Any],
        grad: Callable[..., Any] | None = None,
        vjp: Callable[..., Any] | None = None,
        **settings: Any,
    ) -> CheckVerdict:
        """The verdict; it takes what `clinometer.check` takes, and `inconclusive`.

        Raises AssertionError with its table unless it is `agree`. Where `inconclusive="warn"`
        is set, one that is inconclusive gives a warning instead.
        """
        __tracebackhide__ = True
        verdict, consequence = self._judged(fn, args, grad, vjp, settings)
        if verdict.status == "inconclusive" and consequence == "warn":
            warnings.warn(verdict.title, InconclusiveGradient, stacklevel=2)
            return verdict
        return self._require_agreement(verdict)

    def check(
        self,
        fn: Callable[..., Any],
        args: Sequence[Any],
        grad: Callable[..., Any] | None = None,
        vjp: Callable[..., Any] | None = None,
        **settings: Any,
    ) -> CheckVerdict:
        """The verdict, whatever it is: nothing is asserted."""
        __tracebackhide__ = True
        return self._judged(fn, args, grad, vjp, settings)[0]

    def _judged(
        self, fn: Any, args: Any, grad: Any, vjp: Any, settings: dict[str, Any]
    ) -> tuple[CheckVerdict, str]:
        """The verdict, and what it would do if it were inconclusive."""
        __tracebackhide__ = True
        item = self._config.stash[_RUNNING]
        settings = _settings(item) | settings
        consequence = settings.pop("inconclusive", "fail")
        try:
            _require_consequence(consequence)
            verdict = self._check(fn, args, grad, vjp, **settings)
        except InvalidInput as error:  # where it was found says nothing; what caused it may
            raise error.with_traceback(None) from error.__cause__
        item.stash[_TALLY].add(verdict, settings.get("rtol") or 0.0)
        return verdict, consequence


@pytest.fixture(scope="session")
def gradcheck(pytestconfig: pytest.Config) -> GradCheck:
    """Judges a gradient: `gradcheck(fn, args, grad)` fails the test unless it is right.

    It takes what `clinometer.check` takes, and is of the session's scope so that it serves every
    example of a Hypothesis test. `gradcheck.check` gives the verdict and asserts nothing.
    """
    return GradCheck(pytestconfig)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("clinometer", "gradients (clinometer)")
    for name, (kind, text) in SETTINGS.items():
        parser.addini(f"gradcheck_{name}", text, kind, default=None)
        group.addoption(f"--gradcheck-{name}", default=None, help=text, **_OPTIONS[kind])


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", f"gradcheck({', '.join(MARKED)}): defaults of the test's gradient checks"
    )
    config.stash[_CONFIGURED] = dict(_configured(config))
    if not hasattr(config, "workerinput"):  # workers of pytest-xdist report to their controller
        config.pluginmanager.register(Summary(), "clinometer summary")


def pytest_report_header(config: pytest.Config) -> str:
    found = [f"{name} {number}" for name in PACKAGES if (number := _version(name))]
    chosen = [f"{name}={value}" for name, value in config.stash[_CONFIGURED].items()]
    return f"clinometer {_version('clinometer')}: {', '.join([*found, *chosen])}"


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    item.config.stash[_RUNNING] = item
    item.stash[_TALLY] = Tally()
    for marker in item.iter_markers("gradcheck"):
        _require_known(marker)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """The tally goes along with this phase's report: until then, fixtures may check as well."""
    try:
        return (yield)
    finally:
        item.stash[_TALLY].attach(item)


def _configured(config: pytest.Config) -> Iterator[tuple[str, Any]]:
    """What the command line says or else the ini file, of those settings that either names."""
    for name in SETTINGS:
        value = config.getoption(f"gradcheck_{name}")
        if value is None:
            value = _ini(config, f"gradcheck_{name}")
        if value is not None:
            yield name, value


def _ini(config: pytest.Config, key: str) -> Any:
    """Raises UsageError, which names the key."""
    try:
        value = config.getini(key)
        if key == "gradcheck_inconclusive" and value is not None:
            _require_consequence(value)
    except (TypeError, ValueError, pytest.UsageError) as error:
        raise pytest.UsageError(f"{key} in the ini file: {error}") from None
    return value


def _settings(item: pytest.Item) -> dict[str, Any]:
    """Those of the run, then those of the test's markers, the closest of which prevails."""
    settings = item.config.stash[_CONFIGURED].copy()
    for marker in reversed(list(item.iter_markers("gradcheck"))):
        settings |= marker.kwargs
    return settings


def _require_known(marker: pytest.Mark) -> None:
    """Fails the test otherwise, in a sentence."""
    unknown = [*map(repr, marker.args), *(name for name in marker.kwargs if name not in MARKED)]
    if unknown:
        takes = f"it takes {', '.join(f'{name}=' for name in MARKED)}"
        pytest.fail(f"the marker gradcheck knows no {', '.join(unknown)}; {takes}", pytrace=False)


def _require_consequence(value: Any) -> None:
    if value not in CONSEQUENCES:
        raise InvalidInput(f"inconclusive should be {' or '.join(CONSEQUENCES)}, and is {value!r}")


def _version(package: str) -> str:
    """From its metadata, without an import; empty where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
