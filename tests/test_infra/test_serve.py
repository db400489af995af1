"""``kuzushiji serve``: deployments without a server, a pool or a worker of anybody's."""

import signal
import socket
import sys
from pathlib import Path

import pytest
from prefect_processes import ROOT, Prefect, clean_environment, keys_read, running, wait_until

pytestmark = pytest.mark.timeout(1800)

SERVE = (sys.executable, "-m", "flows.cli", "serve")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_serving_starts_a_server_and_ends_it(tmp_path: Path, folder: Path) -> None:
    port = free_port()
    environment = clean_environment(tmp_path)
    command = [*SERVE, "--file", str(ROOT / "prefect.yaml"), "--port", str(port)]
    api_url = f"http://127.0.0.1:{port}/api"
    prefect = Prefect({**environment, "PREFECT_API_URL": api_url}, tmp_path)
    places = ["--param", f"archive={folder}/archive", "--param", f"output={tmp_path}/out"]
    log = tmp_path / "serve.log"

    with running(command, environment, log) as serving:
        wait_until(lambda: "being served" in log.read_text(), "deployments")
        result = prefect.run("deployment", "run", "recognize-archive", "--watch", *places)
        serving.send_signal(signal.SIGTERM)
        serving.wait()

    assert result.returncode == 1, result.stdout  # a third of the pages is broken
    assert "33.3% of the pages" in log.read_text()
    assert len(keys_read(tmp_path / "out")) == 3
    assert serving.returncode == 0
    assert not is_taken(port)


def test_a_port_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        command = [*SERVE, "--port", str(other.getsockname()[1])]
        with running(command, clean_environment(tmp_path), tmp_path / "serve.log") as serving:
            status = serving.wait()

    printed = (tmp_path / "serve.log").read_text()
    assert status == 2
    assert "PREFECT_API_URL" in printed
    assert len(printed.strip().splitlines()) == 1


def test_a_file_that_is_missing_is_found_before_a_server_starts(tmp_path: Path) -> None:
    with running(
        [*SERVE, "--file", str(tmp_path / "none.yaml"), "--port", str(free_port())],
        clean_environment(tmp_path),
        tmp_path / "serve.log",
    ) as serving:
        status = serving.wait()

    printed = (tmp_path / "serve.log").read_text()
    assert status == 2
    assert "none.yaml is missing" in printed
    assert not list((tmp_path / "home").glob("*.db"))  # which a server makes
