"""IIIF Presentation 3: a manifest for each book, a collection of all."""

from collections.abc import Iterator

from tasks.exports.file_names import safe_path
from tasks.exports.iiif import CONTEXT, GLYPHS, LINES, Tree, WebAddresses, to_bytes
from tasks.exports.page import SOFTWARE, SOFTWARE_VERSION, ExportPage
from tasks.exports.xml import relative_reference
from tasks.scans import book_of

_MEDIA_TYPES = {"png": "image/png", "tif": "image/tiff", "tiff": "image/tiff", "webp": "image/webp"}


class IiifManifests:
    """Collects pages for a ``manifest.json`` of each book and the ``collection.json`` of all."""

    def __init__(self, addresses: WebAddresses) -> None:
        self._addresses = addresses
        self._books: dict[str, list[Tree]] = {}
        self._models: set[str] = set()

    def add(self, page: ExportPage) -> None:
        """Take in a page."""
        canvas = _canvas(page, self._addresses)
        self._books.setdefault(book_of(page.key), []).append(canvas)
        self._models.add(page.model_digest)

    def files(self) -> Iterator[tuple[str, bytes]]:
        """The manifests, then the collection."""
        references = []
        for book, canvases in self._books.items():
            name = f"{safe_path(book)}/manifest.json"
            reference = {
                "id": self._addresses.folder(name),
                "type": "Manifest",
                "label": {"none": [book]},
            }
            references.append(reference)
            yield name, to_bytes(self._manifest(reference, canvases))
        collection = {
            "@context": CONTEXT,
            "id": self._addresses.folder("collection.json"),
            "type": "Collection",
            "label": {"en": ["All books"], "ja": ["全冊"]},
            "items": references,
        }
        yield "collection.json", to_bytes(collection)

    def _manifest(self, reference: Tree, canvases: list[Tree]) -> Tree:
        software = {"none": [f"{SOFTWARE} {SOFTWARE_VERSION}"]}
        return {
            "@context": CONTEXT,
            **reference,
            "metadata": [
                {"label": {"en": ["Text read by"], "ja": ["翻刻"]}, "value": software},
                {
                    "label": {"en": ["Model"], "ja": ["モデル"]},
                    "value": {"none": sorted(self._models)},
                },
            ],
            "viewingDirection": "right-to-left",
            "items": canvases,
        }


def _canvas(page: ExportPage, addresses: WebAddresses) -> Tree:
    address = addresses.folder(page.name)
    size = {"width": page.width, "height": page.height}
    image = {
        "id": f"{addresses.scans}/{relative_reference(page.key)}",
        "type": "Image",
        "format": _MEDIA_TYPES.get(page.key.rpartition(".")[2].lower(), "image/jpeg"),
        **size,
    }
    painting = {
        "id": f"{address}/image",
        "type": "Annotation",
        "motivation": "painting",
        "body": image,
        "target": f"{address}/canvas",
    }
    painted = {"id": f"{address}/painting", "type": "AnnotationPage", "items": [painting]}
    return {
        "id": f"{address}/canvas",
        "type": "Canvas",
        "label": {"none": [page.key.rpartition("/")[2]]},
        **size,
        "items": [painted],
        "annotations": [{"id": f"{address}{LINES}", "type": "AnnotationPage"}],
        "seeAlso": [
            {
                "id": f"{address}{GLYPHS}",
                "type": "Dataset",
                "label": {"en": ["Characters"], "ja": ["文字"]},
                "format": "application/json",
            }
        ],
    }
