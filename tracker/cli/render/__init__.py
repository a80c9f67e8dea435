"""What commands print: tables, pages, sentences."""
