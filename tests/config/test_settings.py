import traceback
from pathlib import Path

import pytest
from pydantic import BaseModel

from treatywatch.config.load import load_settings, with_model
from treatywatch.config.settings import Settings
from treatywatch.news.errors import UsageError


def test_the_defaults_work_without_a_file() -> None:
    settings = load_settings()
    assert settings.db == Path("data/treatywatch.duckdb")
    assert settings.timezone == "Asia/Ho_Chi_Minh"
    assert settings.allow_loopback is False


def test_another_model_changes_its_name_alone() -> None:
    settings = load_settings()
    other = with_model(settings, "./mine")
    assert other.model.name == "./mine"
    assert with_model(other, settings.model.name) == settings
    assert with_model(settings, None) is settings


def test_later_sources_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "treatywatch.toml").write_text(
        'db = "file.duckdb"\ntimezone = "UTC"\n[fetch]\nhost_delay = 3\nper_host = 2\n'
    )
    monkeypatch.setenv("TREATYWATCH_FETCH__HOST_DELAY", "7")
    monkeypatch.setenv("TREATYWATCH_ALLOW_LOOPBACK", "1")
    settings = load_settings(db=Path("line.duckdb"), feeds=None)
    assert settings.db == Path("line.duckdb")
    assert settings.timezone == "UTC"
    assert settings.fetch.host_delay == 7
    assert settings.fetch.per_host == 2
    assert settings.allow_loopback is True


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("colour = 1\n", ["treatywatch.toml", "'colour'", "timezone"]),
        ("[fetch]\ntimeout = 1\n", ["'fetch.timeout'", "read_timeout"]),
        ("[fetch]\nper_host = 0\n", ["fetch.per_host = 0", "greater than or equal to 1"]),
        ('timezone = "Hanoi"\n', ["timezone = 'Hanoi'", "Asia/Ho_Chi_Minh"]),
        ('[digest]\nlanguage = "fr"\n', ["digest.language = 'fr'", "'ar'"]),
        ("db = \n", ["treatywatch.toml", "not valid TOML"]),
        ("db = " + "[" * 1000 + "]" * 1000, ["treatywatch.toml: nested too deep"]),
        ("db = 3\n", ["db = 3 is not allowed", "it must be a path, in quotes."]),
        ("fetch = 3\n", ["fetch = 3 is not allowed", "a table, as in [fetch]."]),
        ('[fetch]\nhost_delay = "x"\n', ["fetch.host_delay = 'x'", "it must be a number."]),
        ("[fetch]\nper_host = 1.5\n", ["fetch.per_host = 1.5", "it must be a whole number."]),
        ("[fetch]\nports = [99999]\n", ["fetch.ports.0 = 99999", "65535"]),
    ],
)
def test_a_mistake_in_the_file_is_one_sentence(tmp_path: Path, text: str, parts: list[str]) -> None:
    (tmp_path / "treatywatch.toml").write_text(text)
    with pytest.raises(UsageError) as caught:
        load_settings()
    message = str(caught.value)
    assert "\n" not in message
    for part in parts:
        assert part in message


def test_a_mistake_in_a_variable_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREATYWATCH_FETCH__PER_HOST", "many")
    with pytest.raises(UsageError, match=r"TREATYWATCH_FETCH__PER_HOST: fetch\.per_host = 'many'"):
        load_settings()


@pytest.mark.parametrize("name", ["TREATYWATCH_FETCH", "TREATYWATCH_DIGEST__MAIL_TO"])
def test_a_variable_that_is_no_json_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "[desk")
    with pytest.raises(UsageError, match=rf"{name}: '\[desk' is not JSON; write "):
        load_settings()


@pytest.mark.parametrize("name", ["TREATYWATCH_FETCHES__HOST_DELAY", "TREATYWATCH_TIME_ZONE"])
def test_a_misspelt_variable_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "2")
    with pytest.raises(UsageError, match=f"{name}: unknown setting"):
        load_settings()


@pytest.mark.parametrize("name", ["TREATYWATCH_HOME", "TREATYWATCH_SERVICE_HOST"])
def test_a_variable_of_somebody_elses_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "10.0.0.1")
    assert load_settings() == Settings()


def test_a_settings_file_that_is_not_utf8_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "treatywatch.toml").write_bytes('db = "dữ.duckdb"\n'.encode("utf-16"))
    with pytest.raises(UsageError, match=r"treatywatch\.toml: not UTF-8 at byte 0; save it"):
        load_settings()


def test_a_named_settings_file_must_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREATYWATCH_CONFIG", "nowhere.toml")
    with pytest.raises(UsageError, match="no such file"):
        load_settings()


def test_every_setting_is_described() -> None:
    tables = [field.annotation for field in Settings.model_fields.values()]
    models = [Settings, *(t for t in tables if isinstance(t, type) and issubclass(t, BaseModel))]
    assert len(models) == 7
    for model in models:
        for name, field in model.model_fields.items():
            is_table = field.annotation in models
            assert is_table or field.description, f"{model.__name__}.{name}"


def test_a_secret_is_not_shown() -> None:
    secret = "geheim"
    settings = load_settings(
        digest={"smtp_password": secret, "webhook_url": secret},
        flow={"notify_webhook": secret},
        storage={"url": secret},
    )
    assert secret not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DIGEST", '{"smtp_password": "4711-geheim",}'),
        ("DIGEST", '"4711-geheim"'),
        ("DIGEST", '{"smtp_password": 4711}'),
        ("DIGEST__SMTP_PASSWORD__X", "4711-geheim"),
        ("FLOW", '{"notify_webhook": 4711}'),
        ("STORAGE", '{"url": ["4711"]}'),
    ],
)
def test_a_mistake_in_a_secret_is_told_without_it(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"TREATYWATCH_{name}", value)
    with pytest.raises(UsageError, match=r"\(not shown\)") as caught:
        load_settings()
    assert "4711" not in "".join(traceback.format_exception(caught.value))


def test_a_secret_in_the_file_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "treatywatch.toml").write_text("[digest]\nsmtp_password = 12345678\n")
    with pytest.raises(UsageError) as caught:
        load_settings()
    assert str(caught.value) == (
        "treatywatch.toml: digest.smtp_password = (not shown) is not allowed; "
        "it must be text, in quotes."
    )
