"""From what a person types to a store that is known to answer."""

import re
from contextlib import suppress
from pathlib import Path

from tasks.object_store.directory import DirectoryStore
from tasks.object_store.errors import (
    ContainerNotFoundError,
    InvalidLocationError,
    ObjectNotFoundError,
    StoreAccessError,
)
from tasks.object_store.iiif import open_iiif
from tasks.object_store.interface import ObjectStore
from tasks.object_store.s3 import S3Store
from tasks.object_store.zipped import open_zip

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
_ZIP = ".zip"
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}")


def open_store(
    location: str,
    *,
    create: bool = False,
    missing_ok: bool = False,
    allow_private_hosts: bool = False,
) -> ObjectStore:
    """Open a directory, a bucket, a zip file in either or a IIIF address that is really there.

    Args:
        location: a path, ``s3://bucket/prefix``, or the ``https://`` address of a IIIF manifest or
            collection; zip files and IIIF addresses are read only.
        create: make a missing directory. A bucket is never made: its owner and region matter.
        missing_ok: take a missing directory for an empty one, as a missing prefix in a bucket is.
        allow_private_hosts: let IIIF addresses lead to this computer and into private networks.

    Raises:
        InvalidLocationError: if the location is none of these.
        ContainerNotFoundError: if the directory or bucket does not exist.
        CredentialsError: if S3 does not know this user.
        StoreAccessError: if the user may not list it.
        StoreUnavailableError: if the server does not answer.
    """
    url = _SCHEME.fullmatch(location)
    if url is None:
        return _open_directory(location, create=create, missing_ok=missing_ok)
    scheme, rest = url.groups()
    if scheme.lower() in ("http", "https"):
        if create:
            raise InvalidLocationError(
                "nothing is written to http or https; name a folder or s3://"
            )
        return open_iiif(location, allow_private=allow_private_hosts)
    if scheme.lower() != "s3":
        raise InvalidLocationError(
            "location must be a directory, s3://bucket/prefix or the https:// address of a IIIF"
            f" manifest or collection, got one of kind {scheme}://"
        )
    return _open_bucket(rest)


def _open_directory(location: str, *, create: bool, missing_ok: bool) -> ObjectStore:
    if not location or "\0" in location:
        raise InvalidLocationError("location must not be empty; name a directory or s3://bucket")
    root = Path(location).absolute()
    try:
        if create:
            root.mkdir(parents=True, exist_ok=True)
        if root.is_dir() or (missing_ok and not root.exists()):
            return DirectoryStore(root)
    except (FileExistsError, NotADirectoryError):
        pass
    except OSError as error:
        raise StoreAccessError(f"cannot use directory {location!r}: {error.strerror}") from error
    if root.is_file() and root.suffix.lower() == _ZIP:
        return open_zip(DirectoryStore(root.parent), root.name)
    if root.is_file():
        raise ContainerNotFoundError(f"{location!r} is a file; name the folder that holds it")
    raise ContainerNotFoundError(f"there is no directory {location!r}; create it or correct it")


def _open_bucket(rest: str) -> ObjectStore:
    bucket, _, prefix = rest.partition("/")
    if not _BUCKET.fullmatch(bucket):  # not repeated: someone may have typed user:password@
        raise InvalidLocationError(
            "location must be s3://bucket/prefix with a bucket name of letters, digits, '.', '-';"
            " credentials belong into the AWS environment or a profile"
        )
    store = S3Store(bucket, prefix.strip("/"))
    next(store.list(), None)  # one cheap request meets every reason to fail early
    if prefix.lower().endswith(_ZIP):
        folder, _, name = prefix.rpartition("/")
        with suppress(ObjectNotFoundError):  # then it is a prefix that looks like a zip file
            return open_zip(S3Store(bucket, folder.strip("/")), name)
    return store
