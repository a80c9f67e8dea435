"""The colour of each severity."""

__all__ = ["SEVERITY_STYLES"]

SEVERITY_STYLES = {"critical": "bold red", "major": "yellow", "minor": "", "admin": "dim"}
