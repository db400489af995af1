"""The formats in which readings leave: one module each, pages in, bytes out."""
