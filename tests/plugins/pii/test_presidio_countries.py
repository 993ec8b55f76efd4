"""The differential test of ``test_presidio`` over the numbers of countries.

Each sentence is about one type, and compared for that type only: many shapes are numbers of several
countries. All values are made up, with the check digits that they must have; and some without.
"""

from __future__ import annotations

import pytest

from tokenward_plugins.pii.kinds import USUAL
from tokenward_plugins.pii.sources import COUNTRIES

TYPES = frozenset(kind for kinds in COUNTRIES.values() for kind in kinds)

BARE = "bare digits with a check digit that one number in ten passes need a word that names them"
SHAPE = "a shape that is checked twice is no check digit: a word must name it"
SMALL = "small letters with spaces in between are words of a sentence"
SEVERAL = "several context words in a row count, not single ones only"
WORDS = "context words in English, and more in the country's language, count too"
FORMS = "the form that people write it in is known too"
GLUED = "a value inside a longer word is none"
ELEVEN = "a personnummer has ten digits or twelve"
PART = "three groups of four digits in a longer number are none"
SPACES = "one space at most is in a register number"
ITSELF = "a value is not its own context word"
BEHIND = "the space behind a value is not part of it"
AHEAD = "a value does not depend on the text behind it"

SAME = {
    "ABA_ROUTING_NUMBER": (
        "The routing number is 121000358.",
        "The routing number is 1210-0035-8.",
        "Her aba routing 103086099.",
        "Is aba routing: 156464299, or not?",
        "The aba routing 277470346 is wrong.",
    ),
    "AU_ABN": (
        "ABN 51 824 753 556.",
        "ABN 51 824 753 557.",
        "51 824 753 556 stands alone.",
        "Her the abn 29 122 326 727.",
        "Is the abn: 53 703 668 323, or not?",
    ),
    "AU_ACN": (
        "ACN 004 085 616.",
        "Her the acn 889 618 491.",
        "Is the acn: 205 559 726, or not?",
        "The the acn 887 015 582 is wrong.",
    ),
    "AU_MEDICARE": (
        "Medicare 2123 45670 1.",
        "Her medicare 2699 81546 3.",
        "Is medicare: 3491 48218 6, or not?",
        "The value 6344 95997 1 appears in a table.",
        "The medicare 2382 36811 5 is wrong.",
    ),
    "AU_TFN": (
        "Her tax file number is 123 456 782.",
        "Her the tfn 972 259 926.",
        "Is the tfn: 282 454 039, or not?",
        "The the tfn 505 373 887 is wrong.",
    ),
    "CA_POSTAL_CODE": (
        "The zip is K1A 0B1 in Ottawa.",
        "The value S6B 6N8 appears in a table.",
        "Nobody asked about (B4R 7Y6).",
        "Write y4k 2n7 small.",
    ),
    "CA_SIN": (
        "The SIN is 130 692 544.",
        "The SIN is 130 692 545.",
        "The value 293-629-499 appears in a table.",
        "The social insurance number 248-990-876 is wrong.",
        "Nobody asked about (929-725-125).",
    ),
    "DE_BSNR": (
        "Die Praxis hat die BSNR 721234567.",
        "Her BSNR 011981466.",
        "Is BSNR: 729520151, or not?",
        "The value 014943768 appears in a table.",
        "The BSNR 384410040 is wrong.",
    ),
    "DE_FUEHRERSCHEIN": (
        "Der Führerschein B072RRE2I55 ist alt.",
        "Führerschein AB12345678X.",
        "Her Führerschein FI58579635I.",
        "Is Führerschein: SY17593814J, or not?",
        "The value WD02601355F appears in a table.",
    ),
    "DE_HANDELSREGISTER": (
        "Amtsgericht: HRB12345 is ours.",
        "Her Handelsregister HRB 17880.",
        "Is Handelsregister: HRB 42462, or not?",
        "The Handelsregister HRB 90757 is wrong.",
    ),
    "DE_HEALTH_INSURANCE": (
        "Krankenkasse: A123456780.",
        "Krankenkasse: A123456781.",
        "Her Krankenkasse J372248715.",
        "Is Krankenkasse: E906612802, or not?",
        "The value X837956693 appears in a table.",
    ),
    "DE_ID_CARD": (
        "Der Personalausweis L01X00T44 gilt.",
        "Her Personalausweis WFRFTPJT3.",
        "Is Personalausweis: XFYXWYKG9, or not?",
        "The value WJKJTRMF7 appears in a table.",
        "The Personalausweis VMWPWXGH0 is wrong.",
    ),
    "DE_KFZ": (
        "Das Auto hat das Kennzeichen M-AB 1234.",
        "I am to be 12 next week, said the auto.",
        "Das Kennzeichen M AB 1234E ist neu.",
        "Das Kennzeichen MÜ-AB-123.",
        "Her Kennzeichen B-QY 146.",
    ),
    "DE_LANR": (
        "Die LANR 123456601.",
        "Her LANR 796952884.",
        "Is LANR: 216627416, or not?",
        "The LANR 870407612 is wrong.",
    ),
    "DE_PASSPORT": (
        "Der reisepass C01X00T41 gilt.",
        "Pass C01X00T47 geht nicht.",
        "Her Reisepass CN2ZCP3P7.",
        "Is Reisepass: C3673TVG1, or not?",
        "The value CMM4403T0 appears in a table.",
    ),
    "DE_PLZ": (
        "PLZ 10115 ist in Berlin.",
        "He sold 10115 books.",
        "Her Postleitzahl 32255.",
        "Is Postleitzahl: 58447, or not?",
        "The value 41316 appears in a table.",
    ),
    "DE_SOCIAL_SECURITY": (
        "Die Versicherungsnummer ist 65170839J003.",
        "Her Rentenversicherung 35151164M317.",
        "Is Rentenversicherung: 21250471Y367, or not?",
        "The value 21240945M509 appears in a table.",
        "The Rentenversicherung 18250482Q657 is wrong.",
    ),
    "DE_TAX_ID": (
        "Die Steuer-ID ist 86095742719.",
        "Her IdNr 89330451759.",
        "Is IdNr: 78436442114, or not?",
        "The IdNr 42335072564 is wrong.",
    ),
    "DE_TAX_NUMBER": (
        "Steuernummer 181/815/08155 beim Finanzamt.",
        "Her Steuernummer 495/685/99215.",
        "Is Steuernummer: 727/870/02174, or not?",
        "The value 697/127/27330 appears in a table.",
        "The Steuernummer 486/335/91562 is wrong.",
    ),
    "DE_VAT_ID": (
        "VAT DE 136 695 976 is right.",
        "Her USt-IdNr DE608124912.",
        "Is USt-IdNr: DE921175784, or not?",
        "The value DE557987677 appears in a table.",
        "Nobody asked about (DE455182188).",
    ),
    "ES_NIE": (
        "Her NIE Z1770386N.",
        "Is NIE: Z9822185V, or not?",
        "The value Z6507962W appears in a table.",
        "The NIE Z1649228N is wrong.",
        "Nobody asked about (Z9820696T).",
    ),
    "ES_NIF": (
        "Her DNI is 12345678-Z.",
        "Her DNI is 12345678A, mistyped.",
        "Her DNI 52356502S.",
        "Is DNI: 61925193Q, or not?",
        "The value 74229844N appears in a table.",
    ),
    "ES_PASSPORT": (
        "pasaporte AAA123456",
        "Her pasaporte OUB773709.",
        "Is pasaporte: GTI046552, or not?",
        "The value LJU470987 appears in a table.",
        "The pasaporte AHF023279 is wrong.",
    ),
    "FI_PERSONAL_IDENTITY_CODE": (
        "The hetu is 131052-308T.",
        "The hetu is 131052-308U, mistyped.",
        "Born in the 1800s: 131052+308T.",
        "Her hetu 181055-419C.",
        "Is hetu: 170191-4957, or not?",
    ),
    "IN_AADHAAR": (
        "Aadhaar 2345:6789:0124 uses colons.",
        "Her aadhaar 2083 7771 8085.",
        "Is aadhaar: 4042 5877 0446, or not?",
        "The value 9808 3065 9844 appears in a table.",
        "The aadhaar 2368 7617 5746 is wrong.",
    ),
    "IN_GSTIN": (
        "GSTIN 27AAPFU0939F1ZV",
        "The code 27AAPFU0939F1YV is none.",
        "Her gstin 27HFSPT5244C1ZZ.",
        "Is gstin: 27QMOPD6407M1ZE, or not?",
        "The value 27ULZPX0043N1ZX appears in a table.",
    ),
    "IN_PAN": (
        "My PAN is ABCDE1234F.",
        "The value OLNPB9556Y appears in a table.",
        "Nobody asked about (MTAPW2558D).",
        "Write iywpr9608j small.",
    ),
    "IN_PASSPORT": (
        "passport A12 34567.",
        "Her indian passport R35 25998.",
        "Is indian passport: I27 09042, or not?",
        "The value E40 00252 appears in a table.",
        "The indian passport I40 44238 is wrong.",
    ),
    "IN_VEHICLE_REGISTRATION": (
        "vehicle KA01AB1234.",
        "vehicle 22BH1234AA.",
        "Her vehicle registration KA02AE7962.",
        "Is vehicle registration: KA07EF8052, or not?",
        "The value KA02CH1617 appears in a table.",
    ),
    "IN_VOTER": (
        "voter ABC1234567",
        "Her voter NHL8133609.",
        "Is voter: NAS7339554, or not?",
        "The value NAJ1780438 appears in a table.",
        "The voter CHV0951820 is wrong.",
    ),
    "IT_DRIVER_LICENSE": (
        "Patente di guida U1A12345B",
        "Her patente di guida CL8311905Q.",
        "Is patente di guida: WI0071056W, or not?",
        "The value QZ3424113P appears in a table.",
        "The patente di guida CB6855465E is wrong.",
    ),
    "IT_FISCAL_CODE": (
        "cf RSSMRA85T10A562S",
        "Her codice fiscale VJHLJD93B27D294K.",
        "Is codice fiscale: MGBMKP78D19B536J, or not?",
        "The value TCMFBW78T13B637O appears in a table.",
        "Nobody asked about (GMGGCW90D15B570J).",
    ),
    "IT_IDENTITY_CARD": (
        "carta CA 1234567 elettronica",
        "Her carta d'identità HF25828WO.",
        "Is carta d'identità: FZ34844GT, or not?",
        "The value GI75250VJ appears in a table.",
        "The carta d'identità KS92393SF is wrong.",
    ),
    "IT_PASSPORT": (
        "passaporto AA1234567",
        "Her passaporto IL1222514.",
        "Is passaporto: JU0985628, or not?",
        "The value NA5848091 appears in a table.",
        "The passaporto SI5394764 is wrong.",
    ),
    "IT_VAT_CODE": (
        "partita iva 12345670785.",
        "Her partita iva 12635348852.",
        "Is partita iva: 39313236786, or not?",
        "The partita iva 90905023373 is wrong.",
    ),
    "KR_BRN": (
        "사업자등록번호 220-81-62517입니다",
        "Her 사업자등록번호 586-09-91895.",
        "Is 사업자등록번호: 836-78-68636, or not?",
        "The value 731-01-69551 appears in a table.",
        "The 사업자등록번호 937-83-25042 is wrong.",
    ),
    "KR_DRIVER_LICENSE": (
        "면허번호 11-22-123456-12.",
        "Her 운전면허 15-98-226242-10.",
        "Is 운전면허: 19-60-925934-51, or not?",
        "The value 23-78-484359-10 appears in a table.",
        "The 운전면허 14-88-293941-87 is wrong.",
    ),
    "KR_FRN": (
        "외국인등록번호 900101-5234567",
        "Her FRN 520211-8474593.",
        "Is FRN: 930324-6447170, or not?",
        "The value 650225-8693101 appears in a table.",
        "The FRN 670918-5902325 is wrong.",
    ),
    "KR_PASSPORT": (
        "여권 M123A4567",
        "Her 여권 M895V1123.",
        "Is 여권: M254M8155, or not?",
        "The value M858Q8131 appears in a table.",
        "The 여권 M315B5196 is wrong.",
    ),
    "KR_RRN": (
        "Her RRN 720605-4459632.",
        "Is RRN: 921125-3285727, or not?",
        "The value 660115-2250503 appears in a table.",
        "The RRN 581001-2504694 is wrong.",
        "Nobody asked about (950806-4282079).",
    ),
    "MEDICAL_LICENSE": ("DEA BB1388568.",),
    "NG_NIN": (
        "NIN: 12345678902.",
        "Her national identification number 57914834419.",
        "Is national identification number: 59034168407, or not?",
        "The national identification number 35943504319 is wrong.",
    ),
    "NG_VEHICLE_REGISTRATION": (
        "The plate ABC 123DE.",
        "The plate ABC-123DE.",
        "Her plate number MVE-894LD.",
        "Is plate number: HHP-417WU, or not?",
        "The value EZY-113TV appears in a table.",
    ),
    "PH_PASSPORT": (
        "passport P1234567A",
        "Her philippine passport P6840810X.",
        "Is philippine passport: P1979551J, or not?",
        "The value P4453592T appears in a table.",
        "The philippine passport P8090438I is wrong.",
    ),
    "PH_TIN": (
        "TIN: 123-456-789-000",
        "The value 800-598-635-889 appears in a table.",
        "Nobody asked about (839-536-483-170).",
        "Write 545-850-915-142 small.",
    ),
    "PH_UMID": (
        "umid 1234-1234567-1.",
        "The number 123412345671 is none.",
        "Her umid 6586-2041147-0.",
        "Is umid: 6561-1371250-6, or not?",
        "The value 1916-6798573-2 appears in a table.",
    ),
    "PL_PESEL": (
        "The number 944405140135812 is longer.",
        "PESEL 44051401359 is hers.",
        "PESEL 44051401358 is mistyped.",
        "Her PESEL 94111373939.",
        "Is PESEL: 63122639312, or not?",
    ),
    "SE_ORGANISATIONSNUMMER": (
        "orgnr 556036-0793.",
        "Her organisationsnummer 552534-5707.",
        "Is organisationsnummer: 553800-6965, or not?",
        "The value 552312-1498 appears in a table.",
        "The organisationsnummer 552497-6481 is wrong.",
    ),
    "SE_PERSONNUMMER": (
        "personnummer 19811218-9876.",
        "personnummer 811218-9876.",
        "personnummer 811218-9877.",
        "Her personnummer 981201-7458.",
        "Is personnummer: 790604-6938, or not?",
    ),
    "SG_NRIC_FIN": (
        "nric S1234567D",
        "Her nric F2482323P.",
        "Is nric: S6229104E, or not?",
        "The value S1719217N appears in a table.",
        "The nric F8292513K is wrong.",
    ),
    "SG_UEN": (
        "uen 53125226D",
        "uen 53125226E",
        "Her uen 57049566X.",
        "Is uen: 56169384J, or not?",
        "The value 12101240M appears in a table.",
    ),
    "TH_TNIN": (
        "เลขประจำตัวประชาชน 1123400123452 ค่ะ",
        "Her Thai National ID 8130709235997.",
        "Is Thai National ID: 8190019942731, or not?",
        "The Thai National ID 4197164181522 is wrong.",
    ),
    "TR_LICENSE_PLATE": (
        "plaka 34 ABC 123",
        "Her plaka 32 FC 891.",
        "Is plaka: 12 GB 214, or not?",
        "The plaka 50 BD 598 is wrong.",
    ),
    "TR_NATIONAL_ID": (
        "The TCKN is 10000000146.",
        "The TCKN is 10000000147.",
        "Her TC kimlik no 61565242618.",
        "Is TC kimlik no: 70437777080, or not?",
        "The value 28308805318 appears in a table.",
    ),
    "UK_DRIVING_LICENCE": (
        "The code 99999657054SM9IJ is none.",
        "The value CPEYR910159LY9TR appears in a table.",
        "Nobody asked about (VXQFX904271EB9DA).",
        "Write nnwqn011077uc9xf small.",
    ),
    "UK_NHS": ("NHS 9434765919 is hers.",),
    "UK_NINO": (
        "The NI number is QQ 12 34 56 C.",
        "The value ME 65 93 22 D appears in a table.",
        "Nobody asked about (EC 61 73 07 A).",
        "Write em 51 34 73 d small.",
    ),
    "UK_PASSPORT": (
        "Her british passport ED3567562.",
        "Is british passport: HN4521706, or not?",
        "The value AI1928156 appears in a table.",
        "The british passport AH6366666 is wrong.",
        "Nobody asked about (SU8598502).",
    ),
    "UK_POSTCODE": (
        "Her address is SW1A 1AA.",
        "The postcode GIR 0AA is a bank's.",
        "The postcode M1 1AE.",
        "Her postcode B33 9DB.",
        "Is postcode: B33 0AB, or not?",
    ),
    "UK_VEHICLE_REGISTRATION": (
        "The car AB12 CDE is red.",
        "The car ABC 123D is old.",
        "The car A123 BCD is old.",
        "The car AB50 CDE has no such year.",
        "Her vehicle registration DH53 EAG.",
    ),
    "US_CLAIM_NUMBER": (
        "The claim number: 12345678 was denied.",
        "See claim # 12345678, filed late.",
        "File CLM-12345678 is open.",
        "We billed CLM-12345678 last week.",
        "The number 12345678 is nothing.",
    ),
    "US_HEALTH_INSURANCE_MEMBER_ID": (
        "Her member ID is ABC123456789.",
        "The part ABC123456789 is sold.",
        "Her insurance member XYZ075677777.",
        "Is insurance member: XYZ073256036, or not?",
        "The value XYZ314013492 appears in a table.",
    ),
    "US_MBI": (
        "Medicare 1EG4-TE5-MK73.",
        "Her medicare beneficiary 3UK6-YR3-FH47.",
        "Is medicare beneficiary: 8PU7-CR8-JV22, or not?",
        "The value 4XV6-RN6-XP21 appears in a table.",
        "The medicare beneficiary 8PG7-NM4-PQ37 is wrong.",
    ),
    "US_NPI": (
        "The NPI is 1234567893.",
        "The NPI is 1234567890.",
        "The provider 1234-567-893.",
        "Her npi number 2362864524.",
        "Is npi number: 1754838401, or not?",
    ),
    "US_PRESCRIPTION_NUMBER": (
        "Rx: 1234567 was filled.",
        "The prescription number 1234567 expired.",
        "A pharmacy sold RX1234567 twice.",
        "Her prescription number RX-652146367.",
        "Is prescription number: RX-162800818, or not?",
    ),
    "US_PRIOR_AUTHORIZATION_NUMBER": (
        "Prior authorization number: 123456789 was granted.",
        "The approval PA-123456 came.",
        "Pre-auth # 123456 is pending.",
        "Her prior authorization number PA-316555057.",
        "Is prior authorization number: PA-954001110, or not?",
    ),
    "US_PROVIDER_TAX_ID": (
        "The billing provider tax id: 12-3456789 is theirs.",
        "The company's EIN is 12-3456789.",
        "The EIN 07-3456789 has no such prefix.",
        "Her provider tax id 12-8867403.",
        "Is provider tax id: 36-6485866, or not?",
    ),
    "US_REFERRAL_NUMBER": (
        "Referral no. 12345678 came in.",
        "The specialty clinic sent REF-123456.",
        "Her referral number REF-921341456.",
        "Is referral number: REF-376726616, or not?",
        "The value REF-592769850 appears in a table.",
    ),
    "ZA_COMPANY_REGISTRATION": (
        "cipc 2019/123456/07.",
        "Her company registration 1999/669860/07.",
        "Is company registration: 1993/933479/07, or not?",
        "The value 1995/645531/07 appears in a table.",
        "The company registration 2016/611074/08 is wrong.",
    ),
    "ZA_DRIVER_LICENSE": (
        "Her driving licence 10471505YENL.",
        "Is driving licence: 16737861UGMF, or not?",
        "The driving licence 47147358NAYX is wrong.",
    ),
    "ZA_ID_NUMBER": (
        "The ID is 8001015009087.",
        "The ID is 8001015009088.",
        "Her south african id 8105276617080.",
        "Is south african id: 6101017254087, or not?",
        "The value 6606087058085 appears in a table.",
    ),
    "ZA_INCOME_TAX_NUMBER": (
        "Her income tax 2621982295.",
        "Is income tax: 3162947164, or not?",
        "The income tax 3230762464 is wrong.",
    ),
    "ZA_LICENSE_PLATE": (
        "registration AB 12 CD GP.",
        "registration CA 123 WP.",
        "Her number plate JL92TPGP.",
        "Is number plate: WR32FQGP, or not?",
        "The number plate CS99YEGP is wrong.",
    ),
    "ZA_MOBILE_NUMBER": (
        "Her cell is 082 123 4567.",
        "WhatsApp +27 82 123 4567 please.",
        "Her cellular 082 291 9668.",
        "Is cellular: 082 212 1237, or not?",
        "The value 082 665 3049 appears in a table.",
    ),
    "ZA_PASSPORT": (
        "Her south african passport A24685775.",
        "Is south african passport: A59391476, or not?",
        "The south african passport A30527379 is wrong.",
    ),
    "ZA_TELEPHONE_NUMBER": (
        "The office number is 011 234 5678.",
        "It is 021 123 4567, not mobile.",
        "Her landline 011 773 6098.",
        "Is landline: 011 707 4537, or not?",
        "The value 011 554 0148 appears in a table.",
    ),
    "ZA_TRAFFIC_REGISTER_NUMBER": (
        "Her traffic register number 1461765339093.",
        "Is traffic register number: 4876936107190, or not?",
        "The traffic register number 7326730583591 is wrong.",
    ),
    "ZA_VAT_NUMBER": (
        "Her vat number 4207675460.",
        "Is vat number: 4281750384, or not?",
        "The vat number 4178935623 is wrong.",
    ),
}

