"""What a study file may say. Unknown keys are errors; paths are relative to the file."""

from dataclasses import replace
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from servicecircle.errors import InputError
from servicecircle.inputs.datum import Datum, checked_source
from servicecircle.inputs.demand import MAX_PEOPLE
from servicecircle.network.profile import DEFAULT_SPEED_KMH, PROFILES, STUDY_FILE, VALUES, WalkProfile
from servicecircle.outputs.map.base_map import BaseMap

#: So many areas within so many minutes can be told apart on a map, and more than that.
MOST_LIMITS = 60
#: In place of a raster: the heights of the lines themselves.
Z = "z"
#: In place of a district: all that are not named.
EVERY = "*"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def _as_table(value: object) -> object:
    """Let ``"file.csv"`` stand for ``{ file = "file.csv" }``."""
    return {"file": value} if isinstance(value, str) else value


def _on_disk(name: str) -> str:
    """Refuse an address of the web, which would read as a strange folder once it stands behind the study's."""
    if "://" in name:
        raise ValueError("expected a file on this disk; download it first and give its path")
    return _one_line(name)


def _one_line(text: str) -> str:
    """Refuse line breaks and control characters, which no file name needs and a terminal would obey."""
    if not text.isprintable():
        raise ValueError(f"found {text!r}, expected one line without control characters")
    return text


def _known_datum(text: str) -> str:
    """Refuse what is neither a datum nor a zone."""
    try:
        checked_source(text)
    except InputError as error:
        raise ValueError(str(error).removeprefix("datum: ").rstrip(".")) from None
    return text


Source = Annotated[str, AfterValidator(_known_datum)]
Minutes = Annotated[float, Field(strict=True, gt=0, le=240)]
FileName = Annotated[str, Field(min_length=1), AfterValidator(_on_disk)]


class Streets(_Part):
    """Street network."""

    file: FileName
    noding: Literal["endpoints", "crossings"] = "endpoints"


class _Source(_Part):
    """A file of its own kind, or an OSM file."""

    file: FileName | None = None
    osm: FileName | None = None

    @property
    def path(self) -> str:
        """The file named."""
        return self.file or self.osm or ""


class Places(_Source):
    """Centers or candidates, from a table, a layer, or an OSM file by tags."""

    tags: dict[str, list[str] | bool] | None = None
    datum: Source = "wgs84"

    @model_validator(mode="after")
    def _one_source(self) -> "Places":
        if (self.file is None) == (self.osm is None):
            raise ValueError('expected either file = "..." or osm = "..." with tags')
        if (self.osm is None) != (self.tags is None):
            raise ValueError('expected osm = "..." together with tags = { amenity = ["library"] }')
        return self


class Demand(_Source):
    """Where people live: points, polygons, a raster, or OSM buildings with a total."""

    buildings: bool = False
    weight: str | None = None
    total: Annotated[float, Field(strict=True, gt=0, le=MAX_PEOPLE)] | None = None
    datum: Source = "wgs84"

    @model_validator(mode="after")
    def _one_source(self) -> "Demand":
        if (self.file is None) == (self.osm is None):
            raise ValueError('expected either file = "..." or osm = "..." with buildings = true')
        if (self.osm is not None) != self.buildings:
            raise ValueError('expected osm = "..." together with buildings = true')
        return self


class Entrances(_Part):
    """Entrances of centers; `center` is the column that holds the center's id."""

    file: FileName
    center: str = "center"
    datum: Source = "wgs84"


class Barriers(_Part):
    """What shuts streets."""

    file: FileName
    datum: Datum = "wgs84"


class Districts(_Part):
    """Areas that results are reported by."""

    file: FileName
    name: str | None = None
    datum: Datum = "wgs84"


class Inputs(_Part):
    """The input layers."""

    streets: Annotated[Streets, BeforeValidator(_as_table)]
    centers: Annotated[Places, BeforeValidator(_as_table)]
    demand: Annotated[Demand, BeforeValidator(_as_table)]
    districts: Annotated[Districts, BeforeValidator(_as_table)] | None = None
    candidates: Annotated[Places, BeforeValidator(_as_table)] | None = None
    entrances: Annotated[Entrances, BeforeValidator(_as_table)] | None = None
    barriers: Annotated[Barriers, BeforeValidator(_as_table)] | None = None
    added_streets: FileName | None = None


