"""What can be configured: each setting's rule, its value, and where that comes from."""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, Literal, get_type_hints

from seedream_cli import catalog
from seedream_cli.errors import InputError
from seedream_cli.safetext import to_type
from seedream_cli.settings import config

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Origin = Literal["environment", "file", "default"]

PRICES: Final = "prices."
"""What the name of a price begins with; a model's id follows."""

_OTHER_VARIABLES: Final = (
    "SEEDREAM_BASE_URL",
    "SEEDREAM_CONFIG",
    "SEEDREAM_DIR",
    "SEEDREAM_GRAPHICS",
    "SEEDREAM_HISTORY",
)
"""What is read from the environment and is no option's."""

_TRUE: Final = frozenset({"true", "yes", "on", "1", "t", "y"})
_FALSE: Final = frozenset({"false", "no", "off", "0", "f", "n"})
"""The words that Typer takes for an option's variable, too."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a setting may be.

    Attributes:
        kind: in words, as `config.OPTIONS` has them, or `hosts`.
        variable: of the environment, which wins over the file, or None.
        default: what holds where nothing is said.
        least: smallest number, or None.
        most: largest number, or None.
    """

    kind: str
    variable: str | None = None
    default: object = None
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting as it is.

    Attributes:
        key: as in the file; a price is `prices.MODEL`.
        value: text, number, truth, list of texts, or None.
        origin: where that comes from.
        variable: of the environment, or None.
    """

    key: str
    value: object
    origin: Origin
    variable: str | None

    @property
    def text(self) -> str:
        """The value as it is typed; empty where there is none."""
        if isinstance(self.value, bool):
            return "true" if self.value else "false"
        if isinstance(self.value, list):
            return ",".join(self.value)
        if isinstance(self.value, float):
            return f"{self.value:.10g}"
        return "" if self.value is None else str(self.value)


def rules() -> dict[str, Rule]:
    """Return every setting's rule but the prices', in the order in which they are listed."""
    from seedream_cli.options.draw import DrawOptions

    made: dict[str, Rule] = {}
    hints = get_type_hints(DrawOptions, include_extras=True)
    for name, kind in config.OPTIONS.items():
        (option,) = hints[name].__metadata__
        default = {"model": catalog.DEFAULT_MODEL}.get(name, DrawOptions.__dataclass_fields__[name].default)
        made[name] = Rule(kind, option.envvar, default, option.min, option.max)
    made["dir"] = Rule("text", "SEEDREAM_DIR", config.DEFAULT_FOLDER)
    made["daily_cap"] = Rule("a number")
    made["max_in_flight"] = Rule("a whole number", least=1)
    made["download_hosts"] = Rule("hosts", default=[])
    return made


def listed(environment: Mapping[str, str], path: Path) -> list[Setting]:
    """Return every setting as it is, prices last.

    Raises:
        InputError: where the file holds what it may not.
        LocalFileError: where it cannot be read.
    """
    configured = config.read_config(path)
    said: dict[str, object] = {
        **configured.options,
        "dir": configured.folder,
        "daily_cap": configured.daily_cap,
        "max_in_flight": configured.max_in_flight,
        "download_hosts": sorted(configured.download_hosts) or None,
    }
    found = [_setting(name, rule, said.get(name), environment) for name, rule in rules().items()]
    for model in dict.fromkeys([*(model.id for model in catalog.MODELS), *configured.prices]):
        known = catalog.find(model)
        price = configured.prices.get(model, known and known.usd)
        found.append(Setting(PRICES + model, price, "file" if model in configured.prices else "default", None))
    return found


def _setting(name: str, rule: Rule, said: object, environment: Mapping[str, str]) -> Setting:
    if rule.variable is not None and (given := environment.get(rule.variable)):
        value: object = given
        with contextlib.suppress(InputError):  # what is wrong there is told by the command that uses it
            value = _parse(name, rule, given)
        return Setting(name, value, "environment", rule.variable)
    if said is not None:
        return Setting(name, said, "file", rule.variable)
    return Setting(name, rule.default, "default", rule.variable)


def faults(environment: Mapping[str, str]) -> Iterator[InputError]:
    """Yield what is wrong with values of the environment."""
    for name, rule in rules().items():
        if rule.variable is None or not (value := environment.get(rule.variable)):
            continue
        try:
            _parse(name, rule, value)
        except InputError as error:
            hint = f"unset {rule.variable}, or set it again"
            yield InputError(f"{rule.variable}: {error.message}", hint=hint)


def faults_of_file(options: Mapping[str, object], path: Path) -> Iterator[InputError]:
    """Yield what is wrong with options that the file at a path gives, but for their types."""
    known = rules()
    for name, value in options.items():
        try:
            _parse(name, known[name], str(value))
        except InputError as error:
            yield InputError(f"{path}: {error.message}", hint=error.hint)


def strangers(environment: Mapping[str, str]) -> Iterator[tuple[str, str | None]]:
    """Yield variables that are named like ours and that nothing reads, each with the one that was perhaps meant."""
    from seedream_cli.options.draw import DrawOptions

    hints = get_type_hints(DrawOptions, include_extras=True)
    of_options = {option.envvar for hint in hints.values() for option in hint.__metadata__}
    known = sorted({*filter(None, of_options), *_OTHER_VARIABLES})
    for variable in sorted(environment):
        if variable.startswith("SEEDREAM_") and variable not in known:
            yield variable, next(iter(get_close_matches(variable, known, 1, 0.8)), None)


def is_true(text: str) -> bool:
    """Whether a variable's text switches something on."""
    return text.strip().lower() in _TRUE


