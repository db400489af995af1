"""Measures what a context changes, and on which weight and margin; writes the built-in one.

KUZUSHIJI_DATA=... python benchmarks/context.py [--model M] [text_train] [rendered] [text_dev] ...
KUZUSHIJI_DATA=... python benchmarks/context.py build

Differences come with the middle 95 % over 1,000 draws of as many pages, the same with and without.
"""

import argparse
import os
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from pathlib import Path
from time import process_time

import numpy as np
import numpy.typing as npt
from context_pages import ReadPage, Share, read_rendered, read_texts
from rapidfuzz.distance import Levenshtein

from model.bootstrap import Interval, middle, resample
from model.characters import Labels, PageReading
from model.context import Context
from model.context_file import pack_context
from model.language_model import LanguageModel, count_trigrams
from model.metric import match_page
from model.reader import PageReader
from model.reliability import expected_calibration_error, reliability
from tasks.challenge import reading_to_points
from tasks.examination import read_text
from tasks.models import load_model
from tasks.page_alignment import open_reader
from tasks.training_sources import read_columns

WEIGHTS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0)
MARGINS = (2.0, 5.0, 20.0, 100.0)  # odds of the best alternative to the second
EVERY = 10  # rendered pages write every tenth column, the context is learned from the others
SHARED = 6  # and from none that has six characters in a row with one of these
LAST_KANA = "\u30ff"  # hiragana, katakana and their marks; what comes later is kanji
RESOURCE = Path(__file__).parents[1] / "model/resources/builtin/context.safetensors"
CARD = {
    "text": "columns of 日本古典籍くずし字データセット（国文研ほか所蔵／CODH加工）",  # noqa: RUF001 - as its holders write it
    "source": "doi:10.20676/00000340",
    "licence": "CC BY-SA 4.0",
}


def main() -> None:
    """Print the measurements that were asked for, all by default."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="builtin")
    parser.add_argument("parts", nargs="*")
    arguments = parser.parse_args()
    measurements: dict[str, Callable[[PageReader], None]] = {
        "text_train": measure_text_train,
        "rendered": measure_rendered,
        "text_dev": measure_text_dev,
        "time": measure_time,
    }
    if arguments.parts == ["build"]:
        RESOURCE.write_bytes(pack_context(learned(data_columns()), CARD))
        return
    model = load_model(arguments.model)
    reader = open_reader(model.artifact, "cpu")
    for name in arguments.parts or measurements:
        print(f"\n{name}, model {model.digest[:12]}")
        measurements[name](reader)


def data_columns() -> Sequence[str]:
    """The columns that the context is learned from."""
    return read_columns(str(Path(os.environ["KUZUSHIJI_DATA"]) / "columns.txt"))


def learned(columns: Sequence[str]) -> Context:
    """A context with the default weight and margin."""
    return Context(LanguageModel(count_trigrams(columns)))


def measure_text_train(reader: PageReader) -> None:
    """Choose weight and margin for each book on the others."""
    pages = list(read_texts(reader, "text_train"))
    print_shared(pages, data_columns())
    grid = measure_grid(pages, learned(data_columns()))
    print_grid(pages, grid)
    without = [page.score(page.reading) for page in pages]
    chosen: list[Share] = list(without)
    for book in sorted({page.book for page in pages}):
        others = [n for n, page in enumerate(pages) if page.book != book]
        best = min(grid, key=lambda setting: total(grid[setting], others).rate)
        own = [n for n, page in enumerate(pages) if page.book == book]
        for n in own:
            chosen[n] = grid[best][n]
        print(f"{book}: weight, margin {best} of the other books")
    print_books(pages, without, chosen)
    print_kinds(pages, learned(data_columns()))


def measure_text_dev(reader: PageReader) -> None:
    """Compare at the chosen weight and margin, once."""
    pages = list(read_texts(reader, "text_dev"))
    print_shared(pages, data_columns())
    context = learned(data_columns())
    without = [page.score(page.reading) for page in pages]
    print_books(pages, without, [page.score(context.rerank(page.reading)) for page in pages])
    print_kinds(pages, context)


def measure_rendered(reader: PageReader) -> None:
    """Read running text in a font that no training saw, with a context of other text."""
    columns = data_columns()
    written = columns[::EVERY]
    seen = {run for column in written for run in runs_of(column)}
    others = [column for n, column in enumerate(columns) if n % EVERY]
    unlike = [column for column in others if seen.isdisjoint(runs_of(column))]
    print(f"context of {len(unlike)} columns, pages of {len(written)} others")
    pages = list(read_rendered(reader, written))
    context = learned(unlike)
    print_grid(pages, measure_grid(pages, context))
    reader.context = context
    reranked = [page.reading for page in read_rendered(reader, written)]
    reader.context = None
    without = [page.score(page.reading) for page in pages]
    print_books(
        pages, without, [page.score(new) for page, new in zip(pages, reranked, strict=True)]
    )
    print_changes(pages, reranked)
    for name, readings in (
        ("without", [page.reading for page in pages]),
        ("with", reranked),
    ):
        print(f"expected calibration error {name}: {calibration_error(pages, readings):.4f}")


def measure_time(_: PageReader) -> None:
    """Time pages of several densities, columns of 30 characters, all of them unsure."""
    start = process_time()
    context = learned(data_columns())
    print(f"learned in {process_time() - start:.1f} s")
    known_V = context.language.counts.codepoints_V
    for count in (200, 600, 1200):
        rng = np.random.default_rng(count)
        grid_N2 = np.stack(np.divmod(np.arange(count), 30), 1) * (-80, 44)
        reading = PageReading(
            np.hstack([grid_N2, np.full((count, 2), 40)]).astype(np.float32),
            np.full(count, 0.2, np.float32),
            rng.choice(known_V[:200], (count, 5)),
            np.full((count, 5), 0.2, np.float32),
        )
        seconds = sorted(timed(context, reading) for _ in range(5))
        print(f"{count:>5} characters: {1000 * seconds[2]:.0f} ms")


def timed(context: Context, reading: PageReading) -> float:
    """Seconds of one core for one page."""
    start = process_time()
    context.rerank(reading)
    return process_time() - start


Setting = tuple[float, float]


def measure_grid(pages: Sequence[ReadPage], context: Context) -> dict[Setting, list[Share]]:
    """Every page under every weight and margin."""
    grid = {}
    for setting in product(WEIGHTS, MARGINS):
        tried = Context(context.language, *setting)
        grid[setting] = [page.score(tried.rerank(page.reading)) for page in pages]
    return grid


def print_grid(pages: Sequence[ReadPage], grid: Mapping[Setting, list[Share]]) -> None:
    """Print rates: a weight a line, a margin a column."""
    everything = range(len(pages))
    print("without context:", f"{sum((p.score(p.reading) for p in pages), Share()).rate:.4f}")
    print("| weight | " + " | ".join(f"margin {margin:g}" for margin in MARGINS) + " |")
    for weight in WEIGHTS:
        rates = [total(grid[weight, margin], everything).rate for margin in MARGINS]
        print(f"| {weight} | " + " | ".join(f"{rate:.4f}" for rate in rates) + " |")


def print_books(
    pages: Sequence[ReadPage], without: Sequence[Share], reranked: Sequence[Share]
) -> None:
    """Print rates without and with context, book by book and of all."""
    books = defaultdict(list)
    for n, page in enumerate(pages):
        books[page.book].append(n)
    books["all"] = list(range(len(pages)))
    for book, own in books.items():
        before, after = total(without, own).rate, total(reranked, own).rate
        gain = difference([without[n] for n in own], [reranked[n] for n in own])
        print(
            f"| {book} | {len(own)} | {before:.4f} | {after:.4f} | {after - before:+.4f} "
            f"({gain.low:+.4f} to {gain.high:+.4f}) |"
        )


def total(shares: Sequence[Share], chosen: Sequence[int]) -> Share:
    """Sum over some pages."""
    return sum((shares[n] for n in chosen), Share())


def difference(without: Sequence[Share], reranked: Sequence[Share]) -> Interval:
    """The middle 95 % of the difference of rates over draws of the same pages."""
    both_P4 = np.array(
        [(w.part, w.whole, r.part, r.whole) for w, r in zip(without, reranked, strict=True)]
    )
    part_R, whole_R, new_part_R, new_whole_R = resample(both_P4).T
    return middle(new_part_R / new_whole_R - part_R / whole_R)


def print_kinds(pages: Sequence[ReadPage], context: Context) -> None:
    """Print what share of the texts' kana and kanji is read right, in the best alignment."""
    for name, readings in (
        ("without", [page.reading for page in pages]),
        ("with", [context.rerank(page.reading) for page in pages]),
    ):
        right = defaultdict(list)
        for page, reading in zip(pages, readings, strict=True):
            text = "".join(page.text.split())
            blocks = Levenshtein.opcodes(text, read_text(reading).replace("\n", ""))
            for block in blocks:
                for character in text[block.src_start : block.src_end]:
                    right[kind(character)].append(block.tag == "equal")
        shares = {k: f"{np.mean(values):.4f} of {len(values)}" for k, values in right.items()}
        print(f"read right {name} context: {shares}")


