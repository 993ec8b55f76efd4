"""Where Presidio keeps the recognizer of each type."""

from __future__ import annotations

PACKAGE = "presidio_analyzer"
GENERIC = f"{PACKAGE}.predefined_recognizers.generic"
COUNTRY = f"{PACKAGE}.predefined_recognizers.country_specific"


def _in(folder: str, **classes: str) -> dict[str, str]:
    """Returns ``module:class`` by type, for the recognizers in a folder."""
    return {kind: f"{folder}.{place}" for kind, place in classes.items()}


ANYWHERE = _in(
    GENERIC,
    CREDIT_CARD="credit_card_recognizer:CreditCardRecognizer",
    CRYPTO="crypto_recognizer:CryptoRecognizer",
    DATE_TIME="date_recognizer:DateRecognizer",
    EMAIL_ADDRESS="email_recognizer:EmailRecognizer",
    IBAN_CODE="iban_recognizer:IbanRecognizer",
    IP_ADDRESS="ip_recognizer:IpRecognizer",
    MAC_ADDRESS="mac_recognizer:MacAddressRecognizer",
    PHONE_NUMBER="phone_recognizer:PhoneRecognizer",
    URL="url_recognizer:UrlRecognizer",
    UUID="uuid_recognizer:UuidRecognizer",
)
"""Types of no country."""