DIFFERENT = (
    ("ABA_ROUTING_NUMBER", "Nobody asked about (248333982).", BARE, [("248333982", 1.0)], []),
    ("AU_ACN", "It had 004 085 616 users.", BARE, [("004 085 616", 1.0)], []),
    ("AU_TFN", "It had 123 456 782 users.", BARE, [("123 456 782", 1.0)], []),
    ("CA_POSTAL_CODE", "Her postal code C6Y 6J5.", SEVERAL, [], [("C6Y 6J5", 0.65)]),
    (
        "CA_SIN",
        "Her social insurance number 379-962-517.",
        SEVERAL,
        [("379-962-517", 0.5)],
        [("379-962-517", 0.85)],
    ),
    (
        "DE_HANDELSREGISTER",
        "Amtsgericht: HRB   12345 is ours.",
        SPACES,
        [("HRB   12345", 0.85)],
        [],
    ),
    (
        "DE_HANDELSREGISTER",
        "Nobody asked about (HRB 93360).",
        ITSELF,
        [("HRB 93360", 0.85)],
        [("HRB 93360", 0.5)],
    ),
    ("DE_LANR", "Nobody asked about (770341772).", BARE, [("770341772", 1.0)], []),
    (
        "DE_SOCIAL_SECURITY",
        "Die Versicherungsnummer ist 65 170839 J 003.",
        FORMS,
        [],
        [("65 170839 J 003", 1.0)],
    ),
    ("DE_TAX_ID", "Die IdNr ist 86 095 742 719.", FORMS, [], [("86 095 742 719", 1.0)]),
    ("DE_TAX_ID", "Nobody asked about (65586812257).", BARE, [("65586812257", 1.0)], []),
    ("DE_TAX_NUMBER", "At 1653000000000 the clock stopped.", BARE, [("1653000000000", 0.5)], []),
    (
        "DE_VAT_ID",
        "The USt-IdNr DE812493828 is wrong.",
        SEVERAL,
        [("DE812493828", 0.5)],
        [("DE812493828", 0.85)],
    ),
    ("DE_VAT_ID", "plus de 136 695 976 personnes", SMALL, [("de 136 695 976", 1.0)], []),
    ("ES_NIE", "Her NIE is X-1234567-L.", FORMS, [], [("X-1234567-L", 1.0)]),
    ("ES_NIF", "Her DNI is 12.345.678-Z.", FORMS, [], [("12.345.678-Z", 1.0)]),
    (
        "FI_PERSONAL_IDENTITY_CODE",
        "The code x131052-308Tx is glued.",
        GLUED,
        [("131052-308T", 1.0)],
        [],
    ),
    ("IN_AADHAAR", "The card 2345 6789 0124 1111 is longer.", PART, [("2345 6789 0124", 1.0)], []),
    (
        "IN_PAN",
        "Her permanent account number ZZUPN1197A.",
        SEVERAL,
        [("ZZUPN1197A", 0.5)],
        [("ZZUPN1197A", 0.85)],
    ),
    ("IN_PAN", "The pan directions are in chapter 1234.", AHEAD, [("directions", 0.4)], []),
    ("IT_DRIVER_LICENSE", "Her driving licence AB1234567C.", WORDS, [], [("AB1234567C", 0.55)]),
    (
        "IT_FISCAL_CODE",
        "The codice fiscale GLMLFZ63H25D388U is wrong.",
        SEVERAL,
        [],
        [("GLMLFZ63H25D388U", 0.65)],
    ),
    ("IT_IDENTITY_CARD", "documento in 1234567 copie", SMALL, [("in 1234567", 0.4)], []),
    ("IT_VAT_CODE", "12345670785 alone is none.", BARE, [("12345670785 ", 1.0)], []),
    ("IT_VAT_CODE", "VAT IT12345670785 is Italian.", FORMS, [], [("IT12345670785", 1.0)]),
    (
        "IT_VAT_CODE",
        "partita iva 1234 5670 785 here.",
        BEHIND,
        [("1234 5670 785 ", 1.0)],
        [("1234 5670 785", 1.0)],
    ),
    ("KR_BRN", "The order 2208162517 was sent.", BARE, [("2208162517", 1.0)], []),
    ("KR_DRIVER_LICENSE", "The order 112212345612 was sent.", BARE, [("112212345612", 1.0)], []),
    ("KR_RRN", "The order 9001011234567 was sent.", BARE, [("9001011234567", 0.5)], []),
    (
        "KR_RRN",
        "주민등록번호는 900101-1234567입니다",
        WORDS,
        [("900101-1234567", 0.5)],
        [("900101-1234567", 0.85)],
    ),
    ("NG_NIN", "Nobody asked about (72216318192).", BARE, [("72216318192", 1.0)], []),
    (
        "PH_TIN",
        "Her taxpayer identification number 648-266-941-187.",
        SEVERAL,
        [],
        [("648-266-941-187", 0.4)],
    ),
    ("SE_ORGANISATIONSNUMMER", "call 5560360793 today", BARE, [("5560360793", 1.0)], []),
    (
        "SE_PERSONNUMMER",
        "The number 98112189876 has eleven digits.",
        ELEVEN,
        [("98112189876", 1.0)],
        [],
    ),
    ("TH_TNIN", "Nobody asked about (8128097447767).", BARE, [("8128097447767", 1.0)], []),
    ("TH_TNIN", "The number 1-1234-00123-45-2 is Thai.", FORMS, [], [("1-1234-00123-45-2", 1.0)]),
    ("TR_LICENSE_PLATE", "It took 12 in 1990.", SMALL, [("12 in 1990", 1.0)], []),
    ("TR_LICENSE_PLATE", "Nobody asked about (29 EC 669).", SHAPE, [("29 EC 669", 1.0)], []),
    (
        "UK_DRIVING_LICENCE",
        "Her driving licence ARCOK212061LI9BK.",
        SEVERAL,
        [("ARCOK212061LI9BK", 0.5)],
        [("ARCOK212061LI9BK", 0.85)],
    ),
    ("UK_NHS", "The ISBN 0306406152 is old.", BARE, [("0306406152", 1.0)], []),
    (
        "UK_NINO",
        "Her national insurance BH 19 72 56 A.",
        SEVERAL,
        [("BH 19 72 56 A", 0.5)],
        [("BH 19 72 56 A", 0.85)],
    ),
    ("UK_VEHICLE_REGISTRATION", "Write ah57 gfb small.", SMALL, [("ah57 gfb", 1.0)], []),
    ("US_NPI", "Nobody asked about (2369499233).", BARE, [("2369499233", 1.0)], []),
    ("ZA_DRIVER_LICENSE", "Nobody asked about (59296498TGCW).", SHAPE, [("59296498TGCW", 1.0)], []),
    ("ZA_INCOME_TAX_NUMBER", "Nobody asked about (0184849633).", BARE, [("0184849633", 1.0)], []),
    ("ZA_LICENSE_PLATE", "Nobody asked about (BW05EXGP).", SHAPE, [("BW05EXGP", 1.0)], []),
    ("ZA_PASSPORT", "Nobody asked about (A41142897).", SHAPE, [("A41142897", 1.0)], []),
    (
        "ZA_TRAFFIC_REGISTER_NUMBER",
        "Nobody asked about (6867861728298).",
        BARE,
        [("6867861728298", 1.0)],
        [],
    ),
    ("ZA_VAT_NUMBER", "Nobody asked about (4374738092).", BARE, [("4374738092", 1.0)], []),
)


