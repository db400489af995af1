"""Ctrl-C and SIGTERM end every command at once, whatever it is doing.

Leaving abruptly is safe, because the state is the output: an object is written whole or not at all,
and the next run does what is missing. Leaving gently cannot be promised: Prefect joins the threads
of its tasks, and their batch may take minutes; an exception that is raised into the main thread can
get lost in a callback or wait for a native library; and Prefect takes SIGTERM for itself while a
flow runs. So the signals wake a thread of their own, through the file descriptor that Python writes
to as soon as one arrives, and that thread ends the process.
"""

import os
import select
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

SIGNALS = (signal.SIGINT, signal.SIGTERM)
SECONDS_FOR_TERMINAL = 1.0  # to take a sentence; one that Ctrl-S stopped does not
SENTENCE = "kuzushiji: interrupted; what is finished is kept, run the same command to go on\n"
SHOW_CURSOR = "\x1b[?25h\n"  # a progress bar hides it
STANDARD_OUTPUT, STANDARD_ERROR = 1, 2

_leaving = threading.Lock()


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Run a command that SIGINT and SIGTERM end: one sentence, exit status 128 + signal.

    No child process stays behind. To be entered once, in the main thread.
    """
    waking, woken = os.pipe()
    os.set_blocking(woken, False)
    threading.Thread(target=_leave_when_woken, args=(waking,), daemon=True).start()
    for number in SIGNALS:
        signal.signal(number, lambda *_: None)  # the thread acts; Python only has to listen
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    # A forked child would wake its parent with signals of its own.
    os.register_at_fork(after_in_child=_listen_no_more)
    # A terminal sends Ctrl-C to child processes too; they inherit that it waits, and print no
    # traceback. The kernel hands ours to the thread, which was started before.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        with _leaving:  # the thread that leaves keeps it, so that its exit status counts
            pass


def leave_signals_to_prefect() -> None:
    """Undo it for a command that serves flows: Prefect cancels what runs and tells its server."""
    _listen_no_more()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Until Prefect takes that one as well:
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _leave_when_woken(waking: int) -> None:
    number = 0
    while number not in SIGNALS:  # others wake us too, such as the alarm of Prefect's timeouts
        number = os.read(waking, 1)[0]
    with _leaving:
        try:
            _write(_silence())
            _end_children()
        finally:
            os._exit(128 + number)


def _silence() -> int:
    """Let nothing more be printed by what now breaks off; return the standard error there was."""
    terminal = os.dup(STANDARD_ERROR)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, STANDARD_OUTPUT)
    os.dup2(nowhere, STANDARD_ERROR)
    return terminal


def _end_children() -> None:
    """Stop them all before one is killed: a child of a killed child could not be found any more.

    And leave without waiting: Dask replaces a worker process that died.
    """
    stopped: set[psutil.Process] = set()
    while started := set(psutil.Process().children(recursive=True)) - stopped:
        for child in started:
            _send(child, signal.SIGSTOP)
        stopped |= started
    for child in stopped:
        _send(child, signal.SIGKILL)


def _send(child: psutil.Process, number: int) -> None:
    with suppress(psutil.Error):  # it has just ended
        child.send_signal(number)


def _write(terminal: int) -> None:
    text = SHOW_CURSOR + SENTENCE if os.isatty(terminal) else SENTENCE
    with suppress(OSError):  # whoever read it is gone
        if select.select([], [terminal], [], SECONDS_FOR_TERMINAL)[1]:
            os.write(terminal, text.encode())


def _listen_no_more() -> None:
    signal.set_wakeup_fd(-1)
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)
