"""The project's routines: `python -m nox -s NAME`.

Every session makes a fresh environment, installs the built wheel into it with the tested
versions of constraints.txt, and passes what follows `--` on to the tool that it runs.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "virtualenv"  # uv does not look where pip finds CPU builds
nox.options.error_on_missing_interpreters = False
nox.options.sessions = ["tests", "lint", "types"]

PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
PROJECT = nox.project.load_toml("pyproject.toml")
CONSTRAINTS = Path("constraints.txt")
BENCHMARKS = (["benchmarks"], ["benchmarks.checkers"])

# pyenv answers to `python3.12` only for the versions that are activated: activate all.
_pyenv = sorted(Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser().glob("versions/3.1?.*"))
if _pyenv:
    os.environ.setdefault("PYENV_VERSION", ":".join(version.name for version in _pyenv))


def install(session: nox.Session, distribution: str, *groups: str) -> None:
    """The built wheel and the dependencies of some groups, in the tested versions."""
    requirements = nox.project.dependency_groups(PROJECT, *groups)
    session.install("--constraint", str(CONSTRAINTS), distribution, *requirements)


def install_browser(session: nox.Session) -> None:
    """Playwright's, where there is none; without any the tests that need one are skipped."""
    if not any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))):
        session.run("playwright", "install", "chromium", success_codes=[0, 1])


def run_tests(session: nox.Session) -> None:
    """All tests that the installed packages allow; the first lines name what they do not."""
    environment = {"HYPOTHESIS_PROFILE": os.environ.get("HYPOTHESIS_PROFILE", "ci")}
    session.run("pytest", "-n", "auto", "--dist", "worksteal", *session.posargs, env=environment)


@nox.session
def tests(session: nox.Session) -> None:
    """All tests, with every oracle, and with a browser if there is one or it can be had."""
    install(session, ".[all]", "test", "browser")
    install_browser(session)
    run_tests(session)


@nox.session(python=PYTHONS)
def tests_numpy(session: nox.Session) -> None:
    """The tests with neither PyTorch nor JAX."""
    install(session, ".", "test")
    run_tests(session)


@nox.session
def tests_torch(session: nox.Session) -> None:
    """The tests with PyTorch and without JAX."""
    install(session, ".[torch]", "test")
    run_tests(session)


@nox.session(python=PYTHONS)
def tests_jax(session: nox.Session) -> None:
    """The tests with JAX and without PyTorch."""
    install(session, ".[jax]", "test")
    run_tests(session)


@nox.session
def tests_fast(session: nox.Session) -> None:
    """The tests with numba and neither framework, and its kernels in the main job."""
    install(session, ".[fast]", "test")
    run_tests(session)
    session.run("clinometer", "verify", "--subject", "fast")


@nox.session
def tests_lowest(session: nox.Session) -> None:
    """The tests with the lowest versions of the direct dependencies that are supported."""
    extras = PROJECT["project"]["optional-dependencies"]
    direct = [*PROJECT["project"]["dependencies"], *extras["torch"], *extras["jax"]]
    lowest = [requirement.replace(">=", "==") for requirement in direct]
    session.install(".", *lowest, *_tested(nox.project.dependency_groups(PROJECT, "test")))
    run_tests(session)


def _tested(requirements: tuple[str, ...]) -> list[str]:
    """The requirements in the tested versions."""
    pins = dict(line.split("==") for line in CONSTRAINTS.read_text().split() if "==" in line)
    names = [re.match(r"[\w-]+", requirement)[0] for requirement in requirements]
    return [f"{name}=={pins[name]}" for name in names]


@nox.session
def verify(session: nox.Session) -> None:
    """The main job: the hand-written gradients against every oracle."""
    install(session, ".[all]")
    session.run("clinometer", "verify", *session.posargs)


@nox.session
def benchmarks(session: nox.Session) -> None:
    """Vectorised against looped gradients, and checkers side by side; writes tables to results/.

    What follows `--` is the only one to run, and its options: `-- benchmarks.checkers --quick`.
    """
    install(session, ".[all]", "bench", "peers")
    for command in [session.posargs] if session.posargs else BENCHMARKS:
        session.run("python", "-m", *command)


