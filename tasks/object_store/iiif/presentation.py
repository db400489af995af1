"""What a manifest or a collection says, in the Presentation API's versions 2 and 3.

https://iiif.io/api/presentation/3.0/ and https://iiif.io/api/presentation/2.1/. Of a canvas painted
with several images or a choice of them, the first counts.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tasks.object_store.errors import InvalidLocationError
from tasks.object_store.iiif.addresses import shown
from tasks.object_store.iiif.documents import (
    Tree,
    first_tree,
    identifier,
    kind,
    texts,
    trees,
    whole,
)

MAX_CANVASES = 99_999  # of a manifest: five digits of a key
_SERVICE_TYPE = re.compile(r"ImageService[23]")
_SERVICE_SIGN = re.compile(r"iiif\.io/api/image/[23]|^level[012]$")


@dataclass(frozen=True, slots=True)
class CanvasImage:
    """The image of a canvas.

    Attributes:
        number: position of the canvas in its manifest, from 1.
        canvas: id of the canvas.
        image: address of an image file, as the manifest gives it.
        service: base address of its Image API service, version 2 or 3; empty if it has none.
        width: of the canvas in the canvas's own units, usually pixels of the full image, or None.
        height: the same.
    """

    number: int
    canvas: str
    image: str
    service: str
    width: int | None
    height: int | None

    def version(self, long_side: int) -> str:
        """An ETag: another image, another service or another size wanted is another version."""
        said = (self.image, self.service, str(self.width), str(self.height), str(long_side))
        return hashlib.sha256("\0".join(said).encode(errors="replace")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Manifest:
    """A book.

    Attributes:
        url: where it was fetched.
        label: its title, in whichever languages.
        rights: addresses of licences or rights statements.
        attribution: what its owner asks to be shown with it.
        images: its canvases that have an image, in their order.
    """

    url: str
    label: tuple[str, ...]
    rights: tuple[str, ...]
    attribution: tuple[str, ...]
    images: tuple[CanvasImage, ...]


def is_collection(tree: Tree) -> bool:
    """Tell whether a document is a collection."""
    return kind(tree) == "Collection"


def read_manifest(url: str, tree: Tree) -> Manifest:
    """Read a manifest.

    Raises:
        InvalidLocationError: if the document is none, or has more canvases than keys have digits.
    """
    if kind(tree) != "Manifest":
        raise InvalidLocationError(
            f"{shown(url)} must be a IIIF manifest or collection, got the type {shown(kind(tree))}"
        )
    canvases = list(trees(tree.get("items") or first_tree(tree.get("sequences")).get("canvases")))
    if len(canvases) > MAX_CANVASES:
        raise InvalidLocationError(
            f"{shown(url)} must have at most {MAX_CANVASES} canvases, got {len(canvases)}"
        )
    statement = first_tree(tree.get("requiredStatement")).get("value")
    read = (_read_canvas(number, canvas) for number, canvas in enumerate(canvases, 1))
    return Manifest(
        url=url,
        label=tuple(texts(tree.get("label"))),
        rights=tuple(texts(tree.get("rights", tree.get("license")))),
        attribution=tuple(texts(statement or tree.get("attribution"))),
        images=tuple(image for image in read if image is not None),
    )


def collection_members(tree: Tree) -> Iterator[tuple[str, bool]]:
    """The addresses of a collection's members, and whether each is a collection too.

    The pages of a paged collection (version 2: ``first``, ``next``) count as collections in it.
    """
    for name in ("items", "members", "manifests", "collections"):
        for member in trees(tree.get(name)):
            if kind(member) in ("Manifest", "Collection"):
                yield identifier(member), is_collection(member)
    for name in ("first", "next"):
        page = tree.get(name)
        address = page if isinstance(page, str) else identifier(first_tree(page))
        if address:
            yield address, True


def _read_canvas(number: int, canvas: Tree) -> CanvasImage | None:
    """None for a canvas without an image, such as a recording."""
    body = _painted_3(canvas) or _painted_2(canvas)
    image, service = identifier(body), _image_service(body)
    if not image and not service:
        return None
    return CanvasImage(
        number=number,
        canvas=identifier(canvas),
        image=image,
        service=service,
        width=whole(canvas.get("width")),
        height=whole(canvas.get("height")),
    )


def _painted_3(canvas: Tree) -> Tree:
    for page in trees(canvas.get("items")):
        for annotation in trees(page.get("items")):
            body = first_tree(annotation.get("body"))
            if kind(body) == "Choice":
                body = first_tree(body.get("items"))
            if kind(body) == "SpecificResource":
                body = first_tree(body.get("source"))
            if kind(body) == "Image":
                return body
    return {}


def _painted_2(canvas: Tree) -> Tree:
    resource = first_tree(first_tree(canvas.get("images")).get("resource"))
    if kind(resource) == "Choice":
        resource = first_tree(resource.get("default"))
    if kind(resource) == "SpecificResource":
        resource = first_tree(resource.get("full"))
    return resource


def _image_service(body: Tree) -> str:
    for service in trees(body.get("service")):
        said = [*texts(service.get("@context")), *texts(service.get("profile"))]
        if _SERVICE_TYPE.fullmatch(kind(service)) or any(map(_SERVICE_SIGN.search, said)):
            return identifier(service).rstrip("/")
    return ""
