"""What was found as text, row by row and line by line, for every report that people read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from statistics import median_low

from clinometer import registry
from clinometer.architecture import Case
from clinometer.campaign.coverage import Coverage
from clinometer.campaign.iris import Training
from clinometer.campaign.run import Outcome
from clinometer.comparison import Comparison, Status
from clinometer.estimate import Oracle
from clinometer.report.tally import ALL, Tally

TRAINING = ("epoch", "train loss", "test loss", "test accuracy")
TALLY = ("subject", "witness", "cases", "agree", "disagree", "inconclusive", "worst")
WORST = "worst: the largest error in units of its uncertainty; up to 1 is agreement"
COVERAGE = ("what", "there are", "exercised", "fewest cases", "median")


def oracles(asked: Iterable[str]) -> Iterator[str]:
    """Which oracles are asked, and why the others are not."""
    for name, oracle in registry.oracles().items():
        why = registry.obstacle(oracle)
        if name in asked:
            yield f"oracle {name}: {_basis(oracle)}"
        else:
            yield f"oracle {name} is not used: {why or 'not asked for'}"


def _basis(oracle: Oracle) -> str:
    """What it rests on, and which problems it is for if they are not the small ones."""
    least = oracle.SIZES.start
    return registry.basis(oracle) + (f", for {least:,} elements or more" if least else "")


def of_training(training: Training) -> Iterator[tuple[list[str], Status]]:
    """Losses along one training, and the verdict on the gradients there."""
    for c in training.checkpoints:
        losses = f"{c.train_loss:.4f}", f"{c.test_loss:.4f}", f"{c.test_accuracy:.0%}"
        yield [str(c.epoch), *losses], c.outcome.status


def of_tally(row: Tally) -> list[str]:
    """How often a witness agreed with a subject."""
    worst = "" if row.witness in (ALL, "contract") else f"{row.worst:.2g}"
    counts = (row.cases, row.agree, row.disagree, row.inconclusive)
    return [row.subject, row.witness, *map(str, counts), worst]


def of_coverage(coverage: Coverage) -> Iterator[list[str]]:
    """How much of what there is was exercised."""
    for heading, counts in coverage.counts.items():
        exercised = sum(count > 0 for count in counts.values())
        numbers = len(counts), exercised, min(counts.values()), median_low(counts.values())
        yield [heading, *map(str, numbers)]


def refusals(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """How often an oracle gave no answer, and why."""
    found: dict[str, list[str]] = {}
    for outcome in outcomes:
        for name, why in outcome.refusals.items():
            found.setdefault(name, []).append(why)
    for name, reasons in found.items():
        yield f"{name} gave no answer in {len(reasons)} cases, such as: {reasons[0]}"


def odd_ones(outcomes: Iterable[Outcome]) -> Iterator[tuple[str, str, Case]]:
    """The witnesses that are wrong themselves: how often, where most of all, and in which case."""
    seen: dict[str, list[tuple[Comparison, Case]]] = {}
    for outcome in outcomes:
        for c in (c for verdict in outcome.verdicts.values() for c in verdict.odd_ones):
            seen.setdefault(c.fault, []).append((c, outcome.case))
    for witness, found in seen.items():
        c, case = max(found, key=lambda one: one[0].ratio)
        count = len({case.to_json() for _, case in found})
        says = f"it says {c.reference:.10g}, all others {c.on_trial:.10g}"
        yield (
            f"{witness} is the odd one out in {count} cases",
            f"{c.array} {list(c.index)}: {says}",
            case,
        )
