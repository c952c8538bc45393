"""The `summary.json` that an earlier run left, as far as another run is compared with it."""

import json
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from servicecircle.errors import DataSourceError, InputError
from servicecircle.inputs.paths import refuse_stream

Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class EarlierPeople(_Part):
    """People, and the share of them that is covered."""

    total: Annotated[float, Field(ge=0)]
    covered: Annotated[float, Field(ge=0)]
    share: Annotated[float, Field(ge=0, le=1)] | None


class EarlierDistrict(EarlierPeople):
    """The same of a district."""

    name: str


class EarlierGap(_Part):
    """A gap."""

    id: str
    weight: float
    nearest: str | None
    district: str | None


class GapPlace(_Part):
    """Where a gap was: a place in it, and west, south, east, north of its bounds."""

    id: str
    lon: Longitude
    lat: Latitude
    box: tuple[Longitude, Latitude, Longitude, Latitude]


class EarlierCenter(_Part):
    """A center, and the people nearest to it."""

    id: str
    name: str
    people: float
    lon: Longitude | None
    lat: Latitude | None


class Earlier(_Part):
    """The parts of an earlier `summary.json` that are compared; the last two came later to the file."""

    name: str
    minutes: Annotated[list[Annotated[float, Field(gt=0)]], Field(min_length=1)]
    speed_kmh: Annotated[float, Field(gt=0)]
    demand: EarlierPeople
    districts: list[EarlierDistrict]
    gaps: list[EarlierGap]
    gap_places: list[GapPlace] | None = None
    catchments: list[EarlierCenter] | None = None


def read_earlier(path: Path) -> Earlier:
    """Read the `summary.json` of an earlier run.

    Raises
    ------
    DataSourceError
        If it is missing or no text.
    InputError
        If it is no `summary.json`.
    """
    advice = "Give the summary.json that an earlier run left."
    refuse_stream(path)
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"), parse_constant=_no_number)
        return Earlier.model_validate(data)
    except FileNotFoundError:
        raise DataSourceError(f"{path}: not found. {advice}") from None
    except OSError as error:
        raise DataSourceError(f"{path}: cannot be read ({error.strerror}). {advice}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise InputError(f"{path.name}, {where}: {first['msg'].lower()}. {advice}") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path.name}: not JSON ({error}). {advice}") from None


def _no_number(word: str) -> float:
    raise ValueError(f"found {word}, which is no number")
