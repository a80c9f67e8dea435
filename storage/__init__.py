"""What the program remembers: tables, documents, versions, events. Does not know what trials mean."""
