"""Many tasks at once: a child process for each worker, and a parent that knows what each holds.

A child that dies takes one task with it, no more: another child gets that task once again. If it
dies too, that is what is said of the task. A task is one line of text, such as a case.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, Protocol, Self, TypeVar

from clinometer import registry
from clinometer.architecture import Case
from clinometer.campaign.run import Outcome, judge_one
from clinometer.comparison import Comparison
from clinometer.verdict import Verdict

#: Tasks that a worker may be ahead of the slowest.
AHEAD = 8
#: What tells NumPy's and PyTorch's libraries how many threads to use, as they are loaded.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
ATTEMPTS = 2

#: The number of a task, its line, and how often it was begun.
Task = tuple[int, str, int]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Work(Protocol[T_co]):
    """What children do. It is sent to them as they start."""

    def begin(self) -> Callable[[int, str], T_co]:
        """In the child: makes ready, and gives what turns number and line into a result."""

    def lost(self, line: str, reason: str) -> T_co:
        """In the parent: the result of a task that killed its child."""


@dataclass(frozen=True)
class Judging:
    """Cases are judged. Subjects and oracles go by their registered names."""

    subjects: Sequence[str]
    oracles: Sequence[str]

    def begin(self) -> Callable[[int, str], Outcome]:
        subjects, oracles = (
            registry.choose_subjects(self.subjects),
            registry.choose_oracles(self.oracles),
        )
        return lambda number, line: judge_one(number, Case.from_json(line), subjects, oracles)

    def lost(self, line: str, reason: str) -> Outcome:
        verdict = Verdict((Comparison("value", "contract", "disagree", reason),))
        return Outcome(Case.from_json(line), dict.fromkeys(self.subjects, verdict))


@dataclass
class Child:
    """A process, the way to talk to it, and the task that it holds."""

    process: Any
    connection: Connection
    task: Task | None = None


@dataclass
class Workers(Generic[T]):
    """So many processes that do the same work.

    To be used in a `with` statement, at whose end they are stopped.
    """

    number: int
    work: Work[T]
    children: list[Child] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.children.extend(self._started() for _ in range(self.number))
        return self

    def __exit__(self, *_: object) -> None:
        for child in self.children:
            child.process.terminate()
            child.process.join()
            child.connection.close()

    def run(self, lines: Iterable[str]) -> Iterator[T]:
        """The result of each line, in their order."""
        tasks = ((number, line, 0) for number, line in enumerate(lines))
        again: list[Task] = []
        done: dict[int, tuple[T]] = {}
        following = 0
        while True:
            for child in self.children:
                room = following + AHEAD * self.number > self._furthest(done)
                if child.task is None and (again or room):
                    child.task = again.pop() if again else next(tasks, None)
                    if child.task:
                        with suppress(BrokenPipeError):  # that it has died will show at once
                            child.connection.send(child.task[:2])
            busy = [child for child in self.children if child.task]
            if not busy:
                return
            for connection in wait([child.connection for child in busy]):
                child = next(c for c in busy if c.connection is connection)
                task, child.task = child.task, None
                received = self._received(child, task, again)
                if received and task:
                    done[task[0]] = received
            while following in done:
                yield from done.pop(following)
                following += 1

    def _furthest(self, done: dict[int, tuple[T]]) -> int:
        held = [child.task[0] for child in self.children if child.task]
        return max([*held, *done], default=0)

    def _received(self, child: Child, task: Any, again: list[Task]) -> tuple[T] | None:
        """What the child has found; None where it died, and its task is to be begun again."""
        try:
            result: T = child.connection.recv()
        except (EOFError, ConnectionResetError):
            child.connection.close()
            child.process.join()
            status = child.process.exitcode
            self.children[self.children.index(child)] = self._started()
            number, line, attempts = task
            if attempts + 1 < ATTEMPTS:
                again.append((number, line, attempts + 1))
                return None
            reason = f"the process that judged it died with exit status {status}"
            return (self.work.lost(line, reason),)
        return (result,)

    def _started(self) -> Child:
        context = multiprocessing.get_context("spawn")  # threads of the frameworks forbid a fork
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, self.work), daemon=True)
        with _one_thread_each():
            process.start()
        theirs.close()
        return Child(process, ours)


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """For processes started inside it, whose numerical libraries would else take every core."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update({name: "1" for name, chosen in before.items() if chosen is None})
    try:
        yield
    finally:
        for name in THREADS:
            if before[name] is None:
                del os.environ[name]


def _serve(connection: Connection, work: Work[Any]) -> None:
    """The child's life: a task in, its result out."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent's affair
    do = work.begin()
    while True:
        connection.send(do(*connection.recv()))
