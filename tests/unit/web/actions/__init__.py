"""Unit tests of the actions of the pages."""
