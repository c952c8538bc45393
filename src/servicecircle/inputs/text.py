"""Bytes to text: which encoding a file from an office is in."""

import re

import pandas as pd

from servicecircle.errors import InputError

#: Letters from here on are Chinese, Japanese or Korean.
_EAST_ASIAN = "\u2e80"
#: A letter cut off at the end leaves so many bytes at most.
_CUT = 2
#: Letters XML 1.0 forbids; a file that holds one does not open.
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def guess_encoding(content: bytes) -> str:
    """Return the encoding by its mark; without one UTF-8 if it fits, else GB18030, Chinese Windows' own."""
    for mark, name in _MARKS:
        if content.startswith(mark):
            return name
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"


def decode(content: bytes, file: str) -> str:
    """Return the text of a file.

    Raises
    ------
    InputError
        If the bytes are no text in UTF-8, UTF-16 with a mark, or GB18030.
    """
    try:
        text = content.decode(guess_encoding(content))
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is not text in UTF-8, UTF-16 or GB18030. Save it as CSV UTF-8.") from error
    if "\x00" in text:
        raise InputError(f"{file} is not a text table (it holds zero bytes). Save it as CSV UTF-8.")
    return text


def ungarbled(text: str) -> str:
    """Return what a text said before its UTF-8 was read in another encoding, the text itself if it was not.

    So 海口 becomes æµ·å£ or 娴峰彛. What was lost on the way is a replacement character.
    """
    if text.isascii():
        return text
    if all(letter <= "\xff" or letter.encode("cp1252", "ignore") for letter in text):
        before, enough = _western_bytes(text).decode("utf-8", "replace"), 1
    else:
        before, enough = _utf8(text.rstrip("\ufffd?").encode("gb18030", "ignore")), 2
    # Such bytes are hardly ever UTF-8 of Chinese by chance.
    return before if sum(_is_east_asian(letter) for letter in before) >= enough else text


def _is_east_asian(letter: str) -> bool:
    return _EAST_ASIAN <= letter != "\ufffd"


def _western_bytes(text: str) -> bytes:
    return b"".join(letter.encode("cp1252", "ignore") or letter.encode("latin-1") for letter in text)


def _utf8(content: bytes) -> str:
    """Return the bytes as UTF-8, of which the last letter may be cut off; an empty text if they are none."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        cut = error.start >= len(content) - _CUT
        return content[: error.start].decode("utf-8") + "\ufffd" if cut else ""


def cell_text(value: object) -> str:
    """Return a cell as text; a whole number has no decimal point."""
    if isinstance(value, str):
        return value.strip()
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, float):
        if value != value:  # noqa: PLR0124 - NaN alone differs from itself
            return ""
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(float(value))
    return str(value).strip()
