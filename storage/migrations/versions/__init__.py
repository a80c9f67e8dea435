"""One file per schema revision, in order. A released file is never edited."""
