"""Counts under keys of words, which add up over chunks of cases and go through JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

SEPARATOR = "|"


@dataclass(frozen=True)
class Counts:
    """Counts by key, and the events that need a look: what, in which case, and how."""

    numbers: Counter[str] = field(default_factory=Counter)
    events: list[dict[str, str]] = field(default_factory=list)

    def add(self, *words: object, number: int = 1) -> None:
        """Count once more, or `number` times, under a key."""
        self.numbers[SEPARATOR.join(map(str, words))] += int(number)

    def note(self, event: str, case: str, detail: str) -> None:
        """An event, with what rebuilds its case."""
        self.events.append({"event": event, "case": case, "detail": detail})

    def merge(self, numbers: Mapping[str, int], events: list[dict[str, str]]) -> None:
        """Add those of a chunk."""
        self.numbers.update(numbers)
        self.events.extend(events)

    def of(self, *words: object) -> int:
        """The sum of all counts whose keys have these words, where None stands for any word."""
        wanted = [None if word is None else str(word) for word in words]
        return sum(number for key, number in self.numbers.items() if _fits(key, wanted))

    def words(self, table: str, position: int) -> list[str]:
        """The different words at a position of one table's keys, as they first came."""
        keys = (key.split(SEPARATOR) for key in self.numbers)
        return list(dict.fromkeys(key[position] for key in keys if key[0] == table))


def _fits(key: str, wanted: list[str | None]) -> bool:
    words = key.split(SEPARATOR)
    return len(words) == len(wanted) and all(
        want is None or want == word for want, word in zip(wanted, words, strict=True)
    )
