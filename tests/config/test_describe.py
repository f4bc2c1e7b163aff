from pathlib import Path

from treatywatch.config.describe import settings_markdown

PAGE = Path(__file__).resolve().parents[2] / "docs" / "settings.md"


def test_the_page_of_settings_is_true() -> None:
    assert PAGE.read_text(encoding="utf-8") == settings_markdown(), (
        "renew it: python -m treatywatch.config.describe > docs/settings.md"
    )
