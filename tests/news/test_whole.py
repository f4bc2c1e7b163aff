from pathlib import Path

import pytest

from treatywatch.news.whole import written_whole


@pytest.mark.parametrize("synced", [False, True])
def test_the_old_file_stands_until_the_new_one_is_whole(tmp_path: Path, synced: bool) -> None:
    path = tmp_path / "báo.json"
    path.write_text("old")
    with written_whole(path, synced=synced) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
        assert temporary.parent == tmp_path
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_what_fails_leaves_the_old_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "list.yaml"
    path.write_text("old")
    with pytest.raises(KeyError):
        _break_off(path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_take_the_place_is_said_and_goes(tmp_path: Path) -> None:
    path = tmp_path / "taken"
    (path / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match="taken"), written_whole(path) as temporary:
        temporary.write_text("new")
    assert list(tmp_path.iterdir()) == [path]


def _break_off(path: Path) -> None:
    with written_whole(path) as temporary:
        temporary.write_text("half")
        raise KeyError(path)
