"""Objects in a directory, a bucket, a zip file or a IIIF server behind one small interface."""

from tasks.object_store.directory import DirectoryStore
from tasks.object_store.errors import (
    ContainerNotFoundError,
    CredentialsError,
    InvalidKeyError,
    InvalidLocationError,
    ObjectChangedError,
    ObjectNotFoundError,
    ObjectTooLargeError,
    StoreAccessError,
    StoreError,
    StoreUnavailableError,
)
from tasks.object_store.iiif import IiifStore
from tasks.object_store.interface import ObjectInfo, ObjectStore, check_key
from tasks.object_store.location import open_store
from tasks.object_store.s3 import S3Store

__all__ = [
    "ContainerNotFoundError",
    "CredentialsError",
    "DirectoryStore",
    "IiifStore",
    "InvalidKeyError",
    "InvalidLocationError",
    "ObjectChangedError",
    "ObjectInfo",
    "ObjectNotFoundError",
    "ObjectStore",
    "ObjectTooLargeError",
    "S3Store",
    "StoreAccessError",
    "StoreError",
    "StoreUnavailableError",
    "check_key",
    "open_store",
]
