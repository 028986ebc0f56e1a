"""Outcomes counted by subject and witness."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from clinometer.campaign.run import Outcome
from clinometer.comparison import Status

#: The row of a subject that counts the verdict over all witnesses.
ALL = "all witnesses"


@dataclass
class Tally:
    """One row: how often a witness agreed with a subject, and how far off it was at most.

    worst: the largest error in units of its uncertainty, of which up to 1 is agreement.
    """

    subject: str
    witness: str
    agree: int = 0
    disagree: int = 0
    inconclusive: int = 0
    worst: float = 0.0

    @property
    def cases(self) -> int:
        """All cases that the witness judged."""
        return self.agree + self.disagree + self.inconclusive

    def count(self, status: Status, worst: float) -> None:
        """Add one case."""
        setattr(self, status, getattr(self, status) + 1)
        self.worst = max(self.worst, worst)


def tally(outcomes: Iterable[Outcome], witnesses: Sequence[str]) -> list[Tally]:
    """A row for each subject and witness, and one for each subject over all witnesses."""
    rows: dict[tuple[str, str], Tally] = {}
    for outcome in outcomes:
        for subject, verdict in outcome.verdicts.items():
            for witness, status in [*verdict.witnesses.items(), (ALL, verdict.status)]:
                key = subject, witness
                of_witness = [c for c in verdict.comparisons if witness in (c.witness, ALL)]
                judged = [c.ratio for c in of_witness if c.status != "inconclusive"]
                rows.setdefault(key, Tally(*key)).count(status, max(judged, default=0.0))
    subjects = list(dict.fromkeys(row.subject for row in rows.values()))
    order = ["function", *witnesses, "rounding", "contract", ALL]
    return sorted(
        rows.values(), key=lambda row: (subjects.index(row.subject), order.index(row.witness))
    )
