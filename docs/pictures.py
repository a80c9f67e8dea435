"""Draw what commands print on a terminal: `python -m docs.pictures`.

The demo plays its story into a store. The real program then runs on a terminal, with its clock at the end of the story,
and what it prints becomes an SVG in docs/images. The pictures load nothing, no fonts either. A test draws them again
and fails when they differ from the files.
"""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.sax.saxutils import escape

from rich.color import Color
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Text

__all__ = ["COMMANDS", "drawn", "main", "picture"]

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
COMMANDS: Mapping[str, str] = {
    "list": "list",
    "owing": "results --owing",
    "changes": "changes NCT05349331 --min-severity major",
    "history": "history NCT05349331",
}
"""Name of the picture -> the command it shows."""
_NOW = "2027-04-13T08:00:00+00:00"
"""The day after the story."""
_COLUMNS = 100
_CELL, _LINE, _SIZE, _EDGE = 8.4, 19, 14, 16
_FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"
_BACKGROUND, _INK = (24, 28, 34), (222, 226, 230)
_DARK = (
    (60, 66, 74),
    (240, 113, 120),
    (140, 200, 120),
    (232, 196, 104),
    (110, 168, 254),
    (214, 140, 226),
    (98, 198, 206),
)
_BRIGHT = (
    (134, 142, 150),
    (255, 140, 145),
    (165, 220, 145),
    (250, 215, 130),
    (140, 190, 255),
    (230, 165, 240),
    (130, 215, 222),
)
_THEME = TerminalTheme(_BACKGROUND, _INK, [*_DARK, _INK], [*_BRIGHT, (255, 255, 255)])


def drawn(home: Path) -> dict[str, str]:
    """Return each picture, by its file's name, from the store of the demo in `home`."""
    return {f"terminal-{name}.svg": picture(words, _printed(home, words)) for name, words in COMMANDS.items()}


def _printed(home: Path, words: str) -> str:
    """Return what a command prints on a terminal, with its escapes."""
    clock = home.with_name(f"{home.name}.clock")
    clock.write_text(_NOW)
    environment = {
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PATH": os.environ["PATH"],
        "TERM": "xterm-256color",
        "TRIALWATCH_HOME": str(home),
        "TRIALWATCH_PAGER": "cat",
        "TRIALWATCH_TEST_CLOCK": str(clock),
        "TZ": "UTC",
    }
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, _COLUMNS, 0, 0))
    command = [sys.executable, "-m", "tracker", *words.split()]
    # Progress and remarks go to stderr, and are no part of the picture.
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL
    ) as process:
        os.close(theirs)
        seen = b""
        with suppress(OSError):  # Linux reports it when the other end is closed
            while piece := os.read(ours, 65536):
                seen += piece
        os.close(ours)
    if process.returncode:
        raise RuntimeError(f"trialwatch {words} ended with {process.returncode}")
    return seen.decode().replace("\r\n", "\n")


def picture(words: str, printed: str) -> str:
    """Return an SVG of a terminal with a command and what it printed."""
    prompt = Text.assemble(("$ ", "dim"), (f"trialwatch {words}", "bold"))
    lines = [prompt, Text(), *(Text.from_ansi(line) for line in printed.rstrip("\n").split("\n"))]
    width, height = _COLUMNS * _CELL + 2 * _EDGE, len(lines) * _LINE + 2 * _EDGE
    body = "\n".join(part for number, line in enumerate(lines) for part in _line(line, number))
    title = escape(f"trialwatch {words}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img">\n'
        f"<title>{title}</title>\n"
        f'<rect width="{width:g}" height="{height:g}" rx="8" fill="{_hex(None, background=True)}"/>\n'
        f'<g font-family="{_FONTS}" font-size="{_SIZE}" style="white-space: pre">\n{body}\n</g>\n</svg>\n'
    )


def _line(line: Text, number: int) -> Iterator[str]:
    """Yield the pieces of a line. Each is as wide as its columns, whatever the font."""
    column, baseline = 0, _EDGE + number * _LINE + _SIZE
    for segment in line.render(_PLAIN):
        width = segment.cell_length
        if segment.text.strip():
            yield _piece(segment, _EDGE + column * _CELL, baseline, width * _CELL)
        column += width


_PLAIN = Console(color_system="truecolor", width=_COLUMNS, force_terminal=True)


def _piece(segment: Segment, left: float, baseline: int, width: float) -> str:
    style = segment.style or Style()
    looks = f' fill="{_hex(style.color)}"'
    looks += ' font-weight="bold"' if style.bold else ""
    looks += ' opacity="0.65"' if style.dim else ""
    looks += ' text-decoration="underline"' if style.underline else ""
    return (
        f'<text x="{left:g}" y="{baseline}" textLength="{width:g}" xml:space="preserve"{looks}>'
        f"{escape(segment.text)}</text>"
    )


def _hex(color: Color | None, *, background: bool = False) -> str:
    found = color or Color.default()
    return found.get_truecolor(_THEME, foreground=not background).hex


def main() -> None:
    """Play the demo and write all pictures."""
    with TemporaryDirectory() as folder:
        home = Path(folder) / "demo"
        command = [sys.executable, "-m", "tracker", "demo", "--keep", str(home)]
        own = {**os.environ, "TRIALWATCH_HOME": str(home), "HOME": folder}
        subprocess.run(command, cwd=ROOT, env=own, stdout=subprocess.DEVNULL, check=True)
        for name, text in drawn(home).items():
            (IMAGES / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
