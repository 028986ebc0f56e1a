"""What the commands do: choose, judge, print, write. Each returns its exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from clinometer import components, registry
from clinometer.architecture import Case
from clinometer.campaign.drawing import Draw
from clinometer.campaign.findings import Findings
from clinometer.campaign.main_job import MainJob, Results
from clinometer.campaign.run import examine
from clinometer.comparison import Status
from clinometer.dtypes import DTYPES
from clinometer.errors import InvalidInput
from clinometer.mutants.control import share
from clinometer.mutants.run import Job, chosen, own_oracles
from clinometer.report import check_table, document, mutants, terminal
from clinometer.report.components import print_components
from clinometer.report.finding import print_finding
from clinometer.report.html.mutants import catches
from clinometer.report.html.verification import verification
from clinometer.verdict import worst

EXIT_CODES: dict[Status, int] = {"agree": 0, "disagree": 1, "inconclusive": 3}
NOTHING, INTERRUPTED = 5, 130
#: From so many cases on, processes of their own are worth their start.
MANY = 50


def verify(
    count: int,
    seed: int,
    subjects: Sequence[str],
    oracles: Sequence[str],
    dtype: str | None,
    workers: int | None,
    json_file: str | None,
    html_file: str | None,
    quiet: bool,
) -> int:
    """The main job. Raises InvalidInput for options that cannot be met."""
    for file in filter(None, (json_file, html_file)):
        document.require_writable(file)
    console = Console(stderr=json_file == "-")
    dtypes = (dtype,) if dtype else DTYPES
    job = MainJob(
        registry.choose_subjects(subjects),
        registry.choose_oracles(oracles),
        Draw(count, seed, dtypes),
        _progress(quiet),
        workers or (os.cpu_count() or 1 if count >= MANY else 1),
    )
    if not quiet:
        terminal.print_oracles(console, job.oracles)
    with job.progress:
        results = job.run()
    terminal.print_results(console, results, list(job.oracles), quiet)
    if json_file:
        document.write(document.of_results(results, list(job.oracles), seed), json_file)
    if html_file:
        document.write_whole(Path(html_file), verification(results, list(job.oracles), seed))
    return _exit_code(results)


def replay(text: str, subjects: Sequence[str], oracles: Sequence[str]) -> int:
    """One case again, given as a line of JSON or as a file that holds it."""
    case = Case.from_json(_line(text))
    makers, asked = registry.choose_subjects(subjects), registry.choose_oracles(oracles)
    console = Console()
    outcome = examine(case, makers, asked)
    terminal.print_outcome(console, outcome)
    for number, finding in enumerate(Findings(makers, asked).of_one(outcome), 1):
        print_finding(console, number, finding)
    return EXIT_CODES[outcome.status]


def try_mutants(
    names: Sequence[str],
    count: int,
    seed: int,
    oracles: Sequence[str],
    control: int,
    workers: int | None,
    json_file: str | None,
    markdown_file: str | None,
    html_file: str | None,
) -> int:
    """Every mutant until a verdict sees it. Raises InvalidInput for options that cannot be met."""
    for file in filter(None, (json_file, markdown_file, html_file)):
        document.require_writable(file)
    asked, tried = own_oracles(oracles), chosen(names)
    processes = workers or (os.cpu_count() or 1 if len(tried) + control >= MANY else 1)
    job = Job(tried, asked, seed, count, _progress(quiet=False), processes, share(control))
    with job.progress:
        results = job.run()
    mutants.print_results(Console(stderr=json_file == "-"), results)
    if json_file:
        document.write(mutants.of_results(results, list(asked), seed, count), json_file)
    if markdown_file:
        document.write_whole(
            Path(markdown_file), mutants.markdown(results, list(asked), seed) + "\n"
        )
    if html_file:
        document.write_whole(Path(html_file), catches(results, list(asked), seed))
    if results.interrupted:
        return INTERRUPTED
    if not results.results:
        return NOTHING
    return EXIT_CODES["disagree" if results.survivors or results.alarms else "agree"]


def check(file: str, seed: int, strict: bool, json_file: str | None) -> int:
    """The components that a Python file lists. Raises InvalidInput for one that cannot be read."""
    if json_file:
        document.require_writable(json_file)
    verdicts = {c.name: c.verdict(seed, strict) for c in components.read(file)}
    console = Console(stderr=json_file == "-")
    if not console.is_terminal:
        console = Console(stderr=json_file == "-", width=check_table.WIDTH)
    print_components(console, {name: verdict.table for name, verdict in verdicts.items()})
    if json_file:
        document.write(document.of_components(components.described(verdicts), seed), json_file)
    return EXIT_CODES[worst(v.status for v in verdicts.values())] if verdicts else NOTHING


def _line(text: str) -> str:
    """The text itself if it looks like JSON, else what the file of that name holds."""
    if text.lstrip().startswith("{"):
        return text
    try:
        return sys.stdin.read() if text == "-" else Path(text).read_text(encoding="utf-8")
    except OSError as error:
        reason = error.strerror or error
        raise InvalidInput(
            f"{text!r} is neither a case in JSON nor a file to read: {reason}"
        ) from error


def _progress(quiet: bool) -> Progress:
    """On standard error, and only on a terminal."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=quiet or not sys.stderr.isatty(),
        transient=True,
    )


def _exit_code(results: Results) -> int:
    if results.interrupted:
        return INTERRUPTED
    return EXIT_CODES[results.status] if results.all_outcomes else NOTHING
