"""The report as one JSON document, for programs and for the other reports."""

from __future__ import annotations

import json
import math
import os
import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from clinometer import registry
from clinometer.campaign.findings import Finding
from clinometer.campaign.iris import Training
from clinometer.campaign.main_job import Results
from clinometer.campaign.run import Outcome
from clinometer.errors import InvalidInput
from clinometer.report.tally import tally
from clinometer.verdict import worst

SCHEMA_VERSION = 1


def versions(packages: Sequence[str], oracles: Sequence[str]) -> dict[str, str]:
    """Of Python, of the packages, and of what the oracles rest on."""
    bases = dict(registry.basis(registry.oracles()[name]).split() for name in oracles)
    return {"python": platform.python_version()} | {n: version(n) for n in packages} | bases


def of_results(results: Results, oracles: Sequence[str], seed: int) -> dict[str, Any]:
    """The whole report of the main job; `oracles` are those that were asked."""
    return {
        "schema_version": SCHEMA_VERSION,
        "versions": versions(["clinometer", "numpy", "hypothesis"], oracles),
        "seed": seed,
        "status": results.status,
        "interrupted": results.interrupted,
        "vacuous": results.vacuous,
        "table": [asdict(row) | {"cases": row.cases} for row in tally(results.outcomes, oracles)],
        "coverage": results.coverage and results.coverage.counts,
        "holes": results.holes,
        "iris": [training_document(training) for training in results.trainings],
        "findings": [finding_document(finding) for finding in results.findings],
        "cases": [outcome_document(outcome) for outcome in results.outcomes],
    }


def of_components(components: Iterable[Mapping[str, Any]], seed: int) -> dict[str, Any]:
    """The report of `clinometer check`; each component as data, its `status` among it."""
    found = list(components)
    return {
        "schema_version": SCHEMA_VERSION,
        "versions": versions(["clinometer", "numpy"], ()),
        "seed": seed,
        "status": worst(component["status"] for component in found),
        "components": found,
    }


def training_document(training: Training) -> dict[str, Any]:
    """One training on iris."""
    return {
        "title": training.lesson.title,
        "architecture": training.lesson.architecture.to_json(),
        "failure": training.failure,
        "checkpoints": [
            {
                "epoch": c.epoch,
                "train_loss": c.train_loss,
                "test_loss": c.test_loss,
                "test_accuracy": c.test_accuracy,
                "status": c.outcome.status,
            }
            for c in training.checkpoints
        ],
    }


def outcome_document(outcome: Outcome) -> dict[str, Any]:
    """One case and the verdicts on it."""
    return {
        "case": json.loads(outcome.case.to_json()),
        "status": {name: verdict.status for name, verdict in outcome.verdicts.items()},
        "vacuous": outcome.vacuous,
        "kinks": outcome.kinks,
        "refusals": dict(outcome.refusals),
        "odd_ones": {
            name: [asdict(c) for c in verdict.odd_ones]
            for name, verdict in outcome.verdicts.items()
        },
    }


def finding_document(finding: Finding) -> dict[str, Any]:
    """One finding, with every comparison made in its smallest case."""
    return {
        "subject": finding.blame.subject,
        "kind": finding.blame.kind,
        "arrays": list(finding.blame.arrays),
        "cases": finding.cases,
        "place": finding.place,
        "located": finding.located and asdict(finding.located),
        "explained": [asdict(explained) for explained in finding.explained],
        "case": json.loads(finding.case.to_json()),
        "comparisons": [asdict(c) for c in finding.verdict.comparisons],
    }


def write(document: Mapping[str, Any], destination: str) -> None:
    """The document to a file, whole or not at all, or to standard output for `-`.

    Numbers that JSON cannot hold become strings: "nan", "inf" and "-inf".
    """
    text = json.dumps(plain(document), indent=1, allow_nan=False)
    if destination == "-":
        sys.stdout.write(text + "\n")
        return
    write_whole(Path(destination), text + "\n")


def write_whole(path: Path, text: str) -> None:
    """The text to a file, whole or not at all: written beside it and then renamed."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def require_writable(destination: str) -> None:
    """Refuse, before any work is done, a file that could not be written."""
    path = Path(destination)
    if destination != "-" and (path.is_dir() or not os.access(path.parent, os.W_OK)):
        raise InvalidInput(f"{destination} cannot be written; name a file in a folder that can be")


def plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
