"""A bucket, or a prefix in one, as an object store. The only module that knows boto3.

Credentials, region and endpoint come from the standard AWS environment and profiles.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cached_property, lru_cache
from io import BufferedReader
from typing import TYPE_CHECKING, BinaryIO, TypeVar
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError

from tasks.object_store.errors import (
    InvalidLocationError,
    ObjectChangedError,
    ObjectTooLargeError,
)
from tasks.object_store.interface import ObjectInfo, check_key
from tasks.object_store.ranged_reader import RangedReader
from tasks.object_store.s3_errors import AskAgainError, typed_errors

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import (
        GetObjectOutputTypeDef,
        ListObjectsV2OutputTypeDef,
        ListObjectsV2RequestTypeDef,
    )

_ATTEMPTS = 3  # botocore retries requests, but neither broken bodies nor conflicting writes
_READ_AHEAD = 1 << 16  # bytes; a Parquet footer with its metadata fits in one request
_CONFIG = Config(
    retries={"mode": "adaptive", "max_attempts": 6},
    connect_timeout=10,
    read_timeout=60,
    max_pool_connections=16,
)
# Servers other than AWS often lack bucket names in the host and the newer checksum trailers.
_COMPATIBLE = _CONFIG.merge(
    Config(
        s3={"addressing_style": "path"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
)
_MAKING = threading.Lock()  # many threads ask at once for the first
T = TypeVar("T")


class S3Store:
    """The objects whose keys start with ``prefix/`` in ``bucket``.

    Pickling carries bucket and prefix only: every process has a client of its own.

    Args:
        bucket: the bucket's name.
        prefix: a folder-like prefix without slashes at its ends, or empty.
    """

    def __init__(self, bucket: str, prefix: str = "") -> None:
        self._bucket = bucket
        self._prefix = f"{check_key(prefix)}/" if prefix else ""

    def __reduce__(self) -> tuple[type[S3Store], tuple[str, str]]:
        return S3Store, (self._bucket, self._prefix.removesuffix("/"))

    def __repr__(self) -> str:
        return f"S3Store({self.location!r})"

    @property
    def location(self) -> str:
        """``s3://bucket/prefix``."""
        return f"s3://{self._bucket}/{self._prefix}".rstrip("/")

    @cached_property
    def client(self) -> S3Client:
        """The connection pool of this process: making one takes longer than reading many pages."""
        settings = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
        with _MAKING:
            return _client(frozenset(settings.items()))

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """Stream the objects, one page of 1,000 in memory; folder markers are left out."""
        for page in self._pages(self._prefix + prefix):
            for found in page.get("Contents", ()):
                key = found["Key"].removeprefix(self._prefix)
                if not found["Key"].endswith("/"):
                    yield _info(key, found["Size"], found["ETag"], found["LastModified"])

    def folders(self, prefix: str = "") -> Iterator[str]:
        """Stream what the server groups up to the next slash, 1,000 in a request."""
        start = self._prefix + prefix
        for page in self._pages(start, delimiter="/"):
            for found in page.get("CommonPrefixes", ()):
                yield found["Prefix"].removeprefix(start).removesuffix("/")

    def head(self, key: str) -> ObjectInfo:
        """Describe one object."""
        name = self._name(key)
        with typed_errors(key):
            found = self.client.head_object(Bucket=self._bucket, Key=name)
        return _info(key, found["ContentLength"], found["ETag"], found["LastModified"])

    def get(self, key: str, *, etag: str | None = None, max_bytes: int | None = None) -> bytes:
        """Read one object; version and size are checked on the answer's head, before its body."""
        name = self._name(key)

        def get() -> bytes:
            with typed_errors(key):
                answer = self.client.get_object(Bucket=self._bucket, Key=name)
                return _body(key, answer, etag, max_bytes)

        return _patiently(get)

    def open(self, key: str) -> BinaryIO:
        """Open one object; every read must meet the version that was opened."""
        name, info = self._name(key), self.head(key)

        def read_range(start: int, stop: int) -> bytes:
            with typed_errors(key):
                answer = self.client.get_object(
                    Bucket=self._bucket, Key=name, Range=f"bytes={start}-{stop - 1}"
                )
                return _body(key, answer, info.etag, stop - start)

        reader = RangedReader(info.size, lambda start, stop: _patiently(read_range, start, stop))
        return BufferedReader(reader, _READ_AHEAD)

    def put(self, key: str, data: bytes) -> str:
        """Write an object with one request."""
        name = self._name(key)
        with typed_errors(key):
            answer = self.client.put_object(Bucket=self._bucket, Key=name, Body=data)
        return _bare(answer["ETag"])

    def put_if_absent(self, key: str, data: bytes) -> bool:
        """Write an object with one conditional request (``If-None-Match: *``)."""
        name = self._name(key)

        def put() -> bool:
            with typed_errors(key):
                try:
                    self.client.put_object(
                        Bucket=self._bucket, Key=name, Body=data, IfNoneMatch="*"
                    )
                except ClientError as error:
                    if error.response["ResponseMetadata"]["HTTPStatusCode"] != 412:  # noqa: PLR2004 - Precondition Failed
                        raise
                    # A retry may meet the object that its own first attempt wrote.
                    retried = error.response["ResponseMetadata"].get("RetryAttempts", 0) > 0
                    return retried and self.get(key) == data
            return True

        return _patiently(put)

    def delete(self, key: str) -> None:
        """Remove one object."""
        name = self._name(key)
        with typed_errors(key):
            self.client.delete_object(Bucket=self._bucket, Key=name)

    def _pages(self, prefix: str, delimiter: str = "") -> Iterator[ListObjectsV2OutputTypeDef]:
        request: ListObjectsV2RequestTypeDef = {
            "Bucket": self._bucket,
            "Prefix": prefix,
            "Delimiter": delimiter,
        }

        def ask() -> ListObjectsV2OutputTypeDef:
            with typed_errors(self.location):
                page = self.client.list_objects_v2(**request)
            if "IsTruncated" not in page:  # an empty answer would read as an empty bucket
                raise AskAgainError(f"the listing of {self.location} broke off; run again")
            return page

        while True:
            page = _patiently(ask)
            yield page
            if not page["IsTruncated"]:
                return
            request["ContinuationToken"] = page["NextContinuationToken"]

    def _name(self, key: str) -> str:
        return check_key(self._prefix + check_key(key))


