"""Numbers of countries: their written forms, what is refused, and where they stand in a text."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tokenward.types import ScanContext
from tokenward_plugins.pii.kinds import GROUPS, NUMBERS, OWN, PHONES, TYPES, USUAL
from tokenward_plugins.pii.sources import COUNTRIES

FORMS = {
    "ABA_ROUTING_NUMBER": ("routing", ["121000358", "1210-0035-8"], ["121000359", "421000358"]),
    "AU_ABN": ("ABN", ["51 824 753 556", "51824753556"], ["51 824 753 557", "51824753557"]),
    "AU_ACN": ("ACN", ["004 085 616", "004085616"], ["004 085 617"]),
    "AU_MEDICARE": ("Medicare", ["2123 45670 1", "2123456701"], ["2123 45671 1", "1123 45670 1"]),
    "AU_TFN": ("tax file number", ["123 456 782", "123456782"], ["123 456 783"]),
    "BR_CNPJ": (
        "CNPJ",
        ["11.222.333/0001-81", "11222333000181", "11222333/0001-81", "12.ABC.345/01DE-35"],
        ["11.222.333/0001-82", "00.000.000/0000-00", "12.ABC.345/01DE-36"],
    ),
    "BR_CPF": (
        "CPF",
        ["529.982.247-25", "529982247-25", "52998224725", "529 982 247 25", "529 982 247-25"],
        ["529.982.247-24", "111.111.111-11", "52998224724"],
    ),
    "CA_POSTAL_CODE": ("postcode", ["K1A 0B1", "K1A0B1", "k1a 0b1"], ["D1A 0B1", "K1A 0BB"]),
    "CA_SIN": ("SIN", ["130 692 544", "130-692-544", "130692544"], ["130 692 545", "030692544"]),
    "DE_BSNR": ("BSNR", ["721234567"], ["000000000", "72123456"]),
    "DE_FUEHRERSCHEIN": ("Führerschein", ["AB12345678X", "AB123456781"], ["A112345678X"]),
    "DE_HANDELSREGISTER": ("Handelsregister", ["HRB 12345", "HRA12345", "hrb 1"], ["HRC 12345"]),
    "DE_HEALTH_INSURANCE": ("Krankenkasse", ["A123456780", "a123456780"], ["A123456781"]),
    "DE_ID_CARD": ("Personalausweis", ["L01X00T44", "T12345678"], ["L01X00T45"]),
    "DE_KFZ": (
        "Kennzeichen",
        ["M-AB 1234", "M AB 1234", "M-AB-1234", "MÜ-A 12E", "HH AB 1H", "B-A-1"],
        ["MÜNC-AB 12", "M-ABC 12", "m ab 1234"],
    ),
    "DE_LANR": ("LANR", ["123456601"], ["123456701"]),
    "DE_PASSPORT": ("Reisepass", ["C01X00T41", "c01x00t41"], ["C01X00T42", "A01X00T41"]),
    "DE_PLZ": ("PLZ", ["10115", "01067"], ["00115", "99999", "1011"]),
    "DE_SOCIAL_SECURITY": (
        "Versicherungsnummer",
        ["65170839J003", "65 170839 J 003", "65170839j003"],
        ["65170839J004", "65 171339 J 003"],
    ),
    "DE_TAX_ID": ("Steuer-ID", ["86095742719", "86 095 742 719"], ["86095742718", "06095742719"]),
    "DE_TAX_NUMBER": (
        "Finanzamt",
        ["181/815/08155", "21/815/08150", "0981081508155"],
        ["181-815-08155", "9981081508155"],
    ),
    "DE_VAT_ID": ("USt-ID", ["DE136695976", "DE 136 695 976", "DE.136.695.976"], ["DE13669597"]),
    "ES_NIE": ("NIE", ["X1234567L", "X-1234567-L", "x1234567l"], ["X1234567M", "W1234567L"]),
    "ES_NIF": ("DNI", ["12345678Z", "12345678-Z", "12.345.678-Z", "12.345.678Z"], ["12345678A"]),
    "ES_PASSPORT": ("pasaporte", ["AAA123456", "aaa123456"], ["AA123456", "AAA12345"]),
    "FI_PERSONAL_IDENTITY_CODE": (
        "henkilötunnus",
        ["131052-308T", "131052+308T", "131052A308T", "131052-308t"],
        ["131052-308U", "321052-308T"],
    ),
    "FR_NIR": (
        "sécurité sociale",
        [
            *("255081416802538", "2 55 08 14 168 025 38", "2.55.08.14.168.025.38"),
            *("185052A00608435", "1 85 05 2A 006 084 35", "2550814168025"),
        ],
        ["255081416802539", "2 55 08 14 168 025 39", "955081416802538"],
    ),
    "FR_SIREN": ("SIREN", ["732829320", "732 829 320"], ["732829321", "732 829 321"]),
    "FR_SIRET": (
        "SIRET",
        ["73282932000074", "732 829 320 00074", "35600000000048"],
        ["73282932000075", "35600000000049"],
    ),
    "IN_AADHAAR": (
        "Aadhaar",
        ["234567890124", "2345 6789 0124", "2345-6789-0124", "2345:6789:0124"],
        ["234567890125", "134567890124", "2345 6789 0125"],
    ),
    "IN_GSTIN": ("GSTIN", ["27AAPFU0939F1ZV", "27aapfu0939f1zv"], ["27AAPFU0939F1YV"]),
    "IN_PAN": ("PAN", ["ABCPE1234F", "abcpe1234f", "ABCDE1234F"], ["ABCP1234EF5"]),
    "IN_PASSPORT": ("passport", ["A1234567", "A12 34567"], ["A0234567", "A1234560"]),
    "IN_VEHICLE_REGISTRATION": ("vehicle", ["KA01AB1234", "22BH1234AA", "DL1CAA1111"], ["K1"]),
    "IN_VOTER": ("voter", ["ABC1234567", "abc1234567"], ["AB12345678", "ABC123456"]),
    "IT_DRIVER_LICENSE": ("patente", ["AB1234567C", "U1B2B3C4DZ"], ["AB123456C"]),
    "IT_FISCAL_CODE": (
        "codice fiscale",
        ["RSSMRA85T10A562S", "rssmra85t10a562s"],
        ["RSSMRA85Y10A562S"],
    ),
    "IT_IDENTITY_CARD": (
        "carta",
        ["CA1234567", "CA 1234567", "1234567CA", "CA12345AA"],
        ["ca 1234567", "C1234567"],
    ),
    "IT_PASSPORT": ("passaporto", ["AA1234567", "aa1234567"], ["AA123456"]),
    "IT_VAT_CODE": (
        "partita iva",
        ["12345670785", "1234 5670 785", "12345_670_785", "IT12345670785", "IT 12345670785"],
        ["12345670786", "IT12345670786", "00000000000"],
    ),
    "KR_BRN": ("사업자번호", ["220-81-62517", "2208162517"], ["220-81-62518"]),
    "KR_DRIVER_LICENSE": ("면허번호", ["11-22-123456-12", "112212345612"], ["10-22-123456-12"]),
    "KR_FRN": ("외국인등록번호", ["900101-5234567", "9001015234567"], ["901301-5234567"]),
    "KR_PASSPORT": ("여권", ["M123A4567", "M12345678", "m123a4567"], ["X123A4567"]),
    "KR_RRN": ("주민등록번호", ["900101-1234567", "9001011234567"], ["901301-1234567"]),
    "MEDICAL_LICENSE": ("DEA", ["BB1388568", "AB1234563"], ["BB1388569"]),
    "NG_NIN": ("NIN", ["12345678902"], ["12345678903"]),
    "NG_VEHICLE_REGISTRATION": ("plate", ["ABC123DE", "ABC-123DE", "ABC 123DE"], ["abc 123de"]),
    "PH_PASSPORT": ("passport", ["P1234567A", "EB1234567"], ["P123456A"]),
    "PH_TIN": ("TIN", ["123-456-782", "123-456-782-000", "123456782"], ["123-456-783"]),
    "PH_UMID": ("UMID", ["1234-1234567-1", "123412345671"], ["1234-123456-1"]),
    "PL_PESEL": ("PESEL", ["44051401359"], ["44051401358", "44991401359"]),
    "SE_ORGANISATIONSNUMMER": ("orgnr", ["556036-0793", "5560360793"], ["556036-0794"]),
    "SE_PERSONNUMMER": (
        "personnummer",
        ["811218-9876", "811218+9876", "8112189876", "19811218-9876", "198112189876"],
        ["811218-9877", "811318-9876", "98112189876"],
    ),
    "SG_NRIC_FIN": ("NRIC", ["S1234567D", "t1234567x", "A1234567Z"], ["S123456D"]),
    "SG_UEN": ("UEN", ["53125226D", "53125226d"], ["53125226E"]),
    "TH_TNIN": (
        "Thai National ID",
        ["1123400123452", "1-1234-00123-45-2", "1 1234 00123 45 2"],
        ["1123400123453", "1-1234-00123-45-3"],
    ),
    "TR_LICENSE_PLATE": (
        "plaka",
        ["34 ABC 123", "34ABC123", "34-ABC-123"],
        ["82 ABC 123", "34 abc 123"],
    ),
    "TR_NATIONAL_ID": ("TC kimlik no", ["10000000146"], ["10000000147", "00000000146"]),
    "UK_DRIVING_LICENCE": ("DVLA", ["MORGA657054SM9IJ", "morga657054sm9ij"], ["99999657054SM9IJ"]),
    "UK_NHS": ("NHS", ["943 476 5919", "943-476-5919", "9434765919"], ["943 476 5918"]),
    "UK_NINO": (
        "NINO",
        ["AB123456C", "AB 12 34 56 C", "ab 12 34 56 c", "AB 123456 C"],
        ["QQ 12 34 56 C", "AB 12 34 56 E", "BG123456C"],
    ),
    "UK_PASSPORT": ("passport", ["AB1234567", "ab1234567"], ["AB123456"]),
    "UK_POSTCODE": (
        "postcode",
        ["SW1A 1AA", "SW1A1AA", "M1 1AE", "GIR 0AA", "sw1a 1aa"],
        ["QW1A 1AA"],
    ),
    "UK_VEHICLE_REGISTRATION": (
        "registration",
        ["AB12 CDE", "AB12CDE", "AB12-CDE", "A123 BCD", "ABC 123D", "ABC 123 D", "ab12cde"],
        ["AB50 CDE", "AI12 CDE", "ab12 cde"],
    ),
    "US_CLAIM_NUMBER": ("claim number", ["12345678", "CLM-12345678", "CLM12345678"], ["12345"]),
    "US_HEALTH_INSURANCE_MEMBER_ID": ("member", ["ABC123456789", "AB-12345C"], ["ABCDEFGHI"]),
    "US_MBI": ("Medicare", ["1EG4-TE5-MK73", "1EG4TE5MK73", "1eg4-te5-mk73"], ["1SG4-TE5-MK73"]),
    "US_NPI": ("NPI", ["1234567893", "1234-567-893", "1234 567 893"], ["1234567890", "3234567893"]),
    "US_PRESCRIPTION_NUMBER": ("Rx #", ["1234567", "RX-1234567", "RX1234567"], ["12345"]),
    "US_PRIOR_AUTHORIZATION_NUMBER": ("prior auth no.", ["123456", "PA-123456"], ["12345"]),
    "US_PROVIDER_TAX_ID": ("provider EIN", ["12-3456789"], ["07-3456789"]),
    "US_REFERRAL_NUMBER": ("referral id", ["123456", "REF-123456", "INF123456"], ["12345"]),
    "ZA_COMPANY_REGISTRATION": (
        "CIPC",
        ["2019/123456/07", "CK2019/123456", "k1999/123456"],
        ["2999/123456/07", "X2019/123456"],
    ),
    "ZA_DRIVER_LICENSE": ("licence", ["12345678ABCD", "12345678AB"], ["12345678", "123456AB"]),
    "ZA_ID_NUMBER": ("identity", ["8001015009087"], ["8001015009088", "8013015009087"]),
    "ZA_INCOME_TAX_NUMBER": ("SARS", ["0123456789"], ["4123456789"]),
    "ZA_LICENSE_PLATE": (
        "plate number",
        ["AB 12 CD GP", "AB12CDGP", "CA 123 WP", "123 ABC EC"],
        ["ab 12 cd gp", "AB 12 CD XX"],
    ),
    "ZA_MOBILE_NUMBER": (
        "cell",
        ["082 123 4567", "+27 82 123 4567", "0821234567"],
        ["021 123 4567"],
    ),
    "ZA_PASSPORT": ("passport", ["A12345678", "m12345678"], ["B12345678"]),
    "ZA_TELEPHONE_NUMBER": ("office", ["011 234 5678", "+27 21 123 4567"], ["082 123 4567"]),
    "ZA_TRAFFIC_REGISTER_NUMBER": ("traffic register", ["1234567890123"], ["8001015009087"]),
    "ZA_VAT_NUMBER": ("VAT", ["4123456789"], ["5123456789"]),
}
"""By type: a word before, values in the forms that people write, and what is refused."""

AROUND = ("{} {}", "{} {}.", "Her {} {}, as said", "({} {})", "x\n{} {}\ny", "{}: {}; then")
FOUND = [(kind, word, value) for kind, (word, values, _) in FORMS.items() for value in values]
REFUSED = [(kind, word, value) for kind, (word, _, values) in FORMS.items() for value in values]


def test_each_type_has_cases():
    assert set(FORMS) | USUAL >= NUMBERS | PHONES


@pytest.mark.parametrize(("kind", "word", "value"), FOUND)
def test_a_value_is_found_in_each_form_wherever_it_stands(values, kind, word, value):
    for around in AROUND:
        text = around.format(word, value)
        for size in (0, 1, 5):
            assert (kind, value) in values(text, types=[kind], size=size), (text, size)


@pytest.mark.parametrize(("kind", "word", "value"), REFUSED)
def test_what_has_a_wrong_check_digit_or_shape_is_refused(values, kind, word, value):
    for around in AROUND:
        text = around.format(word, value)
        for size in (0, 1, 5):
            found = values(text, types=[kind], size=size)
            assert not any(one == value for _, one in found), (text, found)


@pytest.mark.parametrize(("kind", "word", "value"), [f for f in FOUND if " " in f[2]])
def test_a_space_in_a_value_may_be_the_end_of_a_chunk(find, kind, word, value):
    text = f"{word} {value} and more"
    start = len(word) + 1
    whole = find(text, types=[kind])
    for at in range(start, start + len(value) + 2):
        assert find([text[:at], text[at:]], types=[kind]) == whole
        assert find([text[:at], "", text[at : at + 1], text[at + 1 :]], types=[kind]) == whole


@pytest.mark.parametrize("kind", sorted(NUMBERS))
def test_little_is_held_of_prose_and_of_a_value(detector, kind):
    word, values, _ = FORMS.get(kind, ("number", ["12345"], []))
    text = f"Some plain words, then 12 of them in 1999 and her {word} {values[0]} and no more."
    scan = detector.open(ScanContext("pii", "output", frozenset({kind})))
    held = [at + 1 - scan.feed(character)[1] for at, character in enumerate(text)]
    assert max(held) <= len(values[0]) + 24
    assert sum(held) / len(held) < 8


@pytest.mark.parametrize("kind", sorted(set(FORMS) - PHONES - {"US_CLAIM_NUMBER"}))
def test_what_a_type_does_not_find_is_not_found_for_it(find, kind):
    others = " and ".join(f"{word} {values[0]}" for word, values, _ in FORMS.values())
    assert {one.type for one in find(others, types=[kind])} <= {kind}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NINO AB\u00a012\u00a034\u00a056\u00a0C", "AB\u00a012\u00a034\u00a056\u00a0C"),
        ("postcode SW1A\u202f1AA", "SW1A\u202f1AA"),
        ("CPF 529.982.247\u201125", "529.982.247\u201125"),
        (
            "NIR 2\u00a055\u00a008\u00a014\u00a0168\u00a0025\u00a038, oui",
            "2\u00a055\u00a008\u00a014\u00a0168\u00a0025\u00a038",
        ),
    ],
)
def test_typographic_spaces_and_hyphens_are_read_as_plain_ones(values, text, value):
    for size in (0, 1):
        assert value in [one for _, one in values(text, types=NUMBERS, size=size)]


def test_a_value_touches_letters_of_scripts_without_spaces(values):
    assert values("postcode：SW1A 1AA和SW1A 1AA。", types=["UK_POSTCODE"]) == [
        ("UK_POSTCODE", "SW1A 1AA"),
        ("UK_POSTCODE", "SW1A 1AA"),
    ]
    assert values("身份证 PESEL44051401359。", types=["PL_PESEL"]) == []
    assert values("사업자번호220-81-62517입니다", types=["KR_BRN"]) == [("KR_BRN", "220-81-62517")]


def test_a_value_does_not_go_over_the_end_of_a_line(values):
    column = "AB\n12\n34\n56\nC\n51\n824\n753\n556\nSW1A\n1AA"
    assert values(column, types=["UK_NINO", "AU_ABN", "UK_POSTCODE"], least=0) == []


def test_letters_of_other_scripts_are_no_latin_ones(values):
    assert values("codice fiscale R\u017f\u017fMRA85T10A562S", types=["IT_FISCAL_CODE"]) == []
    assert values("NINO A\u212a123456C", types=["UK_NINO"]) == []


BARE = {
    kind: (word, value)
    for kind, (word, values, _) in FORMS.items()
    for value in values
    if value.isdecimal()
}
PROVING = {
    *("AU_ABN", "BR_CNPJ", "BR_CPF", "PL_PESEL", "SE_PERSONNUMMER"),
    *("TR_NATIONAL_ID", "ZA_ID_NUMBER", "ZA_MOBILE_NUMBER"),
}
"""Types whose check digits only one number in fifty, or fewer, passes by chance; and phones."""


@pytest.mark.parametrize(("kind", "word", "value"), [(k, *BARE[k]) for k in sorted(BARE)])
def test_bare_digits_need_a_word_if_one_number_in_ten_is_a_value(values, kind, word, value):
    assert ((kind, value) in values(f"The table has {value} in it.", types=[kind])) == (
        kind in PROVING
    )
    assert (kind, value) in values(f"The {word} {value} is in it.", types=[kind])


NUMEROUS = (
    "Order 4382917 was shipped with parcel 12-998-31 on row 14.",
    "Invoice 2024-000123, total 1,234.56 EUR, due in 30 days.",
    "ISBN 978-3-16-148410-0 and 0-306-40615-2, or 9783161484100 without hyphens, or 0306406152.",
    "The population grew from 123 456 782 to 130 692 544 in ten years, and to 51,824,753.",
    "Timestamps: 1700000000, 1653000000000, 1731000123456, 20240115103000.",
    "| 1001 | 123456782 | 4.50 | 2024-01-15 |\n| 1002 | 987654324 | 3.75 | 2024-01-16 |",
    "Sizes 12345678, 123456789, 1234567890, 12345678901 and 123456789012 bytes.",
    "The 34 men and 12 in 1990 met 20 of 55, and 25 min 30 later, at 10 am 12.",
    "I am 25, he is 30, to be 12, so we go 5.",
    "Serial numbers: 021000021, 100000009, 111111118, 222222226, 333333334, 444444442.",
    "Build 20231115.4, version 10.0.19045.3693, commit 4b825dc642cb6eb9a060e54bf8d69288fbee4904.",
    "It costs 19.99, 1.299,00 or 2 500 000 of them; 3,5 % of 100 000.",
    "EAN 4006381333931, UPC 036000291452, SKU 88-1234-XZ, part A1234567.",
    "The flight AB1234 leaves at 10:45 from gate B12, seat 14C, on 5 May.",
    "RFC 2616, section 4.2; ISO 8601; H2O; COVID-19; MP3; 4K; 1080p; Q3 2024; B2B.",
    "Coordinates 52.520008, 13.404954; hex 0x1F4A9; colour #a1b2c3; size 1920x1080.",
    "Tracking 1Z999AA10123456784 and RR123456785DE shipped.",
    "In 1999 there were 42 people in 10115 houses and 75001 in 2001.",
    "Call 020 7946 0958 or (212) 555-0143; fax 030 901820.",
    "Results: 12345 67890 11111 22222 33333 44444 55555.",
    "Temperatures 12 13 14 15 16, then 100 200 300, 1000 2000 3000.",
    "Lot 7 of 12/2023, page 3/14, 181/815, 1/2 cup, 24/7.",
)


@pytest.mark.parametrize("text", NUMEROUS)
def test_numbers_of_all_kinds_are_no_numbers_of_countries(values, text):
    assert values(text, types=NUMBERS - {"DATE_TIME", "IP_ADDRESS"}) == []


def patterns(detector):
    """Returns each type's forms as patterns of ``re``, as far as it has them."""
    for kind in sorted(NUMBERS - {"DATE_TIME"}):
        for form in detector._recognizers.judges([kind])[0]._forms:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                flags = re.IGNORECASE | re.ASCII
                try:
                    yield kind, re.compile(form.pattern.pattern.replace("(?i)", ""), flags), form
                except re.error:  # what only the library of the detector can read
                    continue


