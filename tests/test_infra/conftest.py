"""What the deployed flows read."""

from pathlib import Path

import cv2
import numpy as np
import pytest


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of two tiny pages and one that is broken."""
    folder = tmp_path_factory.mktemp("deployed")
    (folder / "archive").mkdir()
    for number in range(2):
        page = np.full((160, 120, 3), 230 - number, np.uint8)
        cv2.imwrite(str(folder / f"archive/page-{number}.jpg"), page)
    (folder / "archive/page-2.jpg").write_bytes(b"broken")
    return folder
