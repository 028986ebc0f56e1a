"""What holds for every hand-written layer and loss as part of a network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from clinometer.architecture import LAYERS, LOSSES, Architecture, Case
from clinometer.architecture.candidates import SAMPLES, candidates, fitting
from clinometer.architecture.layers.activations import Identity
from clinometer.architecture.losses import L2Penalty, Outputs
from clinometer.subjects import hand_written
from handgrad import gradient_norms
from tests.parts import PARTS

MIXING = [kind for kind, layer in LAYERS.items() if layer.mixes_samples]
APART = sorted(set(PARTS) & ({*LAYERS, *LOSSES} - {*MIXING}))


def given(architecture: Architecture, dtype: str = "float64") -> tuple[Any, Any, Any, Any]:
    """A network of that architecture with its parameters and constants, input and target."""
    case = Case(architecture, dtype, batch=3, seed=5)
    arrays = {**case.constants(), **case.arguments()}
    x = arrays.pop("x")
    return hand_written.network(architecture, "vectorised"), arrays, x, case.target()


@pytest.mark.parametrize("kind", APART)
def test_the_gradients_of_the_samples_make_that_of_the_batch(kind: str) -> None:
    """Their mean where the loss is a mean over samples, else their sum."""
    architecture = PARTS[kind]
    network, arrays, x, target = given(architecture)
    _, batch = network.value_and_grad(arrays, x, target)
    samples = network.per_sample_gradients(arrays, x, target)
    assert set(samples) == set(batch)
    for name, gradient in batch.items():
        if name == "x":  # no sample has part in another's
            together = samples[name][:, 0] / (len(x) if architecture.loss.averages else 1)
        else:
            together = (np.mean if architecture.loss.averages else np.sum)(samples[name], axis=0)
        np.testing.assert_allclose(gradient, together, rtol=1e-12, atol=1e-14)


def every(kind: str) -> Iterator[Architecture]:
    """Networks of that layer or loss, on all samples and with all settings that are to be drawn."""
    for shape in (shape for several in SAMPLES for shape in several):
        if kind in LOSSES:
            for loss in fitting(LOSSES[kind], shape):
                yield Architecture(shape, (Identity(),), loss)
        else:
            for layer in candidates(kind, shape):
                has_weight = "weight" in layer.parameter_shapes(shape)
                yield Architecture(
                    shape, (layer,), Outputs(), L2Penalty(0.5) if has_weight else None
                )


@pytest.mark.parametrize("kind", [kind for kind in APART if kind in {*LAYERS, *LOSSES}])
def test_samples_kept_apart_have_the_gradients_that_they_have_alone(kind: str) -> None:
    """One pass over the batch, and one batch of a single sample after the other."""
    for architecture in every(kind):
        network, arrays, x, target = given(architecture)
        together = network.per_sample_gradients(arrays, x, target)
        alone = network._one_by_one(arrays, x, target)
        assert list(together) == list(alone)
        for name, gradients in alone.items():
            assert together[name].shape == gradients.shape
            np.testing.assert_allclose(together[name], gradients, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("kind", MIXING)
def test_where_samples_mix_none_has_a_gradient_of_its_own(kind: str) -> None:
    """Said in a sentence."""
    network, arrays, x, target = given(PARTS[kind])
    with pytest.raises(ValueError, match=rf"layer 1 \({kind}\) mixes the samples of a batch"):
        network.per_sample_gradients(arrays, x, target)


@pytest.mark.parametrize("kind", sorted(PARTS))
def test_gradient_norms_are_those_of_each_layer(kind: str) -> None:
    """Of all its parameters together; layers without any have none."""
    architecture = PARTS[kind]
    network, arrays, x, target = given(architecture)
    cotangent = Case(architecture, batch=3, seed=5).cotangent()
    _, gradients = network.value_and_grad(arrays, x, target, cotangent)
    norms = gradient_norms(gradients)
    assert set(norms) == {name.rpartition(".")[0] for name in architecture.parameter_shapes}
    for path, norm in norms.items():
        own = [gradients[n].ravel() for n in gradients if n.rpartition(".")[0] == path]
        assert norm == pytest.approx(np.linalg.norm(np.concatenate(own)))


def twice(kind: str) -> Architecture | None:
    """A layer of that kind and itself once more, with the same parameters; None if none fits."""
    for shape in (shape for several in SAMPLES for shape in several):
        for layer in candidates(kind, shape):
            parameters, outputs = layer.parameter_shapes(shape), layer.output_shape(shape)
            fits = layer in candidates(kind, outputs) and not layer.tokens
            if parameters and fits and layer.parameter_shapes(outputs) == parameters:
                return Architecture(shape, (layer, layer), Outputs(), shared=(("2", "1"),))
    return None


TWICE = [found for kind in LAYERS if kind != "parallel" if (found := twice(kind))]


@pytest.mark.parametrize("tied", TWICE, ids=lambda tied: tied.layers[0].kind)
@pytest.mark.parametrize("kernels", hand_written.SUBJECTS)
def test_shared_parameters_add_what_both_layers_send_back(kernels: str, tied: Architecture) -> None:
    """The gradient is the sum of those that each layer has by itself with the same numbers."""
    case = Case(tied, batch=3, seed=5)
    arrays = {**case.constants(), **case.arguments()}
    copies = {f"2.{n.removeprefix('1.')}": arrays[n] for n in tied.parameter_shapes}
    x = arrays.pop("x")

    def gradients(architecture: Architecture) -> Any:
        network = hand_written.network(architecture, kernels)
        return network.value_and_grad({**arrays, **copies}, x, None, case.cotangent())[1]

    together, apart = gradients(tied), gradients(replace(tied, shared=()))
    assert any(np.any(together[name] != apart[name]) for name in tied.parameter_shapes)
    for name in tied.parameter_shapes:
        both = apart[name] + apart[f"2.{name.removeprefix('1.')}"]
        np.testing.assert_allclose(together[name], both, rtol=1e-12, atol=1e-14)


def test_most_layers_with_parameters_can_be_shared() -> None:
    """All but the embedding, which reads tokens."""
    with_parameters = {kind for kind, part in PARTS.items() if part.parameter_shapes}
    assert {tied.layers[0].kind for tied in TWICE} == with_parameters & {*LAYERS} - {"embedding"}
