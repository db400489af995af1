"""From page keys to file names."""

import re

import pytest
from export_samples import HOSTILE_KEYS
from hypothesis import example, given
from hypothesis import strategies as st

from tasks.exports.file_names import NameCollisionError, distinct_names, file_name_of, safe_path
from tasks.object_store import check_key

SEGMENTS = st.one_of(
    st.sampled_from([".", "..", "", "CON", "aux.txt", "a.", "b ", "a:b", "%", "~", "長" * 300]),
    st.text(),
)


@given(st.lists(SEGMENTS, min_size=1, max_size=6).map("/".join))
@example("../../etc/passwd")
@example("/etc/passwd.jpg")
@example("a\0b.jpg")
@example("/".join(["長" * 80] * 20))
def test_no_name_leaves_the_destination_or_hurts_a_file_system(path: str) -> None:
    name = safe_path(path)

    assert check_key(f"alto/{name}.annotations.json")
    assert re.search(r'[<>:"\\|?*\x00-\x1f\x7f-\x9f]', name) is None
    assert len(name.encode()) <= 700
    for segment in name.split("/"):
        assert segment not in {"", ".", ".."}
        assert segment[-1] not in ". "
        assert len(segment.encode()) <= 237


@given(st.text(), st.text())
def test_different_paths_have_different_names(one: str, other: str) -> None:
    assert (safe_path(one) == safe_path(other)) == (one == other)


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("genji/genji_00001.jpg", "genji/genji_00001"),
        ("源氏物語/第一 巻/桐壺 (上).jpg", "源氏物語/第一 巻/桐壺 (上)"),
        ("page", "page"),
        ("v1.2/page.tar.gz", "v1.2/page.tar"),
        (".jpg", ".jpg"),
        ("<img onerror=…>.jpg", "%3Cimg onerror=…%3E"),
        ("../../etc/passwd", ".%2E/.%2E/etc/passwd"),
        ("/absolute.jpg", "%2F/absolute"),
        ("con.jpg", "%63on"),
        ("LPT1.a.jpg", "%4CPT1.a"),
        ("a\\b.jpg", "a%5Cb"),
        ("dot..jpg", "dot%2E"),
    ],
)
def test_names_tell_their_page(key: str, name: str) -> None:
    assert file_name_of(key) == name


def test_hostile_keys_have_different_names() -> None:
    assert len(set(distinct_names(HOSTILE_KEYS, file_name_of).values())) == len(HOSTILE_KEYS)


def test_a_long_name_keeps_its_beginning() -> None:
    name = file_name_of(f"genji/{'桐' * 200}.jpg")

    assert re.fullmatch(r"genji/桐{60,}~[0-9a-f]{16}", name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("a/1.jpg", "a/1.png", id="suffix"),
        pytest.param("a/IMG_1.jpg", "a/img_1.JPG", id="case"),
        pytest.param("が.jpg", "か\u3099.jpg", id="normal form"),
    ],
)
def test_a_collision_names_both_pages(one: str, other: str) -> None:
    with pytest.raises(NameCollisionError) as refused:
        distinct_names([one, other], file_name_of)

    assert repr(one) in str(refused.value)
    assert repr(other) in str(refused.value)
