"""An activation's derivative in the midst of the function, which takes many runs to find."""

from __future__ import annotations

from collections.abc import Iterator

from clinometer.diagnosis.wrong import Candidate, Wrong, mistake


@mistake("inner derivative")
def inner_derivative(wrong: Wrong) -> Iterator[Candidate]:
    """Missing, at the wrong point, or another one's."""
    for sentence, gradient in wrong.context.inside() if wrong.context.inside else ():
        yield Candidate(gradient, sentence, evidence=wrong.evidence - 1, whole=True)
