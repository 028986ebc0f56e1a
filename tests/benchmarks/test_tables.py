"""The tables of a run: their words, and why some have no row."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

from rich.console import Console

from benchmarks import tables
from benchmarks.timed import Timed
from tests.benchmarks import runs


def test_nothing_is_left_out_silently() -> None:
    """A sentence for what does not work, for what is not taken, and for what was not asked for."""
    run = runs.whole()
    lines = [line for line in run.of(Timed) if line.candidate != "autograd"]
    without = replace(run, lines=lines)
    told = list(tables.reasons(without))
    assert told == [
        "torch.compile is not timed on tiny: it does not work here: no compiler.",
        "autograd was not asked for.",
        "One wrong element in a large network: not asked for.",
    ]
    assert all(line in tables.markdown(without) for line in told)


def test_what_fails_in_one_dtype_is_not_said_of_both() -> None:
    """The other has a row, or another reason."""
    run = runs.run()
    one = replace(run, skipped=run.skipped[:1])
    told = "torch.compile is not timed on tiny in float64: it does not work here: no compiler."
    assert next(tables.reasons(one)) == told
    alone = replace(one, lines=[row for row in run.rows if row.dtype == "float64"])
    assert next(tables.reasons(alone)) == told.replace(" in float64", "")


def test_the_words_of_a_table_name_the_baselines_and_the_reference_that_there_are() -> None:
    """PyTorch is neither where it is not installed."""
    run = runs.run()
    assert "Speed is that beside torch eager: the median" in tables.explanation(run)
    assert "beside the gradient of PyTorch in float64" in tables.explanation(run)
    rows = [replace(row, baseline="autograd") for row in run.rows[:1]]
    rows += [replace(row, baseline="jax.jit") for row in run.rows[1:]]
    facts = {name: fact for name, fact in run.surroundings.items() if name != "torch"}
    text = tables.explanation(replace(run, lines=rows, surroundings=facts))
    assert "beside autograd, or where that is not timed jax.jit: the median" in text
    assert "beside the gradient of the vectorised kernels in float64" in text
    assert "PyTorch" not in text


def test_a_run_without_gradients_has_the_tables_of_its_parts() -> None:
    """And one sentence for all that is not there."""
    run = runs.run()
    loops = replace(run, lines=runs.points(), skipped=())
    assert list(tables.reasons(loops)) == [
        "Gradients side by side: not asked for.",
        "Differences beside one backward pass: not asked for.",
        "One wrong element in a large network: not asked for.",
        "Random networks a second: not asked for.",
    ]
    text = tables.markdown(loops)
    assert "| along | network | gradient | batch | " in text
    assert "the speed grows as batch^0.50, width^0.50, depth^0.50." in text
    assert "| workload |" not in text


def test_every_part_has_its_table_in_every_form() -> None:
    """On paper all columns, in a terminal those for which there is room."""
    run, told = runs.whole(), StringIO()
    tables.show(run, Console(file=told, width=200))
    text = tables.markdown(run)
    titles = ("Loops against", "Differences beside", "One wrong element", "Random networks")
    for part, title in zip(tables.parts(run), titles, strict=True):
        assert part.title.startswith(title)
        assert part.title in told.getvalue()
        assert f"## {part.title}\n\n{part.explanation}\n\n| {part.names[0]} | " in text
        assert set(part.short) < set(part.headings)
        assert {len(line) for line in part.lines} == {len(part.headings)}
    assert (
        "| 100 elements, tanh | central differences | 100 | 80 ms | 800 | 777…825 | 4% | 200 | "
        in text
    )
    assert "| complex_step | 4 | 3 | 20 | 2 × | 1.94…2.06 | 4% | 37.5 ms | 100 ms | 7.5 |" in text
    assert "| a network | 1e-06 | 30 | 29 | 28 | 28 | 70 | 90 |" in text


def test_a_ratio_within_the_floor_is_a_tie() -> None:
    """And the baseline is 1, whatever its floor."""
    first, second = runs.points(batch=[(1, 1.02)])
    assert (first.ratio_cells, first.speed_cells) == (["1", "", "4%"], ["1", "", "4%"])
    tied = replace(second, tie=True)
    assert tied.ratio_cells == ["tie", "0.952…1.01", "4%"]
    assert tied.speed_cells == ["tie", "0.989…1.05", "4%"]
    assert second.ratio_cells[0] == "0.98"
    assert second.speed_cells[0] == "1.02 ×"
