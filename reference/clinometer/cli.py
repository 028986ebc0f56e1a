"""The command line. Everything heavy is imported by the command that needs it.

Exit codes: 0 all agree, 1 something disagrees, 2 bad usage or bad input, 3 nothing disagrees but
something is inconclusive, 4 internal error, 5 nothing was checked, 130 interrupted.
"""

from __future__ import annotations

import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

import click

from clinometer.dtypes import DTYPES
from clinometer.errors import InvalidInput

INVALID, INTERNAL, INTERRUPTED = 2, 4, 130


def _names(context: click.Context, parameter: click.Parameter, value: str) -> tuple[str, ...]:
    """Names that are separated by commas."""
    return tuple(filter(None, value.split(",")))


_oracles = click.option(
    "--oracles",
    metavar="NAME[,NAME...]",
    default="",
    callback=_names,
    help="Which oracles to ask; all that are usable unless given.",
)
_subjects = click.option(
    "--subject",
    "subjects",
    metavar="NAME[,NAME...]",
    default="",
    callback=_names,
    help="What to put on trial; all unless given.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, epilog=__doc__)
@click.version_option(package_name="clinometer")
def main() -> None:
    """Clinometer verifies gradients."""


@main.command()
@click.option(
    "--cases",
    "count",
    type=click.IntRange(0),
    default=200,
    show_default=True,
    help="How many random networks.",
)
@click.option(
    "--seed", type=click.IntRange(0), default=0, show_default=True, help="Which random networks."
)
@_subjects
@_oracles
@click.option("--dtype", type=click.Choice(DTYPES), help="All unless given.")
@click.option(
    "--workers",
    type=click.IntRange(1),
    help="How many processes; one a core for many cases, else one.",
)
@click.option(
    "--json", "json_file", metavar="FILE", help="Write the report as JSON; - is standard output."
)
@click.option("--html", "html_file", metavar="FILE", help="Write the report as a page of HTML.")
@click.option("--quiet", is_flag=True, help="Print what disagrees and nothing else.")
@click.pass_context
def verify(context: click.Context, /, **options: Any) -> None:
    """Judge the hand-written networks on iris and on random architectures."""
    from clinometer import commands

    context.exit(commands.verify(**options))


@main.command(
    epilog="""\b
FILE defines CHECKS, a list of dicts that hold what `clinometer.check` takes:
    CHECKS = [
        dict(fn=loss, args=(x, w), grad=loss_gradient),
        dict(name="first layer", fn=layer, args=(x, w), vjp=layer_backward),
        dict(fn=module, args=(tensor,)),
    ]
FILE is run as Python runs it: check only files that you would run."""
)
@click.argument("file")
@click.option("--strict", is_flag=True, help="Whatever was not checked is inconclusive.")
@click.option(
    "--seed", type=click.IntRange(0), default=0, show_default=True, help="Which cotangents."
)
@click.option(
    "--json", "json_file", metavar="FILE", help="Write the report as JSON; - is standard output."
)
@click.pass_context
def check(context: click.Context, /, **options: Any) -> None:
    """Judge every component (forward, backward, arguments) that a Python FILE lists."""
    from clinometer import commands

    context.exit(commands.check(**options))


@main.command()
@click.argument("case")
@_subjects
@_oracles
@click.pass_context
def replay(context: click.Context, /, case: str, **options: Any) -> None:
    """Judge one CASE again: its line of JSON, a file that holds it, or - for standard input."""
    from clinometer import commands

    context.exit(commands.replay(case, **options))


@main.command()
@click.option(
    "--mutant",
    "names",
    metavar="NAME[,NAME...]",
    default="",
    callback=_names,
    help="Which mistakes to make; all unless given.",
)
@click.option(
    "--cases",
    "count",
    type=click.IntRange(1),
    default=100,
    show_default=True,
    help="How many cases a layer at most.",
)
@click.option(
    "--seed", type=click.IntRange(0), default=0, show_default=True, help="Which random cases."
)
@_oracles
@click.option(
    "--control",
    type=click.IntRange(0),
    default=0,
    help="Judge so many cases without a mistake as well; none unless given.",
)
@click.option(
    "--workers",
    type=click.IntRange(1),
    help="How many processes; one a core for many mutants, else one.",
)
@click.option(
    "--json", "json_file", metavar="FILE", help="Write the report as JSON; - is standard output."
)
@click.option("--markdown", "markdown_file", metavar="FILE", help="Write it as a Markdown table.")
@click.option("--html", "html_file", metavar="FILE", help="Write it as a page of HTML.")
@click.pass_context
def mutants(context: click.Context, /, **options: Any) -> None:
    """Make known mistakes in the hand-written gradients, and tell which are caught and how."""
    from clinometer import commands

    context.exit(commands.try_mutants(**options))


@main.command(
    add_help_option=False,
    context_settings={"ignore_unknown_options": True},
    options_metavar="[--help | OPTIONS of the benchmark]",
)
@click.argument("arguments", metavar="", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def bench(context: click.Context, /, arguments: tuple[str, ...]) -> None:
    """Time the gradients beside PyTorch's and JAX's, in a checkout of the project.

    And loops as networks grow, differences, and the campaign; --part NAME is one of these alone.
    With --compare OLD.jsonl it says what became slower than in an earlier run.
    """
    module = "benchmarks.side_by_side"
    if not Path(*module.split(".")).with_suffix(".py").is_file():
        raise InvalidInput(
            "there are no benchmarks here: they come with the project's repository, not with the "
            "package; run `clinometer bench` in a checkout of it"
        )
    command = [sys.executable, "-m", module, *arguments]
    context.exit(subprocess.run(command, check=False).returncode)  # noqa: S603 # ours


@main.command()
def oracles() -> None:
    """What oracles there are, and why one cannot be used here."""
    from clinometer import registry

    for name, oracle in registry.oracles().items():
        why = registry.obstacle(oracle)
        click.echo(f"{name}: " + (f"not usable: {why}" if why else registry.basis(oracle)))


@main.command()
def subjects() -> None:
    """What gradients can be put on trial."""
    from clinometer import registry

    for name, maker in registry.subjects().items():
        click.echo(f"{name}: {(maker.__doc__ or '').strip().splitlines()[0]}")


def run() -> None:
    """The program: every way in which it can end has its exit code and, if bad, a sentence."""
    try:
        sys.exit(main.main(standalone_mode=False))
    except click.ClickException as error:
        error.show()
        sys.exit(INVALID)
    except InvalidInput as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(INVALID)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        sys.exit(INTERRUPTED)
    except Exception:
        traceback.print_exc()
        click.echo("clinometer itself failed; this is a bug in it, not in what it judges", err=True)
        sys.exit(INTERNAL)
