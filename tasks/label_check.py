"""Finds what is wrong with labelled pages before anything is trained on them."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tasks.fetch import FailedPage, fetch_page
from tasks.label_findings import MISSING, REMARKS, RULES, UNLABELLED, Finding, check_page
from tasks.label_sources import LabelledArchive
from tasks.label_sources.book_split import folds_of, work_of
from tasks.progress import PageProgress

_THREADS = 8  # waiting for the store; decoding lets go of the interpreter
_DECODED_SIDE = 64  # pixels: a JPEG is read to its end, but hardly computed


@dataclass(frozen=True, slots=True)
class BookCount:
    """What the labels say of one book.

    Attributes:
        name: the book, or the work whose volumes stay together.
        pages: labelled pages, blank ones included.
        blank: pages without characters.
        characters: of all pages.
        fold: in which it is kept for evaluation.
    """

    name: str
    pages: int
    blank: int
    characters: int
    fold: int


@dataclass(frozen=True, slots=True)
class LabelReport:
    """What a check found.

    Attributes:
        findings: in the order of `RULES`, then of the pages.
        books: in the order of their folds.
        classes: different characters.
    """

    findings: Sequence[Finding]
    books: Sequence[BookCount]
    classes: int

    @property
    def errors(self) -> int:
        """Number of findings that are more than remarks."""
        return sum(finding.rule not in REMARKS for finding in self.findings)


def check_labels(archive: LabelledArchive, progress: PageProgress) -> LabelReport:
    """Read every labelled scan and compare it with its labels.

    Args:
        archive: as `tasks.label_sources.read_label_source` gives it.
        progress: counts the labelled pages.

    Raises:
        CredentialsError, ContainerNotFoundError: if the scans cannot be asked for any more.
    """
    findings = [Finding(MISSING, name, "") for name in archive.missing]
    findings += [Finding(UNLABELLED, key, "") for key in archive.unlabelled]
    with ThreadPoolExecutor(_THREADS) as pool:
        scans = [scan for scan, _ in archive.pages]
        fetched = pool.map(lambda scan: fetch_page(archive.store, scan, _DECODED_SIDE), scans)
        for (scan, labels), page in zip(archive.pages, fetched, strict=True):
            findings += check_page(page, labels, archive.sizes.get(scan.key), archive.known)
            progress.count(failed=isinstance(page, FailedPage))
    return LabelReport(
        findings=sorted(findings, key=lambda finding: RULES.index(finding.rule)),
        books=_count_books(archive),
        classes=len({c for _, labels in archive.pages for c in labels.codepoints_N.tolist()}),
    )


def findings_to_rows(report: LabelReport) -> list[tuple[str, str, str]]:
    """One table row for each rule that is broken: rule, how often, the first place."""
    counts = Counter(finding.rule for finding in report.findings)
    first = {finding.rule: finding for finding in reversed(report.findings)}
    return [
        (rule, str(counts[rule]), ": ".join(filter(None, (first[rule].page, first[rule].detail))))
        for rule in RULES
        if rule in counts
    ]


def books_to_rows(report: LabelReport) -> list[tuple[str, ...]]:
    """One table row for each book and one for all: name, pages, blank ones, characters, fold."""
    rows = [
        (book.name, f"{book.pages}", f"{book.blank}", f"{book.characters}", f"{book.fold}")
        for book in report.books
    ]
    totals = (
        sum(getattr(book, n) for book in report.books) for n in ("pages", "blank", "characters")
    )
    return [*rows, ("all", *map(str, totals), "")]


def _count_books(archive: LabelledArchive) -> list[BookCount]:
    pages: Counter[str] = Counter()
    blank: Counter[str] = Counter()
    characters: Counter[str] = Counter()
    for scan, labels in archive.pages:
        work = work_of(scan.key)
        pages[work] += 1
        blank[work] += len(labels) == 0
        characters[work] += len(labels)
    return [
        BookCount(work, pages[work], blank[work], characters[work], fold)
        for work, fold in sorted(folds_of(archive.pages).items(), key=lambda item: item[::-1])
    ]
