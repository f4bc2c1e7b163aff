"""The command line as a user meets it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from treatywatch.cli import main as cli
from treatywatch.cli.app import app
from treatywatch.config.settings import Settings
from treatywatch.storage.writer import Writer

HEAVY = ("prefect", "transformers", "onnxruntime", "trafilatura", "duckdb", "altair", "torch")
COMMAND = [sys.executable, "-m", "treatywatch.cli.main"]
COMMANDS = [
    ["demo"], ["run"], ["classify"], ["sql"], ["trends"], ["search"], ["digest"], ["status"],
    ["evaluate"], ["feeds", "list"], ["feeds", "check"], ["feeds", "add"], ["feeds", "import"],
    ["feeds", "export"], ["db", "migrate"], ["db", "snapshot"], ["db", "export"],
    ["db", "import"], ["db", "check"], ["reclassify"], ["serve"],
]  # fmt: skip


def treatywatch(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run the command in a process of its own."""
    command = [*COMMAND, *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, timeout=120, check=False)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help_with_an_example(command: list[str]) -> None:
    result = CliRunner().invoke(app, [*command, "--help"], env={"COLUMNS": "100"})
    assert result.exit_code == 0
    assert "Example" in result.output
    assert f"treatywatch {command[0]}" in result.output


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom treatywatch.cli.app import app\n"
        "try:\n    app(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["run", "--feeds", "none.yaml"], 2, "none.yaml: no such feed list"),
        (["sql", "--db", "none.duckdb", "SELECT 1"], 2, "none.duckdb"),
        (["digest", "--week", "2026-W99"], 2, "2026-W99"),
        (["digest", "--as-of", "yesterday"], 2, "--as-of yesterday"),
        (["digest", "--as-of", ""], 2, "--as-of : write a day"),
        (["digest", "--week", "2999-W01"], 2, "--week 2999-W01: has not begun; ask for 20"),
        (["trends", "--until", "2026-W47"], 2, "--until 2026-W47: write a day"),
        (["trends", "--since", ""], 2, "--since : write a day"),
        (["backfill", ".", "--since", "2026-W47"], 2, "--since 2026-W47: write a day"),
        (["classify", "none.txt"], 2, "none.txt: cannot be read"),
        (["classify", "--language", "fr"], 2, "--language fr"),
        (["feeds", "add", "https://x.example", "--language", "en"], 2, "--feeds FILE"),
        (["sql", "--param", "broken", "SELECT 1"], 2, "--param broken"),
        (["feeds", "check", "nowhere"], 2, "no feed has the id 'nowhere'"),
        (["run", "--only", "nowhere"], 2, "no feed has the id 'nowhere'"),
        (["feeds", "list", "--language", "fr"], 2, "--language fr: must be one of ar, en, vi."),
        (["trends", "--language", "fr"], 2, "--language fr: must be one of ar, en, vi."),
        (["search", "pact", "--language", "fr"], 2, "--language fr: must be one of ar, en, vi."),
        (["backfill", "x.txt", "--language", "fr"], 2, "--language fr: must be one of ar, en, vi."),
        (
            ["feeds", "add", "https://x.example", "--language", "fr", "--feeds", "mine.yaml"],
            2,
            "--language fr: must be one of ar, en, vi.",
        ),
        (
            ["feeds", "add", "x.example", "--language", "en", "--feeds", "mine.yaml"],
            2,
            "x.example: not a web address; it begins with https://",
        ),
        (["feeds", "import", "none.opml", "--feeds", "mine.yaml"], 2, "none.opml: cannot be read"),
        (["trends", "--theme", "weather"], 2, "--theme weather: no such theme; there are "),
        (["trends", "--since", "2026-11-02", "--until", "2026-11-01"], 2, "--until 2026-11-01"),
        (["sql", "none.sql"], 2, "none.sql: cannot be read (No such file or directory); name a"),
        (["status", "--db", "."], 2, ".: a folder; name the database file in it."),
        (["no-such-command"], 2, "No such command"),
    ],
)
def test_bad_input_is_one_sentence_and_code_2(arguments: list[str], code: int, words: str) -> None:
    done = treatywatch(*arguments)
    error = done.stderr.decode()
    assert done.returncode == code, error
    assert words in error
    assert "Traceback" not in error
    assert done.stdout == b""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no folder that refuses even root")
