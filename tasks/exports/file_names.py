"""From page keys to file names that every store and operating system can hold.

A page's files keep the names and folders of its scan, in any script. What Windows, an archive
program or a terminal could stumble over is percent-encoded, so that different names stay different.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from hashlib import sha256

_UNSAFE = frozenset('<>:"\\|?*%')
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
# 255 bytes is what file systems allow; a format adds a suffix of up to 17.
_SEGMENT_BYTES = 220
# Stores allow 1,024 with their own prefix.
_PATH_BYTES = 700
_DIGEST_DIGITS = 16


class NameCollisionError(ValueError):
    """Files of two pages or books would have the same name."""


def file_name_of(key: str) -> str:
    """Name a page's files: its key without the image's suffix, made safe."""
    folder, slash, name = key.rpartition("/")
    return safe_path(f"{folder}{slash}{name.rpartition('.')[0] or name}")


def safe_path(path: str) -> str:
    """Make a relative path of any text.

    Its segments are neither empty nor ``.`` or ``..``, and neither they nor the whole are too long.
    """
    segments = (_short(_safe(part), _SEGMENT_BYTES) for part in path.split("/"))
    return _short("/".join(segments), _PATH_BYTES)


def distinct_names(sources: Iterable[str], name_of: Callable[[str], str]) -> dict[str, str]:
    """Name files after their sources, pages or books.

    Raises:
        NameCollisionError: if two sources lead to one name, or to names that only differ in upper
            and lower case or in how accents are written, which some file systems do not tell apart.
    """
    names: dict[str, str] = {}
    taken: dict[str, str] = {}
    for source in sources:
        names[source] = name_of(source)
        other = taken.setdefault(unicodedata.normalize("NFC", names[source]).casefold(), source)
        if other != source:
            raise NameCollisionError(
                f"{other!r} and {source!r} would both be written to {names[source]!r}; "
                "rename one of them in the archive and recognize it again"
            )
    return names


def _safe(segment: str) -> str:
    if not segment:
        return "%2F"
    safe = "".join(map(_safe_character, segment))
    if _DEVICES.fullmatch(segment):
        return _encoded(safe[0]) + safe[1:]
    if safe[-1] in ". ":
        return safe[:-1] + _encoded(safe[-1])
    return safe


def _safe_character(character: str) -> str:
    if character in _UNSAFE or not character.isprintable():
        return _encoded(character)
    return character


def _encoded(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode(errors="surrogatepass"))


def _short(name: str, limit: int) -> str:
    data = name.encode()
    if len(data) <= limit:
        return name
    digest = sha256(data).hexdigest()[:_DIGEST_DIGITS]
    beginning = data[: limit - _DIGEST_DIGITS - 1].decode(errors="ignore")
    return f"{beginning}~{digest}"