NEVER_WRITTEN = re.compile(r"[^\S ]|[a-z]{16}|[Aa]-[Zz]\]|(?i:it)[ ]|\W{3}")
"""Line ends; codes of letters only; a slip in a pattern; small letters behind a space."""


@pytest.mark.slow
@given(data=st.data())
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
def test_gates_and_beginnings_let_through_whatever_a_pattern_matches(detector, find, data):
    forms = detector.__dict__.setdefault("forms of tests", list(patterns(detector)))
    kind, pattern, form = data.draw(st.sampled_from(forms))
    value = data.draw(st.from_regex(pattern, fullmatch=True))
    if form.label is not None or NEVER_WRITTEN.search(value):
        return
    text = f"A word {value} word"
    judge = detector._recognizers.judges([kind])[0]
    everything = type(detector)(detector._recognizers, detector._settings.__class__(min_score=0))
    found = {(one.start, one.end) for one in find(text, types=[kind], by=everything)}
    for one in judge.find(text, 7, 7 + len(value)):
        assert any(start <= one.start and one.end <= end for start, end in found)
    assert found == {(o.start, o.end) for o in find(text, types=[kind], by=everything, size=1)}


def test_a_word_for_a_country_stands_for_its_types(detector):
    assert detector.groups is GROUPS
    assert set(GROUPS) == set(COUNTRIES) | set(OWN) | {"contact", "financial"}
    assert all(word.islower() and kinds and kinds <= TYPES for word, kinds in GROUPS.items())
    assert all(
        kind.startswith(f"{word.upper()}_")
        for word, kinds in GROUPS.items()
        for kind in kinds
        if word not in {"us", "contact", "financial"}
    )


