"""The one error that says: the input was at fault, and how to mend it."""

from __future__ import annotations


class InvalidInput(ValueError):
    """Bad input, in one sentence that says what was wrong and what would be right."""


def said(error: Exception) -> str:
    """What an exception is and the first line of what it says."""
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0].rstrip(':')}"
