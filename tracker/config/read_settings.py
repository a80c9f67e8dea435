"""Read the settings from the config file and the environment.

Order: defaults, then the TOML file, then the environment. Every unknown key and every bad value is refused, with its
name and line.
"""

from __future__ import annotations

from collections.abc import Mapping
from errno import EINVAL, EISDIR, ENOTDIR
from pathlib import Path
from typing import NamedTuple

import msgspec

from storage.engine.url import SQLITE, parse
from storage.files.file_causes import file_cause
from tracker.config.alert_tables import TomlTable, channel_tables, named_secrets
from tracker.config.mistakes import ConfigMistake, KeyPath, refused, with_lines
from tracker.config.settings import FileSettings, FileShape, Secrets, Settings
from tracker.config.shape import shape_mistakes, without
from tracker.config.value_checks import value_mistakes
from tracker.errors import SettingsError
from tracker.registries.listed import FIRST, REGISTRIES
from tracker.text_files import NotText, read_text

__all__ = ["ENVIRONMENT", "ReadSettings", "config_file", "home_of", "load_settings", "read_settings"]

ENVIRONMENT = {
    "TRIALWATCH_DATABASE_URL": ("database_url",),
    **{f"TRIALWATCH_{name.upper()}_URL": (name, "url") for name in REGISTRIES},
    "TRIALWATCH_REQUESTS_PER_SECOND": (FIRST.name, "requests_per_second"),
}


class ReadSettings(NamedTuple):
    """Settings, and what is wrong with them. A key with a mistake has its default."""

    settings: Settings
    mistakes: list[ConfigMistake]
    #: The environment variable that gave the value of a key, by the path of the key.
    variables: Mapping[KeyPath, str]
    #: The config file, whether it exists or not.
    file: Path
    #: The decoded file, with the values of the environment.
    values: TomlTable


def load_settings(environment: Mapping[str, str]) -> Settings:
    """Read settings from the environment and the file it names. Raise SettingsError with each mistake and its line."""
    read = read_settings(environment)
    if read.mistakes:
        raise refused(read.file, read.mistakes)
    return read.settings


def config_file(environment: Mapping[str, str]) -> Path:
    """Return the path of the config file, whether it exists or not."""
    named = environment.get("TRIALWATCH_CONFIG")
    return _path(named) if named else home_of(environment) / "trialwatch.toml"


def home_of(environment: Mapping[str, str]) -> Path:
    """Return the folder for the store, the config file and the locks.

    Raise SettingsError if none is named and this user has no home folder, as a container's user may.
    """
    if named := environment.get("TRIALWATCH_HOME"):
        return _path(named)
    import platformdirs  # noqa: PLC0415  (only where TRIALWATCH_HOME is not set)

    try:
        usual = platformdirs.user_data_dir("trialwatch")
    except (RuntimeError, KeyError):  # no HOME, and no entry in the table of users
        usual = ""
    if not Path(usual).is_absolute():
        raise SettingsError(
            "This user has no home folder to keep the store in. Set TRIALWATCH_HOME to a folder that this user may "
            "write to",
            subject="TRIALWATCH_HOME",
        )
    return Path(usual)


