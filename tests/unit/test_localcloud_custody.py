"""Whoever can read a cloud's folder may do everything in it: it is kept from other people."""

from pathlib import Path

from local_cloud.custody import keep_private


def test_a_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    keep_private(tmp_path / "new" / "cloud")

    assert (tmp_path / "new" / "cloud").stat().st_mode & 0o777 == 0o700


def test_a_folder_that_others_could_read_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "cloud"
    folder.mkdir(mode=0o755)

    keep_private(folder)

    assert folder.stat().st_mode & 0o777 == 0o700