@nox.session
def side_by_side(session: nox.Session) -> None:
    """Gradients beside those of PyTorch, JAX and HIPS autograd; writes a page to results/.

    Loops as networks grow, differences and the campaign are on it too.
    """
    install(session, ".[all,fast]", "bench", "peers")
    session.run("python", "-m", "benchmarks.side_by_side", *session.posargs)


@nox.session
def calibration(session: nox.Session) -> None:
    """How often the verdict is right, beside other checkers; writes tables to results/."""
    install(session, ".[all]", "bench", "peers")
    session.run("python", "-m", "benchmarks.calibration", *session.posargs)


@nox.session
def mutants_peers(session: nox.Session) -> None:
    """The seeded mistakes before other checkers; writes the table into docs/mutants.md."""
    install(session, ".[all]", "bench", "peers")
    session.run("python", "-m", "benchmarks.mutants", *session.posargs)


@nox.session
def mutation(session: nox.Session) -> None:
    """The instrument's own files with one change at a time, before its tests, by mutmut.

    What follows `--` names files of clinometer, as a pattern, and then the tests:
    `-- verdict.py tests/reference/test_verdict.py`. `mutmut show NAME` in the session's
    folder tmp/tree shows a change.
    """
    if not session.posargs:
        session.error("which files? -- verdict.py tests/reference/test_verdict.py")
    files, *tests = session.posargs
    install(session, ".", "test", "mutation")
    tree = Path(session.create_tmp(), "tree").resolve()
    shutil.rmtree(tree, ignore_errors=True)
    for part, place in (("impl", "src"), ("reference", "src"), ("tests", "tests")):
        shutil.copytree(part, tree / place, dirs_exist_ok=True)
    for module in (tree / "src/clinometer").glob(files):
        module.write_text(_undecorated(module.read_text()))
    settings = {
        "source_paths": ["src"],
        "only_mutate": [f"src/clinometer/{files}"],
        "pytest_add_cli_args_test_selection": tests,
        "pytest_add_cli_args": ["-p", "no:unraisableexception"],  # which takes longer than a test
        "process_isolation": "forkserver",  # from a process that has run no test yet
    }
    lines = [f"{name} = {json.dumps(setting)}" for name, setting in settings.items()]
    project = Path("pyproject.toml").read_text()
    (tree / "pyproject.toml").write_text("\n".join([project, "[tool.mutmut]", *lines]))
    session.chdir(tree)
    session.run("mutmut", "run", env={"HYPOTHESIS_PROFILE": "ci"})
    session.run("mutmut", "results")


def _undecorated(source: str) -> str:
    """The same code with decorators called below the functions, as mutmut skips what has one."""
    lines = source.splitlines()
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    for function in sorted(functions, key=lambda f: f.lineno, reverse=True):
        decorated = function.name
        for decorator in reversed(function.decorator_list):
            decorated = f"{ast.unparse(decorator)}({decorated})"
        if function.decorator_list:
            indent = " " * function.col_offset
            lines.insert(function.end_lineno, f"{indent}{function.name} = {decorated}")
            del lines[function.decorator_list[0].lineno - 1 : function.lineno - 1]
    return "\n".join(lines)


@nox.session
def lint(session: nox.Session) -> None:
    """Style and format."""
    session.install("--constraint", str(CONSTRAINTS), "ruff")
    session.run("ruff", "check", *session.posargs)
    session.run("ruff", "format", "--check")


@nox.session
def types(session: nox.Session) -> None:
    """Static types, with every optional package there."""
    install(session, ".[all]", "types", "bench")
    session.run("mypy", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """The site, to docs/_build; any warning is an error. Its code is run and its links tried."""
    install(session, ".[all]", "docs", "test", "browser")
    install_browser(session)
    shutil.rmtree("docs/_build", ignore_errors=True)
    session.run("sphinx-build", "-W", "--keep-going", "-b", "html", "docs", "docs/_build")
    session.run("pytest", "tests/test_documentation.py", "tests/web", *session.posargs)


@nox.session
def links(session: nox.Session) -> None:
    """The site's links to elsewhere, which needs the network."""
    install(session, ".", "docs")
    session.run("sphinx-build", "-b", "linkcheck", "docs", "docs/_build/links", *session.posargs)
