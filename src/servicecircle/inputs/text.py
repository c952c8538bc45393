"""Bytes to text: which encoding a file from an office is in."""

from servicecircle.errors import InputError

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
