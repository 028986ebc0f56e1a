"""The settings of gradient checks in pytest: from a call, markers, options and the ini file."""

from __future__ import annotations

import inspect

import pytest

import clinometer
from clinometer import pytest_plugin
from tests.reference.pytest_runs import RIGHT, SETTINGS, WRONG, run

pytest_plugins = ["pytester"]


def test_the_closest_setting_prevails(pytester: pytest.Pytester) -> None:
    """The call's, the marker's, the class's marker's, the command line's, the ini file's."""
    body = (
        SETTINGS
        + """
@pytest.mark.gradcheck(seed=3, budget=300, rtol=1e-3)
class TestMarked:
    @pytest.mark.gradcheck(seed=4, order=1)
    def test_all(self, gradcheck):
        assert settings(gradcheck, order=2) == {
            "strict": False, "explore": True, "budget": 300, "seed": 4, "rtol": 1e-3, "order": 2,
        }

def test_neither(gradcheck):
    assert settings(gradcheck) == {"strict": False, "explore": True, "budget": 200, "seed": 1}
"""
    )
    ini = [f"--override-ini=gradcheck_{s}" for s in ("strict=true", "explore=true", "seed=2")]
    result = run(
        pytester,
        body,
        *ini,
        "--gradcheck-budget=200",
        "--gradcheck-seed=1",
        "--no-gradcheck-strict",
    )
    result.assert_outcomes(passed=2)


def test_without_settings_check_has_its_defaults(pytester: pytest.Pytester) -> None:
    """Nothing is passed on."""
    run(
        pytester, SETTINGS + "def test_none(gradcheck):\n    assert settings(gradcheck) == {}\n"
    ).assert_outcomes(passed=1)


def test_a_marker_makes_a_check_stricter(pytester: pytest.Pytester) -> None:
    """By what it did not check, and at points where a branch shows."""
    body = """
def test_plain(gradcheck):
    gradcheck(take, (X, np.array([0, 2])), vjp=overwrites)

@pytest.mark.gradcheck(explore=True)
def test_explored(gradcheck):
    gradcheck(take, (X, np.array([0, 2])), vjp=overwrites)

@pytest.mark.gradcheck(strict=True)
def test_strict(gradcheck):
    gradcheck(lambda x: {"y": x, "i": np.arange(3)}, (X,), vjp=lambda c, x: c["y"])
"""
    result = run(pytester, body)
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        ["*AssertionError: take: disagree*", "*: inconclusive, strict: 1 things were not checked*"]
    )


@pytest.mark.parametrize(
    ("marker", "unknown"),
    [
        ("tolerance=1e-3", "tolerance"),
        ("True", "True"),
        ("'seed', vjp=None, seed=3", "'seed', vjp"),
    ],
)
def test_a_marker_that_sets_what_there_is_not_stops_its_test(
    pytester: pytest.Pytester, marker: str, unknown: str
) -> None:
    """In one sentence, and no other test."""
    result = run(pytester, RIGHT + f"@pytest.mark.gradcheck({marker})" + WRONG, "--strict-markers")
    result.assert_outcomes(passed=1, errors=1)
    assert (
        f"the marker gradcheck knows no {unknown}; it takes strict=, explore=, budget=, seed=, "
        "inconclusive=, rtol=, oracles=, order="
    ) in result.stdout.lines


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("gradcheck_budget = many", "gradcheck_budget in the ini file: invalid literal for int()*"),
        ("gradcheck_strict = maybe", "gradcheck_strict in the ini file: invalid truth value*"),
        (
            "gradcheck_inconclusive = skip",
            (
                "gradcheck_inconclusive in the ini file: inconclusive should be fail or warn, "
                "and is 'skip'"
            ),
        ),
    ],
)
def test_an_ini_file_that_cannot_be_read_stops_the_run(
    pytester: pytest.Pytester, line: str, sentence: str
) -> None:
    """Before any test, with the key."""
    pytester.makeini(f"[pytest]\n{line}\n")
    result = run(pytester, RIGHT)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {sentence}"])


def test_options_markers_and_the_fixture_are_listed(pytester: pytest.Pytester) -> None:
    """Each setting as an option and as a key of the ini file."""
    told = run(pytester, "", "--help").stdout.str()
    for name in pytest_plugin.SETTINGS:
        assert f"--gradcheck-{name}" in told
        assert f"gradcheck_{name} (" in told
    run(pytester, "", "--markers").stdout.fnmatch_lines(
        ["@pytest.mark.gradcheck(strict, explore, *): *"]
    )
    run(pytester, "", "--fixtures").stdout.fnmatch_lines(["gradcheck [[]session scope[]] -- *"])


def test_markers_set_what_check_takes() -> None:
    """By the same names."""
    taken = inspect.signature(clinometer.check).parameters
    assert set(pytest_plugin.MARKED) - {"inconclusive"} <= set(taken)
