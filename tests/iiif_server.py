"""A IIIF server on this computer: images by the Image API's reference implementation.

The package ``iiif`` parses the request and derives the image; around it are HTTP, the limits of a
level, and answers that no honest server gives.
"""

import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from iiif.error import IIIFError
from iiif.info import IIIFInfo
from iiif.manipulator_pil import IIIFManipulatorPIL
from iiif.request import IIIFRequest
from PIL import Image

Tree = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What the server says, right or wrong."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None  # said in Content-Length; None for the body's own
    chunks: Iterator[bytes] | None = None  # sent after the body, without a length


@dataclass
class IiifServer:
    """Images of a folder under ``/images/NAME``, documents under their paths.

    ``told`` has further answers by path, given one after another; then the last again and again.
    """

    url: str
    folder: Path
    version: str = "3.0"
    level: int = 2
    sizes: Sequence[tuple[int, int]] = ()
    limits: Mapping[str, int] = field(default_factory=dict)
    documents: dict[str, Tree] = field(default_factory=dict)
    told: dict[str, list[Answer]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)

    def images_asked(self) -> list[str]:
        """Paths of the images that were asked for."""
        return [path for path in self.asked if path.endswith("/default.jpg")]

    def add_image(self, name: str, width: int, height: int, seed: int = 0) -> str:
        """Keep an image; returns its service's address."""
        noise = Image.effect_noise((width, height), 10 + seed)
        noise.convert("RGB").save(self.folder / f"{name}.jpg")
        return f"{self.url}/images/{name}"

    def add_document(self, path: str, document: Tree) -> str:
        """Serve a document; returns its address."""
        self.documents[path] = document
        return self.url + path

    def add_book(self, name: str, pages: int = 3, width: int = 200, height: int = 300) -> str:
        """Serve a book in the version of the server; returns its manifest's address."""
        services = [
            self.add_image(f"{name}-{number}", width, height, number) for number in range(pages)
        ]
        make = manifest_3 if self.version == "3.0" else manifest_2
        url = f"{self.url}/{name}/manifest.json"
        return self.add_document(f"/{name}/manifest.json", make(url, services))

    def answer(self, path: str) -> Answer:
        """Answer a request."""
        self.asked.append(path)
        if path in self.told:
            answers = self.told[path]
            return answers.pop(0) if len(answers) > 1 else answers[0]
        if path in self.documents:
            return json_answer(self.documents[path])
        _, prefix, name, *rest = (*path.split("/", 3), "", "")
        file = self.folder / f"{name}.jpg"
        if prefix != "images" or not name or not file.is_file():
            return Answer(status=404)
        return self._info(name, file) if rest[0] == "info.json" else self._image(file, rest[0])

    def _info(self, name: str, file: Path) -> Answer:
        with Image.open(file) as image:
            width, height = image.size
        is_3 = self.version == "3.0"
        info = IIIFInfo(
            api_version=self.version,
            level=self.level,
            server_and_prefix=f"{self.url}/images",
            identifier=name,
            width=width,
            height=height,
            sizes=[{"width": w, "height": h} for w, h in self.sizes] or None,
        )
        document = json.loads(info.as_json())
        limits = dict(self.limits) if is_3 else {"profile": [*document["profile"], self.limits]}
        return json_answer(document | limits)

    def _image(self, file: Path, path: str) -> Answer:
        request = IIIFRequest(api_version=self.version, baseurl=None, identifier=file.stem)
        manipulator = IIIFManipulatorPIL(api_version=self.version)
        manipulator.max_width = self.limits.get("maxWidth")
        try:
            request.parse_url(path)
            self._check(request.size, file)
            derived, kind = manipulator.derive(str(file), request)
            body = Path(derived).read_bytes()
        except IIIFError as error:
            return Answer(str(error).encode(), status=error.code)
        finally:
            manipulator.cleanup()
        return Answer(body, headers={"Content-Type": kind})

    def _check(self, size: str, file: Path) -> None:
        """Refuse what the level and the limits do not offer."""
        listed = {f"{w},{h}" if self.version == "3.0" else f"{w}," for w, h in self.sizes}
        always = {"max"} if self.version == "3.0" or self.limits else {"max", "full"}
        if self.level == 0 and size not in listed | always:
            raise IIIFError(code=501, text=f"level 0 has no size {size}")
        with Image.open(file) as image:
            widest = self.limits.get("maxWidth", image.width)
        if (
            size != "max"
            and size.split(",", maxsplit=1)[0].isdigit()
            and int(size.split(",", maxsplit=1)[0]) > widest
        ):
            raise IIIFError(code=400, text=f"{size} is larger than maxWidth")


