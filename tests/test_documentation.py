"""The documentation's Python runs, and what it says of the command line is so."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from pathlib import Path

import click
import pytest
from sybil import Document
from sybil.parsers.markdown import PythonCodeBlockParser

from clinometer import cli, conventions, kinks, pytest_plugin

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_code_blocks_run(page: Path) -> None:
    """One after the other, in one namespace a page."""
    examples = list(Document.parse(str(page), PythonCodeBlockParser()).examples())
    assert len(examples) == page.read_text(encoding="utf-8").count("```python")
    for example in examples:
        example.evaluate()


def test_the_first_example_prints_what_the_readme_shows_in_a_second() -> None:
    """In a second of a processor's time with all imports, none of which is a framework."""
    (code,) = re.findall("```python\n(.*?)```\n\n```text", README, re.DOTALL)
    (shown,) = re.findall("```\n\n```text\n(<lambda>.*?)```", README, re.DOTALL)
    loaded = "import sys; assert {'torch', 'jax'}.isdisjoint(sys.modules)"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = subprocess.run(
        [sys.executable, "-c", f"{code}\n{loaded}"], check=True, capture_output=True, text=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert _without_errors(run.stdout) == _without_errors(shown)
    assert after.ru_utime - before.ru_utime < 1


def _without_errors(text: str) -> str:
    """The last digits of which are the machine's."""
    return re.sub(r"\d\.\de-\d+", "?", text)


def test_the_readme_names_every_command_and_no_other() -> None:
    """In its table of commands."""
    assert set(re.findall(r"^\| `clinometer ([a-z]+)", README, re.MULTILINE)) == set(
        cli.main.commands
    )


def test_the_readme_names_every_option_of_verify() -> None:
    """And none that is not there."""
    (row,) = (line for line in README.splitlines() if line.startswith("| `clinometer verify`"))
    options = cli.main.commands["verify"].params
    named = {option.opts[0] for option in options if isinstance(option, click.Option)}
    assert set(re.findall(r"--[a-z]+", row)) == named


def test_the_readme_names_every_exit_code() -> None:
    """Those that the help of the program names."""
    table = README[README.index("| exit code") :].partition("\n\n")[0]
    assert re.findall(r"^\| (\d+)", table, re.MULTILINE) == re.findall(r"\b\d+\b", cli.__doc__)


def test_the_page_of_conventions_shows_the_tables() -> None:
    """As `conventions.table` writes them, and the versions they are of."""
    page = (ROOT / "docs" / "conventions.md").read_text(encoding="utf-8")
    for rows in (conventions.KINKS, conventions.SINGULAR):
        assert conventions.table(rows) in page
    assert kinks.table() in page
    for version in conventions.VERSIONS.values():
        assert version in page


def test_the_page_on_pytest_is_a_run_of_it(pytester: pytest.Pytester) -> None:
    """Its tests pass with its settings, and say at their head and at their end what it shows."""
    page = (ROOT / "docs" / "pytest.md").read_text(encoding="utf-8")
    python, toml, console, text = (
        re.findall(f"```{language}\n(.*?)```", page, re.DOTALL)
        for language in ("python", "toml", "console", "text")
    )
    pytester.makepyfile(test_page="\n".join(python))
    pytester.makepyprojecttoml("".join(toml))
    ((_, *options),) = (line.removeprefix("$ ").split() for line in console)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", *options)
    result.assert_outcomes(passed=6, warnings=1)
    header, summary = text
    said = [_without_figures(line) for line in result.stdout.lines]
    assert all(_without_figures(line) in said for line in summary.splitlines())
    (head,) = (line for line in result.stdout.lines if line.startswith("clinometer "))
    assert re.findall(r"\w+=\w+", head) == re.findall(r"\w+=\w+", header)


def _without_figures(text: str) -> str:
    """Nor the width of a heading, which is the terminal's."""
    return re.sub(r"=+", "=", re.sub(r"[\d.]+(e-\d+)?", "?", text))


def test_the_page_on_pytest_names_every_setting() -> None:
    """In its table, with the words of the help."""
    page = (ROOT / "docs" / "pytest.md").read_text(encoding="utf-8").replace("`", "")
    for name, (_, says) in pytest_plugin.SETTINGS.items():
        assert f"| {name} | {says.partition(': fail')[0]}" in page
