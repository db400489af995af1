"""What stores that are only read have in common: they refuse to write, and open into memory."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO, ClassVar, NoReturn

from tasks.object_store.errors import StoreAccessError
from tasks.object_store.interface import ObjectInfo, check_key


class ReadOnlyStore(ABC):
    """A store whose objects are fetched whole.

    Attributes:
        kind: what it is, for a message.
    """

    __slots__ = ()
    kind: ClassVar[str]

    @abstractmethod
    def get(self, key: str, *, etag: str | None = None, max_bytes: int | None = None) -> bytes:
        """Read one object completely; see `ObjectStore`."""

    @abstractmethod
    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """Stream the objects; see `ObjectStore`."""

    def folders(self, prefix: str = "") -> Iterator[str]:
        """Stream the names of the folders directly below ``prefix``."""
        below = (info.key.removeprefix(prefix) for info in self.list(prefix))
        yield from dict.fromkeys(key.partition("/")[0] for key in below if "/" in key)

    def open(self, key: str) -> BinaryIO:
        """Read one object into memory."""
        return BytesIO(self.get(key))

    def put(self, key: str, data: bytes) -> str:
        """Refuse."""
        del data
        self._refuse(key)

    def put_if_absent(self, key: str, data: bytes) -> bool:
        """Refuse."""
        del data
        self._refuse(key)

    def delete(self, key: str) -> None:
        """Refuse."""
        self._refuse(key)

    def _refuse(self, key: str) -> NoReturn:
        raise StoreAccessError(
            f"{check_key(key)!r} is in {self.kind}, which is only read; write elsewhere"
        )
