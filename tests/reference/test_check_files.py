"""`clinometer check FILE`: one table, exit codes, JSON, one sentence for a wrong file."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from clinometer import cli

FILE = """
import numpy as np
from helper import x, w

def layer(x, w):
    return np.tanh(x @ w)

def backward(c, x, w):
    d = c * (1 - np.tanh(x @ w) ** 2)
    return d @ w.T, FACTOR * (x.T @ d)

CHECKS = [
    dict(fn=layer, args=(x, w), vjp=backward),
    dict(name="square", fn=lambda x: np.sum(x * x), args=(x,), grad=lambda x: 2 * x),
    dict(fn=layer, args=(x.astype("float32"), w.astype("float32")), vjp=backward, seed=3),
]
"""
HELPER = """
import numpy as np
x, w = (np.random.default_rng(k).normal(size=shape) for k, shape in enumerate([(4, 3), (3, 2)]))
"""


def clinometer(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of `clinometer check`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["clinometer", "check", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.run()
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def written(folder: Path, text: str) -> str:
    """The file, beside the module that it imports."""
    (folder / "helper.py").write_text(HELPER)
    path = folder / "mine.py"
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize(("factor", "wrong"), [("1", 0), ("1 / 4", 2)])
def test_components_stand_in_one_table(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, factor: str, wrong: int
) -> None:
    """By name; with what is wrong under it; 0 if all agree, 1 if any disagrees."""
    path = written(tmp_path, FILE.replace("FACTOR", f"({factor})"))
    code, out, err = clinometer(capsys, path)
    assert (code, err) == (1 if wrong else 0, "")
    assert out.count("component ") == 1
    assert all(name in out for name in ("layer [0]", "square", "layer [2]"))
    counts = f"3 components: {'1 agree, 2 disagree' if wrong else '3 agree'}"
    assert out.rstrip().endswith(counts)
    told = "layer [0]: w, every element: it is 1/4 × the reference: 4 is the batch size"
    assert (told in out) == bool(wrong)


def test_the_document_holds_each_component(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """On standard output, or in a file; people read standard error."""
    path = written(tmp_path, FILE.replace("FACTOR", "-1"))
    code, out, err = clinometer(capsys, path, "--json", "-", "--seed", "5")
    data = json.loads(out)
    assert (code, data["schema_version"], data["seed"], data["status"]) == (1, 1, 5, "disagree")
    assert [c["name"] for c in data["components"]] == ["layer [0]", "square", "layer [2]"]
    first, square, _ = data["components"]
    assert first["arrays"] == {"x": "agree", "w": "disagree"}
    assert first["findings"][0]["mistakes"][0]["mistake"] == "sign"
    assert square["power"]["x"]["element"] > 0
    assert "3 components" in err
    report = tmp_path / "report.json"
    clinometer(capsys, path, "--json", str(report))
    assert json.loads(report.read_text())["status"] == "disagree"


def test_what_was_not_checked_counts_if_asked_for(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """3 where nothing disagrees but something is inconclusive, 5 where nothing is there."""
    text = """
import numpy as np
CHECKS = [dict(fn=lambda x, s: s * x, args=(np.ones(3), np.array(2.0)), vjp=lambda c, x, s: (s * c, None))]
"""  # noqa: E501
    path = written(tmp_path, text)
    assert clinometer(capsys, path)[0] == 0
    code, out, _ = clinometer(capsys, path, "--strict")
    assert code == 3
    assert "strict: 1 things were not checked" in out
    assert clinometer(capsys, written(tmp_path, "CHECKS = []"))[0] == 5


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "",
            "should define CHECKS = [dict(fn=..., args=(...,), grad=...)], and does not define it",
        ),
        ("CHECKS = 3", "and has a int there"),
        ("CHECKS = [", "raised SyntaxError: '[' was never closed (mine.py, line 1)"),
        ("1 / 0", "raised ZeroDivisionError: division by zero"),
        ("CHECKS = [len]", "CHECKS[0] of "),
        (
            "CHECKS = [len]",
            "should be a dict such as dict(fn=..., args=(...,), grad=...), and is a ",
        ),
        ("CHECKS = [dict(fn=len)]", "lacks args"),
        ("CHECKS = [dict(fn=len, args=(), tol=1)]", "holds tol; it may hold name, fn, args, grad"),
        (
            "CHECKS = [dict(fn=abs, args=(3.0,), grad=abs)]",
            "abs: there is nothing to differentiate by: ",
        ),
    ],
)
def test_a_wrong_file_gets_one_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str, sentence: str
) -> None:
    """And exit code 2."""
    code, out, err = clinometer(capsys, written(tmp_path, text))
    assert (code, out) == (2, "")
    assert err.startswith("Error: ")
    assert sentence in err
    assert err.count("\n") == 1


def test_a_file_that_is_not_there_and_one_that_is_no_python(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Likewise."""
    assert clinometer(capsys, "/nowhere.py") == (2, "", "Error: there is no file /nowhere.py\n")
    other = tmp_path / "mine.txt"
    other.write_text("CHECKS = []")
    assert "whose name ends in .py" in clinometer(capsys, str(other))[2]
