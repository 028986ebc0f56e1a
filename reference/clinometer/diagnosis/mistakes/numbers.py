"""The right formula in numbers that are clipped, not finite, or not those of a complex slope."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from clinometer.diagnosis.wrong import Candidate, Wrong, mistake


@mistake("not finite")
def not_finite(wrong: Wrong) -> Iterator[Candidate]:
    bad = ~np.isfinite(wrong.trial)
    if not wrong.same_shape or not bad.any():
        return
    kinds = [text for text, found in (("NaN", np.isnan), ("infinite", np.isinf))
             if found(wrong.trial).any()]  # fmt: skip
    share = "everywhere" if bad.all() else f"in {bad.sum()} of {bad.size} elements"
    made = np.where(bad, wrong.trial, wrong.right)
    yield Candidate(made, f"it is {' and '.join(kinds)} {share}", evidence=bad.size)


@mistake("conjugate")
def conjugate(wrong: Wrong) -> Iterator[Candidate]:
    if np.iscomplexobj(wrong.right):
        yield wrong.by(np.conj, "it is the complex conjugate, as by another convention")
        yield wrong.by(np.real, "its imaginary part is missing")
        yield wrong.by(lambda g: 1j * np.imag(g), "its real part is missing")
        yield wrong.by(lambda g: 1j * g, "it is i × the reference")


@mistake("clipped")
def clipped(wrong: Wrong) -> Iterator[Candidate]:
    """Between limits, which several elements have reached."""
    if not wrong.same_shape or np.iscomplexobj(wrong.trial) or wrong.trial.size < 2:
        return
    low, high = wrong.trial.min(), wrong.trial.max()
    at_limit = ((wrong.trial == low) | (wrong.trial == high)) & wrong.elements
    if low < high and at_limit.sum() >= 2:
        made = np.clip(wrong.right, low, high)
        sentence = f"it is clipped to between {low:.6g} and {high:.6g}"
        # Those that are right speak for it as well: they are all within the limits.
        yield Candidate(made, sentence, free=2, evidence=made.size, scalable=False)
