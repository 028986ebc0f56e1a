"""From a wrong gradient to the mistake that explains it, and to where it is wrong.

Each known mistake says what it would have made of the right gradient; what comes nearest to the
gradient on trial is the diagnosis.
"""

from __future__ import annotations

from clinometer.diagnosis.context import Context as Context
from clinometer.diagnosis.judging import Diagnosis as Diagnosis
from clinometer.diagnosis.judging import diagnose as diagnose
from clinometer.diagnosis.where import where as where
