"""The known mistakes: one function each, those of the simplest module first.

To add one, write a function that yields what the mistake would have made of the right gradient
and register it with `@mistake(name)`; its example goes into the tests, which ask for one.
"""

from __future__ import annotations

from clinometer.diagnosis.mistakes import numbers as numbers  # isort: skip
from clinometer.diagnosis.mistakes import scale as scale  # isort: skip
from clinometer.diagnosis.mistakes import layout as layout  # isort: skip
from clinometer.diagnosis.mistakes import calls as calls  # isort: skip
from clinometer.diagnosis.mistakes import factors as factors  # isort: skip
from clinometer.diagnosis.mistakes import derivatives as derivatives  # isort: skip
from clinometer.diagnosis.mistakes import reduction as reduction  # isort: skip
from clinometer.diagnosis.mistakes import terms as terms  # isort: skip
from clinometer.diagnosis.mistakes import inner as inner  # isort: skip
from clinometer.diagnosis.mistakes import elements as elements  # isort: skip
from clinometer.diagnosis.mistakes import precision as precision  # isort: skip
from clinometer.diagnosis.wrong import MISTAKES as MISTAKES  # isort: skip
