"""Which letters the fonts of this computer can draw in a picture."""

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.font_manager import FontProperties

#: Families with Chinese glyphs, simplified forms first; the last ones draw them in other forms.
CHINESE_FAMILIES = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "Heiti SC",
    "STHeiti",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "SimHei",
    "DengXian",
    "SimSun",
    "Noto Serif CJK SC",
    "Arial Unicode MS",
    "Noto Sans CJK TC",
    "Noto Sans CJK JP",
    "Noto Serif CJK JP",
    "Droid Sans Fallback",
)
#: The same fonts by file name, for those installed after matplotlib listed the fonts.
_FILES = re.compile(
    r"(noto|source)[-_ ]?(sans|serif|han).*(cjk|sc|cn)|msyh|pingfang|wqy|simhei|simsun|deng\.", re.IGNORECASE
)
#: A name longer than this would cover the map.
_LONGEST = 24


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lettering:
    """Fonts to write with.

    Attributes
    ----------
    font
        matplotlib FontProperties; matplotlib takes each letter from the first family that has it.
    glyphs
        Code points that can be drawn.
    """

    font: "FontProperties"
    glyphs: frozenset[int]

    @property
    def chinese(self) -> bool:
        """Whether Chinese can be drawn."""
        return ord("盲") in self.glyphs

    def language(self, wanted: str) -> str:
        """Return the language to write in: English where Chinese cannot be drawn."""
        return wanted if wanted == "en" or self.chinese else "en"

    def sized(self, size: float) -> "FontProperties":
        """Return the font in a size (points)."""
        font = self.font.copy()
        font.set_size(size)
        return font

    def draws(self, words: str) -> bool:
        """Whether every letter can be drawn."""
        return all(ord(letter) in self.glyphs for letter in _one_line(words))

    def fit(self, name: str, *others: str) -> str:
        """Return the first text that can be drawn, shortened; an empty text if none can."""
        for words in (name, *others):
            line = _one_line(words)
            if line and self.draws(line):
                return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
        return ""


def _one_line(words: str) -> str:
    return " ".join(words.split())


@cache
def lettering() -> Lettering:
    """Find the fonts; matplotlib's own DejaVu Sans draws what the Chinese font has not."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    chinese = _chinese_family()
    families = [*([chinese] if chinese else []), "DejaVu Sans"]
    glyphs: set[int] = set()
    for family in families:
        glyphs.update(get_font(findfont(FontProperties(family=family))).get_charmap())
    return Lettering(font=FontProperties(family=families), glyphs=frozenset(glyphs))


def _chinese_family() -> str | None:
    from matplotlib.font_manager import findSystemFonts, fontManager

    found = _first_family()
    if found is None:
        # matplotlib keeps its list of fonts between runs and does not see a font installed since.
        for path in sorted(findSystemFonts()):
            if _FILES.search(path):
                fontManager.addfont(path)
        found = _first_family()
    return found


def _first_family() -> str | None:
    from matplotlib.font_manager import fontManager

    installed = {entry.name for entry in fontManager.ttflist}
    return next((family for family in CHINESE_FAMILIES if family in installed), None)
