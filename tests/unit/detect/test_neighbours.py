"""What touches a card, an IBAN, an address or a key does not hide it, and it is cut out exactly."""

import base64
import random

import pytest

from policykit.detect.catalogue import source
from policykit.detect.scan import PatternSet

ALL = PatternSet([source("pii.any"), source("secret.any")])
CARD, IBAN, MAIL = "5105105105105100", "NL91ABNA0417164300", "bea.roth@example.com"
TOKEN = "gh" + "p_" + "R4nd0mQ7xZ2pL9vT5kW8sY1mN6bC3dF0gH4j"
ACCESS = "AK" + "IA" + "Q3EGR5TZ7WPLK2MX"
SEPARATORS = (" ", "  ", "\t", "\n", "-", ".", "_", "/", ",", "|", ":")
SIGNS = ("_", "-", '"', "'", "(", "]", "\n", "ü", "漢", "🙂", "")


def cut(name, text, *, every=False):
    return [text[m.start : m.end] for m in ALL.spans(text, every=every) if m.detector == name]


@pytest.mark.parametrize("after", [*SIGNS, "x", "pdf"], ids=ascii)
@pytest.mark.parametrize("before", [*SIGNS, "x", "scan"], ids=ascii)
@pytest.mark.parametrize(("name", "value"), [("pii.card", CARD), ("pii.iban", IBAN), ("secret.aws", ACCESS)])
def test_a_value_of_fixed_length_is_cut_out_of_any_neighbours(name, value, before, after):
    assert cut(name, before + value + after) == [value]
    assert cut(name, before + value + after, every=True) == [value]


@pytest.mark.parametrize("after", SIGNS, ids=ascii)
@pytest.mark.parametrize("before", [*SIGNS, "h", "7"], ids=ascii)
def test_a_token_is_cut_out_of_any_neighbours(before, after):
    assert cut("secret.github", before + TOKEN + after) == [TOKEN]


@pytest.mark.parametrize("after", ["_", '"', "'", ")", "\n", "ü", "漢", "🙂", "", "_2026.pdf", "2026"], ids=ascii)
@pytest.mark.parametrize("before", ["_", "-", '"', "'", "(", "\n", "漢", "🙂", "", "mailto:"], ids=ascii)
def test_an_address_is_cut_out_of_any_neighbours(before, after):
    assert cut("pii.email", before + MAIL + after) == [MAIL]


@pytest.mark.parametrize("sign", SEPARATORS, ids=ascii)
@pytest.mark.parametrize(("name", "value"), [("pii.card", CARD), ("pii.iban", IBAN)])
def test_groups_of_four_may_be_parted_by_any_sign(name, value, sign):
    parted = sign.join(value[at : at + 4] for at in range(0, len(value), 4))
    assert cut(name, f"it is {parted} today") == [parted]


@pytest.mark.parametrize(
    "text",
    ["5105,1051,0510,5100,7777", "7777,5105,1051,0510,5100", "5105, 1051, 0510, 5100", f"9{CARD}", f"{CARD}9", f"7b{CARD}ef01",
     "5105,1051/0510|5100", f"0.{CARD}"],
)  # fmt: skip
def test_digits_within_a_list_or_a_longer_number_are_no_card(text):
    assert cut("pii.card", text) == []


@pytest.mark.parametrize(
    "filler",
    ["gh" + "p_" + "x" * 36, "AK" + "IA" + "IOSFODNN7" + "EXAMPLE", "h" + "f_" + "x" * 34,
     "sk" + "-proj-" + "your-secret-key-here-" + "x" * 30, "gh" + "p_" + "ab" * 18],
)  # fmt: skip
def test_a_filler_in_the_form_of_a_key_is_no_secret(filler):
    assert ALL.hits(filler) == 0


@pytest.mark.parametrize("mark", ["EXAMPLE", "xxxxxxxx", "_example_", "YOUR", "REDACTED"])
def test_a_real_key_stays_one_beside_the_marks_of_fillers(mark):
    assert cut("secret.github", TOKEN + mark)[0].startswith(TOKEN)
    assert cut("secret.github", mark + TOKEN)


def test_random_data_hold_nothing():
    chosen = random.Random(71)
    data = chosen.randbytes(150_000)
    assert ALL.spans(base64.b64encode(data).decode()) == []
    assert ALL.spans(base64.urlsafe_b64encode(data).decode()) == []
    assert ALL.spans(data.hex()) == []


def test_a_slug_with_the_prefix_of_a_key_in_it_is_no_key():
    assert ALL.hits("read /desk-proj-website-redesign-of-the-main-page-and-its-menus/") == 0
    assert ALL.hits("def disk_test_internationalization(): ...") == 0


@pytest.mark.parametrize(
    "sign", ["%40", "&#64;", "&#064;", "&#x40;", "&#X40;", "&commat;", "\\u0040", "\\\\u0040", " (at) ", "[at]"]
)
def test_the_sign_of_an_address_may_be_encoded(sign):
    address = MAIL.replace("@", sign)
    assert cut("pii.email", f"https://example.org/?to={address}&x=1") == [address]


@pytest.mark.parametrize(
    "address", ["info@bäcker.de", "größe@example.com", "иван@пример.рф", '"bea roth"@example.com'], ids=ascii
)
def test_an_address_beyond_ascii_or_in_quotes_is_cut_out_whole(address):
    assert cut("pii.email", f"to: {address}, please") == [address]


def test_a_key_behind_a_long_name_and_an_iban_behind_hexadecimal_digits_are_found():
    assert cut("secret.github", f"production_deployment_of_the_{TOKEN}") == [TOKEN]
    assert cut("pii.iban", f"7b{IBAN}ef") == [IBAN]


def test_an_iban_has_the_structure_of_its_country_and_separators_of_one_kind():
    body = "A70400440532013000"  # eighteen, of which Germany has digits only
    number = int("".join(str(int(char, 36)) for char in f"{body}DE00"))
    assert cut("pii.iban", f"DE{98 - number % 97:02}{body}") == []
    assert cut("pii.iban", "NL91/ABNA|0417/1643|00") == []


def test_a_card_behind_a_word_with_a_digit_in_it_is_found():
    assert cut("pii.card", f"img7scan{CARD}.png") == [CARD]
