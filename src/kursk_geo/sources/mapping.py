"""The description of a source in a TOML file."""

import tomllib
from dataclasses import MISSING, fields
from pathlib import Path

from kursk_geo.errors import OptionError
from kursk_geo.sources.plain import Plain

__all__ = ["read_mapping"]


def read_mapping(path: str | Path) -> Plain:
    """
    Read the description of a source from a TOML file.

    Parameters
    ----------
    path : str or Path
        Its keys are the parameters of `Plain`.

    Raises
    ------
    OptionError
        If the file cannot be read, or a key is not known or missing.
    """
    try:
        with Path(path).open("rb") as stream:
            told = tomllib.load(stream)
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{path}: cannot be read: {error}. Expected a TOML file."
        raise OptionError(msg) from error
    known = {field.name: field for field in fields(Plain)}
    needed = {key for key, field in known.items() if field.default is MISSING}
    wrong = sorted(set(told) - set(known)) + sorted(needed - set(told))
    wrong += [k for k, v in told.items() if k != "statuses" and not isinstance(v, str)]
    if wrong or not isinstance(told["statuses"], dict):
        msg = (
            f"{path}: {', '.join(wrong) or 'statuses'} is not known, missing or no "
            f"text. Expected [statuses] and, as text, any of: {', '.join(known)}."
        )
        raise OptionError(msg)
    told["statuses"] = {key: str(word) for key, word in told["statuses"].items()}
    return Plain(**told)