COUNTRIES = {
    "us": _in(
        f"{COUNTRY}.us",
        ABA_ROUTING_NUMBER="aba_routing_recognizer:AbaRoutingRecognizer",
        MEDICAL_LICENSE="medical_license_recognizer:MedicalLicenseRecognizer",
        US_BANK_NUMBER="us_bank_recognizer:UsBankRecognizer",
        US_CLAIM_NUMBER="us_healthcare_admin_recognizers:UsClaimNumberRecognizer",
        US_DRIVER_LICENSE="us_driver_license_recognizer:UsLicenseRecognizer",
        US_HEALTH_INSURANCE_MEMBER_ID="us_health_insurance_member_id_recognizer:UsHealthInsuranceMemberIdRecognizer",
        US_ITIN="us_itin_recognizer:UsItinRecognizer",
        US_MBI="us_mbi_recognizer:UsMbiRecognizer",
        US_NPI="us_npi_recognizer:UsNpiRecognizer",
        US_PASSPORT="us_passport_recognizer:UsPassportRecognizer",
        US_PRESCRIPTION_NUMBER="us_healthcare_admin_recognizers:UsPrescriptionNumberRecognizer",
        US_PRIOR_AUTHORIZATION_NUMBER="us_healthcare_admin_recognizers:UsPriorAuthorizationNumberRecognizer",
        US_PROVIDER_TAX_ID="us_healthcare_admin_recognizers:UsProviderTaxIdRecognizer",
        US_REFERRAL_NUMBER="us_healthcare_admin_recognizers:UsReferralNumberRecognizer",
        US_SSN="us_ssn_recognizer:UsSsnRecognizer",
    ),
    "uk": _in(
        f"{COUNTRY}.uk",
        UK_DRIVING_LICENCE="uk_driving_licence_recognizer:UkDrivingLicenceRecognizer",
        UK_NHS="uk_nhs_recognizer:NhsRecognizer",
        UK_NINO="uk_nino_recognizer:UkNinoRecognizer",
        UK_PASSPORT="uk_passport_recognizer:UkPassportRecognizer",
        UK_POSTCODE="uk_postcode_recognizer:UkPostcodeRecognizer",
        UK_VEHICLE_REGISTRATION="uk_vehicle_registration_recognizer:UkVehicleRegistrationRecognizer",
    ),
    "de": _in(
        f"{COUNTRY}.germany",
        DE_BSNR="de_bsnr_recognizer:DeBsnrRecognizer",
        DE_FUEHRERSCHEIN="de_fuehrerschein_recognizer:DeFuehrerscheinRecognizer",
        DE_HANDELSREGISTER="de_handelsregister_recognizer:DeHandelsregisterRecognizer",
        DE_HEALTH_INSURANCE="de_health_insurance_recognizer:DeHealthInsuranceRecognizer",
        DE_ID_CARD="de_id_card_recognizer:DeIdCardRecognizer",
        DE_KFZ="de_kfz_recognizer:DeKfzRecognizer",
        DE_LANR="de_lanr_recognizer:DeLanrRecognizer",
        DE_PASSPORT="de_passport_recognizer:DePassportRecognizer",
        DE_PLZ="de_plz_recognizer:DePlzRecognizer",
        DE_SOCIAL_SECURITY="de_social_security_recognizer:DeSocialSecurityRecognizer",
        DE_TAX_ID="de_tax_id_recognizer:DeTaxIdRecognizer",
        DE_TAX_NUMBER="de_tax_number_recognizer:DeTaxNumberRecognizer",
        DE_VAT_ID="de_vat_id_recognizer:DeVatIdRecognizer",
    ),
    "es": _in(
        f"{COUNTRY}.spain",
        ES_NIE="es_nie_recognizer:EsNieRecognizer",
        ES_NIF="es_nif_recognizer:EsNifRecognizer",
        ES_PASSPORT="es_passport_recognizer:EsPassportRecognizer",
    ),
    "it": _in(
        f"{COUNTRY}.italy",
        IT_DRIVER_LICENSE="it_driver_license_recognizer:ItDriverLicenseRecognizer",
        IT_FISCAL_CODE="it_fiscal_code_recognizer:ItFiscalCodeRecognizer",
        IT_IDENTITY_CARD="it_identity_card_recognizer:ItIdentityCardRecognizer",
        IT_PASSPORT="it_passport_recognizer:ItPassportRecognizer",
        IT_VAT_CODE="it_vat_code:ItVatCodeRecognizer",
    ),
    "pl": _in(
        f"{COUNTRY}.poland",
        PL_PESEL="pl_pesel_recognizer:PlPeselRecognizer",
    ),
    "fi": _in(
        f"{COUNTRY}.finland",
        FI_PERSONAL_IDENTITY_CODE="fi_personal_identity_code_recognizer:FiPersonalIdentityCodeRecognizer",
    ),
    "se": _in(
        f"{COUNTRY}.sweden",
        SE_ORGANISATIONSNUMMER="se_organisationsnummer_recognizer:SeOrganisationsnummerRecognizer",
        SE_PERSONNUMMER="se_personnummer_recognizer:SePersonnummerRecognizer",
    ),
    "in": _in(
        f"{COUNTRY}.india",
        IN_AADHAAR="in_aadhaar_recognizer:InAadhaarRecognizer",
        IN_GSTIN="in_gstin_recognizer:InGstinRecognizer",
        IN_PAN="in_pan_recognizer:InPanRecognizer",
        IN_PASSPORT="in_passport_recognizer:InPassportRecognizer",
        IN_VEHICLE_REGISTRATION="in_vehicle_registration_recognizer:InVehicleRegistrationRecognizer",
        IN_VOTER="in_voter_recognizer:InVoterRecognizer",
    ),
    "sg": _in(
        f"{COUNTRY}.singapore",
        SG_NRIC_FIN="sg_fin_recognizer:SgFinRecognizer",
        SG_UEN="sg_uen_recognizer:SgUenRecognizer",
    ),
    "au": _in(
        f"{COUNTRY}.australia",
        AU_ABN="au_abn_recognizer:AuAbnRecognizer",
        AU_ACN="au_acn_recognizer:AuAcnRecognizer",
        AU_MEDICARE="au_medicare_recognizer:AuMedicareRecognizer",
        AU_TFN="au_tfn_recognizer:AuTfnRecognizer",
    ),
    "ca": _in(
        f"{COUNTRY}.canada",
        CA_POSTAL_CODE="ca_postal_code_recognizer:CaPostalCodeRecognizer",
        CA_SIN="ca_sin_recognizer:CaSinRecognizer",
    ),
    "za": _in(
        f"{COUNTRY}.south_africa",
        ZA_COMPANY_REGISTRATION="za_company_registration_recognizer:ZaCompanyRegistrationRecognizer",
        ZA_DRIVER_LICENSE="za_driver_license_recognizer:ZaDriverLicenseRecognizer",
        ZA_ID_NUMBER="za_id_number_recognizer:ZaIdNumberRecognizer",
        ZA_INCOME_TAX_NUMBER="za_income_tax_number_recognizer:ZaIncomeTaxNumberRecognizer",
        ZA_LICENSE_PLATE="za_license_plate_recognizer:ZaLicensePlateRecognizer",
        ZA_MOBILE_NUMBER="za_phone_number_recognizer:ZaMobileNumberRecognizer",
        ZA_PASSPORT="za_passport_recognizer:ZaPassportRecognizer",
        ZA_TELEPHONE_NUMBER="za_phone_number_recognizer:ZaTelephoneNumberRecognizer",
        ZA_TRAFFIC_REGISTER_NUMBER="za_traffic_register_number_recognizer:ZaTrafficRegisterNumberRecognizer",
        ZA_VAT_NUMBER="za_vat_number_recognizer:ZaVatNumberRecognizer",
    ),
    "kr": _in(
        f"{COUNTRY}.korea",
        KR_BRN="kr_brn_recognizer:KrBrnRecognizer",
        KR_DRIVER_LICENSE="kr_driver_license_recognizer:KrDriverLicenseRecognizer",
        KR_FRN="kr_frn_recognizer:KrFrnRecognizer",
        KR_PASSPORT="kr_passport_recognizer:KrPassportRecognizer",
        KR_RRN="kr_rrn_recognizer:KrRrnRecognizer",
    ),
    "th": _in(
        f"{COUNTRY}.thai",
        TH_TNIN="th_tnin_recognizer:ThTninRecognizer",
    ),
    "tr": _in(
        f"{COUNTRY}.turkey",
        TR_LICENSE_PLATE="tr_license_plate_recognizer:TrLicensePlateRecognizer",
        TR_NATIONAL_ID="tr_national_id_recognizer:TrNationalIdRecognizer",
    ),
    "ph": _in(
        f"{COUNTRY}.philippines",
        PH_PASSPORT="ph_passport_recognizer:PhPassportRecognizer",
        PH_TIN="ph_tin_recognizer:PhTinRecognizer",
        PH_UMID="ph_umid_recognizer:PhUmidRecognizer",
    ),
    "ng": _in(
        f"{COUNTRY}.nigeria",
        NG_NIN="ng_nin_recognizer:NgNinRecognizer",
        NG_VEHICLE_REGISTRATION="ng_vehicle_registration_recognizer:NgVehicleRegistrationRecognizer",
    ),
}
"""Types by the word that a policy writes for a country."""

SOURCES = ANYWHERE | {kind: place for kinds in COUNTRIES.values() for kind, place in kinds.items()}
