"""COCO, ALTO and PAGE that were corrected by hand elsewhere, and what strangers may put there."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.characters import Labels
from tasks.label_sources import LabelledArchive, LabelSourceError, open_labels, read_label_source
from tasks.label_sources.coco import parse_coco
from tasks.label_sources.scan_finder import ScanFinder
from tasks.label_sources.xml_tree import parse_xml
from tasks.object_store import ObjectNotFoundError, open_store
from tasks.scans import Scan

ALTO = "http://www.loc.gov/standards/alto/ns-v4#"
PAGE = "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"


def characters(labels: Labels) -> list[tuple[str, list[float]]]:
    boxes = labels.boxes_N4.tolist()
    return [(chr(c), box) for c, box in zip(labels.codepoints_N.tolist(), boxes, strict=True)]


def read(archive: LabelledArchive) -> dict[str, list[tuple[str, list[float]]]]:
    return {scan.key: characters(labels) for scan, labels in archive.pages}


def alto(lines: str, file_name: str = "genji/1.jpg", unit: str = "pixel") -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
    <alto xmlns="{ALTO}"><!-- by hand -->
     <Description><MeasurementUnit>{unit}</MeasurementUnit>
      <sourceImageInformation><fileName>{file_name}</fileName></sourceImageInformation></Description>
     <Layout><Page ID="p" PHYSICAL_IMG_NR="1" WIDTH="600" HEIGHT="800"><PrintSpace>
      <TextBlock ID="b">{lines}</TextBlock></PrintSpace></Page></Layout></alto>""".encode()


ALTO_LINE = """<TextLine ID="l"><String CONTENT="のか" HPOS="1" VPOS="2" WIDTH="3" HEIGHT="4">
  <Glyph ID="g1" CONTENT="の" HPOS="10" VPOS="20" WIDTH="30" HEIGHT="40.5">
   <Variant CONTENT="あ"/></Glyph>
  <Glyph ID="g2" CONTENT="&#x304B;&#x3099;" HPOS="1" VPOS="2" WIDTH="3" HEIGHT="4"/></String><SP/>
 <String CONTENT="&#x1B002;" HPOS="5" VPOS="6" WIDTH="7" HEIGHT="8"/></TextLine>"""
EXPECTED = [
    ("の", [10, 20, 30, 40.5]),
    ("が", [1, 2, 3, 4]),
    ("\U0001b002", [5, 6, 7, 8]),
]


def page(lines: str, file_name: str = "genji/1.jpg") -> bytes:
    return f"""<PcGts xmlns="{PAGE}"><Page imageFilename="{file_name}" imageWidth="600"
     imageHeight="800"><TextRegion id="layout only"><Coords points="0,0 9,9"/></TextRegion>
     <TextRegion id="r"><Coords points="0,0 9,9"/>{lines}
     <TextEquiv><Unicode>all of it</Unicode></TextEquiv></TextRegion></Page></PcGts>""".encode()


def glyph(text: str, points: str, name: str = "Glyph") -> str:
    return f"""<{name} id="g"><Coords points="{points}"/>
     <TextEquiv index="1"><Unicode>い</Unicode></TextEquiv>
     <TextEquiv index="0"><Unicode>{text}</Unicode></TextEquiv></{name}>"""


PAGE_LINE = f"""<TextLine id="l"><Coords points="0,0 1,1"/>
 <Word id="w"><Coords points="0,0 1,1"/>{glyph("の", "10,20 40,20 40,61 10,60.5")}
  {glyph("か&#x3099;", "4,6 1,2")}<TextEquiv><Unicode>のが</Unicode></TextEquiv></Word>
 {glyph("&#x1B002;", "5,6 12,14", "Word")}</TextLine>"""


def coco(**changes: object) -> bytes:
    tree: dict[str, object] = {
        "images": [{"id": 7, "file_name": "genji/1.jpg", "width": 600, "height": 800}],
        "categories": [
            {"id": 1, "name": "の"},
            {"id": 2, "name": "U+304C"},
            {"id": 3, "name": "U"},
        ],
        "annotations": [
            {"id": 1, "image_id": 7, "category_id": 1, "bbox": [10, 20, 30, 40.5], "score": 0.5},
            {"id": 2, "image_id": 7, "category_id": 2, "bbox": [1, 2, 3, 4]},
        ],
    }
    return json.dumps({**tree, **changes}).encode()


