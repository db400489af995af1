"""Transcriptions of every kind, and what strangers may write into them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.label_sources import LabelSourceError
from tasks.label_sources.tei_text import tei_pages
from tasks.label_sources.xml_tree import parse_xml
from tasks.object_store import ObjectNotFoundError, open_store
from tasks.scans import Scan
from tasks.transcriptions import Transcription, join_transcriptions, read_transcriptions

TEI = 'xmlns="http://www.tei-c.org/ns/1.0"'
ALTO = """<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#"><Description>
 <sourceImageInformation><fileName>1.jpg</fileName></sourceImageInformation></Description>
 <Layout><Page><PrintSpace><TextBlock><TextLine><String CONTENT="いろ"/><SP/>
 <String CONTENT="は"/></TextLine><TextLine><String CONTENT="に"/></TextLine></TextBlock>
 </PrintSpace></Page></Layout></alto>"""


def read(folder: Path, **files: str | bytes) -> dict[str, tuple[str, ...]]:
    for name, content in files.items():
        path = folder / name.replace("__", ".")
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    found = read_transcriptions(open_store(str(folder)))
    return {name: transcription.lines for name, transcription in found.items()}


@pytest.mark.parametrize(
    ("name", "content", "page", "lines"),
    [
        ("p__txt", "いろは\n\n に \n", "p.txt", ("いろは", "に")),
        ("p__txt", "\ufeffいろは", "p.txt", ("いろは",)),
        ("p__txt", "", "p.txt", ()),
        ("all__tsv", 'image_id\ttext\nq\tい"ろ\n', "q", ('い"ろ',)),
        ("p__xml", ALTO, "1.jpg", ("いろは", "に")),
        ("p__xml", ALTO.replace("1.jpg", ""), "p.xml", ("いろは", "に")),
        ("p__xml", f"<TEI {TEI}><text>い<lb/>ろ</text></TEI>", "p.xml", ("い", "ろ")),
    ],
)
def test_a_transcription_of_each_kind_is_read(
    tmp_path: Path, name: str, content: str, page: str, lines: tuple[str, ...]
) -> None:
    assert read(tmp_path, **{name: content}) == {page: lines}


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        ("<ruby><rb>山</rb><rt>やま</rt></ruby>に", ("山に",)),
        ("い<note>editor</note>ろ<note place='inline'>は</note>", ("いろは",)),
        ("<choice><sic>い</sic><corr>ろ</corr></choice>", ("い",)),
        ("<choice><orig>い</orig><reg>ろ</reg></choice>は", ("いは",)),
        ("い\n  ろ<supplied>は</supplied>に", ("いろに",)),
        ("<p>い</p><p>ろ<lb/>は</p>", ("い", "ろ", "は")),
        ("<c>い</c><c>ろ</c>", ("いろ",)),
    ],
)
def test_tei_gives_what_stands_on_the_paper(
    tmp_path: Path, body: str, lines: tuple[str, ...]
) -> None:
    document = (
        f"<TEI {TEI}><teiHeader><title>not on the page</title></teiHeader>"
        f"<text><body><pb facs='a.jpg'/>{body}</body></text></TEI>"
    )

    assert read(tmp_path, p__xml=document) == {"a.jpg": lines}


def test_a_tei_document_of_several_pages_is_split_at_their_beginnings(tmp_path: Path) -> None:
    document = (
        f"<TEI {TEI}><facsimile><surface xml:id='s'><graphic url='b.jpg'/></surface></facsimile>"
        "<text><front>left over</front><p>い<pb n='a'/>ろ</p><p>は<pb facs='#s'/>に</p>"
        "</text></TEI>"
    )

    assert read(tmp_path, p__xml=document) == {"a": ("ろ", "は"), "b.jpg": ("に",)}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("p__txt", "い".encode("utf-16"), "p.txt: text must be UTF-8"),
        ("p__tsv", "page\ttext\n", "must name the columns image_id and text"),
        ("p__tsv", "", "must name the columns image_id and text"),
        ("p__tsv", "image_id\ttext\na\n", "line 2 must have an image_id and a text"),
        ("p__tsv", "image_id\ttext\na\tい\na\tろ\n", "'a' has a transcription already"),
        ("p__xml", "<TEI>", "p.xml: XML must be well-formed"),
        ("p__xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><TEI>&b;</TEI>", "must not declare"),
        ("p__xml", f"<TEI {TEI}><text><pb/>い<pb/></text></TEI>", "page 1 has no name"),
    ],
)
def test_a_malformed_transcription_is_named(
    tmp_path: Path, name: str, content: str | bytes, message: str
) -> None:
    with pytest.raises(LabelSourceError, match=message):
        read(tmp_path, **{name: content})


def test_a_folder_without_transcriptions_is_told_what_is_expected(tmp_path: Path) -> None:
    with pytest.raises(ObjectNotFoundError, match=r"expected NAME\.txt"):
        read(tmp_path, a__jpg="", mets__xml="<mets/>")


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z"))), max_size=5))
def test_lines_of_tei_come_back(lines: list[str]) -> None:
    wanted = [line for line in lines if line]
    escaped = (line.replace("&", "&amp;").replace("<", "&lt;") for line in wanted)
    document = f"<TEI {TEI}><text>{''.join(f'<lb/>{line}' for line in escaped)}</text></TEI>"

    [(_, text)] = tei_pages(parse_xml(document.encode()), "p")

    assert [line for line in text.split("\n") if line] == wanted


def test_texts_find_their_scans_by_key_or_name() -> None:
    scans = [Scan(f"genji/{name}.jpg", 1, "e") for name in "abc"]
    texts = {name: Transcription(name, ("い",)) for name in ("a", "genji/b.txt", "nowhere")}

    joined = join_transcriptions(texts, scans)

    assert [(scan.key, text.page) for scan, text in joined] == [
        ("genji/a.jpg", "a"),
        ("genji/b.jpg", "genji/b.txt"),
    ]


def test_two_texts_of_one_scan_are_refused() -> None:
    texts = {name: Transcription(name, ("い",)) for name in ("a", "a.txt")}

    with pytest.raises(LabelSourceError, match=r"both transcribe 'a\.jpg'"):
        join_transcriptions(texts, [Scan("a.jpg", 1, "e")])
