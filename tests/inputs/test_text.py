"""Bytes and texts of offices."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicecircle.inputs.text import decode, guess_encoding, ungarbled

CHINESE = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=12)


@given(CHINESE, st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]))
def test_every_encoding_of_an_office_is_read(text: str, encoding: str) -> None:
    """A table of letters and digits says the same in each of them."""
    table = f"编号,名称\n007,{text}\n"
    assert decode(table.encode(encoding), "t.csv") == table
    assert guess_encoding(table.encode(encoding)) == encoding


@given(CHINESE, st.sampled_from(["latin-1", "gb18030"]))
def test_a_garbled_name_says_what_it_was(text: str, encoding: str) -> None:
    """All of it where no byte was lost; where the last was, the name is known to be garbled all the same."""
    garbled = text.encode().decode(encoding, "replace")
    if "\ufffd" not in garbled:
        assert ungarbled(garbled) == text
    elif len(text) > 2 and garbled.index("\ufffd") == len(garbled) - 1:
        assert ungarbled(garbled) != garbled


@pytest.mark.parametrize(
    "name", ["海口市民中心", "联通大厦", "Café Straße", "Ñandú", "Łódź", "Zürich Hbf – Gleis 7", "ÄÖÜ äöü ß", "007", ""]
)
def test_a_good_name_stays(name: str) -> None:
    """Chinese, Western and plain names are not taken for garbled ones."""
    assert ungarbled(name) == name