class TestXml:
    @pytest.mark.parametrize(
        ("kind", "content", "bottom"),
        [("alto", alto(ALTO_LINE), 40.5), ("page", page(PAGE_LINE), 41)],
    )
    def test_glyphs_become_labels_in_file_order(
        self, tmp_path: Path, kind: str, content: bytes, bottom: float
    ) -> None:
        store = open_store(str(tmp_path))
        store.put("labels/1.xml", content)
        store.put("mets.xml", b'<mets xmlns="http://www.loc.gov/METS/"/>')
        store.put("archive/genji/1.jpg", b"")

        archive = open_labels(kind, str(tmp_path))

        expected = [
            (char, [*box[:3], bottom if char == "の" else box[3]]) for char, box in EXPECTED
        ]
        assert read(archive) == {"genji/1.jpg": expected}
        assert archive.sizes == {"genji/1.jpg": (600, 800)}

    @pytest.mark.parametrize(
        ("kind", "content"),
        [("alto", alto("")), ("page", f'<PcGts xmlns="{PAGE}"><Page/></PcGts>'.encode())],
    )
    def test_a_page_without_text_is_blank_and_named_like_its_file(
        self, tmp_path: Path, kind: str, content: bytes
    ) -> None:
        store = open_store(str(tmp_path))
        store.put("genji/1.xml", content)
        store.put("genji/1.jpg", b"")

        assert read(open_labels(kind, str(tmp_path))) == {"genji/1.jpg": []}

    @pytest.mark.parametrize(
        ("kind", "content", "message"),
        [
            (
                "alto",
                alto(
                    '<TextLine><String ID="s" CONTENT="のか" HPOS="1" VPOS="1" WIDTH="1"'
                    ' HEIGHT="1"/></TextLine>'
                ),
                r"a\.xml: s: a box must hold one character, got 'のか'.*glyph level",
            ),
            ("alto", alto('<TextLine ID="l"/>'), "l has no text; transcribe or delete"),
            ("alto", alto('<TextLine><String CONTENT="の" HPOS="1"/></TextLine>'), "a box must be"),
            ("alto", alto(ALTO_LINE, unit="mm10"), "MeasurementUnit must be pixel, got 'mm10'"),
            ("alto", f'<alto xmlns="{ALTO}"/>'.encode(), "one Page, got 0"),
            ("alto", b"<alto>", "well-formed"),
            ("alto", b"", "well-formed"),
            ("page", page(""), "'all of it'.*glyph level"),
            ("page", page(glyph("のか", "1,1 2,2", "TextLine")), "TextLine g: .*'のか'"),
            ("page", page('<TextLine id="l"/>'), "TextLine l: .*''|Coords must be points"),
            ("page", page(glyph("の", "1 2", "TextLine")), "Coords must be points x,y"),
            ("page", page(glyph("の", "", "TextLine")), "Coords must be points x,y"),
            ("page", page(glyph("の", "nan,1 2,2", "TextLine")), "a box must be"),
            ("page", f'<PcGts xmlns="{PAGE}"/>'.encode(), "one Page, got none"),
        ],
    )
    def test_what_cannot_be_learnt_from_is_refused_with_its_place(
        self, tmp_path: Path, kind: str, content: bytes, message: str
    ) -> None:
        open_store(str(tmp_path)).put("a.xml", content)

        with pytest.raises(LabelSourceError, match=message):
            open_labels(kind, str(tmp_path))

    @pytest.mark.parametrize("kind", ["alto", "page"])
    def test_a_folder_without_the_format_is_refused(self, tmp_path: Path, kind: str) -> None:
        open_store(str(tmp_path)).put("a.xml", b"<html/>")

        with pytest.raises(ObjectNotFoundError, match="root element"):
            open_labels(kind, str(tmp_path))

    def test_two_files_about_one_scan_are_refused(self, tmp_path: Path) -> None:
        store = open_store(str(tmp_path))
        store.put("a.xml", alto(ALTO_LINE))
        store.put("b.xml", alto(ALTO_LINE))

        with pytest.raises(LabelSourceError, match="has labels already"):
            open_labels("alto", str(tmp_path))


HIDDEN = "the content of another file"


