"""How many cases of each kind, in which chunks, and the journal of those that are done."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.calibration.counts import Counts
from benchmarks.calibration.numbers import DIGITS
from benchmarks.calibration.trials import FAMILIES, PEERS, RANDOM, Chunk
from clinometer.dtypes import DTYPES

#: Cases of each dtype for one of float64.
SHARES = {"float64": 1.0, "float32": 1 / 3, "float16": 1 / 12, "bfloat16": 1 / 12}
#: The part of them that are random architectures, in the dtypes that those have.
RANDOM_SHARE = 0.1
#: Cases of the other checkers for one of float64, at most how many, in dtypes that all take.
PEERS_SHARE, PEERS_MOST, PEERS_DTYPES = 1 / 30, 100, ("float64", "float32")
FULL, DEFAULT = 30_000, 1_800
LENGTHS = {FAMILIES: 40, RANDOM: 40, PEERS: 4}


@dataclass(frozen=True)
class Plan:
    """What determines all counts, to the last."""

    cases: int
    seed: int
    dtypes: Sequence[str] = tuple(DIGITS)

    def chunks(self) -> list[Chunk]:
        """Those of the slow checkers first, so that no process is left with one at the end."""
        return sorted(self._chunks(), key=lambda chunk: chunk.kind != PEERS)

    def _chunks(self) -> Iterator[Chunk]:
        for dtype in self.dtypes:
            number = round(self.cases * SHARES[dtype])
            random = round(number * RANDOM_SHARE) if dtype in DTYPES else 0
            peers = min(round(self.cases * PEERS_SHARE), PEERS_MOST) if dtype in PEERS_DTYPES else 0
            for kind, total in ((FAMILIES, number - random), (RANDOM, random), (PEERS, peers)):
                for start in range(0, total, LENGTHS[kind]):
                    yield Chunk(kind, dtype, start, min(start + LENGTHS[kind], total), self.seed)


class Journal:
    """A file with a line for each chunk that is done, for one plan and one set of versions."""

    def __init__(self, path: Path, plan: Plan, versions: dict[str, str]) -> None:
        self.path = path
        self._header = json.dumps({"plan": asdict(plan), "versions": versions})

    def read(self) -> dict[Chunk, Counts]:
        """What is done; nothing where the journal is of another plan, or there is none."""
        lines = self.path.read_text("utf-8").splitlines() if self.path.exists() else []
        if not lines or lines[0] != self._header:
            self.path.write_text(self._header + "\n", "utf-8")
            return {}
        done = {}
        for line in lines[1:]:
            try:
                chunk, numbers, events = json.loads(line)
            except ValueError:  # the line at which the run was killed
                continue
            counts = Counts()
            counts.merge(numbers, events)
            done[Chunk(**chunk)] = counts
        return done

    def add(self, chunk: Chunk, counts: Counts) -> None:
        """One more line."""
        line = json.dumps([asdict(chunk), counts.numbers, counts.events])
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