@pytest.fixture(scope="module")
def presidio(ask_presidio):
    sentences = [text for texts in SAME.values() for text in texts]
    found = ask_presidio(TYPES, dict.fromkeys([*sentences, *(row[1] for row in DIFFERENT)]))

    def of(kind, text):
        return {(value, score) for one, value, score in found[text] if one == kind}

    return of


@pytest.fixture(scope="module")
def ours(find):
    def of(kind, text):
        found = find(text, types=[kind], size=3)
        return {(text[o.start : o.end], round(o.score, 4)) for o in found if o.score >= 0.4}

    return of


def test_each_type_of_a_country_has_sentences_here_or_with_the_usual_ones():
    assert set(SAME) | USUAL >= TYPES


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "text"), [(k, text) for k in SAME for text in SAME[k]])
def test_the_scan_finds_what_presidio_finds(presidio, ours, kind, text):
    assert ours(kind, text) == presidio(kind, text)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "text", "why", "lost", "gained"), DIFFERENT)
def test_the_scan_differs_from_presidio_only_as_listed(
    presidio, ours, kind, text, why, lost, gained
):
    assert presidio(kind, text) - ours(kind, text) == set(lost), why
    assert ours(kind, text) - presidio(kind, text) == set(gained), why


@pytest.mark.slow
def test_what_is_found_in_the_sentences_is_the_same_in_any_chunking(find):
    for kind, texts in SAME.items():
        for text in (*texts, *(row[1] for row in DIFFERENT if row[0] == kind)):
            whole = find(text, types=[kind])
            assert find(text, types=[kind], size=1) == whole == find(text, types=[kind], size=7)
