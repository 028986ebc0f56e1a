"""What `verify` says of mistakes in the hand-written layers."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from clinometer import registry
from clinometer.architecture import Architecture, Case
from clinometer.architecture.layers.activations import Sigmoid, Softmax
from clinometer.architecture.layers.dense import Dense
from clinometer.architecture.layers.embedding import Embedding
from clinometer.architecture.layers.shapes import Flatten
from clinometer.architecture.losses import Outputs
from clinometer.campaign.explaining import explain
from clinometer.campaign.findings import Findings
from clinometer.campaign.run import examine
from clinometer.explaining import Explained
from clinometer.report import document
from clinometer.report.finding import print_finding
from clinometer.subjects import hand_written
from handgrad.kernels import kernel

SUBJECTS = registry.choose_subjects(["vectorised"])
BALLS = registry.choose_oracles(["ball_arithmetic"])


def spoil(monkeypatch: pytest.MonkeyPatch, kind: str, mistake: Any) -> None:
    """Has a layer's backward pass make a mistake of what the right one takes and gives."""
    chosen = kernel("vectorised", kind)
    right = chosen.backward
    monkeypatch.setattr(chosen, "backward", lambda dy, cache: mistake(dy, cache, *right(dy, cache)))


def explained(*layers: Any, inputs: tuple[int, ...] = (4,), **known: Any) -> list[Explained]:
    """Of the layers without a loss, with 5 samples."""
    case = Case(Architecture(inputs, layers, Outputs()), batch=5, **known)
    return list(explain(case, "vectorised", hand_written, BALLS))


def test_what_is_right_needs_no_explanation() -> None:
    """Array by array."""
    assert explained(Dense(3), Sigmoid()) == []


@pytest.mark.parametrize(
    ("layer", "mistake", "array", "where", "said"),
    [
        (
            Dense(6),
            lambda dy, cache, dx, dw, db: (dx, dw, dy[0]),
            "1.bias",
            "every element",
            "it is one sample's term, number 0 of 5: the sum over the samples is missing",
        ),
        (
            Dense(6),
            lambda dy, cache, dx, dw, db: (dx, dw, dy),
            "1.bias",
            "every element",
            "it is not summed over axis 0",
        ),
        (
            Dense(6),
            lambda dy, cache, dx, dw, db: (dx, dw / 5, db),
            "1.weight",
            "every element",
            "it is 1/5 × the reference: 5 is the batch size; as of a sum that became a mean",
        ),
        (
            Dense(4),
            lambda dy, cache, dx, dw, db: (dy @ cache[1], dw, db),
            "x",
            "every element",
            "1.weight is the transpose of what it should be in it",
        ),
        (
            Dense(6),
            lambda dy, cache, dx, dw, db: (dx, np.where(np.arange(6) == 2, 3 * dw, dw), db),
            "1.weight",
            "column 2",
            "it is 3 × the reference in column 2, and right elsewhere",
        ),
        (
            Sigmoid(),
            lambda dy, cache, dx: (cache * (1 - cache),),
            "x",
            "every element",
            "the cotangent is ignored: twice the cotangent gives the same",
        ),
        (
            Sigmoid(),
            lambda dy, cache, dx: (dy,),
            "x",
            "every element",
            "the derivative of sigmoid at x is missing",
        ),
        (
            Softmax(),
            lambda dy, cache, dx: (dy * cache * (1 - cache),),
            "x",
            "every element",
            "of softmax's Jacobian only the diagonal counts",
        ),
    ],
)
def test_a_mistake_is_explained(
    monkeypatch: pytest.MonkeyPatch, layer: Any, mistake: Any, array: str, where: str, said: str
) -> None:
    """In the one array that it spoils."""
    spoil(monkeypatch, layer.kind, mistake)
    (found,) = explained(layer)
    assert (found.array, found.where) == (array, f"{where} in a batch of 5")
    assert found.diagnoses[0].sentence == said


