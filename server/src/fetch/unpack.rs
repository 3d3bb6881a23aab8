//! Revocation lists out of what they come in: PEM or DER, plain, in gzip or in a zip. What it is says the content, not its
//! name. What is unpacked is limited as a whole, so that nothing small becomes something huge.

use std::io::{Cursor, Read};

use certway_core::pem;
use flate2::read::MultiGzDecoder;
use zip::ZipArchive;

use super::MOST_BYTES;

/// How many files a zip may have.
const MOST_FILES: usize = 256;
const BEGIN: &[u8] = b"-----BEGIN ";

/// The lists as one PEM file, for the judge; or why there are none.
pub(crate) fn unpack(bytes: &[u8]) -> Result<Vec<u8>, String> {
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut room = MOST_BYTES;
        let plain = limited(MultiGzDecoder::new(bytes), &mut room)
            .map_err(|why| format!("the gzip file cannot be unpacked: {why}"))?;
        return plain_list(&plain).ok_or_else(|| "the gzip file holds no revocation list".to_owned());
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return unzip(bytes);
    }
    plain_list(bytes).ok_or_else(|| "the answer is no revocation list: neither PEM nor DER, gzip or zip".to_owned())
}

fn unzip(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let fault = |why: String| format!("the zip file cannot be unpacked: {why}");
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| fault(error.to_string()))?;
    if archive.len() > MOST_FILES {
        return Err(fault(format!("it has more than {MOST_FILES} files")));
    }
    let (mut lists, mut room) = (Vec::new(), MOST_BYTES);
    for index in 0..archive.len() {
        let file = archive.by_index(index).map_err(|error| fault(error.to_string()))?;
        let plain = limited(file, &mut room).map_err(fault)?;
        // A licence or a note beside the lists is none.
        lists.extend(plain_list(&plain).unwrap_or_default());
    }
    if lists.is_empty() { Err("the zip file holds no revocation list".to_owned()) } else { Ok(lists) }
}

/// All that a reader gives, if there is room for it.
fn limited(reader: impl Read, room: &mut usize) -> Result<Vec<u8>, String> {
    let mut plain = Vec::new();
    let most = u64::try_from(*room).unwrap_or(u64::MAX).saturating_add(1);
    reader.take(most).read_to_end(&mut plain).map_err(|error| error.to_string())?;
    *room = room.checked_sub(plain.len()).ok_or("it becomes more than 16 MiB")?;
    Ok(plain)
}

/// PEM as it is; DER as PEM. DER of a list is longer than 127 bytes, so that no text begins like it.
fn plain_list(plain: &[u8]) -> Option<Vec<u8>> {
    if let [0x30, 0x81..=0x84, ..] = plain {
        return Some(pem::encode("X509 CRL", plain).into_bytes());
    }
    plain.windows(BEGIN.len()).any(|window| window == BEGIN).then(|| [plain, b"\n"].concat())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn what_becomes_too_much_is_given_up() {
        let bomb = gzip(&vec![0x30; MOST_BYTES + 1]);
        assert!(bomb.len() < MOST_BYTES / 50);
        assert_eq!(unpack(&bomb), Err("the gzip file cannot be unpacked: it becomes more than 16 MiB".to_owned()));
    }

    #[test]
    fn what_is_no_list_is_told() {
        for (bytes, why) in [
            (b"<html>not here</html>".to_vec(), "the answer is no revocation list"),
            (gzip(b"nothing"), "the gzip file holds no revocation list"),
            (b"\x1f\x8bbroken".to_vec(), "the gzip file cannot be unpacked"),
            (b"PK\x03\x04broken".to_vec(), "the zip file cannot be unpacked"),
        ] {
            let told = unpack(&bytes).unwrap_err();
            assert!(told.starts_with(why), "{told}");
        }
    }

    #[test]
    fn der_becomes_pem_and_pem_stays() {
        let der = [&[0x30, 0x81, 0x80][..], &[0; 128]].concat();
        let told = unpack(&gzip(&der)).unwrap();
        assert!(told.starts_with(b"-----BEGIN X509 CRL-----"));
        assert_eq!(unpack(&told).unwrap().trim_ascii_end(), told.trim_ascii_end());
    }
}
