"""Scoring what is stored with another model, as a user does it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from treatywatch.classifiers.bundle import BUNDLED
from treatywatch.config.load import load_settings
from treatywatch.config.settings import Settings
from treatywatch.flows.launch import launch_reclassify
from treatywatch.news.errors import ModelError, UsageError

pytestmark = [pytest.mark.slow, pytest.mark.server, pytest.mark.usefixtures("prefect_home")]


@pytest.fixture
def other_model(tmp_path: Path) -> Path:
    """Make a model of another name that takes every passage as hopeful."""
    folder = tmp_path / "other"
    shutil.copytree(BUNDLED, folder)
    config = json.loads((folder / "config.json").read_text())
    config["model_id"] = "other-model"
    for row in config["calibration"].values():
        row["bias"] = [-30.0, -30.0, 30.0, *row["bias"][3:]]  # whatever the weights say
    (folder / "config.json").write_text(json.dumps(config))
    manifest = json.loads((folder / "manifest.json").read_text())
    raw = (folder / "config.json").read_bytes()
    entry = {"bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}
    manifest["files"]["config.json"] = entry
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def test_another_model_scores_what_is_stored_and_the_old_scores_stay(
    demo_db: Path, other_model: Path, prefect_server: str
) -> None:
    settings = load_settings(db=demo_db)
    before = stances(settings)
    articles = len({row[0] for row in before})

    report = launch_reclassify(settings, str(other_model))

    assert (report.kind, report.state) == ("reclassify", "completed")
    assert report.treaty_articles == articles
    stored = "SELECT treaty_articles, stage_seconds FROM runs WHERE kind = 'reclassify'"
    assert ask(settings, stored) == [(articles, dict(report.stage_seconds))]
    after = stances(settings)
    assert [row for row in after if row[1] != "other-model"] == before
    assert len(after) == len(before) + articles
    shown = ask(settings, "SELECT DISTINCT model_id FROM article_stance")
    assert shown == [("other-model",)]
    hopes = "SELECT count(*) FROM article_stance WHERE label IN ('hopes', 'mixed')"
    assert ask(settings, hopes) == [(articles,)]

    assert launch_reclassify(settings, str(other_model)).treaty_articles == 0
    assert stances(settings) == after
    runs = ask(settings, "SELECT kind, state FROM runs ORDER BY started_at")
    assert runs == [("daily", "completed")] * 2 + [("reclassify", "completed")] * 2

    command = [sys.executable, "-m", "treatywatch.cli.main", "reclassify", "--json"]
    done = subprocess.run(
        [*command, "--model", "bundled", "--db", str(settings.db)],
        env=os.environ | {"PREFECT_API_URL": prefect_server},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["treaty_articles"] == 0
    shown = ask(settings, "SELECT DISTINCT model_id FROM article_stance")
    assert shown == [(before[0][1],)]


def test_without_database_it_is_one_clear_sentence(tmp_path: Path) -> None:
    settings = load_settings(db=tmp_path / "t.duckdb")
    with pytest.raises(UsageError, match=r"t\.duckdb"):
        launch_reclassify(settings)
    assert not settings.db.exists()


def test_without_the_model_it_is_one_clear_sentence(demo_db: Path, tmp_path: Path) -> None:
    settings = load_settings(db=demo_db)
    with pytest.raises(ModelError, match="nowhere"):
        launch_reclassify(settings, str(tmp_path / "nowhere"))
    assert ask(settings, "SELECT count(*) FROM runs WHERE state = 'running'") == [(0,)]


def stances(settings: Settings) -> list[tuple[object, ...]]:
    columns = "article_id, model_id, content_hash, label, hope_score, concern_score"
    return ask(settings, f"SELECT {columns} FROM article_stances ORDER BY ALL")


def ask(settings: Settings, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(settings.db), read_only=True) as connection:
        return connection.execute(query).fetchall()
