"""clinometer verifies gradients."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clinometer.architecture import Architecture as Architecture
    from clinometer.architecture import Case as Case
    from clinometer.campaign.run import Outcome as Outcome
    from clinometer.campaign.run import examine as examine
    from clinometer.checking import assert_gradients as assert_gradients
    from clinometer.checking import check as check
    from clinometer.errors import InvalidInput as InvalidInput
    from clinometer.verdict import Verdict as Verdict

__version__ = "0.1.0"

#: Public names and the modules they live in, which are imported when first asked for.
_PUBLIC = {
    "Architecture": "clinometer.architecture",
    "Case": "clinometer.architecture",
    "InvalidInput": "clinometer.errors",
    "Outcome": "clinometer.campaign.run",
    "Verdict": "clinometer.verdict",
    "assert_gradients": "clinometer.checking",
    "check": "clinometer.checking",
    "examine": "clinometer.campaign.run",
}

__all__ = [
    "Architecture",
    "Case",
    "InvalidInput",
    "Outcome",
    "Verdict",
    "__version__",
    "assert_gradients",
    "check",
    "examine",
]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'clinometer' has no attribute {name!r}")
    return getattr(import_module(_PUBLIC[name]), name)
