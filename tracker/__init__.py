"""What we do: fetch, normalize, compare, explain, alert, show."""

__version__ = "0.1.0"
