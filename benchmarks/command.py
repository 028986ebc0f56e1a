"""How a benchmark's command ends: every way has its exit code and, if bad, a sentence."""

from __future__ import annotations

import traceback
from typing import Any

import click

from clinometer.cli import INTERNAL
from clinometer.errors import InvalidInput


class Failed(click.ClickException):
    """Nothing was found out, as what measures has failed: that is no finding, so never 1."""

    exit_code = INTERNAL


class Command(click.Command):
    """Bad input is 2, what fails of itself is 4."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except InvalidInput as error:
            raise click.UsageError(str(error), ctx) from error
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except Exception as error:
            traceback.print_exc()
            raise Failed("the benchmark itself failed; this is a bug in it") from error
