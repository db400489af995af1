"""``prefect deployment run recognize-archive``: the names of our deployments may stand alone.

Prefect asks for FLOW/DEPLOYMENT and refuses a bare name. Where its plugins are enabled (in the
checkout they are, elsewhere by ``PREFECT_PLUGINS_ENABLED=true``), it calls this start-up hook
before it reads its command line, and the hook completes the name there. All else is Prefect's.
"""

import re
import sys
from collections.abc import MutableSequence, Sequence
from pathlib import Path

from prefect.plugins import HookContext, register_hook

COMMANDS = (["deployment", "run"], ["deployments", "run"])
NAME = re.compile("[a-z]+(-[a-z]+)*")
SWITCHES = {"--watch", "--no-watch", "--help"}  # every other option takes a value


@register_hook
def setup_environment(*, ctx: HookContext) -> None:  # noqa: ARG001 - Prefect passes it by name
    """Prefect's hook: complete the command line of this process, if it is Prefect's."""
    if sys.argv[0].endswith(("prefect", "prefect.exe")) or sys.argv[0] == "-m":
        complete_name(sys.argv)


def complete_name(arguments: MutableSequence[str]) -> None:
    """Replace a bare name of ours after ``deployment run`` by FLOW/DEPLOYMENT.

    Args:
        arguments: a command line, the program first; changed in place.
    """
    position = name_position(arguments)
    if position is not None and is_flow_name(arguments[position]):
        arguments[position] = f"{arguments[position]}/{arguments[position]}"


def name_position(arguments: Sequence[str]) -> int | None:
    """Where ``deployment run`` is told which one; none for other commands."""
    commands = (i + 2 for i in range(len(arguments)) if list(arguments[i : i + 2]) in COMMANDS)
    position = next(commands, len(arguments))
    while position < len(arguments) and arguments[position].startswith("-"):
        takes_value = arguments[position] not in SWITCHES and "=" not in arguments[position]
        position += 1 + takes_value
    return position if position < len(arguments) else None


def is_flow_name(name: str) -> bool:
    """Whether it is a flow of ours: ``verb-noun`` stands in ``flows/verb_noun.py`` and says so.

    Looking saves the import of all that the flow needs, on each of Prefect's commands.
    """
    if not NAME.fullmatch(name):
        return False
    module = Path(__file__).with_name(f"{name.replace('-', '_')}.py")
    return module.is_file() and f'name="{name}"' in module.read_text()
