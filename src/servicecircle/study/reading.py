"""Reading a study file: what is wrong with it is said in one line, with the key and what was expected."""

import difflib
import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from servicecircle.errors import DataSourceError, InputError
from servicecircle.inputs.paths import refuse_stream
from servicecircle.study.file import StudyFile

#: What was expected, where the checker's own words would not help the writer of a study file.
_WANTED = {
    "list_type": "expected a list in brackets, such as [{found}]",
    "tuple_type": "expected a list in brackets, such as [{found}]",
    "too_short": "expected at least one value",
    "float_parsing": "expected a number without its unit, such as 4.0",
    "float_type": "expected a number without its unit, such as 4.0",
    "int_type": "expected a whole number (an integer) without quotes, such as 10",
    "model_type": "expected keys with their values",
    "too_long": "expected at most {most} values",
}


def read_study_file(path: Path) -> StudyFile:
    """Read and check a study file.

    Raises
    ------
    DataSourceError
        If the file is missing or no text.
    InputError
        If it is no TOML, or a key or value is not one a study file may have.
    """
    refuse_stream(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise DataSourceError(f"{path}: not found. Write one with: servicecircle init {path.name}") from None
    except UnicodeDecodeError:
        raise DataSourceError(f"{path.name}: not UTF-8 text. Save it as UTF-8 and run again.") from None
    except OSError as error:
        if path.is_dir():
            raise DataSourceError(f"{path}: is a folder, expected a study file. {_folder_advice(path)}") from None
        raise DataSourceError(f"{path}: cannot be read ({error.strerror}).") from error
    try:
        return StudyFile.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path.name}: {error}. {_toml_advice(str(error), text)}") from None
    except ValidationError as error:
        raise InputError(f"{path.name}, {_first_error(error)}") from None
    except (ValueError, RecursionError) as error:
        # A number of thousands of digits, or brackets in thousands of brackets.
        raise InputError(f"{path.name}: no study file ({error}). Write one with: servicecircle init") from None


def _folder_advice(folder: Path) -> str:
    """Name the study file of a folder; where there is none, say how to write one."""
    usual = folder / "study.toml"
    files = sorted(folder.glob("*.toml"))
    if not files:
        return f"It holds none: name one elsewhere, or write one with: servicecircle init {usual}"
    return f"Name the one in it: {usual if usual in files else files[0]}"


def _toml_advice(error: str, text: str) -> str:
    """Say what to do about a line that is no TOML; the usual one is a path copied from Windows."""
    at = re.search(r"at line (\d+)", error)
    line = text.splitlines()[int(at[1]) - 1 : int(at[1])] if at else []
    if line and "\\" in line[0]:
        return "Write / in place of \\ in the path and run again."
    return "Correct the line and run again."


def _first_error(error: ValidationError) -> str:
    """Say the first thing that is wrong in one line: key, value found, what was expected."""
    # A misspelt key leaves its right name missing: the misspelling is what the reader has to see.
    first = min(error.errors(include_url=False), key=lambda found: found["type"] != "extra_forbidden")
    where = [str(part) for part in first["loc"]]
    key = ".".join(where)
    if first["type"] == "extra_forbidden":
        near = difflib.get_close_matches(where[-1], _keys(where[:-1]), n=1)
        hint = f" Did you mean {near[0]!r}?" if near else f" Known keys: {', '.join(_keys(where[:-1]))}."
        return f"key {key}: unknown key.{hint}"
    if first["type"] == "missing":
        return f"key {key}: missing. Add it and run again."
    wanted = _WANTED.get(first["type"], "").replace("{found}", _short(first["input"]))
    wanted = wanted.replace("{most}", str(first.get("ctx", {}).get("max_length", "")))
    message = wanted or first["msg"].removeprefix("Value error, ")
    message = message[0].lower() + message[1:]
    if first["type"] == "value_error":
        # What concerns two parts of the file names its key itself.
        return f"key {f'{key}: ' if key else ''}{message}. Correct it and run again."
    return f"key {key}: found {_short(first['input'])}, {message.replace('input should be', 'expected')}. Correct it."


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _keys(where: list[str]) -> list[str]:
    """Keys that may stand at a place of the file."""
    model: Any = StudyFile
    for part in where:
        field = model.model_fields.get(part) if hasattr(model, "model_fields") else None
        if field is None:
            return []
        kinds = [field.annotation, *getattr(field.annotation, "__args__", ())]
        kinds += [inner for kind in kinds for inner in getattr(kind, "__args__", ())]
        model = next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)
    return list(model.model_fields) if model is not None else []
