"""Deployments on a real server and worker: the literal command, a schedule, an alert."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterName
from prefect_processes import ROOT, Prefect, keys_read, prefect_on_postgresql, wait_until

pytestmark = pytest.mark.timeout(1800)  # many processes start here, one after the other

RUN = ("deployment", "run")
NAME = "recognize-archive"


class Webhook:
    """A receiver of messages at a free port."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        texts = self.texts

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                texts.append(json.loads(body)["text"])
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"


@pytest.fixture(scope="module")
def webhook() -> Iterator[Webhook]:
    webhook = Webhook()
    threading.Thread(target=webhook.server.serve_forever, daemon=True).start()
    yield webhook
    webhook.server.shutdown()
    webhook.server.server_close()


@pytest.fixture(scope="module")
def deployed(
    tmp_path_factory: pytest.TempPathFactory, folder: Path, webhook: Webhook
) -> Iterator[Prefect]:
    """The repository's deployments, reading the tiny archive; and one that runs every minute."""
    file = write_deployments(folder)
    with prefect_on_postgresql(tmp_path_factory.mktemp("prefect")) as prefect:
        pool = prefect.run("work-pool", "create", "kuzushiji", "--type", "process")
        every = prefect.run("--no-prompt", "deploy", "--all", "--prefect-file", str(file))
        alert = prefect.python("infra/alert_on_failure_rate.py", webhook.url)
        assert (pool.returncode, every.returncode, alert.returncode) == (0, 0, 0), every.stdout
        with prefect.worker("kuzushiji"):
            yield prefect


def write_deployments(folder: Path) -> Path:
    content = yaml.safe_load((ROOT / "prefect.yaml").read_text())
    (recognize,) = (entry for entry in content["deployments"] if entry["name"] == NAME)
    places = {"archive": f"{folder}/archive", "output": f"{folder}/out", "max_failure_rate": 0.5}
    recognize["parameters"] = places
    every_minute = {
        **recognize,
        "name": "every-minute",
        "schedules": [{"cron": "* * * * *", "timezone": "Asia/Tokyo"}],
        "parameters": {**places, "output": f"{folder}/scheduled"},
    }
    content["deployments"].append(every_minute)
    file = folder / "prefect.yaml"
    file.write_text(yaml.safe_dump(content))
    return file


def test_the_literal_command_reads_the_archive_with_its_parameters(
    deployed: Prefect, folder: Path
) -> None:
    result = deployed.run(*RUN, NAME, "--param", "limit=1", "--watch")

    assert result.returncode == 0, result.stdout + result.stderr
    assert keys_read(folder / "out") == ["page-0.jpg"]


def test_a_failed_run_fails_the_command_and_sends_the_alert(
    deployed: Prefect, webhook: Webhook, folder: Path
) -> None:
    parameters = [f"output={folder}/strict", "max_failure_rate=0.1"]
    options = [word for parameter in parameters for word in ("--param", parameter)]

    failed = deployed.run(*RUN, NAME, "--watch", *options)

    assert failed.returncode == 1
    assert "Failed" in failed.stdout
    wait_until(lambda: webhook.texts, "the alert")
    assert "33.3% of the pages could not be read" in webhook.texts[0]


def test_a_parameter_out_of_bounds_is_refused_by_the_server(deployed: Prefect) -> None:
    refused = deployed.run(*RUN, NAME, "--param", "batch_size=0")

    assert refused.returncode == 1
    assert "batch_size" in refused.stdout + refused.stderr


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        pytest.param(NAME, {"PREFECT_PLUGINS_ENABLED": "true"}, id="with the setting"),
        pytest.param(f"{NAME}/{NAME}", {}, id="full name"),
    ],
)
def test_from_anywhere_the_bare_name_needs_one_setting(
    deployed: Prefect, tmp_path: Path, name: str, settings: dict[str, str]
) -> None:
    result = deployed.run(*RUN, name, "--start-in", "2 hours", cwd=tmp_path, **settings)

    assert result.returncode == 0, result.stderr


def test_an_unknown_name_fails_as_it_does_without_us(deployed: Prefect) -> None:
    ours = deployed.run(*RUN, "no-such-flow")
    stock = deployed.run(*RUN, "no-such-flow", PREFECT_PLUGINS_ENABLED="false")

    assert (ours.returncode, stock.returncode) == (1, 1)
    assert (ours.stdout, ours.stderr) == (stock.stdout, stock.stderr)


def test_a_cron_schedule_produces_runs_that_the_worker_executes(
    deployed: Prefect, folder: Path
) -> None:
    named = DeploymentFilter(name=DeploymentFilterName(any_=["every-minute"]))

    def completed() -> bool:
        with SyncPrefectClient(api=deployed.environment["PREFECT_API_URL"]) as client:
            runs = client.read_flow_runs(deployment_filter=named)
        return any(run.auto_scheduled and run.state_name == "Completed" for run in runs)

    wait_until(completed, "a scheduled run")
    assert len(keys_read(folder / "scheduled")) == 3
