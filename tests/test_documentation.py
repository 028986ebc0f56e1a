"""The documentation's Python runs, and what it says of the command line is so."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import click
import pytest
from sybil import Document
from sybil.parsers.markdown import PythonCodeBlockParser

from clinometer import cli, conventions, kinks, pytest_plugin

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
#: A picture of a lesson on its page, and where it has its own words.
IMAGE = re.compile(r"!\[(.*)\]\(\.\./figures/lessons/(.*)\)")
DESCRIPTION = "{http://www.w3.org/2000/svg}desc"
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md")), *sorted(DOCS.glob("lessons/*.md"))]
#: What else a page needs.
LIBRARIES = {
    "adding_a_layer.md": ("torch", "jax"),
    "check_pytorch.md": ("torch",),
    "check_jax.md": ("jax",),
}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_code_blocks_run(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One after the other, in one namespace a page; a text that follows is what is printed."""
    for library in LIBRARIES.get(page.name, ()):
        pytest.importorskip(library)
    examples = list(Document.parse(str(page), PythonCodeBlockParser()).examples())
    assert len(examples) == page.read_text(encoding="utf-8").count("```python")
    for example in examples:
        example.evaluate()
        printed = capsys.readouterr().out
        following = example.document.text[example.region.end :]
        if shown := re.match("\n+```text\n(.*?)```", following, re.DOTALL):
            assert _without_errors(printed) == _without_errors(shown[1])


def test_the_first_example_prints_what_the_readme_shows() -> None:
    """And loads no framework."""
    (code,) = re.findall("```python\n(.*?)```\n\n```text", README, re.DOTALL)
    (shown,) = re.findall("```\n\n```text\n(<lambda>.*?)```", README, re.DOTALL)
    loaded = "import sys; assert {'torch', 'jax'}.isdisjoint(sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", f"{code}\n{loaded}"], check=True, capture_output=True, text=True
    )
    assert _without_errors(run.stdout) == _without_errors(shown)


def _without_errors(text: str) -> str:
    """The last digits of which are the machine's."""
    return re.sub(r"\d(\.\d)?e-\d+", "?", text)


def test_every_figure_of_a_lesson_is_shown_with_its_words() -> None:
    """On one page, with the description that the picture itself carries."""
    text = "".join(page.read_text(encoding="utf-8") for page in DOCS.glob("lessons/*.md"))
    shown = {name: alt for alt, name in IMAGE.findall(text)}
    drawn = {path.name: ET.parse(path) for path in DOCS.glob("figures/lessons/*.svg")}  # noqa: S314
    assert shown == {n: tree.findtext(DESCRIPTION) for n, tree in drawn.items()}


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
    page = (DOCS / "conventions.md").read_text(encoding="utf-8")
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