def read_settings(environment: Mapping[str, str], text: str | None = None) -> ReadSettings:
    """Read settings, and find every mistake in them. `text` is read in place of the file.

    Raise SettingsError for a file that cannot be read, or is no TOML.
    """
    path = config_file(environment)
    if text is None:
        text = _read_file(path, must_exist=bool(environment.get("TRIALWATCH_CONFIG")))
    values = _decoded(path, text)
    mistakes: list[ConfigMistake] = []
    variables = _overlay(values, environment, mistakes)
    parsed, values = _converted(values, mistakes)
    channels = channel_tables(parsed.channel, values.get("channel", ()))
    clock = environment.get("TRIALWATCH_TEST_CLOCK")
    settings = Settings(
        home=home_of(environment),
        database_url=_absolute(parsed.database_url, mistakes),
        http=parsed.http,
        registries={name: getattr(parsed, name) for name in REGISTRIES},
        daemon=parsed.daemon,
        results=parsed.results,
        retention=parsed.retention,
        web=parsed.web,
        daemon_serves="web" in values and parsed.web.serve,
        test_clock=Path(clock) if clock else None,
        file=path if text else None,
        text=text,
        alerts=parsed.alerts,
        channel=channels,
        rule=parsed.rule,
        secrets=Secrets({name: environment[name] for name in named_secrets(channels, "_env") if name in environment}),
    )
    misshapen = {it.path for it in mistakes}
    mistakes += [it for it in value_mistakes(settings) if it.path not in misshapen]
    named = [it._replace(variable=variables.get(it.path, "")) for it in mistakes]
    return ReadSettings(settings, with_lines(text, named), variables, path, values)


def _path(text: str) -> Path:
    """Return a path from the environment, made absolute once. Later code then does not depend on the working
    directory.
    """
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError:  # ~ with an unknown user: take it literally
        return Path(text).absolute()


def _absolute(address: str, mistakes: list[ConfigMistake]) -> str:
    """Return the address of the store with an absolute path."""
    try:
        place = parse(address) if address else ""
    except ValueError as error:
        mistakes.append(ConfigMistake(("database_url",), str(error)))
        return ""
    return f"{SQLITE}{place}" if isinstance(place, Path) else place


def _read_file(path: Path, *, must_exist: bool) -> str:
    try:
        return read_text(path)
    except FileNotFoundError:
        if must_exist:
            raise SettingsError(f"The config file {path} does not exist", subject=str(path)) from None
        return ""
    except NotText as error:
        raise SettingsError(f"The config file {path} cannot be read: {error}", subject=str(path)) from error
    except OSError as error:
        raise SettingsError(_unreadable(path, error), subject=str(path)) from error


def _unreadable(path: Path, error: OSError) -> str:
    why, step = file_cause(error)
    if error.errno == ENOTDIR:
        step = "set TRIALWATCH_HOME to a folder, or TRIALWATCH_CONFIG to a file"
    elif error.errno in (EISDIR, EINVAL):
        step = "set TRIALWATCH_CONFIG to a file"
    return f"The config file {path} cannot be read: {why}. {step[:1].upper()}{step[1:]}"


def _decoded(path: Path, text: str) -> TomlTable:
    if not text:
        return {}
    import tomllib  # noqa: PLC0415  (only for a file, which a few variables can stand in for)

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"The config file {path} is not valid TOML: {error}", subject=str(path)) from error


def _overlay(values: TomlTable, environment: Mapping[str, str], mistakes: list[ConfigMistake]) -> dict[KeyPath, str]:
    """Write the values of the environment over those of the file. Return which variable gave which key."""
    variables: dict[KeyPath, str] = {}
    for name, place in ENVIRONMENT.items():
        text = environment.get(name)
        if not text:
            continue
        target = values
        for key in place[:-1]:
            table = target.setdefault(key, {})
            target = table if isinstance(table, dict) else {}  # what is no table is refused with the file
        variables[place] = name
        try:
            target[place[-1]] = float(text) if place[-1] == "requests_per_second" else text
        except ValueError:
            mistakes.append(ConfigMistake(place, f"must be a number, not {text[:40]!r}"))
    return variables


def _converted(values: TomlTable, mistakes: list[ConfigMistake]) -> tuple[FileSettings, TomlTable]:
    """Return the settings of the file without those that have a wrong shape, and the values without these."""
    try:
        return msgspec.convert(values, FileShape, strict=True), values  # type: ignore[return-value]
    except msgspec.ValidationError:
        found = shape_mistakes(values, FileShape)
        rest = without(values, [it.path for it in found])
        mistakes += found
        return msgspec.convert(rest, FileShape, strict=True), rest  # type: ignore[return-value]
