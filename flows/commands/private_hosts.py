"""The switch that lets IIIF addresses lead to this computer and into private networks."""

from typing import Annotated

import typer

PrivateHosts = Annotated[
    bool,
    typer.Option(
        "--allow-private-hosts",
        envvar="KUZUSHIJI_IIIF_ALLOW_PRIVATE",
        help="Let IIIF addresses lead to this computer and into private networks.",
    ),
]