@lru_cache(maxsize=4)
def _client(_settings: frozenset[tuple[str, str]]) -> S3Client:
    """Make a client; stores that meet the same settings share it."""
    session = boto3.session.Session()
    with typed_errors("the S3 client"):
        try:
            client: S3Client = session.client("s3", config=_CONFIG)
            _check_endpoint(client.meta.endpoint_url)
            if ".amazonaws." in client.meta.endpoint_url:
                return client
            return session.client("s3", config=_COMPATIBLE)
        except ValueError as error:  # the address is not repeated: it may hold a password
            raise InvalidLocationError(
                "AWS_ENDPOINT_URL must look like https://host:port; correct it and run again"
            ) from error


def _check_endpoint(url: str) -> None:
    """Refuse a password in the address: boto3 does not use it, but repeats it in its errors."""
    if "@" in urlsplit(url).netloc:
        raise InvalidLocationError(
            "AWS_ENDPOINT_URL must be without user name and password; credentials belong into"
            " AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or a profile"
        )


def _body(
    key: str, answer: GetObjectOutputTypeDef, etag: str | None, max_bytes: int | None
) -> bytes:
    if "ETag" not in answer or "ContentLength" not in answer:
        raise AskAgainError(f"the answer for {key!r} tells no version or length; run again")
    stream, size = answer["Body"], answer["ContentLength"]
    if etag is not None and _bare(answer["ETag"]) != etag:
        stream.close()
        raise ObjectChangedError(f"{key!r} changed since it was listed; run again")
    if max_bytes is not None and size > max_bytes:
        stream.close()
        raise ObjectTooLargeError(f"{key!r} must have at most {max_bytes} bytes, got {size}")
    try:
        data = stream.read()
    except ReadTimeoutError as error:  # before the body, botocore has asked again already
        raise AskAgainError(f"the answer for {key!r} stalled; run again") from error
    if len(data) != size:
        raise AskAgainError(f"{key!r} arrived with {len(data)} of {size} bytes")
    return data


def _patiently(request: Callable[..., T], *arguments: int) -> T:
    for _ in range(_ATTEMPTS - 1):
        try:
            return request(*arguments)
        except AskAgainError:
            continue
    return request(*arguments)


def _info(key: str, size: int, etag: str, modified: datetime) -> ObjectInfo:
    # An HTTP head tells whole seconds only; Ceph's listings tell more.
    return ObjectInfo(key, size, _bare(etag), modified.replace(microsecond=0))


def _bare(etag: str) -> str:
    return etag.strip('"')