@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_an_answer_that_cannot_be_written_names_its_file(tmp_path: Path, format: str) -> None:
    Writer(Settings(db=tmp_path / "t.duckdb")).migrate(datetime.now(UTC))
    answer = ("--format", format, "--out", "/proc/answer")
    done = treatywatch("sql", "SELECT 1", "--db", "t.duckdb", *answer)
    assert done.returncode == 2
    words = "cannot be written (No such file or directory); name another place."
    assert done.stderr.decode() == f"treatywatch: /proc/answer: {words}\n"


@pytest.mark.slow
def test_a_name_that_is_too_long_is_one_sentence(tmp_path: Path) -> None:
    Writer(Settings(db=tmp_path / "t.duckdb")).migrate(datetime.now(UTC))
    for format in ("csv", "parquet"):
        answer = ("--format", format, "--out", "x" * 255)
        done = treatywatch("sql", "SELECT 1", "--db", "t.duckdb", *answer)
        assert b"Traceback" not in done.stderr
        assert b"File name too long" in done.stderr


def test_a_mistake_in_the_settings_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "treatywatch.toml").write_text("[fetch]\nspeed = 3\n")
    done = treatywatch("status")
    assert done.returncode == 2
    assert b"unknown setting 'fetch.speed'" in done.stderr


@pytest.mark.slow
def test_an_address_that_fails_says_what_to_do(tmp_path: Path) -> None:
    done = treatywatch(
        "feeds", "add", "http://127.0.0.1:9/", "--language", "en", "--feeds", "m.yml"
    )
    assert done.returncode == 1
    assert b"http://127.0.0.1:9/: " in done.stderr
    assert b"set allow_loopback = true." in done.stderr
    assert not (tmp_path / "m.yml").exists()


@pytest.mark.slow
def test_a_locale_without_the_letters_loses_none(tmp_path: Path) -> None:
    name = "Báo Người Xa Xứ"
    (tmp_path / "mine.yaml").write_text(
        f"- {{id: bao, name: {name}, url: 'https://bao.example/rss', language: vi}}\n", "utf-8"
    )
    cron = os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    for arguments, code in ((["list"], 0), (["check", name], 2)):
        done = subprocess.run(
            [*COMMAND, "feeds", *arguments, "--feeds", "mine.yaml"],
            capture_output=True,
            timeout=120,
            check=False,
            env=cron,
        )
        assert done.returncode == code, done.stderr
        assert name in (done.stdout + done.stderr).decode("utf-8")


