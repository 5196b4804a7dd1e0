"""`flask serve` on a machine where nothing was compiled yet."""

import shutil

from crm.serving import cli
from crm.web import catalogues


def test_french_is_compiled_before_anything_is_served(monkeypatch, tmp_path):
    shutil.copy(catalogues.FOLDER / "kits.po", tmp_path)
    monkeypatch.setattr(catalogues, "FOLDER", tmp_path)
    assert catalogues.stale() == ["kits"]
    cli._compile_stale()
    assert catalogues.stale() == []
    assert (tmp_path / "kits.mo").stat().st_size > 0
