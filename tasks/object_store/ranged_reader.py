"""A seekable file over a function that fetches byte ranges."""

import io
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class RangedReader(io.RawIOBase):
    """Reads ``size`` bytes through ``read_range(start, stop)``; wrap it in a BufferedReader.

    Args:
        size: bytes of the whole object.
        read_range: returns exactly the bytes ``[start, stop)``.
    """

    def __init__(self, size: int, read_range: Callable[[int, int], bytes]) -> None:
        self._size = size
        self._read_range = read_range
        self._position = 0

    def readable(self) -> bool:
        """Reading is what it is for."""
        return True

    def seekable(self) -> bool:
        """Any position can be read."""
        return True

    def tell(self) -> int:
        """Byte position of the next read."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a position relative to start, here or end; beyond the end reads nothing."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError(f"position must not be negative, got {base + offset}")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill the buffer as far as the object goes, with one request."""
        target = memoryview(buffer).cast("B")
        stop = min(self._size, self._position + len(target))
        if stop <= self._position:
            return 0
        data = self._read_range(self._position, stop)
        target[: len(data)] = data
        self._position += len(data)
        return len(data)
