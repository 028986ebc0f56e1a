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

from clinometer import cli, conventions, kinks

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
#: What else a page needs.
LIBRARIES = {"check_pytorch.md": "torch", "check_jax.md": "jax"}
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_code_blocks_run(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One after the other, in one namespace a page; a text that follows is what is printed."""
    pytest.importorskip(LIBRARIES.get(page.name, "numpy"))
    examples = list(Document.parse(str(page), PythonCodeBlockParser()).examples())
    assert len(examples) == page.read_text(encoding="utf-8").count("```python")
    for example in examples:
        example.evaluate()
        printed = capsys.readouterr().out
        following = example.document.text[example.region.end :]
        if shown := re.match("\n+```text\n(.*?)```", following, re.DOTALL):
            assert _without_errors(printed) == _without_errors(shown[1])


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
    return re.sub(r"\d(\.\d)?e-\d+", "?", text)


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
