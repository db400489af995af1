"""Manifests and collections of both versions, honest and odd."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from iiif_server import canvas_2, canvas_3, collection_3, manifest_2, manifest_3

from tasks.object_store import InvalidLocationError
from tasks.object_store.iiif.books import folder_of
from tasks.object_store.iiif.presentation import (
    CanvasImage,
    collection_members,
    read_manifest,
)
from tasks.object_store.interface import check_key
from tasks.scans import is_scan

URL = "https://example.org/iiif/100241706/manifest.json"
SERVICE = "https://images.example.org/100241706/1"
NAMES = [
    *("id", "@id", "type", "@type", "@value", "label", "profile", "service"),
    *("items", "sequences", "canvases", "images", "body", "resource", "members", "first"),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner | st.sampled_from(["Manifest", "Canvas", "Image", "ImageService3", "Choice"]),
            max_size=5,
        )
    ),
    max_leaves=20,
)


@pytest.mark.parametrize("make", [manifest_2, manifest_3])
def test_both_versions_say_the_same(make: Callable[..., dict[str, Any]]) -> None:
    manifest = read_manifest(URL, make(URL, [SERVICE, f"{SERVICE}0/"]))

    assert manifest.label == ("伊勢物語",)
    assert [image.service for image in manifest.images] == [SERVICE, f"{SERVICE}0"]
    assert [image.number for image in manifest.images] == [1, 2]
    assert manifest.images[0].canvas == f"{URL}/canvas/1"
    assert (manifest.images[0].width, manifest.images[0].height) == (2000, 3000)


def test_who_owns_a_book_is_kept() -> None:
    rights = "http://creativecommons.org/licenses/by-sa/4.0/"
    three = {
        "rights": rights,
        "requiredStatement": {"label": {"ja": ["所蔵"]}, "value": {"ja": ["国文学研究資料館"]}},
    }
    two = {"license": rights, "attribution": [{"@value": "国文学研究資料館", "@language": "ja"}]}

    for tree in (manifest_3(URL, [], **three), manifest_2(URL, [], **two)):
        manifest = read_manifest(URL, tree)
        assert manifest.rights == (rights,)
        assert manifest.attribution == ("国文学研究資料館",)


def canvas_with_body(body: object) -> dict[str, Any]:
    canvas = canvas_3("https://example.org/c", SERVICE)
    canvas["items"][0]["items"][0]["body"] = body
    return canvas


IMAGE = canvas_3("", SERVICE)["items"][0]["items"][0]["body"]
OTHER = {"id": "https://example.org/infrared.jpg", "type": "Image"}
RESOURCE = canvas_2("", SERVICE)["images"][0]["resource"]


@pytest.mark.parametrize(
    "canvas",
    [
        canvas_with_body({"type": "Choice", "items": [IMAGE, OTHER]}),
        canvas_with_body([IMAGE, OTHER]),
        canvas_with_body({"type": "SpecificResource", "source": IMAGE}),
        {"images": [{"resource": {"@type": "oa:Choice", "default": RESOURCE, "item": [OTHER]}}]},
        {"images": [{"resource": {"@type": "oa:SpecificResource", "full": RESOURCE}}, {}]},
        canvas_with_body(IMAGE | {"service": {"@id": SERVICE, "@type": "ImageService2"}}),
        canvas_with_body(
            IMAGE | {"service": [{"id": "https://example.org/auth", "type": "AuthCookieService1"}]
                     + IMAGE["service"]}
        ),
    ],
)  # fmt: skip
def test_the_first_image_of_a_canvas_counts(canvas: dict[str, Any]) -> None:
    images = read_manifest(URL, {"type": "Manifest", "items": [canvas]}).images

    assert [image.service for image in images] == [SERVICE]


@pytest.mark.parametrize(
    "service",
    [None, [], "https://example.org/iiif", {"profile": "http://library.stanford.edu/iiif/image-api/1.1/"}],
)  # fmt: skip
def test_an_image_without_a_service_of_version_2_or_3_is_a_file(service: object) -> None:
    canvas = canvas_with_body(OTHER | {"service": service})

    (image,) = read_manifest(URL, {"type": "Manifest", "items": [canvas]}).images

    assert (image.image, image.service) == (OTHER["id"], "")


def test_a_canvas_without_an_image_leaves_its_number_free() -> None:
    sound = canvas_with_body({"id": "https://example.org/sound.mp3", "type": "Sound"})
    canvases = [sound, {}, canvas_3("", SERVICE), "odd", canvas_3("", SERVICE)]

    images = read_manifest(URL, {"type": "Manifest", "items": canvases}).images

    assert [image.number for image in images] == [3, 4]


@pytest.mark.parametrize(
    "tree", [{}, {"type": "Canvas"}, {"@type": "sc:Range"}, {"type": ["Manifest"]}, {"type": None}]
)
def test_what_is_no_manifest_is_refused(tree: dict[str, Any]) -> None:
    with pytest.raises(InvalidLocationError, match="must be a IIIF manifest"):
        read_manifest(URL, tree)


def test_more_canvases_than_a_key_can_count_are_refused() -> None:
    with pytest.raises(InvalidLocationError, match="99999"):
        read_manifest(URL, {"type": "Manifest", "items": [{}] * 100_000})


@given(JSON)
def test_no_document_is_too_odd(value: object) -> None:
    tree = {"type": "Manifest", "items": value, "label": value, "rights": value}
    tree |= {"sequences": value, "requiredStatement": value}

    for image in read_manifest(URL, tree).images:
        assert image.image or image.service
    list(collection_members({"items": value, "first": value, "members": value}))


def test_a_collection_names_manifests_and_collections() -> None:
    three = collection_3("https://example.org/c", {"m1": "Manifest", "c1": "Collection", "x": "?"})
    two = {
        "@type": "sc:Collection",
        "manifests": [{"@id": "m2", "@type": "sc:Manifest"}],
        "collections": [{"@id": "c2", "@type": "sc:Collection"}],
        "members": [{"@id": "m3", "@type": "sc:Manifest"}],
        "first": "page",
    }

    assert list(collection_members(three)) == [("m1", False), ("c1", True)]
    assert set(collection_members(two)) == {
        ("m2", False),
        ("m3", False),
        ("c2", True),
        ("page", True),
    }


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://example.org/iiif/100241706/manifest.json", "100241706"),
        ("https://example.org/api/iiif/2532216/manifest", "2532216"),
        ("https://example.org/books/ise.json?v=2", "ise"),
        ("https://example.org/伊勢%20物語/manifest.json", "伊勢-物語"),
        ("https://example.org/a/../../etc/passwd", "passwd"),
        ("https://example.org/x/..%2f..%2f/manifest.json", "book"),
        ("https://example.org/.hidden/manifest", "hidden"),
        ("https://example.org/%00%0a/manifest", "book"),
        ("https://example.org/", "book"),
        ("https://[broken", "book"),
        ("", "book"),
        ("https://example.org/" + "a" * 2000, "a" * 60),
    ],
)
def test_a_folder_is_named_after_the_telling_part(url: str, name: str) -> None:
    assert folder_of(url).rpartition("-")[0] == name
    assert len(folder_of(url).rpartition("-")[2]) == 8


@given(st.text(max_size=50))
def test_every_address_has_a_safe_folder(text: str) -> None:
    key = f"{folder_of(f'https://example.org/{text}/manifest.json')}/00001.jpg"

    assert check_key(key).count("/") == 1
    assert is_scan(key)


def test_another_image_service_or_size_is_another_version() -> None:
    image = CanvasImage(1, "c", "i", "s", 2, 3)

    others = [
        CanvasImage(1, "c", "i2", "s", 2, 3),
        CanvasImage(1, "c", "i", "s2", 2, 3),
        CanvasImage(1, "c", "i", "s", 4, 3),
    ]
    versions = {other.version(1360) for other in others} | {image.version(1000)}
    assert len(versions | {image.version(1360)}) == 5
    assert CanvasImage(9, "c9", "i", "s", 2, 3).version(1360) == image.version(1360)
    assert json.dumps(image.version(1360)).isascii()
