"""The colour of each severity."""

from storage.values.severity import Severity

__all__ = ["SEVERITY_STYLES"]

SEVERITY_STYLES: dict[str, str] = {
    Severity.CRITICAL: "bold red",
    Severity.MAJOR: "yellow",
    Severity.MINOR: "",
    Severity.ADMIN: "dim",
}