class Walk(_Part):
    """The rule a walk is measured by; the last of `minutes` is the limit."""

    minutes: Annotated[list[Minutes], Field(min_length=1, max_length=MOST_LIMITS)] = [5, 10, 15]
    profile: Literal["gb50180", "adult", "elderly", "child", "pram", "wheelchair"] | None = None
    speed_kmh: Annotated[float, Field(strict=True, ge=0.1, le=20)] = DEFAULT_SPEED_KMH
    steps_factor: Annotated[float, Field(strict=True, gt=0, le=1000)] = 1.0
    crossing_s: Annotated[float, Field(strict=True, ge=0, le=3600)] = 0.0
    signal_s: Annotated[float, Field(strict=True, ge=0, le=3600)] = 0.0
    closed: dict[str, tuple[str, ...]] = {}
    slope: FileName | None = None
    max_snap_m: Annotated[float, Field(strict=True, gt=0, le=5000)] = 200.0
    min_component_m: Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)] = 500.0
    reach_m: Annotated[float, Field(strict=True, gt=0, le=5000)] = 100.0

    @model_validator(mode="after")
    def _ascending(self) -> "Walk":
        if sorted(set(self.minutes)) != list(self.minutes):
            raise ValueError("expected minutes in ascending order, such as [5, 10, 15]; the last is the limit")
        if self.reach_m > self.max_snap_m:
            raise ValueError("expected reach_m of at most max_snap_m")
        return self

    @property
    def limit(self) -> float:
        """The limit in minutes."""
        return self.minutes[-1]

    @property
    def walker(self) -> WalkProfile:
        """Who walks: the profile named, with what the file says of its own in place of the profile's values."""
        named = WalkProfile() if self.profile is None else PROFILES[self.profile]
        said = {key: getattr(self, key) for key in (*VALUES, "closed") if key in self.model_fields_set}
        return replace(named, **said, sources={**named.sources, **dict.fromkeys(said, STUDY_FILE)}) if said else named


def _everywhere(value: object) -> object:
    """Let one share stand for every district."""
    return {EVERY: value} if isinstance(value, int | float | str) else value


class Sites(_Part):
    """How many sites to propose (0 proposes none), what they may cost, or the share of people to reach.

    `floors` are the least shares of the districts, by name or id; the one of `EVERY` is that of all others.
    """

    count: Annotated[int, Field(strict=True, ge=0, le=1000)] = 10
    budget: Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)] | None = None
    target_share: Annotated[float, Field(strict=True, ge=0, le=1)] | None = None
    required: list[str] = []
    forbidden: list[str] = []
    min_distance_m: Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)] = 0.0
    floors: Annotated[dict[str, Annotated[float, Field(strict=True, ge=0, le=1)]], BeforeValidator(_everywhere)] = {}
    spacing_m: Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)] = 200.0

    @model_validator(mode="after")
    def _one_aim(self) -> "Sites":
        if self.target_share is not None and (self.budget is not None or "count" in self.model_fields_set):
            raise ValueError("expected either target_share or count and budget, not both")
        return self

    @property
    def most(self) -> int | None:
        """Most sites of a plan; None where only the budget or the share counts."""
        alone = self.target_share is not None or (self.budget is not None and "count" not in self.model_fields_set)
        return None if alone else self.count

    @property
    def ruled(self) -> bool:
        """Whether more than a number of sites limits the plan."""
        rules = bool(self.required or self.forbidden or self.floors)
        return self.budget is not None or rules or self.min_distance_m > 0


class Tiles(_Part):
    """Tiles of a map server behind the map: an address, Tianditu with a key, or Amap."""

    address: str | None = None
    tianditu: Annotated[str | None, Field(exclude=True)] = None  # a key has no place in run.json
    amap: bool = False
    attribution: str = ""
    datum: Datum = "wgs84"

    @model_validator(mode="after")
    def _one_server(self) -> "Tiles":
        if (self.address is not None) + (self.tianditu is not None) + self.amap != 1:
            raise ValueError('expected one of address = "http://host/{z}/{x}/{y}.png", tianditu = "key", amap = true')
        try:
            self.made()
        except InputError as error:
            raise ValueError(str(error).rstrip(".")) from None
        return self

    def made(self) -> BaseMap:
        """Return the base map."""
        if self.address is not None:
            return BaseMap.tiles(self.address, attribution=self.attribution, datum=self.datum)
        return BaseMap.amap() if self.tianditu is None else BaseMap.tianditu(self.tianditu)


class Output(_Part):
    """Where the results go and in which language.

    `sources` are attribution lines for the data, `date` says how old they are; `review_number` is the 审图号 of the
    map, and `base_map` the tiles behind it.
    """

    folder: FileName = "out"
    language: Literal["zh", "en"] = "en"
    sources: list[str] = []
    date: Annotated[str, AfterValidator(_one_line)] = ""
    review_number: Annotated[str, AfterValidator(_one_line)] = ""
    base_map: Tiles | None = None


class StudyFile(_Part):
    """A whole study file."""

    name: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_one_line)]
    inputs: Inputs
    walk: Walk = Walk()
    sites: Sites = Sites()
    output: Output = Output()

    @model_validator(mode="after")
    def _met(self) -> "StudyFile":
        if self.sites.budget is not None and self.inputs.candidates is None:
            raise ValueError("sites.budget: expected inputs.candidates with a column cost, as generated ones have none")
        if self.sites.floors and self.inputs.districts is None:
            raise ValueError("sites.floors: expected inputs.districts, whose least shares they are")
        return self
