"""The record of a run: every line is what the schema says, and what is none is refused."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks import record, schema, side_by_side
from clinometer.errors import InvalidInput
from tests.benchmarks import runs
from tests.benchmarks.schemas import valid

CURRENT = json.dumps({"schema_version": record.SCHEMA_VERSION})


def test_every_line_of_a_run_is_what_the_schema_says(tmp_path: Path) -> None:
    """And nothing else is: a field more, a field less, another type, kind or version."""
    run = runs.whole()
    record.write(run, tmp_path / "run.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "run.jsonl").read_text("utf-8").splitlines()]
    told = schema.schema()
    assert len(lines) == 1 + len(run.lines)
    assert all(valid(line, told) for line in lines)
    head, *parts = lines
    first = {line["kind"]: line for line in reversed(parts)}
    assert list(first) == list(reversed(record.LINES))
    for wrong in (
        head | {"schema_version": record.SCHEMA_VERSION + 1},
        head | {"surroundings": {}},
        head | {"skipped": [{"workload": "tiny"}]},
        first["campaign"] | {"case_seconds": ["1"]},
        first["campaign"] | {"case_seconds": 1.0},
        first["difference"] | {"kind": "loop"},
    ):
        assert not valid(wrong, told)
    for kind, line in first.items():
        for wrong in (
            line | {"more": 1},
            line | {"workload": 1},
            {name: value for name, value in line.items() if name != "workload"},
        ):
            assert not valid(wrong, told), kind


def test_a_run_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Of all kinds, with what has no row."""
    path = tmp_path / "run.jsonl"
    record.write(runs.whole(), path)
    assert record.read(path) == runs.whole()


def test_every_field_of_a_line_has_its_words_and_the_page_shows_them() -> None:
    """And no others have."""
    of = (field.name for kind in record.LINES.values() for field in fields(kind))
    assert set(schema.MEANINGS) == {"kind", *of}
    page = Path(__file__).parents[2] / "docs" / "benchmarks.md"
    assert schema.table() in page.read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is no record of a run; give a side_by_side.jsonl"),
        ("not JSON", "is no record of a run"),
        ("[1]", "is no record of a run"),
        ('{"cpu": "one"}', "is no record of a run"),
        ('{"schema_version": 4}', "is a record of version 4; measure again for version 5"),
        (CURRENT, "is no record of a run"),
        (f'{CURRENT[:-1]}, "surroundings": {{}}, "skipped": [], "protocol": 3}}', "is no record"),
        (None, "is no record of a run"),
    ],
)
def test_what_is_no_run_is_refused_in_one_sentence(
    tmp_path: Path, text: str | None, sentence: str
) -> None:
    """By the command too, before anything is measured; the last is a line without its speed."""
    path = tmp_path / "run.jsonl"
    if text is None:
        record.write(runs.run(), path)
        text = path.read_text().replace('"speed": ', '"speed": null, "sped": ', 1)
    path.write_text(text)
    with pytest.raises(InvalidInput, match=sentence):
        record.read(path)
    asked = CliRunner().invoke(side_by_side.main, ["--compare", str(path)])
    assert asked.exit_code == 2
    assert sentence.partition(";")[0] in " ".join(asked.output.replace("│", " ").split())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"kind": "loop"', '"kind": "noose"'),
        ('"kind": "loop"', '"kind": "campaign"'),
        ('"case_seconds": [', '"case_seconds": ["1", '),
        ('"relative": 1.0', '"relative": "1"'),
    ],
)
def test_a_line_of_another_kind_or_type_is_refused(tmp_path: Path, old: str, new: str) -> None:
    """As a whole record."""
    path = tmp_path / "run.jsonl"
    record.write(runs.whole(), path)
    text = path.read_text()
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(InvalidInput, match="is no record of a run"):
        record.read(path)
