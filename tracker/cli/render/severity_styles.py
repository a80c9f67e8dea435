"""How each severity is coloured."""

__all__ = ["SEVERITY_STYLES"]

SEVERITY_STYLES = {"critical": "bold red", "major": "yellow", "minor": "", "admin": "dim"}
