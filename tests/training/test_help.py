"""Every training command says what it takes; needs the extra `train`."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs the extra `train`")
pytest.importorskip("onnx", reason="needs the extra `train`")


@pytest.mark.parametrize("name", ["base", "compare", "distil", "duplicates", "train"])
def test_help_is_given_and_defaults_are_sound(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", [name, "--help"])
    with pytest.raises(SystemExit) as ended:
        import_module(f"training.{name}").main()
    assert ended.value.code == 0
    assert "usage:" in capsys.readouterr().out


def test_a_run_without_options_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    from training import train

    asked: list[object] = []

    def stop(base: object) -> None:
        asked.append(base)
        raise KeyboardInterrupt

    base = Path("build/base")
    base.mkdir(parents=True)
    (base / "encoder.pt").touch()
    monkeypatch.setattr(train, "load_data", stop)
    monkeypatch.setattr("sys.argv", ["train"])
    with pytest.raises(KeyboardInterrupt):
        train.main()
    assert asked == [base]