class TestHostileXml:
    @pytest.mark.parametrize(
        "declaration",
        [
            pytest.param('<!ENTITY x "の">', id="entity"),
            pytest.param('<!ENTITY x SYSTEM "{file}">', id="file"),
            pytest.param('<!ENTITY x SYSTEM "http://127.0.0.1:9/">', id="network"),
            pytest.param('<!ENTITY % p SYSTEM "{file}"> %p; <!ENTITY x "1">', id="parameter"),
            pytest.param(
                '<!ENTITY a "{long}"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
                '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">'
                '<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">'
                '<!ENTITY x "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;">',
                id="billion laughs",
            ),
        ],
    )
    @pytest.mark.parametrize("place", ["<a>&x;</a>", '<a b="&x;"/>'])
    def test_entities_are_never_expanded(
        self, tmp_path: Path, declaration: str, place: str
    ) -> None:
        (tmp_path / "hidden").write_text(HIDDEN)
        declared = declaration.format(file=tmp_path / "hidden", long="x" * 1000)

        with pytest.raises(LabelSourceError) as raised:
            parse_xml(f"<!DOCTYPE a [{declared}]>{place}".encode())

        assert HIDDEN not in str(raised.value)

    @pytest.mark.parametrize(
        "content",
        [
            pytest.param(b"<!DOCTYPE a><a/>", id="document type"),
            pytest.param(b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>', id="outer type"),
            pytest.param(b"<a>" * 100_000 + b"</a>" * 100_000, id="deep"),
            pytest.param(b"\xff\xfe<\0", id="encoding"),
            pytest.param(b"<a>\0</a>", id="NUL"),
        ],
    )
    def test_odd_documents_are_refused(self, content: bytes) -> None:
        with pytest.raises(LabelSourceError):
            parse_xml(content)

    def test_a_document_that_is_too_large_is_not_parsed(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tasks.label_sources.xml_tree.MAX_BYTES", 10)

        with pytest.raises(LabelSourceError, match="at most 10 bytes, got 11"):
            parse_xml(b"<a>1234</a>")


class TestCoco:
    @pytest.mark.parametrize(
        "key",
        [
            "coco.json",
            "annotations.json",
            "annotations/instances_default.json",
            "coco/annotations.json",
        ],
    )
    def test_annotations_become_labels_in_file_order(self, tmp_path: Path, key: str) -> None:
        store = open_store(str(tmp_path))
        store.put(key, coco())
        store.put("genji/1.jpg", b"")

        archive = open_labels("coco", str(tmp_path))

        assert read(archive) == {"genji/1.jpg": EXPECTED[:2]}
        assert archive.sizes == {"genji/1.jpg": (600, 800)}

    def test_an_image_without_annotations_is_a_blank_page(self) -> None:
        assert len(parse_coco(coco(annotations=[]))["genji/1.jpg"].labels) == 0

    def test_an_image_may_leave_its_size_out(self) -> None:
        images = [{"id": 7, "file_name": "1.jpg"}]

        assert parse_coco(coco(images=images))["1.jpg"].size is None

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "JSON in UTF-8"),
            (b"\xff", "JSON in UTF-8"),
            (b"[" * 100_000, "JSON in UTF-8"),
            (b"[]", "lists of images, annotations and categories"),
            (b'{"images": []}', "lists of images, annotations and categories"),
            (coco(images=[1]), "must have id and file_name"),
            (coco(images=[{"id": n, "file_name": "a"} for n in (1, 2)]), "two images of one"),
            (coco(categories=[1]), "must have id and name"),
            (coco(categories=[{"id": 1, "name": "のか"}]), "category 1: a box must hold one"),
            (coco(categories=[{"id": 1, "name": "U+"}]), "category 1: label must be"),
            (coco(categories=[]), "annotation 1 must have"),
            (coco(annotations=[1]), "annotation 1 must have"),
            (coco(annotations=[{"image_id": 8, "category_id": 1, "bbox": [1] * 4}]), "of the same"),
            (
                coco(annotations=[{"image_id": 7, "category_id": [], "bbox": [1] * 4}]),
                "annotation 1",
            ),
            (coco(annotations=[{"image_id": 7, "category_id": 1, "bbox": [1]}]), "a box must be"),
        ],
    )
    def test_what_is_malformed_is_named(self, content: bytes, message: str) -> None:
        with pytest.raises(LabelSourceError, match=message):
            parse_coco(content)

    def test_a_missing_file_says_its_name(self, tmp_path: Path) -> None:
        with pytest.raises(ObjectNotFoundError, match=r"coco\.json"):
            open_labels("coco", str(tmp_path))

    def test_two_names_of_one_scan_are_refused(self, tmp_path: Path) -> None:
        store = open_store(str(tmp_path))
        images = [{"id": 7, "file_name": "genji/1.jpg"}, {"id": 8, "file_name": "1.jpg"}]
        store.put("coco.json", coco(images=images))
        store.put("genji/1.jpg", b"")

        with pytest.raises(LabelSourceError, match="both label 'genji"):
            read_label_source("coco", str(tmp_path))


def finder(*keys: str) -> ScanFinder:
    return ScanFinder(Scan(key, 1, "e") for key in keys)


class TestScanFinder:
    @pytest.mark.parametrize(
        ("name", "key"),
        [
            ("genji/1.jpg", "genji/1.jpg"),
            ("genji/1.xml", "genji/1.jpg"),
            ("genji/1.png", "genji/1.jpg"),
            ("C:\\scans\\2.jpg", "ise/2.jpg"),
            ("/home/somebody/2.tif", "ise/2.jpg"),
            ("2", "ise/2.jpg"),
            ("4", "4.jpg"),
            ("3.jpg", None),
            ("", None),
            ("..", None),
        ],
    )
    def test_a_scan_is_found_by_key_then_by_file_name(self, name: str, key: str | None) -> None:
        found = finder("genji/1.jpg", "ise/1.jpg", "ise/2.jpg", "4.jpg", "ise/4.jpg").find(name)

        assert (found and found.key) == key

    @pytest.mark.parametrize("name", ["1.jpg", "elsewhere/1.jpg", "1"])
    def test_a_name_that_fits_several_scans_is_refused(self, name: str) -> None:
        with pytest.raises(LabelSourceError, match="whole key"):
            finder("genji/1.jpg", "ise/1.jpg").find(name)

    @given(st.text(max_size=8), st.text(max_size=8))
    def test_any_name_is_found_by_itself_and_no_name_breaks_it(self, key: str, name: str) -> None:
        scans = finder(key)

        assert scans.find(key) == Scan(key, 1, "e")
        scans.find(name)
