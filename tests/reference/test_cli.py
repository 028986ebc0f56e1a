"""The command line from outside: exit codes, sentences, JSON on standard output, lazy imports."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from clinometer import cli, commands, registry
from clinometer.architecture import Architecture, Case
from clinometer.architecture.layers.dense import Dense
from handgrad.kernels import kernel
from tests.pages import parsed, text

CASE = Case(Architecture((2,), (Dense(3),)), batch=2)
FAST = ["--oracles", "complex_step"]


def clinometer(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["clinometer", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.run()
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def test_verify_agrees_and_reports_on_iris_and_on_random_networks(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit code 0; losses that fall; the table."""
    code, out, err = clinometer(capsys, "verify", "--cases", "5", "--seed", "3", *FAST)
    assert code == 0
    assert "iris: sigmoid network, three outputs, mean squared error" in out
    assert "13 cases: 13 agree" in out
    assert err == ""


def test_verify_disagrees_with_exit_code_1_and_names_the_layer(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The case that it prints fails again in replay."""
    dense = kernel("looped", "dense")
    right = dense.backward
    monkeypatch.setattr(dense, "backward", lambda dy, c: (*right(dy, c)[:2], dy[0]))
    code, out, _ = clinometer(capsys, "verify", "--cases", "20", "--subject", "looped", *FAST)
    assert code == 1
    assert "looped dense: bias" in out
    assert "layer 1 (dense), bias: element" in out
    line = out[out.index("replay '") + len("replay '") :].split("'")[0]
    code, out, _ = clinometer(capsys, "replay", line, *FAST)
    assert code == 1
    assert "looped: disagree" in out
    assert "vectorised: agree" in out


def test_json_takes_standard_output_and_people_standard_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One document, and nothing else on standard output."""
    code, out, err = clinometer(capsys, "verify", "--cases", "3", "--json", "-", *FAST)
    data = json.loads(out)
    assert code == 0
    assert data["status"] == "agree"
    assert len(data["cases"]) == 3
    assert len(data["iris"]) == 2
    assert "witness" in err


def test_json_goes_to_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """And a quiet run prints nothing when all is well."""
    path = tmp_path / "out.json"
    code, out, err = clinometer(
        capsys,
        "verify",
        "--cases",
        "2",
        "--quiet",
        "--dtype",
        "float32",
        "--json",
        str(path),
        *FAST,
    )
    assert (code, out, err) == (0, "", "")
    cases = json.loads(path.read_text())["cases"]
    assert {case["case"]["dtype"] for case in cases} == {"float32"}


def test_html_goes_to_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Beside the JSON, if both are wanted."""
    page, data = tmp_path / "out.html", tmp_path / "out.json"
    files = ["--html", str(page), "--json", str(data)]
    code, out, err = clinometer(capsys, "verify", "--cases", "2", "--quiet", *files, *FAST)
    assert (code, out, err) == (0, "", "")
    root = parsed(page.read_text(encoding="utf-8"))
    assert text(root.find(".//h1")) == "All gradients are right"
    assert len(json.loads(data.read_text())["cases"]) == 2


def test_replay_gives_the_same_numbers_each_time(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """From the line, and from a file that holds it."""
    path = tmp_path / "case.json"
    path.write_text(CASE.to_json() + "\n")
    first = clinometer(capsys, "replay", CASE.to_json(), *FAST)
    assert first == clinometer(capsys, "replay", CASE.to_json(), *FAST)
    assert first == clinometer(capsys, "replay", str(path), *FAST)
    assert first[0] == 0
    assert "vectorised: agree" in first[1]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["verify", "--cases", "-1"], "not in the range"),
        (["verify", "--cases", "many"], "'many' is not a valid integer"),
        (
            ["verify", "--oracles", "oracle"],
            "there is no oracle 'oracle'; there are: ball_arithmetic",
        ),
        (["verify", "--subject", "me"], "there is no subject 'me'; there are: vectorised, looped"),
        (["verify", "--dtype", "float8"], "'float8' is not one of"),
        (["verify", "--json", "/nowhere/at/all.json"], "cannot be written"),
        (["verify", "--html", "/nowhere/at/all.html"], "cannot be written"),
        (["verify", "--colour"], "No such option"),
        (["replay", "{]"], "this is not JSON"),
        (["replay", "no-such-file"], "neither a case in JSON nor a file to read"),
        (["replay", CASE.to_json().replace('"dense"', '"densee"')], "there is no layer 'densee'"),
        (["replay", CASE.to_json().replace('"batch":2', '"batch":0')], "batch of a case must be"),
        (["frobnicate"], "No such command 'frobnicate'"),
    ],
)
def test_bad_usage_has_exit_code_2_and_a_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    """On standard error, and no traceback."""
    code, out, err = clinometer(capsys, *arguments)
    assert code == 2
    assert sentence in err
    assert "Traceback" not in err
    assert out == ""


def test_an_oracle_that_is_not_installed_is_refused_with_the_way_to_install_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And without naming it, it is left out and said to be."""

    def version(distribution: str) -> str:
        if distribution in {"torch", "jax"}:
            raise registry.PackageNotFoundError(distribution)
        return "1.0"

    monkeypatch.setattr(registry, "version", version)
    code, _, err = clinometer(capsys, "verify", "--oracles", "torch_autograd")
    assert code == 2
    assert "torch is not installed; python -m pip install torch installs it" in err
    code, out, _ = clinometer(capsys, "verify", "--cases", "1")
    assert code == 0
    assert "oracle jax_grad is not used: jax is not installed" in " ".join(out.split())
    _, out, _ = clinometer(capsys, "oracles")
    assert "torch_autograd: not usable: torch is not installed" in out


def test_an_inconclusive_run_has_exit_code_3(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A case whose function is constant agrees with nothing."""
    flat = CASE.to_json().replace(
        '{"kind":"dense","units":3}', '{"kind":"dense","units":1},{"kind":"softmax"}'
    )
    code, out, _ = clinometer(capsys, "replay", flat, *FAST)
    assert code == 3
    assert "nothing could be tested" in out


def test_a_run_without_cases_has_exit_code_5(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing checked is not agreement."""
    monkeypatch.setattr("clinometer.campaign.main_job.LESSONS", ())
    code, out, _ = clinometer(capsys, "verify", "--cases", "0", *FAST)
    assert code == 5
    assert "nothing was checked" in out


def test_an_error_of_ours_has_exit_code_4(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its traceback and whose fault it is."""

    def fail(**options: Any) -> int:
        raise RuntimeError("inside")

    monkeypatch.setattr(commands, "verify", fail)
    code, _, err = clinometer(capsys, "verify")
    assert code == 4
    assert "RuntimeError: inside" in err
    assert "a bug in it, not in what it judges" in err


def test_an_interruption_has_exit_code_130(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within the campaign and outside it."""

    def interrupt(**options: Any) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(commands, "verify", interrupt)
        assert clinometer(capsys, "verify")[0] == 130
    monkeypatch.setattr("clinometer.campaign.main_job.learn", lambda *a: interrupt())
    code, out, _ = clinometer(capsys, "verify", *FAST)
    assert code == 130
    assert "interrupted" in out


def test_subjects_and_oracles_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """What there is, with what it rests on."""
    assert "vectorised: The hand-written networks" in clinometer(capsys, "subjects")[1]
    assert "complex_step: numpy " in clinometer(capsys, "oracles")[1]


def test_help_tells_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    """Where people look for them."""
    code, out, _ = clinometer(capsys, "--help")
    assert code == 0
    assert "130 interrupted" in " ".join(out.split())


def test_bench_hands_its_options_on_to_the_benchmark(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its exit code is the benchmark's."""
    monkeypatch.chdir(Path(__file__).parents[2])
    code, out, _ = clinometer(capfd, "bench", "--help")
    assert code == 0
    assert "--compare FILE" in out
    code, _, err = clinometer(capfd, "bench", "--workload", "none such")
    assert code == 2
    assert "'none such' is not one of" in err


def test_bench_outside_a_checkout_says_where_the_benchmarks_are(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In one sentence."""
    monkeypatch.chdir(tmp_path)
    code, _, err = clinometer(capsys, "bench", "--quick")
    assert code == 2
    assert err.startswith("Error: there are no benchmarks here: they come with the project's")


HEAVY = ("torch", "jax", "hypothesis", "numpy", "handgrad")


@pytest.mark.parametrize(
    "statement",
    ["import clinometer", "import clinometer.cli", "import clinometer; clinometer.__version__"],
)
def test_importing_loads_nothing_heavy(statement: str) -> None:
    """Neither a framework nor even NumPy, so that the import costs next to nothing."""
    code = f"import sys; {statement}; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_public_names_are_found_and_others_are_not() -> None:
    """Each is imported from where it lives."""
    import clinometer

    for name in clinometer.__all__:
        assert getattr(clinometer, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'chekc'"):
        clinometer.chekc  # noqa: B018


def test_frameworks_are_not_loaded_by_runs_that_do_not_ask_them() -> None:
    """Judging by complex step alone imports neither."""
    code = (
        "import sys; from clinometer import Case, examine, registry\n"
        "asked = registry.choose_oracles(['complex_step'])\n"
        f"case = Case.from_json({CASE.to_json()!r})\n"
        "outcome = examine(case, registry.choose_subjects(()), asked)\n"
        "print(outcome.status, 'torch' in sys.modules, 'jax' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["agree", "False", "False"]
