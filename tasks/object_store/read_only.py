"""What stores that are only read have in common: they refuse to write, and open into memory."""

from abc import ABC, abstractmethod
from io import BytesIO
from typing import BinaryIO, ClassVar, NoReturn

from tasks.object_store.errors import StoreAccessError
from tasks.object_store.interface import check_key


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