def test_nothing_that_runs_here_collects_data_about_its_use(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DO_NOT_TRACK", "")  # so that it is put back
    monkeypatch.delenv("DO_NOT_TRACK")
    monkeypatch.setattr("treatywatch.cli.app.app", lambda: None)
    cli.main()
    assert os.environ["DO_NOT_TRACK"] == "1"


def test_feeds_list_reads_without_a_database() -> None:
    done = treatywatch("feeds", "list", "--json", "--language", "vi")
    feeds = json.loads(done.stdout)
    assert len(feeds) == 30
    assert feeds[0]["health"] is None


@pytest.mark.slow
def test_feeds_travel_as_opml_and_back(tmp_path: Path) -> None:
    opml = treatywatch("feeds", "export").stdout
    (tmp_path / "all.opml").write_bytes(opml)
    done = treatywatch("feeds", "import", "all.opml", "--feeds", "mine.yaml")
    assert b"90 feeds added" in done.stderr, done.stderr
    again = treatywatch("feeds", "import", "all.opml", "--feeds", "mine.yaml")
    assert b"0 feeds added to mine.yaml, 90 were listed already" in again.stderr
    listed = json.loads(treatywatch("feeds", "list", "--feeds", "mine.yaml", "--json").stdout)
    assert len(listed) == 90


CONTRACT = {
    "id", "language", "label", "treaty_score", "hope_score", "concern_score", "balance",
    "confidence", "model_id", "evidence",
}  # fmt: skip
ARABIC = (
    "ويرى حقوقيون أن اتفاقية الأمم المتحدة لمكافحة الجرائم السيبرانية تفتح باب المراقبة الجماعية."
)
VIETNAMESE = "Công ước Hà Nội về chống tội phạm mạng giúp các nước chia sẻ chứng cứ nhanh hơn."


@pytest.mark.slow
def test_classify_lines_keeps_the_contract() -> None:
    lines = [
        json.dumps({"id": "ar", "text": ARABIC, "language": "ar"}),
        "this is not JSON",
        json.dumps({"id": "vi", "text": VIETNAMESE}),
        json.dumps(
            {"id": "en", "text": "Ministers praised the pact.", "title": "UN cybercrime treaty"}
        ),
        json.dumps({"id": "empty", "text": ""}),
        json.dumps(
            {"id": "fr", "text": "Le ministre a salué la convention à Paris.", "language": "fr"}
        ),
        json.dumps({"id": "long", "text": "The treaty lets police spy on everyone. " * 26_000}),
        json.dumps({"id": "nothing"}),
        '{"id": "half", "text": "\\ud800"}',
        '{"id": "half \\ud800", "text": "x"}',
    ]
    done = treatywatch("classify", "--jsonl", "-", stdin="\n".join(lines).encode())
    found = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert done.returncode == 2
    assert [each["id"] for each in found] == [
        "ar", None, "vi", "en", "empty", "fr", "long", "nothing", "half", "half ?",
    ]  # fmt: skip
    for number in (1, 7, 8, 9):
        assert set(found[number]) == {"id", "error"}
    for number in (0, 2, 3, 4, 5, 6):
        assert set(found[number]) == CONTRACT, found[number]
    assert [found[i]["language"] for i in (0, 2, 3, 5)] == ["ar", "vi", "en", "fr"]
    assert found[4]["label"] == "off_topic"
    assert found[5]["label"] == "unsupported_language"
    assert {found[i]["label"] for i in (0, 2, 3, 6)} <= {"hopes", "concerns", "mixed", "neutral"}
    for number, text in ((0, ARABIC), (2, VIETNAMESE)):
        for evidence in found[number]["evidence"]:
            assert text[evidence["char_start"] : evidence["char_end"]] == evidence["text"]


@pytest.mark.slow
def test_classify_reads_plain_text_and_pages(tmp_path: Path) -> None:
    page = f"<!doctype html><html lang=ar><body><article><h1>عنوان</h1><p>{ARABIC}</p></article>"
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    done = treatywatch("classify", "page.html", "--json")
    found = json.loads(done.stdout)
    assert found["language"] == "ar"
    assert found["evidence"]
    shown = treatywatch("classify", "-", stdin=VIETNAMESE.encode()).stdout.decode()
    assert shown.splitlines()[0].startswith("hopes")
    gated = treatywatch(
        "classify",
        "-",
        "--json",
        "--require-name",
        stdin=b"The pact is vague and invites abuse, lawyers warn.",
    )
    assert json.loads(gated.stdout)["label"] == "off_topic"


@pytest.mark.slow
def test_no_worker_takes_a_module_from_the_folder_one_stands_in(tmp_path: Path) -> None:
    script, folder = tmp_path / "bin" / "treatywatch", tmp_path / "downloads"
    script.parent.mkdir()
    folder.mkdir()
    script.write_text(
        "from treatywatch.cli.main import main\nif __name__ == '__main__':\n    main()\n"
    )
    for name in ("multiprocessing", "lxml"):
        (folder / f"{name}.py").write_text(f"open('{name}-ran', 'w')")
    sentence = "Officials said that the UN Convention against Cybercrime brings hope to many. "
    (folder / "page.html").write_text(f"<article><p>{sentence * 9}</p></article>")
    done = subprocess.run(
        [sys.executable, script, "classify", "page.html", "--json"],
        cwd=folder, capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert list(folder.glob("*-ran")) == []
