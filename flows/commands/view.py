"""``kuzushiji view``."""

import errno
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands.private_hosts import PrivateHosts
from flows.commands.terminal import explained, fail

if TYPE_CHECKING:
    from tasks.viewer.server import ViewerServer
    from tasks.viewer.site import ViewerSite


def view(
    output: Annotated[str, typer.Argument(help="Folder or s3://bucket/prefix of readings.")],
    archive: Annotated[
        str | None, typer.Option(help="Where the scans lie, if not where they were read.")
    ] = None,
    export: Annotated[
        str | None, typer.Option(help="Write the site into this folder instead of serving it.")
    ] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Serve at this port.")] = None,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
    allow_private_hosts: PrivateHosts = False,
) -> None:
    """Look at pages and their readings in a browser, search and correct them."""
    from tasks.viewer.session import open_site

    if export is not None and "://" in export:
        fail("--export must be a folder; copy it into a bucket with a tool that sets content types")
    site = explained(
        lambda: open_site(
            output,
            archive,
            can_save=export is None,
            allow_private_hosts=allow_private_hosts,
        )
    )
    if export is not None:
        _export(site, export)
    else:
        _serve(explained(lambda: _open_server(site, port)), browser=browser)


def _export(site: "ViewerSite", folder: str) -> None:
    from tasks.object_store import DirectoryStore
    from tasks.progress import PageProgress
    from tasks.viewer.export import export_site

    destination = DirectoryStore(Path(folder).absolute())
    with PageProgress(sum(1 for _ in site.pages())) as progress:
        missing = explained(
            lambda: export_site(site, destination, lambda failed: progress.count(failed=failed))
        )
    if missing:
        typer.echo(f"kuzushiji: {missing} scans cannot be shown: gone or changed", err=True)
    typer.echo(f"The site lies in {folder}; any web server shows it")


def _open_server(site: "ViewerSite", port: int | None) -> "ViewerServer":
    from tasks.viewer.server import ViewerServer, usual_port

    try:
        return ViewerServer(site, port or usual_port(site.source.output.location))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        if port is not None:
            fail(f"port {port} is taken; name another with --port, or none")
        return ViewerServer(site, 0)


def _serve(server: "ViewerServer", *, browser: bool) -> None:
    import webbrowser

    with server:
        typer.echo(f"The archive is at {server.url} until Ctrl-C")
        if browser:
            webbrowser.open(server.url)
        server.serve_forever()
