"""A site for people: books, pages, readings, search and corrections, served or exported."""