def check_key(key: str) -> None:
    """Raise `InputError` where a key is no setting's."""
    known = [*rules(), *(PRICES + model.id for model in catalog.MODELS)]
    if key in known or (key.startswith(PRICES) and key != PRICES):
        return
    if key in {"prices", PRICES}:
        hint = f"seedream config list   # names them, such as {PRICES}{catalog.DEFAULT_MODEL}"
        raise InputError("'prices' has one key for each model", hint=hint)
    near = get_close_matches(key, known, 1)
    raise InputError(f"unknown key '{key}'", hint=f"did you mean {near[0]}?" if near else "seedream config list")


def parse_value(key: str, text: str) -> object:
    """Return the value that a text means for a setting, as it goes into the file.

    Raises:
        InputError: where the setting cannot be that.
    """
    from seedream_cli.api.generation import check_text

    check_key(key)
    check_text(f"'{key}'", key + text)
    rule = Rule("a number") if key.startswith(PRICES) else rules()[key]
    value = _parse(key, rule, text)
    # The file's own rules: what they refuse is never written.
    document = {"prices": {key.removeprefix(PRICES): value}} if key.startswith(PRICES) else {key: value}
    try:
        config.check_values(document)
    except InputError as error:
        raise InputError(error.message, hint=_example(key)) from None
    return value


def _parse(key: str, rule: Rule, text: str) -> object:
    if rule.kind == "text":
        return text
    if rule.kind == "hosts":
        return [host.strip() for host in text.split(",") if host.strip()]
    if rule.kind == "true or false":
        if (word := text.strip().lower()) in _TRUE | _FALSE:
            return word in _TRUE
        raise InputError(f"'{key}' must be true or false", hint=_example(key))
    try:
        value: float = int(text) if rule.kind == "a whole number" or text.strip().isdecimal() else float(text)
    except ValueError:
        value = math.nan
    least, most = rule.least, rule.most
    if not config.is_finite(value) or (least is not None and value < least) or (most is not None and value > most):
        raise InputError(f"'{key}' must be {rule.kind}{_range(least, most)}", hint=_example(key))
    return value


def _range(least: float | None, most: float | None) -> str:
    if least is not None and most is not None:
        return f" from {least:g} to {most:g}"
    return "" if least is None else f" of at least {least:g}"


def _example(key: str) -> str:
    if key.startswith(PRICES):
        return f"seedream config set {to_type(key, 'prices.MODEL')} 0.025"
    value = {
        "model": catalog.FINAL_MODEL,
        "size": "landscape",
        "embed": "false",
        "preview": "false",
        "max_cost": "0.50",
        "daily_cap": "5",
        "max_in_flight": "25",
        "download_hosts": "cdn.example.com",
        "dir": "pictures",
        "jobs": "8",
    }.get(key, "60")
    return f"seedream config set {key} {value}"
