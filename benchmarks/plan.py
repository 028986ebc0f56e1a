"""What a run measures: its jobs, and what has come of them so far."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from itertools import product
from typing import Any, TypeAlias

from benchmarks import campaign, differences, large, loops, memory, record, report
from benchmarks.candidates import USUAL
from benchmarks.gradients import DTYPES, Protocol
from benchmarks.process import fresh, result
from benchmarks.record import Line, Run
from benchmarks.suite import Row, Skipped, run
from benchmarks.workloads import WORKLOADS

#: The gradients side by side, and what comes after them.
PARTS = ("gradients", "loops", "differences", "campaign")
WORKLOADS_IN_DTYPES = list(product(WORKLOADS, DTYPES))

#: Lines, and what has none.
Measured: TypeAlias = tuple[Sequence[Line], Sequence[Skipped]]
Job: TypeAlias = Callable[[ProcessPoolExecutor], Measured]


@dataclass(frozen=True)
class Plan:
    """What to measure and for how long.

    parts: some of PARTS. gradients: workloads with dtypes; names: the candidates. small: True for
    a trial of small loops, differences and campaigns. weigh: whether memory is measured.
    """

    parts: Sequence[str]
    protocol: Protocol
    gradients: Sequence[tuple[str, str]] = tuple(WORKLOADS_IN_DTYPES)
    names: tuple[str, ...] = USUAL
    small: bool = False
    weigh: bool = True

    @property
    def full(self) -> bool:
        """True where nothing is left out, and no fewer rounds are timed than usual."""
        brief = self.small or self.protocol.rounds < Protocol.rounds
        return set(self.parts) >= set(PARTS) and self.all_gradients and self.weigh and not brief

    @property
    def all_gradients(self) -> bool:
        """True where every workload is timed in both dtypes by all the usual candidates."""
        return set(self.gradients) >= set(WORKLOADS_IN_DTYPES) and set(self.names) >= set(USUAL)

    @property
    def jobs(self) -> list[Job]:
        """One workload each, the campaign apart."""
        of = {
            "gradients": self._gradients,
            "loops": self._loops,
            "differences": self._differences,
            "campaign": self._campaign,
        }
        return [job for part in PARTS if part in self.parts for job in of[part]()]

    def _gradients(self) -> Iterator[Job]:
        for name, dtype in self.gradients:
            yield partial(self._side_by_side, name, dtype)

    def _side_by_side(self, name: str, dtype: str, process: ProcessPoolExecutor) -> Measured:
        job = process.submit(run, WORKLOADS[name], dtype, self.protocol, self.names)
        rows, skipped = result(job, f"{name} in {dtype}")
        return [_with_memory(process, row) for row in rows] if self.weigh else rows, skipped

    def _loops(self) -> Iterator[Job]:
        for along, curve in loops.CURVES.items():
            for widths, batch in curve[: loops.FEW if self.small else None]:
                job = partial(loops.measure, along, widths, batch, self.protocol)
                yield partial(_lines, f"the loops' curve along {along}", job)

    def _differences(self) -> Iterator[Job]:
        for size in list(differences.SIZES)[: differences.FEW if self.small else None]:
            for activation in differences.ACTIVATIONS:
                job = partial(differences.measure, size, activation, self.protocol)
                yield partial(_lines, f"differences of {size} elements, {activation}", job)
        widths, count = large.FEW if self.small else large.USUAL
        find = partial(large.measure, widths, count, self.protocol)
        yield partial(_lines, "a wrong element", find)

    def _campaign(self) -> Iterator[Job]:
        at_once = campaign.FEW if self.small else campaign.CASES
        yield lambda process: (campaign.measure(self.protocol, at_once), ())


def measure(plan: Plan) -> Iterator[Run]:
    """All that has been measured, after each job: a run takes long."""
    lines, skipped = list[Line](), list[Skipped]()
    with fresh() as process:
        machine = result(process.submit(surroundings), "the machine")
        for job in plan.jobs:
            more, others = job(process)
            lines, skipped = [*lines, *more], [*skipped, *others]
            yield Run(machine | {"load_at_end": report.load()}, plan.protocol, lines, skipped)


def surroundings() -> dict[str, Any]:
    """The machine, the libraries, the load and the commit."""
    versions = {}
    for name in record.OPTIONAL:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return report.environment() | versions


def _lines(what: str, job: Callable[[], Sequence[Line]], process: ProcessPoolExecutor) -> Measured:
    """Of what is measured in one process, and skips nothing."""
    return result(process.submit(job), what), ()


def _with_memory(process: ProcessPoolExecutor, row: Row) -> Row:
    """The row, whose candidate is built again in a process that has done nothing else."""
    workload = WORKLOADS[row.workload]
    job = process.submit(memory.measure, workload, row.dtype, row.candidate)
    what = f"the memory of {row.candidate} on {row.workload} in {row.dtype}"
    return replace(row, **asdict(result(job, what)))
