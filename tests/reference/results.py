"""Results of a run in small, for the tests of reports: two cases, one of which is wrong."""

from __future__ import annotations

from clinometer.architecture import Architecture, Case
from clinometer.architecture.layers.dense import Dense
from clinometer.campaign.findings import Finding
from clinometer.campaign.localisation import Blame
from clinometer.campaign.main_job import Results
from clinometer.campaign.run import Outcome
from clinometer.comparison import Comparison
from clinometer.verdict import Verdict

CASE = Case(Architecture((2,), (Dense(1),)))
RIGHT = Comparison("1.bias", "complex_step", "agree", "", (0,), 1.0, 1.0, 1e-17, 1e-16, 1e-16)
WRONG = Comparison("1.bias", "complex_step", "disagree", "", (0,), 2.0, 1.0, 1.0, 1e-16, 1e-16)
UNSURE = Comparison("1.bias", "finite_difference", "inconclusive", "the uncertainty hides it")
JUDGES = ["complex_step", "finite_difference"]
RESULTS = Results(
    outcomes=[
        Outcome(CASE, {"looped": Verdict((RIGHT, UNSURE)), "mine": Verdict((RIGHT,))}),
        Outcome(CASE, {"looped": Verdict((WRONG, UNSURE)), "mine": Verdict((RIGHT,))}),
    ],
    vacuous=3,
    findings=[
        Finding(Blame("looped", "dense", ("bias",)), 1, CASE, WRONG, Verdict((WRONG, UNSURE)))
    ],
)
