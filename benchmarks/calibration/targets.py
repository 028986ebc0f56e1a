"""What the verdict has to reach, and whether it has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.calibration.counts import Counts

STATUSES = ("agree", "disagree", "inconclusive", "vacuous")
INCONCLUSIVE = 0.01
COVERED = 0.9999
#: Dtype, kind of seed, relative error, witness, and the rate of detection.
DETECTED = (
    ("float64", "T", 1e-10, "ball_arithmetic", 0.99),
    ("float64", "T", 1e-10, "complex_step", 0.97),
    ("float64", "R", 1e-6, "ball_arithmetic", 0.98),
    ("float32", "T", 1e-10, "ball_arithmetic", 0.97),
)


@dataclass(frozen=True)
class Target:
    """One aim beside what was measured of it."""

    what: str
    aim: str
    measured: str
    met: bool


def targets(counts: Counts) -> Iterator[Target]:
    """Those of all that was measured."""
    for dtype in counts.words("cases", 1):
        yield _alarms(counts, dtype)
        yield _inconclusive(counts, dtype)
    for oracle in counts.words("elements", 2):
        yield _covered(counts, oracle)
    for dtype, kind, size, witness, aim in DETECTED:
        found = counts.of("seeded", dtype, witness, kind, size, "found")
        missed = counts.of("seeded", dtype, witness, kind, size, "missed")
        if found + missed:
            what = f"{dtype}, seed {kind} of {size:g} seen by {witness}"
            rate = found / (found + missed)
            yield Target(what, f"≥ {aim:.0%}", rated(found, found + missed), rate >= aim)
    crashes = counts.of("crashes", None, None)
    yield Target("cases that crashed", "0", str(crashes), not crashes)


def _alarms(counts: Counts, dtype: str) -> Target:
    cases = counts.of("cases", dtype, None, None, None)
    alarms = counts.of("cases", dtype, None, None, "disagree")
    return Target(f"{dtype}, false alarms", "0", rated(alarms, cases), not alarms)


def _inconclusive(counts: Counts, dtype: str) -> Target:
    cases = counts.of("cases", dtype, None, None, None)
    cases -= counts.of("cases", dtype, None, None, "vacuous")
    unsure = counts.of("cases", dtype, None, None, "inconclusive")
    met = unsure <= INCONCLUSIVE * cases
    return Target(f"{dtype}, inconclusive", f"≤ {INCONCLUSIVE:.0%}", rated(unsure, cases), met)


def _covered(counts: Counts, oracle: str) -> Target:
    within, beyond = (counts.of("elements", None, oracle, word) for word in ("within", "beyond"))
    elements = within + beyond
    met = beyond <= (1 - COVERED) * elements
    what = f"{oracle}, errors beyond its uncertainty"
    return Target(what, f"≤ {1 - COVERED:.2%}", rated(beyond, elements), met)


def rated(events: int, of: int) -> str:
    """A count with its rate, or where there is none the 95 % bound that the rule of three gives."""
    if not of:
        return "none measured"
    if not events:
        return f"0 of {of:,} (95 %: < {3 / of:.2g})"
    return f"{events:,} of {of:,} ({events / of:.2%})"
