"""Descriptions as plain data: frozen dataclasses that go to JSON and come back."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self, TypeAlias, get_args, get_origin, get_type_hints

from clinometer.errors import InvalidInput

#: The shape of one sample: no batch axis.
Shape: TypeAlias = tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class Constant:
    """An array that is given and has no gradient, such as a mask.

    Attributes:
        shape: for one sample where `per_sample`, which adds the batch axis; else all of it.
        values: what the case draws: `real` numbers, `positive` ones, a `mask` of zeros and ones,
            or the same with a one in the first place of the last axis (`visible`).
        zeros: the probability of a zero in a mask.
    """

    shape: Shape
    values: Literal["real", "positive", "mask", "visible"] = "real"
    per_sample: bool = False
    zeros: float = 0.5


@dataclasses.dataclass(frozen=True)
class Description:
    """A frozen record with a kind; every subclass with a kind enters its registry."""

    registry: ClassVar[dict[str, type[Any]]]
    kind: ClassVar[str]

    def __init_subclass__(cls, kind: str | None = None) -> None:
        super().__init_subclass__()
        if kind is not None:
            cls.kind = kind
            cls.registry[kind] = cls

    @classmethod
    def choices(cls, shape: Shape) -> dict[str, tuple[Any, ...]]:
        """What random architectures may set each setting to, the simplest first.

        `shape` is that of one sample that goes in.
        """
        return {}

    @classmethod
    def accepts(cls, shape: Shape) -> bool:
        """Whether one of this kind, with settings that fit, takes samples of that shape."""
        return True

    def constants(self, shape: Shape) -> Mapping[str, Constant]:
        """What it takes beside its parameters and has no gradient, for an input of that shape."""
        return {}

    @property
    def settings(self) -> dict[str, Any]:
        """All that distinguishes it from others of its kind."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}

    @property
    def forward_settings(self) -> dict[str, Any]:
        """The settings that a forward pass needs beside parameters and constants."""
        return self.settings

    def to_json(self) -> dict[str, Any]:
        """The kind and the settings, as JSON values."""
        return {"kind": self.kind} | {name: _encode(v) for name, v in self.settings.items()}

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """The description that `to_json` gave. Raises InvalidInput for anything else."""
        family = cls.__name__.lower()
        if not isinstance(data, Mapping) or not isinstance(data.get("kind"), str):
            raise InvalidInput(f'a {family} is an object with a "kind", not {data!r}')
        described: type[Self] | None = cls.registry.get(data["kind"])
        if described is None:
            known = ", ".join(cls.registry)
            raise InvalidInput(f"there is no {family} {data['kind']!r}; there are: {known}")
        settings = {name: value for name, value in data.items() if name != "kind"}
        fields = {field.name: field for field in dataclasses.fields(described)}
        check_names(f"the {family} {described.kind!r}", settings, fields)
        hints = get_type_hints(described)
        return described(
            **{
                name: cls._decode(described.kind, name, hints[name], value)
                for name, value in settings.items()
            }
        )

    @classmethod
    def _decode(cls, kind: str, name: str, hint: Any, value: Any) -> Any:
        if hint in (int, float, str, bool):
            if not _is_a(hint, value):
                raise InvalidInput(f"{name} of {kind!r} must be a {hint.__name__}, not {value!r}")
            return value
        if get_origin(hint) is tuple and get_args(hint)[0] is int:
            if not isinstance(value, list) or not all(_is_a(int, item) for item in value):
                raise InvalidInput(f"{name} of {kind!r} must be a list of integers, not {value!r}")
            return tuple(value)
        if not isinstance(value, list) or not all(isinstance(branch, list) for branch in value):
            raise InvalidInput(
                f"{name} of {kind!r} must be a list of lists of layers, not {value!r}"
            )
        return tuple(tuple(cls.from_json(layer) for layer in branch) for branch in value)


def _is_a(hint: type, value: Any) -> bool:
    """True and False are no numbers, and an integer is a float."""
    if isinstance(value, bool) or hint is bool:
        return isinstance(value, bool) and hint is bool
    return isinstance(value, (int, float) if hint is float else hint)


def check_names(what: str, given: Mapping[str, Any], fields: Mapping[str, Any]) -> None:
    """Refuse settings that are unknown, and the lack of one that has no default."""
    for name in given:
        if name not in fields:
            raise InvalidInput(
                f"{what} has no {name!r}; it has: {', '.join(fields) or 'nothing to set'}"
            )
    for name, field in fields.items():
        if name not in given and field.default is dataclasses.MISSING:
            raise InvalidInput(f"{what} needs {name!r}")


def is_count(value: Any) -> bool:
    """True for an integer from 0 up, which True and False are not."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def require(condition: bool, described: Description, name: str, right: str) -> None:
    """Raise InvalidInput unless the setting is as it must be."""
    if not condition:
        raise InvalidInput(
            f"{name} of {described.kind!r} must be {right}, not {getattr(described, name)!r}"
        )


def _encode(value: Any) -> Any:
    if isinstance(value, Description):
        return value.to_json()
    return [_encode(item) for item in value] if isinstance(value, tuple) else value