def json_answer(document: object) -> Answer:
    """An answer in JSON."""
    return Answer(json.dumps(document).encode(), headers={"Content-Type": "application/ld+json"})


def manifest_3(url: str, services: Sequence[str], **properties: object) -> Tree:
    """A manifest of Presentation 3 whose canvases have these Image API services."""
    return {
        "@context": "http://iiif.io/api/presentation/3/context.json",
        "id": url,
        "type": "Manifest",
        "label": {"ja": ["伊勢物語"]},
        "items": [canvas_3(f"{url}/canvas/{n}", service) for n, service in enumerate(services, 1)],
        **properties,
    }


def canvas_3(canvas: str, service: str) -> Tree:
    """A canvas of Presentation 3."""
    body = {
        "id": f"{service}/full/max/0/default.jpg",
        "type": "Image",
        "format": "image/jpeg",
        "service": [{"id": service, "type": "ImageService3", "profile": "level2"}],
    }
    painting = {"id": f"{canvas}/a", "type": "Annotation", "motivation": "painting", "body": body}
    page = {"id": f"{canvas}/p", "type": "AnnotationPage", "items": [painting]}
    return {"id": canvas, "type": "Canvas", "width": 2000, "height": 3000, "items": [page]}


def manifest_2(url: str, services: Sequence[str], **properties: object) -> Tree:
    """A manifest of Presentation 2.1 whose canvases have these Image API services."""
    return {
        "@context": "http://iiif.io/api/presentation/2/context.json",
        "@id": url,
        "@type": "sc:Manifest",
        "label": "伊勢物語",
        "sequences": [
            {
                "@type": "sc:Sequence",
                "canvases": [
                    canvas_2(f"{url}/canvas/{n}", service) for n, service in enumerate(services, 1)
                ],
            }
        ],
        **properties,
    }


def canvas_2(canvas: str, service: str) -> Tree:
    """A canvas of Presentation 2.1."""
    resource = {
        "@id": f"{service}/full/full/0/default.jpg",
        "@type": "dctypes:Image",
        "service": {
            "@context": "http://iiif.io/api/image/2/context.json",
            "@id": service,
            "profile": "http://iiif.io/api/image/2/level2.json",
        },
    }
    image = {"@type": "oa:Annotation", "motivation": "sc:painting", "resource": resource}
    return {"@id": canvas, "@type": "sc:Canvas", "width": 2000, "height": 3000, "images": [image]}


def collection_3(url: str, members: Mapping[str, str]) -> Tree:
    """A collection of Presentation 3; ``members`` are types by address."""
    items = [{"id": member, "type": kind, "label": {}} for member, kind in members.items()]
    return {"id": url, "type": "Collection", "items": items}


@contextmanager
def serve_iiif(folder: Path, tls: ssl.SSLContext | None = None) -> Iterator[IiifServer]:
    """Serve on a free port of 127.0.0.1 until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            served.headers.append(dict(self.headers))
            answer = served.answer(self.path)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.chunks is None:
                length = len(answer.body) if answer.length is None else answer.length
                self.send_header("Content-Length", str(length))
            self.close_connection = answer.chunks is not None or answer.length is not None
            self.end_headers()
            self._send(answer)

        def _send(self, answer: Answer) -> None:
            try:
                self.wfile.write(answer.body)
                for chunk in answer.chunks or ():
                    self.wfile.write(chunk)
            except OSError:  # the client had enough
                self.close_connection = True

        log_message: Callable[..., None] = lambda *_: None

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A client that hangs up is none of this server's worries."""

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    served = IiifServer(f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}", folder)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
