"""OpenVINO's first use by several threads at once must not stop the process."""

import subprocess
import sys

FIRST_USE = """
import sys
from threading import Barrier, Thread
from model.engines.openvino_engine import import_openvino

sys.setswitchinterval(1e-6)
element_type, together = import_openvino().Type.u8, Barrier(4)

def convert():
    together.wait()
    element_type.to_dtype()

threads = [Thread(target=convert) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def test_threads_that_use_it_first_at_once_do_not_wait_for_each_other_forever() -> None:
    command = [sys.executable, "-c", FIRST_USE]

    assert subprocess.run(command, check=False, timeout=120).returncode == 0
