//! Object identifiers, by their contents octets, and their names.

use alloc::string::String;
use core::fmt::Write as _;

macro_rules! oids {
    ($($(#[$doc:meta])* $name:ident = $bytes:expr, $text:expr;)*) => {
        $(pub(crate) const $name: &[u8] = &$bytes;)*
        const NAMES: &[(&[u8], &str)] = &[$(($name, $text)),*];
    };
}

oids! {
    COMMON_NAME = [0x55, 4, 3], "CN";
    SURNAME = [0x55, 4, 4], "SN";
    SERIAL_NUMBER = [0x55, 4, 5], "serialNumber";
    COUNTRY = [0x55, 4, 6], "C";
    LOCALITY = [0x55, 4, 7], "L";
    STATE = [0x55, 4, 8], "ST";
    STREET = [0x55, 4, 9], "street";
    ORGANIZATION = [0x55, 4, 10], "O";
    ORGANIZATIONAL_UNIT = [0x55, 4, 11], "OU";
    TITLE = [0x55, 4, 12], "title";
    BUSINESS_CATEGORY = [0x55, 4, 15], "businessCategory";
    POSTAL_CODE = [0x55, 4, 17], "postalCode";
    NAME = [0x55, 4, 41], "name";
    GIVEN_NAME = [0x55, 4, 42], "GN";
    INITIALS = [0x55, 4, 43], "initials";
    DN_QUALIFIER = [0x55, 4, 46], "dnQualifier";
    PSEUDONYM = [0x55, 4, 65], "pseudonym";
    ORGANIZATION_IDENTIFIER = [0x55, 4, 97], "organizationIdentifier";
    DOMAIN_COMPONENT = [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25], "DC";
    USER_ID = [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1], "UID";
    EMAIL_ADDRESS = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1], "emailAddress";
    EXTENSION_REQUEST = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 14], "extensionRequest";
    JURISDICTION_LOCALITY = [0x2b, 6, 1, 4, 1, 0x82, 0x37, 60, 2, 1, 1], "jurisdictionL";
    JURISDICTION_STATE = [0x2b, 6, 1, 4, 1, 0x82, 0x37, 60, 2, 1, 2], "jurisdictionST";
    JURISDICTION_COUNTRY = [0x2b, 6, 1, 4, 1, 0x82, 0x37, 60, 2, 1, 3], "jurisdictionC";

    SUBJECT_KEY_IDENTIFIER = [0x55, 0x1d, 14], "subjectKeyIdentifier";
    KEY_USAGE = [0x55, 0x1d, 15], "keyUsage";
    SUBJECT_ALT_NAME = [0x55, 0x1d, 17], "subjectAltName";
    ISSUER_ALT_NAME = [0x55, 0x1d, 18], "issuerAltName";
    BASIC_CONSTRAINTS = [0x55, 0x1d, 19], "basicConstraints";
    CRL_NUMBER = [0x55, 0x1d, 20], "cRLNumber";
    REASON_CODE = [0x55, 0x1d, 21], "reasonCode";
    CERTIFICATE_ISSUER = [0x55, 0x1d, 29], "certificateIssuer";
    DELTA_CRL_INDICATOR = [0x55, 0x1d, 27], "deltaCRLIndicator";
    ISSUING_DISTRIBUTION_POINT = [0x55, 0x1d, 28], "issuingDistributionPoint";
    NAME_CONSTRAINTS = [0x55, 0x1d, 30], "nameConstraints";
    CRL_DISTRIBUTION_POINTS = [0x55, 0x1d, 31], "cRLDistributionPoints";
    CERTIFICATE_POLICIES = [0x55, 0x1d, 32], "certificatePolicies";
    ANY_POLICY = [0x55, 0x1d, 32, 0], "anyPolicy";
    POLICY_MAPPINGS = [0x55, 0x1d, 33], "policyMappings";
    AUTHORITY_KEY_IDENTIFIER = [0x55, 0x1d, 35], "authorityKeyIdentifier";
    POLICY_CONSTRAINTS = [0x55, 0x1d, 36], "policyConstraints";
    EXTENDED_KEY_USAGE = [0x55, 0x1d, 37], "extKeyUsage";
    FRESHEST_CRL = [0x55, 0x1d, 46], "freshestCRL";
    INHIBIT_ANY_POLICY = [0x55, 0x1d, 54], "inhibitAnyPolicy";
    AUTHORITY_INFO_ACCESS = [0x2b, 6, 1, 5, 5, 7, 1, 1], "authorityInfoAccess";
    SUBJECT_INFO_ACCESS = [0x2b, 6, 1, 5, 5, 7, 1, 11], "subjectInfoAccess";
    TLS_FEATURE = [0x2b, 6, 1, 5, 5, 7, 1, 24], "tlsFeature";
    OCSP = [0x2b, 6, 1, 5, 5, 7, 48, 1], "ocsp";
    OCSP_BASIC = [0x2b, 6, 1, 5, 5, 7, 48, 1, 1], "ocspBasic";
    OCSP_NONCE = [0x2b, 6, 1, 5, 5, 7, 48, 1, 2], "ocspNonce";
    OCSP_NO_CHECK = [0x2b, 6, 1, 5, 5, 7, 48, 1, 5], "ocspNoCheck";
    CA_ISSUERS = [0x2b, 6, 1, 5, 5, 7, 48, 2], "caIssuers";
    SIGNED_CERTIFICATE_TIMESTAMPS = [0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 4, 2], "signedCertificateTimestampList";
    NETSCAPE_CERT_TYPE = [0x60, 0x86, 0x48, 1, 0x86, 0xf8, 0x42, 1, 1], "netscapeCertType";
    NETSCAPE_COMMENT = [0x60, 0x86, 0x48, 1, 0x86, 0xf8, 0x42, 1, 13], "netscapeComment";

    ANY_EXTENDED_KEY_USAGE = [0x55, 0x1d, 37, 0], "anyExtendedKeyUsage";
    SERVER_AUTH = [0x2b, 6, 1, 5, 5, 7, 3, 1], "serverAuth";
    CLIENT_AUTH = [0x2b, 6, 1, 5, 5, 7, 3, 2], "clientAuth";
    CODE_SIGNING = [0x2b, 6, 1, 5, 5, 7, 3, 3], "codeSigning";
    EMAIL_PROTECTION = [0x2b, 6, 1, 5, 5, 7, 3, 4], "emailProtection";
    IPSEC_END_SYSTEM = [0x2b, 6, 1, 5, 5, 7, 3, 5], "ipsecEndSystem";
    TIME_STAMPING = [0x2b, 6, 1, 5, 5, 7, 3, 8], "timeStamping";
    OCSP_SIGNING = [0x2b, 6, 1, 5, 5, 7, 3, 9], "OCSPSigning";
    IPSEC_IKE = [0x2b, 6, 1, 5, 5, 7, 3, 17], "ipsecIKE";

    RSA_ENCRYPTION = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1], "RSA";
    MD2_WITH_RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 2], "md2WithRSAEncryption";
    MD5_WITH_RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 4], "md5WithRSAEncryption";
    SHA1_WITH_RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5], "sha1WithRSAEncryption";
    MGF1 = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 8], "mgf1";
    RSASSA_PSS = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10], "RSASSA-PSS";
    SHA256_WITH_RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11], "sha256WithRSAEncryption";
    SHA384_WITH_RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 12], "sha384WithRSAEncryption";
    SHA512_WITH_RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 13], "sha512WithRSAEncryption";
    SHA224_WITH_RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 14], "sha224WithRSAEncryption";
    EC_PUBLIC_KEY = [0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1], "EC";
    ECDSA_WITH_SHA1 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1], "ecdsa-with-SHA1";
    ECDSA_WITH_SHA224 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 1], "ecdsa-with-SHA224";
    ECDSA_WITH_SHA256 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2], "ecdsa-with-SHA256";
    ECDSA_WITH_SHA384 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3], "ecdsa-with-SHA384";
    ECDSA_WITH_SHA512 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4], "ecdsa-with-SHA512";
    ED25519 = [0x2b, 0x65, 0x70], "Ed25519";
    ED448 = [0x2b, 0x65, 0x71], "Ed448";
    X25519 = [0x2b, 0x65, 0x6e], "X25519";
    DSA = [0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1], "DSA";
    DSA_WITH_SHA1 = [0x2a, 0x86, 0x48, 0xce, 0x38, 4, 3], "dsa-with-sha1";
    DSA_WITH_SHA224 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 1], "dsa-with-SHA224";
    DSA_WITH_SHA256 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 2], "dsa-with-SHA256";
    ML_DSA_44 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 17], "ML-DSA-44";
    ML_DSA_65 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 18], "ML-DSA-65";
    ML_DSA_87 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 19], "ML-DSA-87";

    P192 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 1], "P-192";
    P224 = [0x2b, 0x81, 4, 0, 33], "P-224";
    P256 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7], "P-256";
    P384 = [0x2b, 0x81, 4, 0, 34], "P-384";
    P521 = [0x2b, 0x81, 4, 0, 35], "P-521";
    SECP256K1 = [0x2b, 0x81, 4, 0, 10], "secp256k1";
    BRAINPOOL_P256R1 = [0x2b, 0x24, 3, 3, 2, 8, 1, 1, 7], "brainpoolP256r1";
    BRAINPOOL_P384R1 = [0x2b, 0x24, 3, 3, 2, 8, 1, 1, 11], "brainpoolP384r1";
    BRAINPOOL_P512R1 = [0x2b, 0x24, 3, 3, 2, 8, 1, 1, 13], "brainpoolP512r1";

    SHA1 = [0x2b, 0x0e, 3, 2, 26], "SHA-1";
    SHA256 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1], "SHA-256";
    SHA384 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2], "SHA-384";
    SHA512 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3], "SHA-512";

    PKCS7_DATA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1], "pkcs7-data";
    PKCS7_SIGNED_DATA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2], "pkcs7-signedData";
    PKCS7_ENCRYPTED_DATA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 6], "pkcs7-encryptedData";
    X509_CERTIFICATE = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 22, 1], "x509Certificate";
    X509_CRL = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 23, 1], "x509Crl";
    BAG_PREFIX = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 10, 1], "pkcs-12-BagIds";

    PBE_MD2_DES = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 1], "pbeWithMD2AndDES-CBC";
    PBE_MD5_DES = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 3], "pbeWithMD5AndDES-CBC";
    PBE_MD5_RC2 = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 6], "pbeWithMD5AndRC2-CBC";
    PBE_SHA1_DES = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 10], "pbeWithSHA1AndDES-CBC";
    PBE_SHA1_RC2 = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 11], "pbeWithSHA1AndRC2-CBC";
    PBKDF2 = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 12], "PBKDF2";
    PBES2 = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 13], "PBES2";
    PBMAC1 = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 14], "PBMAC1";
    SCRYPT = [0x2b, 6, 1, 4, 1, 0xda, 0x47, 4, 11], "scrypt";
    PBE_SHA1_RC4_128 = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 1, 1], "pbeWithSHAAnd128BitRC4";
    PBE_SHA1_RC4_40 = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 1, 2], "pbeWithSHAAnd40BitRC4";
    PBE_SHA1_3DES = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 1, 3], "pbeWithSHAAnd3-KeyTripleDES-CBC";
    PBE_SHA1_2DES = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 1, 4], "pbeWithSHAAnd2-KeyTripleDES-CBC";
    PBE_SHA1_RC2_128 = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 1, 5], "pbeWithSHAAnd128BitRC2-CBC";
    PBE_SHA1_RC2_40 = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 1, 6], "pbeWithSHAAnd40BitRC2-CBC";
    RC2_CBC = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 3, 2], "RC2-CBC";
    DES_EDE3_CBC = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 3, 7], "DES-EDE3-CBC";
    DES_CBC = [0x2b, 0x0e, 3, 2, 7], "DES-CBC";
    AES_128_CBC = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 2], "AES-128-CBC";
    AES_192_CBC = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 22], "AES-192-CBC";
    AES_256_CBC = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 42], "AES-256-CBC";
    HMAC_WITH_SHA1 = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 7], "hmacWithSHA1";
    HMAC_WITH_SHA224 = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 8], "hmacWithSHA224";
    HMAC_WITH_SHA256 = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 9], "hmacWithSHA256";
    HMAC_WITH_SHA384 = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 10], "hmacWithSHA384";
    HMAC_WITH_SHA512 = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 11], "hmacWithSHA512";
    MD5 = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 5], "MD5";
    SHA224 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 4], "SHA-224";
    PBE_PREFIX = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5], "pkcs-5";
    PKCS12_PBE_PREFIX = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 1], "pkcs-12-PbeIds";
}

/// The name of an object identifier, or its dotted decimals.
pub(crate) fn name(oid: &[u8]) -> String {
    known(oid).map_or_else(|| dotted(oid), String::from)
}

/// The name of an object identifier, if it is known here.
pub(crate) fn known(oid: &[u8]) -> Option<&'static str> {
    NAMES.iter().find(|(bytes, _)| *bytes == oid).map(|(_, name)| *name)
}

/// Dotted decimals: `1.2.840.113549.1.1.1`.
pub(crate) fn dotted(oid: &[u8]) -> String {
    let mut text = String::new();
    let mut arc: u128 = 0;
    let mut first = true;
    for &byte in oid {
        // An arc above 128 bits is nobody's; it is shown as far as it goes.
        arc = (arc << 7) | u128::from(byte & 0x7f);
        if byte & 0x80 != 0 {
            continue;
        }
        if first {
            let root = (arc / 40).min(2);
            // Writing to a String cannot fail.
            let _ = write!(text, "{root}.{}", arc - root * 40);
            first = false;
        } else {
            let _ = write!(text, ".{arc}");
        }
        arc = 0;
    }
    text
}
