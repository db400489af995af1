"""Opens what a viewer needs: readings, scans, a catalogue with its progress."""

import json
from pathlib import PurePosixPath

from tasks.object_store import (
    ContainerNotFoundError,
    InvalidLocationError,
    ObjectNotFoundError,
    ObjectStore,
    open_store,
)
from tasks.progress import PageProgress
from tasks.readings import CurrentRows
from tasks.viewer.site import ViewerSite, ViewerSource


class UnknownArchiveError(FileNotFoundError):
    """Nobody says where the scans lie, or they are not there."""


def open_site(
    output_location: str,
    archive_location: str | None,
    *,
    can_save: bool,
    allow_private_hosts: bool = False,
) -> ViewerSite:
    """Open readings and scans and go through all readings once.

    Args:
        output_location: folder or ``s3://bucket/prefix`` of readings.
        archive_location: of the scans, see `open_store`; None for where ``recognize`` found them.
        can_save: whether corrections can be sent back.
        allow_private_hosts: see `open_store`.

    Raises:
        UnknownArchiveError: if the scans are not there.
        NoReadingsError: if there are no readings.
        StoreError: if a store refuses.
        ReadingsFormatError: if the readings are damaged.
    """
    output = open_store(output_location)
    if archive_location:
        archive = open_store(archive_location, allow_private_hosts=allow_private_hosts)
    else:
        archive = _recorded_archive(output, allow_private_hosts=allow_private_hosts)
    rows = CurrentRows(output)
    name = PurePosixPath(archive.location).name
    with PageProgress(len(rows)) as progress:
        return ViewerSite(
            ViewerSource(output, archive, name, can_save),
            rows,
            lambda row: progress.count(failed=row.status == "failed"),
        )


def _recorded_archive(output: ObjectStore, *, allow_private_hosts: bool) -> ObjectStore:
    try:
        recorded = str(json.loads(output.get("configuration.json"))["archive"])
    except (ObjectNotFoundError, ValueError, KeyError, TypeError) as error:
        raise UnknownArchiveError(
            f"{output.location} does not say where its scans lie; name them with --archive"
        ) from error
    try:
        return open_store(recorded, allow_private_hosts=allow_private_hosts)
    except (ContainerNotFoundError, InvalidLocationError) as error:
        raise UnknownArchiveError(
            f"the scans are no longer in {recorded!r}; say with --archive where they are"
        ) from error
