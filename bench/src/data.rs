//! What is measured: a thousand CAs as they are found in the field, and two server certificates of each kind.
//!
//! Names, serial numbers, dates and the mixture of keys are fixed; the keys are fresh, which changes no size.

use std::fs;
use std::path::Path;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    RsaKeySize, SerialNumber, date_time_ymd,
};

use crate::Outcome;

/// How many CAs the three bundles hold: the cost must grow as the work does.
pub(crate) const BUNDLES: [usize; 3] = [10, 100, 1000];
/// The two kinds of server certificates.
pub(crate) const KINDS: [&str; 2] = ["rsa-2048", "p-256"];
/// The name in the server certificates.
pub(crate) const NAME: &str = "node.bench.example";

/// Raised when the data change, so that old files are made anew.
const VERSION: &str = "2";

/// Makes the data, unless they are there.
///
/// # Errors
/// If a file cannot be written.
pub(crate) fn generate(folder: &Path) -> Outcome<()> {
    let marker = folder.join("version");
    if fs::read_to_string(&marker).is_ok_and(|text| text == VERSION) {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    let cas = bundles(folder)?;
    chain_of_four(&folder.join("verify"), &cas)?;
    for kind in KINDS {
        chain(folder, kind)?;
    }
    Ok(fs::write(marker, VERSION)?)
}

fn key(kind: &str) -> Outcome<KeyPair> {
    Ok(match kind {
        "rsa-2048" => KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_2048)?,
        "rsa-4096" => KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_4096)?,
        "p-384" => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384)?,
        _ => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?,
    })
}

/// In each hundred: 40 RSA 2048, 25 RSA 4096, 20 P-256, 15 P-384, evenly mixed, so that the smaller bundles are like
/// the large one.
fn bundles(folder: &Path) -> Outcome<Vec<String>> {
    let kinds = ["rsa-2048", "rsa-4096", "p-256", "p-384"];
    let pool = kinds.map(|kind| [key(kind), key(kind)]);
    let mut all = Vec::new();
    for number in 0..1000_usize {
        let kind = match number * 37 % 100 {
            0..40 => 0,
            40..65 => 1,
            65..85 => 2,
            _ => 3,
        };
        let signing_key = pool[kind][number % 2].as_ref().map_err(ToString::to_string)?;
        all.push(authority(number)?.self_signed(signing_key)?.pem());
    }
    for count in BUNDLES {
        fs::write(folder.join(format!("cas-{count}.pem")), all[..count].concat())?;
    }
    Ok(all)
}

/// `leaf.pem`, `between.pem` with two intermediates, and the lists of trusted CAs, whose last is the root.
fn chain_of_four(folder: &Path, cas: &[String]) -> Outcome<()> {
    fs::create_dir_all(folder)?;
    let named = |name: &str| -> Outcome<CertificateParams> {
        let mut params = authority(0)?;
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params.use_authority_key_identifier_extension = true;
        params.serial_number = None;
        Ok(params)
    };
    let (root, root_key) = (named("Verify Root")?, key("rsa-4096")?);
    let (upper, upper_key) = (named("Verify Policy CA")?, key("rsa-2048")?);
    let (lower, lower_key) = (named("Verify Issuing CA")?, key("p-384")?);
    let upper_pem = upper.signed_by(&upper_key, &Issuer::from_params(&root, &root_key))?.pem();
    let lower_pem = lower.signed_by(&lower_key, &Issuer::from_params(&upper, &upper_key))?.pem();
    let mut leaf = named(NAME)?;
    leaf.is_ca = IsCa::NoCa;
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let leaf = leaf.signed_by(&key("p-256")?, &Issuer::from_params(&lower, &lower_key))?;
    fs::write(folder.join("leaf.pem"), leaf.pem())?;
    fs::write(folder.join("between.pem"), lower_pem + &upper_pem)?;
    let root = root.self_signed(&root_key)?.pem();
    for count in BUNDLES {
        fs::write(folder.join(format!("cas-{count}.pem")), cas[..count - 1].concat() + &root)?;
    }
    Ok(())
}

fn authority(number: usize) -> Outcome<CertificateParams> {
    let mut params = CertificateParams::new(Vec::new())?;
    let year = 2005 + i32::try_from(number % 20)?;
    params.not_before = date_time_ymd(year, u8::try_from(1 + number % 12)?, u8::try_from(1 + number % 28)?);
    params.not_after = date_time_ymd(year + 30, 1, 1);
    params.serial_number = Some(SerialNumber::from_slice(&(0x7000_0000_0000_0000_u64 + number as u64).to_be_bytes()));
    let name = &mut params.distinguished_name;
    name.push(DnType::CountryName, ["NO", "US", "DE", "FR", "JP", "BR", "ES", "CN", "HU", "TR"][number % 10]);
    name.push(DnType::OrganizationName, format!("Trust Organization {:03}", number % 137));
    if number.is_multiple_of(3) {
        name.push(DnType::OrganizationalUnitName, format!("Certification Services Division {}", number % 7));
    }
    name.push(DnType::CommonName, format!("Trust Organization Root CA G{} #{number:04}", number % 9 + 1));
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.use_authority_key_identifier_extension = number.is_multiple_of(2);
    Ok(params)
}

/// `KIND/root.pem`, and for `a` and `b`: `KIND/a.pem` (leaf and intermediate), `a.key.pem`, `a.der`.
fn chain(folder: &Path, kind: &str) -> Outcome<()> {
    let folder = folder.join(kind);
    fs::create_dir_all(&folder)?;
    let named = |name: &str| -> Outcome<CertificateParams> {
        let mut params = authority(0)?;
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        (params.not_before, params.not_after) = (date_time_ymd(2025, 1, 1), date_time_ymd(2045, 1, 1));
        params.use_authority_key_identifier_extension = true;
        params.serial_number = None;
        Ok(params)
    };
    let root_key = key(kind)?;
    let root = named(&format!("Bench Root {kind}"))?;
    fs::write(folder.join("root.pem"), root.self_signed(&root_key)?.pem())?;
    let intermediate_key = key(kind)?;
    let intermediate = named(&format!("Bench Issuing CA {kind}"))?;
    let intermediate_pem = intermediate.signed_by(&intermediate_key, &Issuer::from_params(&root, &root_key))?.pem();
    let issuer = Issuer::from_params(&intermediate, &intermediate_key);
    for which in ["a", "b"] {
        let mut params = named(NAME)?;
        params.subject_alt_names = CertificateParams::new(vec![NAME.to_owned()])?.subject_alt_names;
        params.is_ca = IsCa::NoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        params.not_after = date_time_ymd(2035, 1, 1);
        let leaf_key = key(kind)?;
        let leaf = params.signed_by(&leaf_key, &issuer)?;
        fs::write(folder.join(format!("{which}.pem")), leaf.pem() + &intermediate_pem)?;
        fs::write(folder.join(format!("{which}.der")), leaf.der())?;
        fs::write(folder.join(format!("{which}.key.pem")), leaf_key.serialize_pem())?;
    }
    Ok(())
}
