"""`BaseMap`: tiles of a map server behind the layers, for those who ask for them."""

import logging
from dataclasses import dataclass
from urllib.parse import urlsplit

from servicecircle.errors import InputError
from servicecircle.inputs.datum import Datum, checked_datum

logger = logging.getLogger(__name__)

_TIANDITU = "https://t{s}.tianditu.gov.cn/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}"
_TIANDITU_REST = "&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles&TILECOL={{x}}&TILEROW={{y}}&TILEMATRIX={{z}}&tk={key}"
_AMAP = "https://webrd0{s}.is.autonavi.com/appmaptile?lang=zh_cn&size=1&scale=1&style=8&x={x}&y={y}&z={z}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseMap:
    """Tiles in Web Mercator from one server.

    Such a page asks that server, and no other, for pictures whenever it is opened; without the server
    the layers are drawn as always.

    Attributes
    ----------
    addresses
        Addresses of the layers from the bottom up, with ``{z}``, ``{x}``, ``{y}`` and, where the server
        has several hosts, ``{s}``.
    attribution
        What the server wants to be named as.
    datum
        What the tiles are drawn in. The layers are shifted to it, so that both meet.
    hosts
        What stands for ``{s}``.
    """

    addresses: tuple[str, ...]
    attribution: str = ""
    datum: Datum = "wgs84"
    hosts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for address in self.addresses:
            _check(address, self.hosts)
        checked_datum(self.datum)

    @classmethod
    def tiles(cls, address: str, *, attribution: str = "", datum: str = "wgs84") -> "BaseMap":
        """Take tiles from any server, such as one of the own network: ``http://10.0.0.5/{z}/{x}/{y}.png``.

        Parameters
        ----------
        address
            Of one tile, with ``{z}``, ``{x}`` and ``{y}``.
        attribution
            Whose map it is, printed on it.
        datum
            Datum it is drawn in.

        Returns
        -------
        BaseMap
            The tiles.

        Raises
        ------
        InputError
            If the address lacks ``{z}``, ``{x}`` or ``{y}`` or is none of http or https.
        """
        return cls(addresses=(address,), attribution=attribution, datum=checked_datum(datum))

    @classmethod
    def tianditu(cls, key: str) -> "BaseMap":
        """Take the street map of Tianditu with its names; `key` is readable in the file.

        Parameters
        ----------
        key
            Letters and digits that Tianditu gave you.

        Returns
        -------
        BaseMap
            The tiles.

        Raises
        ------
        InputError
            If the key holds anything but letters and digits.
        """
        if not key.isalnum() or not key.isascii():
            raise InputError(f"tianditu: found the key {key!r}, expected the letters and digits Tianditu gave you.")
        logger.warning("The Tianditu key can be read by everyone who gets the map. Use one that is meant for that.")
        rest = _TIANDITU_REST.format(key=key)
        addresses = tuple(_TIANDITU.replace("{layer}", layer) + rest for layer in ("vec", "cva"))
        return cls(addresses=addresses, attribution="天地图", hosts=tuple("01234567"))

    @classmethod
    def amap(cls) -> "BaseMap":
        """Take the street map of Amap, which is drawn in GCJ-02.

        Returns
        -------
        BaseMap
            The tiles.
        """
        return cls(addresses=(_AMAP,), attribution="高德地图", datum="gcj02", hosts=tuple("1234"))

    @property
    def origins(self) -> tuple[str, ...]:
        """The servers that are asked, as a content security policy names them."""
        found = []
        for address in self.addresses:
            for host in self.hosts or ("",):
                parts = urlsplit(address.replace("{s}", host))
                found.append(f"{parts.scheme}://{parts.netloc}")
        return tuple(dict.fromkeys(found))


def _check(address: str, hosts: tuple[str, ...]) -> None:
    said = f"base map: found the address {address!r}"
    if any(mark not in address for mark in ("{z}", "{x}", "{y}")) or ("{s}" in address and not hosts):
        raise InputError(
            f"{said}, expected one with {{z}}, {{x}} and {{y}}, such as http://10.0.0.5/{{z}}/{{x}}/{{y}}.png"
        )
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        parts.port  # noqa: B018 - asked for because it raises on a port that is no number
    except ValueError as error:
        raise InputError(f"{said} ({error}), expected http:// or https:// and a host.") from None
    plain = host.replace("{s}", "0").replace(".", "").replace("-", "").replace(":", "")
    # What stands in the policy of the page must be a host and nothing that could widen it.
    if parts.scheme not in {"http", "https"} or not plain.isalnum() or not plain.isascii() or "@" in parts.netloc:
        raise InputError(f"{said}, expected http:// or https:// and a host of letters and digits.")
