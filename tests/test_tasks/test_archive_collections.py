"""Which collections a glob or a file means, whatever their names are."""

from pathlib import Path

import boto3
import pytest

from tasks.archive_collections import (
    Collection,
    CollectionsError,
    find_collections,
    read_collections,
)
from tasks.object_store import ContainerNotFoundError

NAMES = ["-rf", "a b&c=d", "hentaigana \U0001b002", "か\u3099", "源氏物語"]


def make_folders(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).mkdir(parents=True)
        (root / name / "1.jpg").write_bytes(b"")
    return root


def test_each_folder_is_a_collection_with_an_output_of_its_name(tmp_path: Path) -> None:
    make_folders(tmp_path, *NAMES, ".hidden", "@eaDir")
    (tmp_path / "a file.jpg").write_bytes(b"")

    found = find_collections(f"{tmp_path}/*", "out/")

    assert found == [Collection(name, f"{tmp_path}/{name}", f"out/{name}") for name in NAMES]


@pytest.mark.parametrize(
    ("glob", "names"),
    [
        ("*", ["edo", "meiji"]),
        ("*/*", ["edo/1", "edo/2", "meiji/1"]),
        ("e*/*", ["edo/1", "edo/2"]),
        ("*/[1]", ["edo/1", "meiji/1"]),
        ("meiji/?", ["1"]),
        ("meiji/?/", ["1"]),
    ],
)
def test_a_star_stays_within_one_folder_name(tmp_path: Path, glob: str, names: list[str]) -> None:
    make_folders(tmp_path, "edo/1", "edo/2/deeper", "meiji/1")

    assert [one.name for one in find_collections(f"{tmp_path}/{glob}", "out")] == names


def test_a_relative_glob_starts_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_folders(tmp_path, "ise")
    monkeypatch.chdir(tmp_path)

    assert find_collections("*", "out") == [Collection("ise", "./ise", "out/ise")]


def test_prefixes_in_a_bucket_are_collections_and_none_leaves_the_output(
    s3_bucket: str, s3_environment: str
) -> None:
    client = boto3.client("s3", endpoint_url=s3_environment)
    for name in (*NAMES, "..", ""):  # a server keeps any name
        client.put_object(Bucket=s3_bucket, Key=f"scans/{name}/1.jpg", Body=b"")

    found = find_collections(f"s3://{s3_bucket}/scans/*", "out")

    assert [one.name for one in found] == ["-rf", "", *NAMES[1:]]
    assert "empty segments" in found.pop(1).problem
    assert {one.archive for one in found} == {f"s3://{s3_bucket}/scans/{n}" for n in NAMES}
    assert not any(one.problem for one in found)


def test_a_file_names_archives_and_outputs(tmp_path: Path) -> None:
    text = '\ufeffarchive,output\n"scans/a, b",out/1\nhttps://iiif.example/伊勢,s3://out/2\n'
    (tmp_path / "list.csv").write_text(text, "utf-8")

    found = find_collections(f"{tmp_path}/list.csv", None)

    assert [(one.archive, one.output) for one in found] == [
        ("scans/a, b", "out/1"),
        ("https://iiif.example/伊勢", "s3://out/2"),
    ]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        pytest.param(b"", "must begin with the line archive,output", id="empty"),
        pytest.param(b"a,b\n", "must begin with the line archive,output", id="no header"),
        pytest.param(b"archive,output\nscans\n", "line 2 of", id="one column"),
        pytest.param(b"archive,output\nscans,\n", "line 2 of", id="no output"),
        pytest.param(b"archive,output\na,b,c\n", "line 2 of", id="three columns"),
        pytest.param(b"archive,output\na,o\nb,o\n", "lines 2 and 3", id="same output"),
        pytest.param(b"archive,output\na,o\nb,./o\n", "lines 2 and 3", id="same folder"),
        pytest.param(b"archive,output\na,s3://o/x\nb,s3://o/x/\n", "lines 2 and 3", id="same s3"),
        pytest.param(b"archive,output\n\xff,o\n", "CSV file in UTF-8", id="not UTF-8"),
        pytest.param(b'archive,output\n"a,o\n', "CSV file in UTF-8", id="open quote"),
    ],
)
def test_a_file_of_another_form_is_one_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(CollectionsError, match=sentence) as caught:
        read_collections(data, "list.csv")

    assert "list.csv" in str(caught.value)


@pytest.mark.parametrize(
    ("collections", "output", "error", "sentence"),
    [
        ("{root}/*", None, CollectionsError, "output must be given"),
        ("{root}/list.csv", "out", CollectionsError, "leave output out"),
        ("{root}/none*", "out", CollectionsError, "no collection"),
        ("{root}/missing/*", "out", ContainerNotFoundError, "no directory"),
        ("{root}/missing.csv", None, FileNotFoundError, "no file"),
    ],
)
def test_what_cannot_be_meant_is_one_sentence(
    tmp_path: Path, collections: str, output: str | None, error: type[Exception], sentence: str
) -> None:
    make_folders(tmp_path, "ise")
    (tmp_path / "list.csv").write_text("archive,output\na,b\n")

    with pytest.raises(error, match=sentence):
        find_collections(collections.format(root=tmp_path), output)
