"""The descriptions of the layers for sequences: shapes, constants, and what they refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from clinometer.architecture import Architecture, Case
from clinometer.architecture.candidates import candidates
from clinometer.architecture.layers import Layer
from clinometer.architecture.layers.attention import Attention
from clinometer.architecture.layers.recurrent import GRU, LSTM, RNN
from clinometer.architecture.losses import Outputs
from clinometer.errors import InvalidInput


@pytest.mark.parametrize(
    ("layer", "outputs", "parameters"),
    [
        (
            RNN(3),
            (4, 3),
            {"weight": (2, 3), "recurrent": (3, 3), "bias": (3,), "state": (3,)},
        ),
        (
            LSTM(3),
            (4, 3),
            {"weight": (2, 12), "recurrent": (3, 12), "bias": (12,), "state": (3,), "cell": (3,)},
        ),
        (
            GRU(1),
            (4, 1),
            {
                "weight": (2, 3),
                "recurrent": (1, 3),
                "bias": (3,),
                "recurrent_bias": (3,),
                "state": (1,),
            },
        ),
        (
            Attention(6, memory=(5, 3)),
            (4, 2),
            {
                "query_weight": (2, 6),
                "query_bias": (6,),
                "key_weight": (3, 6),
                "key_bias": (6,),
                "value_weight": (3, 6),
                "value_bias": (6,),
                "output_weight": (6, 2),
                "output_bias": (2,),
                "memory": (5, 3),
            },
        ),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_shapes_follow_the_settings(
    layer: Layer, outputs: tuple[int, ...], parameters: dict[str, tuple[int, ...]]
) -> None:
    """For sequences of four steps of two features; in the order of the kernels' arguments."""
    assert layer.output_shape((4, 2)) == outputs
    assert list(layer.parameter_shapes((4, 2)).items()) == list(parameters.items())
    assert Layer.from_json(layer.to_json()) == layer


def test_attention_without_memory_has_none_among_its_parameters() -> None:
    """Its keys are as wide as the sequence."""
    shapes = Attention(4, heads=2).parameter_shapes((5, 3))
    assert list(shapes)[-1] == "output_bias"
    assert shapes["key_weight"] == (3, 4)


@pytest.mark.parametrize(("memory", "keys"), [((), 4), ((6, 1), 6)])
def test_the_mask_covers_the_keys_of_each_sample(memory: tuple[int, ...], keys: int) -> None:
    """And leaves the first of them to be seen."""
    layer = Attention(2, padded=True, memory=memory)
    case = Case(Architecture((4, 2), (layer,), Outputs()), batch=50)
    mask = case.constants()["1.mask"]
    assert mask.shape == (50, keys)
    assert np.all(mask[:, 0] == 1)
    assert set(np.unique(mask[:, 1:])) == {0, 1}


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("shape", [(4, 2), (5, 3)])
def test_what_is_drawn_runs_both_ways_with_square_weights_and_others(
    kind: str, shape: tuple[int, int]
) -> None:
    """So that every wrong turn shows."""
    drawn = candidates(kind, shape)
    assert {layer.reverse for layer in drawn} == {False, True}
    assert len({layer.units for layer in drawn}) > 1
    assert any(layer.units > 1 for layer in drawn)


def test_what_is_drawn_of_attention_has_all_settings_at_once() -> None:
    """Several heads, both masks, and more keys than queries or fewer."""
    drawn = candidates("attention", (4, 2))
    assert any(a.heads > 1 and a.causal and a.padded and a.memory for a in drawn)
    assert any(a.heads > 1 and a.causal and a.padded and not a.memory for a in drawn)
    assert any(a.memory and a.memory[0] < 4 for a in drawn)
    assert not any(a.causal and a.memory and a.memory[0] < 4 for a in drawn)


@pytest.mark.parametrize(
    ("layer", "sentence"),
    [
        ({"kind": "rnn", "units": 0}, "units of 'rnn' must be an integer from 1 up, not 0"),
        ({"kind": "lstm"}, "the layer 'lstm' needs 'units'"),
        ({"kind": "gru", "units": 2, "reverse": 1}, "reverse of 'gru' must be a bool, not 1"),
        (
            {"kind": "rnn", "units": 2, "activation": "gelu"},
            "activation of 'rnn' must be tanh or relu, not 'gelu'",
        ),
        (
            {"kind": "attention", "width": 6, "heads": 4},
            "heads of 'attention' must be a divisor of its width 6, not 4",
        ),
        (
            {"kind": "attention", "width": 6, "memory": [3]},
            "memory of 'attention' must be empty or a shape such as",
        ),
        (
            {"kind": "attention", "width": 6, "causal": True, "memory": [3, 2]},
            "a causal attention of 4 queries needs as many keys or more, not 3",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(layer: Any, sentence: str) -> None:
    """Each says what was wrong and what would be right."""
    with pytest.raises(InvalidInput, match=sentence):
        Architecture((4, 2), (Layer.from_json(layer),), Outputs())


@pytest.mark.parametrize("layer", [RNN(2), LSTM(2), GRU(2), Attention(2)], ids=lambda a: a.kind)
@pytest.mark.parametrize("shape", [(4,), (2, 3, 4)])
def test_only_sequences_are_taken(layer: Layer, shape: tuple[int, ...]) -> None:
    """Features and images are not."""
    with pytest.raises(InvalidInput, match="takes no samples of shape"):
        Architecture(shape, (layer,), Outputs())
