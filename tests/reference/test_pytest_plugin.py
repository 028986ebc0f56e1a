"""The fixture, in runs of pytest: what passes, what fails, and with which words."""

from __future__ import annotations

import re
from importlib.metadata import entry_points

import pytest

import clinometer
from clinometer import pytest_plugin
from tests.reference.pytest_runs import FLAT, LAYER, RIGHT, USER, WRONG, run, section

pytest_plugins = ["pytester"]


def test_it_is_installed_as_a_plugin() -> None:
    """Under the name by which `-p no:clinometer` blocks it."""
    (entry,) = entry_points(group="pytest11", name="clinometer")
    assert entry.load() is pytest_plugin


def test_a_wrong_gradient_fails_with_the_table_and_nothing_of_ours(
    pytester: pytest.Pytester,
) -> None:
    """The verdict's own, under the line of the test; the last line says the essence."""
    result = run(pytester, RIGHT + WRONG)
    result.assert_outcomes(passed=1, failed=1)
    table = str(clinometer.check(*LAYER, vjp=USER["doubled"])).splitlines()
    shown = [line.removeprefix("E       ").rstrip() for line in result.stdout.lines]
    first = shown.index(f"AssertionError: {table[0]}")
    assert shown[first : first + len(table)] == [f"AssertionError: {table[0]}", *table[1:]]
    assert shown[first - 1] == ">       gradcheck(layer, (X, W), vjp=doubled)"
    text = result.stdout.str()
    assert "checking.py" not in text
    assert "pytest_plugin.py" not in text
    assert "FAILED test_user.py::test_wrong - AssertionError: layer: disagree" in text
    assert section(result)[0] == "2 checks in 2 tests: 1 agree, 1 disagree"


def test_an_inconclusive_verdict_fails_and_says_why(pytester: pytest.Pytester) -> None:
    """Unless told otherwise; the summary names the test."""
    result = run(pytester, FLAT)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E*AssertionError: steps: inconclusive, vacuous: *"])
    counts, named = section(result)
    assert counts == "1 check in 1 test: 1 inconclusive"
    assert named.startswith("test_user.py::test_flat: steps: inconclusive, vacuous: ")


@pytest.mark.parametrize(
    ("body", "option"),
    [
        (FLAT, "--gradcheck-inconclusive=warn"),
        (FLAT, "--override-ini=gradcheck_inconclusive=warn"),
        (FLAT.replace("\ndef", "\n@pytest.mark.gradcheck(inconclusive='warn')\ndef"), "-v"),
        (FLAT.replace("zeros_like)", "zeros_like, inconclusive='warn')"), "-v"),
    ],
    ids=["option", "ini", "marker", "call"],
)
def test_an_inconclusive_verdict_warns_where_that_is_asked_for(
    pytester: pytest.Pytester, body: str, option: str
) -> None:
    """At the line of the test; what is wrong fails all the same."""
    result = run(pytester, body + WRONG, option, "-W", "default")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        ["*test_user.py:*: InconclusiveGradient: steps: inconclusive, vacuous: *"]
    )
    assert section(result)[0] == "2 checks in 2 tests: 1 disagree, 1 inconclusive"


def test_a_consequence_that_there_is_not_is_refused(pytester: pytest.Pytester) -> None:
    """In a sentence."""
    result = run(pytester, RIGHT.replace("layer_vjp)", "layer_vjp, inconclusive='skip')"))
    result.assert_outcomes(failed=1)
    sentence = "InvalidInput: inconclusive should be fail or warn, and is 'skip'"
    assert sentence in result.stdout.str()


def test_a_verdict_can_be_had_without_an_assertion(pytester: pytest.Pytester) -> None:
    """It is counted."""
    body = """
def test_verdict(gradcheck):
    verdict = gradcheck.check(layer, (X, W), vjp=doubled)
    assert verdict.arrays == {"x": "agree", "w": "disagree"}
"""
    result = run(pytester, body)
    result.assert_outcomes(passed=1)
    assert section(result)[0] == "1 check in 1 test: 1 disagree"


def test_bad_input_fails_with_its_sentence_alone(pytester: pytest.Pytester) -> None:
    """No line of ours in the traceback, no check counted."""
    result = run(pytester, "def test_bad(gradcheck):\n    gradcheck(layer, X, vjp=layer_vjp)\n")
    result.assert_outcomes(failed=1)
    text = result.stdout.str()
    assert (
        "InvalidInput: args should be a tuple of arguments such as (x,), and is a ndarray" in text
    )
    assert "clinometer/" not in text
    assert "= gradients =" not in text


def test_a_function_that_raises_fails_with_the_line_that_did(pytester: pytest.Pytester) -> None:
    """In its own code."""
    body = """
def test_raises(gradcheck):
    def inner(x):
        return x["no such"]
    gradcheck(inner, (X,), grad=np.cos)
"""
    text = run(pytester, body).stdout.str()
    assert '>           return x["no such"]' in text or '>       return x["no such"]' in text
    assert "InvalidInput: the function raised IndexError at the arguments given" in text


def test_each_example_of_hypothesis_is_checked(pytester: pytest.Pytester) -> None:
    """With its own deadline, from the first example of a fresh process on; and shrunk."""
    body = """
import sys
from hypothesis import given, settings, strategies as st

sizes = st.integers(1, 6)

@settings(max_examples=30, derandomize=True, database=None)
@given(size=sizes)
def test_right(gradcheck, size):
    assert "clinometer.checking" in sys.modules
    gradcheck(lambda x: np.sum(np.sin(x)), (np.arange(size) / 2,), np.cos)

@settings(max_examples=30, derandomize=True, database=None)
@given(size=sizes)
def test_wrong(gradcheck, size):
    gradcheck(lambda x: np.sum(np.sin(x)), (np.arange(size) / 2,), lambda x: np.cos(x) * (x < 1))
"""
    result = run(pytester, body, apart=True)
    result.assert_outcomes(passed=1, failed=1)
    text = result.stdout.str()
    assert "gradcheck=gradcheck,\n" in text
    assert "size=3,\n" in text
    assert "HealthCheck" not in text
    assert "Deadline" not in text
    counts = re.fullmatch(r"\d+ checks in 2 tests: (\d+) agree, (\d+) disagree", section(result)[0])
    assert counts
    assert int(counts[1]) >= 6
    assert int(counts[2]) >= 2


def test_assert_gradients_shows_the_callers_line_as_well(pytester: pytest.Pytester) -> None:
    """Without the fixture."""
    body = """
from clinometer import assert_gradients

def test_wrong():
    assert_gradients(layer, (X, W), vjp=doubled)
"""
    result = run(pytester, body)
    result.assert_outcomes(failed=1)
    assert ">       assert_gradients(layer, (X, W), vjp=doubled)" in result.stdout.lines
    assert "checking.py" not in result.stdout.str()