def test_repeated_tokens_that_overwrite_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cotangent has a row for each token."""

    def overwrite(dy: Any, cache: Any, dx: Any, dweight: Any) -> Any:
        wrong = np.zeros_like(dweight)
        wrong[cache[0]] = dy
        return dx, wrong

    spoil(monkeypatch, "embedding", overwrite)
    (found,) = explained(Embedding(6, 3))
    assert found.diagnoses[0].mistake == "duplicates overwritten"


def test_rounding_is_explained_where_the_formula_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the case's own dtype: a detour through float16."""

    def detour(dy: Any, cache: Any, dx: Any, dw: Any, db: Any) -> Any:
        return dx, dw.astype(np.float16).astype(dw.dtype) if dw.dtype == np.float32 else dw, db

    spoil(monkeypatch, "dense", detour)
    (found,) = explained(Dense(6), dtype="float32")
    assert found.diagnoses[0].sentence.startswith("it is rounded to float16")


def raises(error: Exception) -> Any:
    """A backward pass that does nothing else."""

    def mistake(*anything: Any) -> Any:
        raise error

    return mistake


def test_a_gradient_that_raises_is_not_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    """The contract says why."""
    spoil(monkeypatch, "dense", raises(ValueError("no")))
    assert explained(Dense(2)) == []


@pytest.mark.parametrize(
    "error",
    [OverflowError("too large"), ZeroDivisionError("by zero"), ValueError("math domain error")],
)
def test_what_python_raises_in_place_of_infinity_is_not_finite(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """As NumPy would return there; its own words say which it was."""
    spoil(monkeypatch, "sigmoid", raises(error))
    (found,) = explained(Sigmoid())
    assert (found.array, found.diagnoses[0].mistake) == ("x", "not finite")
    assert str(error) in found.diagnoses[0].sentence


@pytest.mark.parametrize(("row", "end"), [("first row", 0), ("last row", -1)])
def test_one_row_of_several_axes_is_told(
    monkeypatch: pytest.MonkeyPatch, row: str, end: int
) -> None:
    """There are as many rows as samples and places together: no axis has that size."""

    def of_one(dy: Any, cache: Any, dx: Any, dw: Any, db: Any) -> Any:
        return dx, dw, dy.reshape(-1, dy.shape[-1])[end]

    spoil(monkeypatch, "dense", of_one)
    (found,) = explained(Dense(6), inputs=(3, 4))
    said = f"it is the term of the {row}: the sum over the rows is missing"
    assert found.diagnoses[0].sentence == said


def test_a_factor_of_several_axes_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """As of a mean over places that became a sum."""
    spoil(monkeypatch, "sigmoid", lambda dy, cache, dx: (12 * dx,))
    (found,) = explained(Sigmoid(), inputs=(3, 4))
    said = "12 is the size of axes 1 to 2 of x together"
    assert said in found.diagnoses[0].sentence


def test_an_order_in_the_shape_of_the_outputs_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reshaped where the cotangent is transposed."""
    spoil(monkeypatch, "flatten", lambda dy, cache, dx: (dy.T.reshape(dx.shape),))
    (found,) = explained(Flatten(), inputs=(3, 4))
    assert found.diagnoses[0].mistake == "transpose"


def test_the_finding_tells_the_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    """On the terminal and in the document, of the part that is alone to blame."""
    spoil(monkeypatch, "dense", lambda dy, cache, dx, dw, db: (dx, dw, dy[0]))
    case = Case(Architecture((4,), (Sigmoid(), Dense(6))), batch=5)
    (finding,) = Findings(SUBJECTS, BALLS).of_one(examine(case, SUBJECTS, BALLS))
    console = Console(file=io.StringIO(), width=200, color_system=None)
    print_finding(console, 1, finding)
    sentence = "it is one sample's term, number 0 of 5: the sum over the samples is missing"
    assert f"bias, every element in a batch of 5: {sentence}" in console.file.getvalue()
    (told,) = document.finding_document(finding)["explained"]
    assert told["array"] == "1.bias"
    assert told["diagnoses"][0]["sentence"] == sentence
    assert told["diagnoses"][0]["explains"] == 1