README = (Path(__file__).parents[3] / "plugins" / "README.md").read_text(encoding="utf-8")


def documented():
    """Returns the rows of the README's table: word, types with check digits, types without."""
    table = README.partition("### What `pii` finds")[2].partition("\n\n\\*")[0]
    rows = [line.split(" | ") for line in table.splitlines() if line.startswith("| ")][1:]
    return [[re.findall(r"`(\w+)`(\\\*)?", cell) for cell in row] for row in rows]


def changed(value):
    """Returns a value with each of its digits changed, one at a time."""
    for at, digit in enumerate(value):
        for other in "0123456789" if digit.isdigit() else "":
            if other != digit:
                yield value[:at] + other + value[at + 1 :]


def test_the_readme_has_every_type_with_the_word_for_its_country():
    assert len(documented()) == 1 + len(COUNTRIES) + len(OWN)
    for word, checked, others in documented():
        kinds = {kind for kind, _ in (*checked, *others)}
        countries = set().union(*COUNTRIES.values(), *OWN.values())
        assert kinds - {"none"} == (GROUPS[word[0][0]] if word else TYPES - countries)


def test_the_readme_says_which_types_have_check_digits(values):
    checked = {kind for _, kinds, _ in documented() for kind, star in kinds if not star}
    for kind, (word, (value, *_), _) in FORMS.items():
        wrong = list(changed(value))
        found = sum((kind, one) in values(f"{word} {one}", types=[kind]) for one in wrong)
        assert (found < len(wrong) / 3) == (kind in checked), (kind, found, len(wrong))
