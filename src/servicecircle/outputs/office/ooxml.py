"""What Word and Excel files have in common: the letters they can hold, and the same bytes for the same content."""

import datetime as dt
import io
import zipfile

from servicecircle.inputs.text import NOT_XML

#: A fixed day, so that the same study gives the same bytes.
CREATED = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - Word and Excel files hold naive times
#: The first day a zip archive can hold.
_WRITTEN = (1980, 1, 1, 0, 0, 0)


def xml_text(words: str) -> str:
    """Put a space for every letter that XML cannot hold: control characters and half letters."""
    return NOT_XML.sub(" ", words)


def without_dates(archive: bytes) -> bytes:
    """Pack a zip archive again so that its bytes depend on its content alone."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            part = zipfile.ZipInfo(name, _WRITTEN)
            part.compress_type = zipfile.ZIP_DEFLATED
            part.create_system = 0
            new.writestr(part, old.read(name))
    return file.getvalue()
