"""What a run of pytest says first and last, wherever its tests ran, and what it loads."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import version

import numpy as np
import pytest

import clinometer
from clinometer import pytest_plugin
from clinometer.pytest_summary import Tally
from tests.reference.pytest_runs import FLAT, LAYER, RIGHT, USER, WRONG, run, section

pytest_plugins = ["pytester"]


def test_a_right_gradient_passes_and_the_run_states_its_power(pytester: pytest.Pytester) -> None:
    """The weakest of its arrays, as the verdict has it."""
    result = run(pytester, RIGHT, apart=True)
    result.assert_outcomes(passed=1)
    arrays = clinometer.check(*LAYER, vjp=USER["layer_vjp"]).power.arrays
    relative, array = max((seen.relative, name) for name, seen in arrays.items())
    counts, weakest = section(result)
    assert counts == "1 check in 1 test: 1 agree"
    assert weakest == (
        f"weakest power: test_user.py::test_right: in {array} of layer a relative error of "
        f"{relative:.1e} would have been caught, a smaller one perhaps not"
    )


def test_the_header_names_versions_and_settings(pytester: pytest.Pytester) -> None:
    """Of what is installed, whether or not it is loaded."""
    pytester.makeini("[pytest]\ngradcheck_seed = 7\n")
    result = run(pytester, RIGHT, "--gradcheck-explore")
    (line,) = (line for line in result.stdout.lines if line.startswith("clinometer "))
    assert line.startswith(
        f"clinometer {clinometer.__version__}: numpy {np.__version__}, "
        f"python-flint {version('python-flint')}"
    )
    assert line.endswith(", explore=True, seed=7")


@pytest.mark.torch
@pytest.mark.jax
def test_the_header_names_frameworks_that_are_installed(pytester: pytest.Pytester) -> None:
    """With the versions of their metadata."""
    frameworks = f"torch {version('torch')}, jax {version('jax')}"
    run(pytester, RIGHT).stdout.fnmatch_lines([f"clinometer *, {frameworks}"])


def test_what_is_not_installed_has_no_version() -> None:
    """And is left out."""
    assert pytest_plugin._version("clinometer-no-such") == ""


def test_the_weakest_power_is_the_runs_not_the_last_tests(pytester: pytest.Pytester) -> None:
    """A function in plain floats; an `rtol` that forgives more; a gradient of zero apart."""
    body = """
def slow_layer(x, w):
    return np.array([np.tanh(sum(float(a) * float(b) for a, b in zip(x, c))) for c in w.T])

def test_slow(gradcheck):
    gradcheck(slow_layer, (X, W), vjp=layer_vjp)

def test_zero(gradcheck):
    gradcheck(lambda x, y: np.sum(x * x) + 0 * np.sum(y), (X, X), lambda x, y: (2 * x, 0 * y))
"""
    counts, weakest, zero = section(run(pytester, body + RIGHT))
    assert counts == "3 checks in 3 tests: 3 agree"
    assert re.search(r"test_slow: in [xw] of slow_layer a relative error of \d.\de-0\d w", weakest)
    assert zero == "gradients that were zero, of which no error is a part: 1"
    forgiving = body.replace("vjp=layer_vjp)", "vjp=layer_vjp, rtol=0.25)")
    assert "a relative error of 2.5e-01 would" in section(run(pytester, forgiving))[1]


def test_the_summary_counts_fixtures_and_names_a_few_inconclusive_tests(
    pytester: pytest.Pytester,
) -> None:
    """Those that check before and after their test, too."""
    body = """
@pytest.fixture
def checked(gradcheck):
    gradcheck(layer, (X, W), vjp=layer_vjp)
    yield
    gradcheck(layer, (X, W), vjp=layer_vjp)

def test_both(checked, gradcheck):
    gradcheck(layer, (X, W), vjp=layer_vjp)

@pytest.mark.parametrize("number", range(13))
def test_flat(gradcheck, number):
    gradcheck.check(steps, (X,), grad=np.zeros_like)
"""
    lines = section(run(pytester, body))
    assert lines[0] == "16 checks in 14 tests: 3 agree, 13 inconclusive"
    assert sum("test_flat[" in line for line in lines) == 10
    assert "and inconclusive verdicts in 3 more tests" in lines


def test_nothing_is_said_where_nothing_is_checked(pytester: pytest.Pytester) -> None:
    """Nor where the plugin is off; its fixture is gone then."""
    assert "= gradients =" not in run(pytester, "def test_a(): pass").stdout.str()
    result = run(pytester, RIGHT, "-p", "no:clinometer", apart=True)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*fixture 'gradcheck' not found*"])
    assert not [line for line in result.stdout.lines if line.startswith("clinometer ")]


def test_a_second_attempt_replaces_the_first(pytester: pytest.Pytester) -> None:
    """As plugins make that run failures again."""
    item = pytester.getitem("def test_a(): pass", "test_a")
    item.user_properties.append(("other", "kept"))
    for attempts in (1, 2):
        tally = Tally()
        tally.statuses["agree"] = attempts
        tally.attach(item)
    (other, (_, text)) = item.user_properties
    assert other == ("other", "kept")
    assert '"agree": 2' in text
    Tally().attach(item)
    assert item.user_properties == [other]


def test_a_junit_report_has_the_tally(pytester: pytest.Pytester) -> None:
    """As a property of its test."""
    run(pytester, RIGHT, "--junit-xml=report.xml")
    report = (pytester.path / "report.xml").read_text(encoding="utf-8")
    assert (
        '<property name="clinometer" value="{&quot;statuses&quot;: {&quot;agree&quot;: 1}' in report
    )


def test_workers_report_to_their_controller(pytester: pytest.Pytester) -> None:
    """Settings there, verdicts back."""
    body = """
@pytest.mark.parametrize("number", range(4))
def test_many(gradcheck, number, worker_id):
    assert worker_id in ("gw0", "gw1")
    assert gradcheck(layer, (X, W), vjp=layer_vjp).strict
"""
    result = run(pytester, body + WRONG + FLAT, "-n", "2", "--gradcheck-strict", apart=True)
    result.assert_outcomes(passed=4, failed=2)
    counts, named, weakest = section(result)
    assert counts == "6 checks in 6 tests: 4 agree, 1 disagree, 1 inconclusive"
    assert named.startswith("test_user.py::test_flat: steps: inconclusive, vacuous: ")
    assert weakest.startswith("weakest power: test_user.py::test_")
    assert result.stdout.str().count("= gradients =") == 1


def test_it_loads_nothing_before_a_test_asks() -> None:
    """But pytest and itself."""
    program = (
        "import sys, clinometer.pytest_plugin\n"
        "loaded = {n for n in sys.modules if n.partition('.')[0] == 'clinometer'}\n"
        "assert loaded == {'clinometer', 'clinometer.errors', 'clinometer.pytest_plugin', "
        "'clinometer.pytest_summary'}, loaded\n"
        "assert {'numpy', 'flint', 'rich', 'hypothesis', 'torch', 'jax'}.isdisjoint(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_run_that_checks_nothing_loads_nothing(pytester: pytest.Pytester) -> None:
    """Header, collection and summary included."""
    pytester.makeconftest(
        """
import sys

def pytest_unconfigure():
    assert {"numpy", "flint", "torch", "jax", "clinometer.checking"}.isdisjoint(sys.modules)
    print("nothing loaded")
"""
    )
    pytester.makepyfile(test_other="def test_a(): pass")
    result = pytester.runpytest_subprocess("-p", "no:jaxtyping", "-s")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["nothing loaded"])
