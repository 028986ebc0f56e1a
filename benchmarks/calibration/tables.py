"""The tables as rows of text, whatever they are written to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.calibration import peers, seeding
from benchmarks.calibration.counts import Counts
from benchmarks.calibration.targets import STATUSES, targets
from benchmarks.calibration.trials import RANDOM

SEEDS = "; ".join(f"{kind}: {what}" for kind, what in seeding.KINDS.items())


@dataclass(frozen=True)
class Table:
    """A title, how to read it, its columns and its rows; the first `left` columns are words."""

    title: str
    explanation: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    left: int = 1


def tables(counts: Counts) -> list[Table]:
    """All that have rows, the targets first."""
    made = [make(counts) for make in (_targets, _cases, _regimes, _elements, _seeded, _peers)]
    return [table for table in made if table.rows]


def _targets(counts: Counts) -> Table:
    return Table(
        "Targets",
        "Where nothing was seen, the rule of three bounds the rate with 95 % confidence.",
        ("target", "aim", "measured", ""),
        [(t.what, t.aim, t.measured, "met" if t.met else "NOT MET") for t in targets(counts)],
        left=4,
    )


def _cases(counts: Counts) -> Table:
    families = counts.words("cases", 2)
    return Table(
        "Right gradients",
        "The verdict on gradients that are right: `disagree` is a false alarm. In a vacuous case "
        "the function is constant around the point, so that there is nothing to judge.",
        ("dtype", "family", "cases", *STATUSES),
        [
            (dtype, name or "all", *_statuses(counts, dtype, name, None))
            for dtype in counts.words("cases", 1)
            for name in (*families, None)
            if counts.of("cases", dtype, name, None, None)
        ],
        left=2,
    )


def _regimes(counts: Counts) -> Table:
    return Table(
        "Right gradients by regime",
        f"All dtypes together, without the {RANDOM}.",
        ("regime", "cases", *STATUSES),
        [
            (regime, *_statuses(counts, None, None, regime))
            for regime in counts.words("cases", 3)
            if not counts.of("cases", None, RANDOM, regime, None)
        ],
    )


def _statuses(counts: Counts, *words: str | None) -> list[str]:
    return [f"{counts.of('cases', *words, status):,}" for status in (None, *STATUSES)]


def _elements(counts: Counts) -> Table:
    answers = ("within", "beyond", "silent", "kinked")
    return Table(
        "True errors beside the stated uncertainty",
        "Elements whose true error lies within what the oracle states, and beyond. It is silent "
        "where it states an infinite uncertainty, and where it finds a kink. A slope along a "
        "direction counts as one. The truth is the gradient by hand on balls, of at least 320 "
        "bits, rounded to the widest dtype of NumPy; its arrays are confirmed where the oracle "
        "agrees with it.",
        ("dtype", "oracle", *answers, "arrays", "confirmed"),
        [
            (
                dtype,
                oracle,
                *(f"{counts.of('elements', dtype, oracle, answer):,}" for answer in answers),
                f"{counts.of('arrays', dtype, oracle, None):,}",
                f"{counts.of('arrays', dtype, oracle, 'agree'):,}",
            )
            for dtype in counts.words("elements", 1)
            for oracle in counts.words("elements", 2)
            if counts.of("arrays", dtype, oracle, None)
        ],
        left=2,
    )


def _seeded(counts: Counts) -> Table:
    return Table(
        "Seeded errors that each witness sees, by relative error",
        f"{SEEDS}. Formulas are rerun in wide numbers, so that the dtype is no matter. Vacuous "
        "cases and gradients that are all zero are left out.",
        ("dtype", "witness", "seed", "cases", *(f"{size:.0e}" for size in seeding.SIZES)),
        [
            (dtype, witness, kind, *_rates(counts, ("seeded", dtype, witness, kind), _SEEDED))
            for dtype in counts.words("seeded", 1)
            for witness in counts.words("seeded", 2)
            for kind in seeding.KINDS
            if counts.of("seeded", dtype, witness, kind, None, None)
        ],
        left=3,
    )


def _peers(counts: Counts) -> Table:
    missing = [name for name, peer in peers.PEERS.items() if peer.missing]
    left_out = f" Left out, as not installed: {', '.join(missing)}." if missing else ""
    return Table(
        "Other checkers at their defaults",
        "The part of the right gradients that each one fails, and of the seeded ones, by relative "
        "error, on the first networks of the families. Ours is the whole verdict, with its looks "
        f"beside the point.{left_out}",
        ("dtype", "checker", "seed", "cases", "right", *(f"{size:.0e}" for size in peers.SIZES)),
        [
            (dtype, name, kind, *_peer_rates(counts, dtype, name, kind))
            for dtype in counts.words("peers", 1)
            for name in (peers.OURS, *peers.PEERS)
            for kind in seeding.KINDS
            if counts.of("peers", dtype, name, kind, None, None)
        ],
        left=3,
    )


_SEEDED = (seeding.SIZES, ("found", "missed"))
_FAILED = (peers.SIZES, ("failed", "passed"))


def _peer_rates(counts: Counts, dtype: str, name: str, kind: str) -> list[str]:
    failed, passed = (counts.of("peers", dtype, name, "right", 0.0, w) for w in _FAILED[1])
    _, *seeded = _rates(counts, ("peers", dtype, name, kind), _FAILED)
    return [str(failed + passed), _rate(failed, passed), *seeded]


def _rates(
    counts: Counts, words: tuple[str, ...], what: tuple[Sequence[float], Sequence[str]]
) -> list[str]:
    """The number of cases, then for each size the part in which the first of two words holds."""
    sizes, outcomes = what
    numbers = [[counts.of(*words, size, outcome) for outcome in outcomes] for size in sizes]
    return [f"{max(map(sum, numbers)):,}", *(_rate(*pair) for pair in numbers)]


def _rate(yes: int, no: int) -> str:
    return f"{yes / (yes + no):.3f}" if yes + no else ""
