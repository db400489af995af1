"""Every engine computes what the trained network computes."""

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from network_maps import assert_same_maps, images_of

from model.engines import Engine, TorchEngine
from model.engines.openvino_engine import openvino_engine
from model.metric import Counts, score_page
from model.page import Page
from model.precision import choose_precision
from model.reader import PageReader
from tasks.challenge import read_labels, reading_to_points
from tasks.engines import EngineUnavailableError, open_engine, resolve_engine
from tasks.model_export import METADATA_KEY, ExportedModelError, export_int8, export_network
from tasks.models import LoadedModel, load_model, with_context
from tasks.object_store import DirectoryStore
from tasks.page_image import decode_page

pytestmark = pytest.mark.timeout(900)  # the exporter takes long on a busy machine
DEMO = Path(__file__).parents[2] / "demo"
CPU = torch.device("cpu")
FLOAT32 = torch.float32


@pytest.fixture(scope="module")
def builtin() -> LoadedModel:
    return load_model()


@pytest.fixture(scope="module")
def exported(builtin: LoadedModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built-in model as float32 and as int8, calibrated on the demo archive."""
    folder = tmp_path_factory.mktemp("exported")
    export_network(builtin, DirectoryStore(folder))
    export_int8(builtin, DirectoryStore(DEMO / "archive"), DirectoryStore(folder), pages=4)
    return folder


@pytest.fixture(scope="module")
def pages() -> list[tuple[str, Page]]:
    names = read_labels((DEMO / "labels.csv").read_bytes())
    return [(name, demo_page(name)) for name in names]


def demo_page(name: str) -> Page:
    data = (DEMO / "archive" / name.partition("_")[0] / f"{name}.jpg").read_bytes()
    page = decode_page(data, max_long_side=960)
    return Page(page.image_HW3, page.page_width, page.page_height)


def open_named(name: str, builtin: LoadedModel, exported: Path) -> Engine:
    """An engine in float32."""
    if name == "torch":
        return TorchEngine(builtin.artifact.detector, CPU, torch.float32)
    if name == "openvino":
        return openvino_engine(builtin.artifact.detector, torch.float32)
    if name == "openvino:FILE":
        network = (exported / "network.onnx").read_bytes()
        return openvino_engine(builtin.artifact.detector, torch.float32, network)
    return open_engine(f"onnxruntime:{exported}/network.onnx", builtin, "cpu")


@pytest.mark.parametrize("name", ["torch", "openvino", "openvino:FILE", "onnxruntime:FILE"])
@pytest.mark.parametrize("shape", [(1, 1, 96, 64), (3, 1, 64, 160)], ids=str)
def test_engines_agree_in_float32(
    name: str, shape: tuple[int, ...], builtin: LoadedModel, exported: Path
) -> None:
    engine = open_named(name, builtin, exported)
    boxes = torch.tensor([[10.0, 12.0, 24.0, 26.0], [30.0, 20.0, 20.0, 28.0]])
    pages = torch.tensor([0, shape[0] - 1])

    with torch.inference_mode():
        expected = builtin.artifact.detector(images_of(shape))
        maps = engine.maps(images_of(shape))
        features = engine.features(images_of(shape))
        logits = engine.classify(maps.features_BCHW, boxes, pages)
        expected_logits = builtin.artifact.detector.classify(expected.features_BCHW, boxes, pages)

    assert_same_maps(maps, expected, 2e-3)
    assert torch.allclose(features, expected.features_BCHW, atol=2e-3, rtol=2e-3)
    if "onnxruntime" not in name:  # its class head computes in the processor's own precision
        assert torch.allclose(logits, expected_logits, atol=1e-2)


def f1_of(engine: Engine, builtin: LoadedModel, pages: list[tuple[str, Page]]) -> float:
    labels = read_labels((DEMO / "labels.csv").read_bytes())
    reader = PageReader(builtin.artifact, engine)
    counts = Counts()
    for (name, _), reading in zip(pages, reader.read_at([p for _, p in pages], 960), strict=True):
        points = reading_to_points(reading)
        counts += score_page(labels[name], points.codepoints_N, points.points_N2)
    return counts.f1


def test_fast_engines_read_as_well(
    builtin: LoadedModel, exported: Path, pages: list[tuple[str, Page]]
) -> None:
    precision = choose_precision(CPU)
    detector = builtin.artifact.detector
    expected = f1_of(TorchEngine(detector, CPU, torch.float32), builtin, pages)

    fast = {
        engine.name: f1_of(engine, builtin, pages)
        for engine in (
            TorchEngine(detector, CPU, precision),
            openvino_engine(detector, precision),
            open_engine(f"onnxruntime:{exported}/network-int8.onnx", builtin, "cpu"),
        )
    }

    # Twelve pages hold some 2,000 characters, of which a score may fall otherwise by rounding; what
    # is lost on average is shown by benchmarks/engines.py. int8 does cost something, which is why
    # it is no default.
    assert expected > 0.5
    for name, f1 in fast.items():
        assert abs(f1 - expected) < (0.03 if "int8" in name else 0.01), (name, expected, fast)


def test_openvino_reads_pages_side_by_side_as_it_reads_one(
    builtin: LoadedModel, pages: list[tuple[str, Page]]
) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        reader = PageReader(builtin.artifact, openvino_engine(builtin.artifact.detector, FLOAT32))
        several = [page for _, page in pages[:5]]
        together = reader.read(several)
        alone = [reader.read([page])[0] for page in several]
    finally:
        torch.set_num_threads(before)

    assert reader.engine.pages_at_once == 2
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_allclose(one.boxes_N4, other.boxes_N4, atol=0.1)
        assert one.codepoints_NK[:, 0].tolist() == other.codepoints_NK[:, 0].tolist()


@pytest.mark.parametrize(
    ("name", "device", "error", "message"),
    [
        ("tensorrt", "cpu", ValueError, "engine must be auto, torch.*got 'tensorrt'"),
        ("onnxruntime", "cpu", ValueError, "onnxruntime:FILE"),
        ("torch:x.onnx", "cpu", ValueError, "got 'torch:x.onnx'"),
        ("openvino", "cuda", EngineUnavailableError, "ask for --device cpu or --engine torch"),
    ],
)
def test_an_engine_that_cannot_be_had_is_an_error(
    name: str, device: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        resolve_engine(name, torch.device(device))


def test_an_engine_that_is_not_installed_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.engines.find_spec", lambda _: None)

    with pytest.raises(EngineUnavailableError, match=r"kuzushiji-archive\[openvino\]"):
        resolve_engine("openvino", CPU)
    assert resolve_engine("auto", CPU, pages=10_000) == ("torch", None)


@pytest.mark.parametrize(
    ("device", "pages", "library"),
    [("cpu", 1, "torch"), ("cpu", 10_000, "openvino"), ("cuda", 10_000, "torch")],
)
def test_auto_converts_the_model_where_that_pays(device: str, pages: int, library: str) -> None:
    assert resolve_engine("auto", torch.device(device), pages) == (library, None)


def test_a_network_computes_its_model_with_a_context_too(
    builtin: LoadedModel, exported: Path
) -> None:
    engine = open_engine(
        f"onnxruntime:{exported}/network.onnx", with_context(builtin, "builtin"), "cpu"
    )

    assert engine.name.startswith("onnxruntime")


def test_a_network_of_another_model_is_refused(builtin: LoadedModel, exported: Path) -> None:
    other = LoadedModel(builtin.artifact, "0" * 64)

    with pytest.raises(ExportedModelError, match="export the model that reads"):
        open_engine(f"openvino:{exported}/network.onnx", other, "cpu")


@pytest.mark.parametrize("data", [b"", b"not a network", b"\x08\x07"])
def test_a_foreign_file_is_no_network(data: bytes, builtin: LoadedModel, tmp_path: Path) -> None:
    (tmp_path / "network.onnx").write_bytes(data)

    with pytest.raises(ExportedModelError, match="this kuzushiji export-model"):
        open_engine(f"openvino:{tmp_path}/network.onnx", builtin, "cpu")


def test_an_export_of_an_earlier_version_is_refused(
    builtin: LoadedModel, exported: Path, tmp_path: Path
) -> None:
    network = onnx.load(exported / "network.onnx")
    [facts] = [it for it in network.metadata_props if it.key == METADATA_KEY]
    facts.value = json.dumps({**json.loads(facts.value), "outputs": ["heatmap", "coarse"]})
    onnx.save(network, tmp_path / "network.onnx")

    with pytest.raises(ExportedModelError, match="export the model again"):
        open_engine(f"openvino:{tmp_path}/network.onnx", builtin, "cpu")
