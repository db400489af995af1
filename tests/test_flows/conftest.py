"""A Prefect server of the test session's own: flow tests never touch the developer's."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

# Prefect reads its settings when it is imported.
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
os.environ["DO_NOT_TRACK"] = "1"

STARTUP_SECONDS = 120


@pytest.fixture(scope="session", autouse=True)
def prefect_server() -> Iterator[None]:
    """A temporary server with an empty database."""
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=STARTUP_SECONDS):
        yield


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained reader that sees a character nearly everywhere."""
    import torch

    from model.artifact import ReaderArtifact, pack_artifact
    from model.character_set import CharacterSet
    from model.configuration import DetectorConfiguration
    from model.detector import CharacterDetector

    characters = CharacterSet.of(range(0x3042, 0x3052))
    torch.manual_seed(0)
    configuration = DetectorConfiguration(fpn_channels=16, head_channels=8, embedding_channels=16)
    detector = CharacterDetector(configuration, characters.class_count)
    with torch.no_grad():
        detector.heatmap[-1].bias.fill_(2.0)
    path = tmp_path_factory.mktemp("model") / "model.safetensors"
    path.write_bytes(pack_artifact(ReaderArtifact(detector, characters, 0.1, {})))
    return path
