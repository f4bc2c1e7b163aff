"""The pages are true: they name everything, their links lead somewhere, their examples work."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from typer import Typer

from treatywatch.cli.describe import commands_markdown
from treatywatch.config.feeds import parse_feeds
from treatywatch.config.load import load_settings

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")])
# The first of them runs the demo, or waits for the worker that does.
runs_the_demo = pytest.mark.timeout(900)
SHELLS, OTHERS = ("sh", "shell"), ("sql", "toml", "yaml")
# What a reader would give for the parameters of the worked queries.
GIVEN = {"language": "vi", "since": "2026-01-05", "most": "5", "least": "2"}
_BLOCK = re.compile(r"^ *```(\w+)\n(.*?)^ *```\n?( *<!-- not run: .+? -->)?", re.S | re.M)
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


@dataclass(frozen=True)
class Block:
    """One block of code of a page."""

    page: str
    line: int
    language: str
    code: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(*languages: str) -> list[Block]:
    """Return the blocks that are to work here."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in _BLOCK.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            if match[1] in languages and not match[3]:
                found.append(Block(page.name, line, match[1], match[2]))
    return found


@pytest.fixture(scope="module")
def place(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which the demo has been run, as the README says."""
    folder = tmp_path_factory.mktemp("docs")
    shutil.copytree(demo_folder, folder / "demo")
    return folder


def bash(script: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a script as a user would, the command on the path and the demo's database named."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | {"PATH": path, "TREATYWATCH_DB": "demo/treatywatch.duckdb"} | more
    command = ["bash", "-euo", "pipefail", "-c", script]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=280,
        check=False,
    )  # fmt: skip


def test_the_page_of_commands_is_what_the_command_line_says() -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert page == commands_markdown(), (
        "docs/commands.md is not up to date; "
        "run python -m treatywatch.cli.describe > docs/commands.md"
    )
    assert page.count("\n## ") >= 22


def test_what_holds_when_an_option_is_left_out_is_shown_even_when_it_is_nought() -> None:
    line = Typer()

    @line.command()
    def look(most: int = 0, name: str = "", quick: bool = False) -> None: ...

    shown = [row.split("|")[-2].strip() for row in commands_markdown(line).splitlines()[-3:]]
    assert shown == ["`0`", "", ""]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = _LINK.findall(page.read_text(encoding="utf-8"))
    local = [target for target in targets if "://" not in target]
    assert [each for each in local if not (page.parent / each).exists()] == []


def test_every_page_is_reached_from_the_readme() -> None:
    linked = set(_LINK.findall((ROOT / "README.md").read_text(encoding="utf-8")))
    pages = {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")}
    assert pages - linked - {"docs/benchmarks.md"} == set()


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"]]
    wanted += [each for extra in project["optional-dependencies"].values() for each in extra]
    names = {re.split(r"[\[<>=!~ ]", each)[0] for each in wanted}
    page = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")
    tables = "".join(line for line in page.splitlines(True) if line.startswith("|"))
    explained = set(re.findall(r"[\w-]+", tables))
    assert sorted(names - explained) == []


def test_the_citation_names_this_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = YAML(typ="safe").load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == project["version"]
    assert citation["license"] == project["license"]


@pytest.mark.parametrize("block", blocks("toml"), ids=str)
def test_settings_in_the_pages_are_settings(block: Block, tmp_path: Path) -> None:
    (tmp_path / "treatywatch.toml").write_text(block.code, encoding="utf-8")
    assert load_settings()


@pytest.mark.parametrize("block", blocks("yaml"), ids=str)
def test_feed_lists_in_the_pages_are_feed_lists(block: Block) -> None:
    assert parse_feeds(YAML(typ="safe").load(block.code), str(block))


@runs_the_demo
@pytest.mark.slow
@pytest.mark.server
@pytest.mark.parametrize("block", blocks(*SHELLS), ids=str)
def test_commands_in_the_pages_work(block: Block, place: Path, prefect_server: str) -> None:
    done = bash(block.code, place, PREFECT_API_URL=prefect_server)
    assert done.returncode == 0, f"{block}\n{block.code}\n{done.stderr}"


@runs_the_demo
@pytest.mark.slow
@pytest.mark.parametrize("block", blocks("sql"), ids=str)
def test_questions_in_the_pages_are_answered(block: Block, place: Path) -> None:
    (place / "question.sql").write_text(block.code, encoding="utf-8")
    asked = set(re.findall(r"\$(\w+)", block.code))
    given = "".join(f" --param {name}={GIVEN[name]}" for name in sorted(asked))
    done = bash(f"treatywatch sql question.sql{given}", place)
    assert done.returncode == 0, f"{block}\n{block.code}\n{done.stderr}"
