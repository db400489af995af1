"""Plain text in UTF-8: a line for each column, right to left."""

from tasks.exports.page import ExportPage


def page_to_text(page: ExportPage) -> bytes:
    """Write a page's characters, a line for each column."""
    return "".join(f"{column.text}\n" for column in page.columns).encode()