def print_shared(pages: Sequence[ReadPage], columns: Sequence[str]) -> None:
    """Print how many runs of six characters of the pages' texts the columns hold too."""
    known = {run for column in columns for run in runs_of(column)}
    shared = [run in known for page in pages for run in runs_of(page.text)]
    print(f"{sum(shared)} of {len(shared)} runs of {SHARED} characters are in the columns too")


def runs_of(text: str) -> list[str]:
    """All characters in a row, `SHARED` of them."""
    return [text[n : n + SHARED] for n in range(len(text) - SHARED + 1)]


def kind(character: str) -> str:
    """Kana or kanji."""
    return "kana" if "\u3040" <= character <= LAST_KANA else "kanji"


def print_changes(pages: Sequence[ReadPage], reranked: Sequence[PageReading]) -> None:
    """Print what became of changed characters whose place has a true character."""
    fates: dict[str, int] = defaultdict(int)
    for page, new in zip(pages, reranked, strict=True):
        old_N, new_N = right(page, page.reading), right(page, new)
        changed_N = page.reading.codepoints_NK[:, 0] != new.codepoints_NK[:, 0]
        for n in np.flatnonzero(changed_N):
            what = kind(chr(page.reading.codepoints_NK[n, 0]))
            fates[f"{what}: {name_of(old_N[n])} to {name_of(new_N[n])}"] += 1
    print("changed", dict(sorted(fates.items())))


def name_of(is_right: np.bool_) -> str:
    """Right or wrong."""
    return "right" if is_right else "wrong"


def calibration_error(pages: Sequence[ReadPage], readings: Sequence[PageReading]) -> float:
    """Expected calibration error of the scores."""
    right_N = np.concatenate([right(p, r) for p, r in zip(pages, readings, strict=True)])
    scores_N = np.concatenate([reading.scores_N for reading in readings])
    return expected_calibration_error(reliability(scores_N, right_N))


def right(page: ReadPage, reading: PageReading) -> npt.NDArray[np.bool_]:
    """Which characters of a reading match a labelled one."""
    points = reading_to_points(reading)
    taken_M = match_page(page.labels or Labels.empty(), points.codepoints_N, points.points_N2)
    return np.isin(np.arange(len(reading)), taken_M)


if __name__ == "__main__":
    main()
