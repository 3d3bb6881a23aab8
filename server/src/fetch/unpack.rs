//! Revocation lists out of what they come in: PEM or DER, plain, in gzip or in a zip. What it is says the content, not its
//! name. What is unpacked is limited as a whole, so that nothing small becomes something huge.

use std::io::{Cursor, Read};

use certway_core::{decode_crl, pem};
use flate2::read::MultiGzDecoder;
use zip::ZipArchive;

use super::MOST_BYTES;

/// How many files a zip may have.
const MOST_FILES: usize = 256;
const BEGIN: &[u8] = b"-----BEGIN ";
const BEGIN_LIST: &[u8] = b"-----BEGIN X509 CRL-----";
/// How many names of files a note tells.
const NAMED: usize = 3;

/// What an answer holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unpacked {
    /// The lists as one PEM file, for the judge.
    pub(crate) lists: Vec<u8>,
    /// What was passed over, in a sentence.
    pub(crate) note: Option<String>,
}

impl From<Vec<u8>> for Unpacked {
    fn from(lists: Vec<u8>) -> Self {
        Self { lists, note: None }
    }
}

/// The lists, or why there are none.
pub(crate) fn unpack(bytes: &[u8]) -> Result<Unpacked, String> {
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut room = MOST_BYTES;
        let plain = limited(MultiGzDecoder::new(bytes), &mut room)
            .map_err(|why| format!("the gzip file cannot be unpacked: {why}"))?;
        return plain_list(&plain)
            .map(Unpacked::from)
            .ok_or_else(|| "the gzip file holds no revocation list".to_owned());
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return unzip(bytes);
    }
    let list = plain_list(bytes).map(Unpacked::from);
    list.ok_or_else(|| "the answer is no revocation list: neither PEM nor DER, gzip or zip".to_owned())
}

fn unzip(bytes: &[u8]) -> Result<Unpacked, String> {
    let fault = |why: String| format!("the zip file cannot be unpacked: {why}");
    // Before the directory is read, for which memory is taken by what it says of itself.
    if declares_too_many(bytes) {
        return Err(fault(format!("it has more than {MOST_FILES} files")));
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| fault(error.to_string()))?;
    let (mut lists, mut others, mut room) = (Vec::new(), Vec::new(), MOST_BYTES);
    for index in 0..archive.len() {
        let file = archive.by_index(index).map_err(|error| fault(error.to_string()))?;
        let name = String::from_utf8_lossy(file.name_raw());
        let name = name.chars().take(100).flat_map(char::escape_default).collect::<String>();
        let plain = limited(file, &mut room).map_err(fault)?;
        match plain_list(&plain) {
            Some(list) if decode_crl(&plain).is_some() || contains(&plain, BEGIN_LIST) => lists.extend(list),
            Some(_) => others.push(format!("'{name}'")),
            // A licence or a text beside the lists.
            None => {}
        }
    }
    let note = (!others.is_empty()).then(|| {
        let more = others.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!(
            "Passed over in the zip file, being no revocation list: {}{more}",
            others[..others.len().min(NAMED)].join(", ")
        )
    });
    if lists.is_empty() {
        Err("the zip file holds no revocation list".to_owned())
    } else {
        Ok(Unpacked { lists, note })
    }
}

/// Whether anything that the file's end may be taken for (APPNOTE.TXT 4.3.14 and 4.3.16) has more entries than are read. Like
/// the reader, it believes none that is of several disks.
fn declares_too_many(bytes: &[u8]) -> bool {
    let number = |record: &[u8], at: usize, length: usize| {
        let field = record.get(at..at + length)?;
        Some(field.iter().rev().fold(0_u64, |value, byte| value << 8 | u64::from(*byte)))
    };
    let too_many = |record: &[u8]| {
        let (disk, entries, width) = match record.get(..4)? {
            b"PK\x05\x06" => ([(4, 2), (6, 2)], [8, 10], 2),
            b"PK\x06\x06" => ([(16, 4), (20, 4)], [24, 32], 8),
            _ => return None,
        };
        let [this, first] = disk.map(|(at, length)| number(record, at, length));
        let most = entries.into_iter().filter_map(|at| number(record, at, width)).max()?;
        Some(this == first && most > MOST_FILES as u64)
    };
    (0..bytes.len()).any(|at| bytes[at] == b'P' && too_many(&bytes[at..]).unwrap_or(false))
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
    contains(plain, BEGIN).then(|| [plain, b"\n"].concat())
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

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
        let told = unpack(&gzip(&der)).unwrap().lists;
        assert!(told.starts_with(BEGIN_LIST));
        assert_eq!(unpack(&told).unwrap().lists.trim_ascii_end(), told.trim_ascii_end());
    }

    fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn what_is_no_list_beside_lists_is_passed_over_with_a_note() {
        let list = include_bytes!("../../../crates/core/tests/ocsp/delegates-revoked.crl");
        let certificate = include_bytes!("../../../crates/core/tests/ocsp/ca.der");
        let as_pem = pem::encode("CERTIFICATE", certificate);
        let others: &[(&str, &[u8])] = &[
            ("ca.der", certificate),
            ("cut.crl", &list[..200]),
            ("ca\n.pem", as_pem.as_bytes()),
            ("four.der", certificate),
            ("LICENCE", b"text"),
        ];
        let told = unpack(&zip(&[others, &[("list.crl", list)]].concat())).unwrap();
        assert_eq!(told.lists, pem::encode("X509 CRL", list).as_bytes());
        let note = "Passed over in the zip file, being no revocation list: 'ca.der', 'cut.crl', 'ca\\n.pem' and 1 more";
        assert_eq!(told.note.as_deref(), Some(note));
        assert_eq!(unpack(&zip(others)), Err("the zip file holds no revocation list".to_owned()));
    }

    #[test]
    fn a_zip_is_refused_by_the_number_of_files_that_it_declares() {
        let many: Vec<String> = (0..=MOST_FILES).map(|number| format!("{number}.txt")).collect();
        let files: Vec<(&str, &[u8])> = many.iter().map(|name| (name.as_str(), &b""[..])).collect();
        assert!(!declares_too_many(&zip(&files[..MOST_FILES])));
        assert!(declares_too_many(&zip(&files)));
        // What says so of itself alone is refused before it is read, in either form of the end.
        let end = [&b"PK\x05\x06\0\0\0\0"[..], &[1, 1, 1, 1], &[0; 10]].concat();
        let end64 = [&b"PK\x06\x06"[..], &[0; 20], &[0, 0, 0, 1, 0, 0, 0, 0], &[0, 0, 0, 1, 0, 0, 0, 0]].concat();
        let small = zip(&[("a", b"")]);
        for file in [end.clone(), [&end64[..], &small].concat()] {
            let told = unpack(&[b"PK\x03\x04", &file[..]].concat()).unwrap_err();
            assert!(told.contains("more than 256 files"), "{told}");
        }
    }
}
