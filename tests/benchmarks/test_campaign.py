"""The rate of the campaign: who has judged, what the times come to, and what is not timed."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from benchmarks import campaign
from handgrad.kernels import kernel

COUNT = 3


def test_every_case_is_timed_and_counted_where_the_oracle_spoke() -> None:
    """The complex step on all; differences by the neuron refuse networks as small as these."""
    rate = campaign.measure("complex_step", COUNT, seed=0)
    assert len(rate.seconds) == COUNT
    assert all(seconds > 0 for seconds in rate.seconds)
    assert rate.judged == COUNT
    assert campaign.measure("neuron_wise", COUNT, seed=0).judged == 0


def test_the_rate_is_that_of_the_whole_run() -> None:
    """And not of its median case."""
    rate = campaign.Rate("one", (0.1, 0.1, 0.8), 2)
    assert rate.per_second == pytest.approx(3)
    assert rate.cells == ["one", "3", "2", "3", "100 ms", "800 ms"]
    assert "| one | 3 | 2 | 3 | 100 ms | 800 ms |" in campaign.markdown([rate], {"cpu": "one"})


def test_what_disagrees_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bias without its sum over the samples."""
    dense = kernel("looped", "dense")
    right = dense.backward
    monkeypatch.setattr(dense, "backward", lambda dy, c: (*right(dy, c)[:2], dy[0]))
    with pytest.raises(campaign.Disagreed, match="complex_step disagrees in"):
        campaign.measure("complex_step", 40, seed=0)


def test_there_is_a_line_for_each_oracle_and_one_for_all(monkeypatch, tmp_path) -> None:
    """In the table and in the file."""
    assert {"complex_step", "finite_difference", campaign.ALL} <= set(campaign.choices())
    monkeypatch.setattr(campaign, "choices", lambda: ["complex_step"])
    asked = CliRunner().invoke(campaign.main, ["--cases", "1", "--results", str(tmp_path)])
    assert asked.exit_code == 0, asked.output
    assert "| complex_step | 1 | 1 |" in (tmp_path / "campaign.md").read_text("utf-8")
