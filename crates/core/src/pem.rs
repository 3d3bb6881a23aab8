//! Bytes to labelled blocks with line numbers. It never fails: what is wrong with a block is part of the block.
//!
//! RFC 7468 describes the form; people's files stray from it (CRLF, a lone CR, a byte order mark, `Bag Attributes`
//! before a block, text after it, trailing blanks, lines of any length), and that is accepted. What would be guessing
//! is not: a block without its end, an end with another label, characters outside base64.

use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

pub(crate) mod form;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// One block between `-----BEGIN label-----` and `-----END label-----`.
#[derive(Debug)]
pub(crate) struct Block<'a> {
    /// What the block says it holds.
    pub(crate) label: &'a str,
    /// Its position among the blocks of the file, from 0.
    pub(crate) index: u32,
    /// The line of its `-----BEGIN`, from 1.
    pub(crate) line: u32,
    /// Whether RFC 1421 headers say that it is encrypted (`Proc-Type: 4,ENCRYPTED`).
    pub(crate) encrypted: bool,
    /// How it is encrypted, if a header says so (`DEK-Info: AES-256-CBC,IV`).
    pub(crate) dek_info: Option<&'a str>,
    /// The decoded bytes, or what stands in the way. Any block may hold a key, whatever its label: zeroised on drop.
    pub(crate) der: Result<Zeroizing<Vec<u8>>, Damage>,
}

impl Block<'_> {
    /// Whether the label promises a private key.
    pub(crate) fn is_private_key(&self) -> bool {
        self.label.ends_with("PRIVATE KEY")
    }

    /// Whether the label promises a certificate.
    pub(crate) fn is_certificate(&self) -> bool {
        matches!(self.label, "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE")
    }
}

/// What is wrong with the frame or the base64 of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Damage {
    /// The line at fault, from 1.
    pub(crate) line: u32,
    /// What was found there.
    pub(crate) found: String,
    /// What should be there.
    pub(crate) wanted: &'static str,
}

/// A file taken apart.
#[derive(Debug)]
pub(crate) struct File<'a> {
    /// The blocks, in order.
    pub(crate) blocks: Vec<Block<'a>>,
    /// Whether the last line ends as a line should.
    pub(crate) final_newline: bool,
}

/// Whether a file has more than `most` blocks, seen without taking it apart.
pub(crate) fn has_more_blocks(bytes: &[u8], most: usize) -> bool {
    memchr::memmem::find_iter(bytes, b"-----BEGIN ").nth(most).is_some()
}

/// Takes a file apart.
pub(crate) fn split(bytes: &[u8]) -> File<'_> {
    let text = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    let mut lines = Lines { rest: text, number: 0 };
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut pending: Option<(u32, &str)> = None;
    // One buffer for all blocks, large enough for each: it may have held a key, and overwriting it costs as much as decoding.
    let mut scratch = Zeroizing::new(Vec::with_capacity(text.len()));
    while let Some((number, begin)) = pending.take().or_else(|| next_begin(&mut lines)) {
        let index = u32::try_from(blocks.len()).unwrap_or(u32::MAX);
        let (body, end) = body_of(&mut lines);
        let Headers { encrypted, dek_info, base64 } = strip_headers(&body);
        let der = match end {
            End::Marker(_, label) if label == begin => decode(begin, number, base64, &mut scratch),
            End::Marker(line, label) => Err(Damage {
                line,
                found: alloc::format!("-----END {}-----", crate::text::printable(label)),
                wanted: "an -----END line with the same label as the -----BEGIN line",
            }),
            End::NextBegin(line, label) => {
                pending = Some((line, label));
                Err(Damage {
                    line,
                    found: String::from("another -----BEGIN line"),
                    wanted: "the -----END line of this block",
                })
            }
            End::File(line) => Err(Damage {
                line,
                found: String::from("the end of the file"),
                wanted: "the -----END line of this block",
            }),
        };
        blocks.push(Block { label: begin, index, line: number, encrypted, dek_info, der });
    }
    File { blocks, final_newline: matches!(bytes.last(), None | Some(b'\n' | b'\r')) }
}

/// PEM with lines of 64 characters (RFC 7468 section 2).
///
/// ```
/// let pem = certway_core::pem::encode("CERTIFICATE", &[0x30, 0]);
/// assert_eq!(pem, "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n");
/// ```
#[must_use]
pub fn encode(label: &str, der: &[u8]) -> String {
    let base64 = base64_simd::STANDARD.encode_to_string(der);
    let mut pem = String::with_capacity(base64.len() + base64.len() / 64 + 2 * label.len() + 40);
    pem.push_str("-----BEGIN ");
    pem.push_str(label);
    pem.push_str("-----\n");
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        pem.push_str(line);
        pem.push('\n');
        rest = after;
    }
    pem.push_str("-----END ");
    pem.push_str(label);
    pem.push_str("-----\n");
    pem
}

/// PEM of a secret: the base64 is made in constant time, and the text is overwritten when it is dropped.
pub(crate) fn encode_secret(label: &str, der: &[u8]) -> Zeroizing<String> {
    // Only a label that is no label, or more than a gigabyte, cannot be written; neither is asked for.
    Zeroizing::new(pem_rfc7468::encode_string(label, pem_rfc7468::LineEnding::LF, der).unwrap_or_default())
}

/// Lines with their numbers, whatever ends them: LF, CR LF or a lone CR.
struct Lines<'a> {
    rest: &'a [u8],
    number: u32,
}

impl<'a> Iterator for Lines<'a> {
    type Item = (u32, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        self.number = self.number.saturating_add(1);
        let end = memchr::memchr2(b'\n', b'\r', self.rest);
        let (line, after) = match end {
            None => (self.rest, &[][..]),
            Some(at) => {
                let width = if self.rest[at..].starts_with(b"\r\n") { 2 } else { 1 };
                (&self.rest[..at], &self.rest[at + width..])
            }
        };
        self.rest = after;
        Some((self.number, line))
    }
}

fn next_begin<'a>(lines: &mut Lines<'a>) -> Option<(u32, &'a str)> {
    lines.find_map(|(number, line)| marker(line, b"-----BEGIN ").map(|label| (number, label)))
}

/// The label of a marker line. RFC 7468 section 3 allows printable ASCII without hyphens at the ends.
fn marker<'a>(line: &'a [u8], prefix: &[u8]) -> Option<&'a str> {
    // Most lines are base64: one comparison rules them out.
    if !matches!(line.first(), Some(b'-' | b' ' | b'\t')) {
        return None;
    }
    let label = line.trim_ascii().strip_prefix(prefix)?.strip_suffix(b"-----")?;
    core::str::from_utf8(label).ok().filter(|label| !label.is_empty())
}

enum End<'a> {
    Marker(u32, &'a str),
    NextBegin(u32, &'a str),
    File(u32),
}

fn body_of<'a>(lines: &mut Lines<'a>) -> (Vec<(u32, &'a [u8])>, End<'a>) {
    let mut body = Vec::new();
    for (number, line) in lines.by_ref() {
        if let Some(label) = marker(line, b"-----END ") {
            return (body, End::Marker(number, label));
        }
        if let Some(label) = marker(line, b"-----BEGIN ") {
            return (body, End::NextBegin(number, label));
        }
        body.push((number, line));
    }
    (body, End::File(lines.number))
}

struct Headers<'a, 'b> {
    encrypted: bool,
    dek_info: Option<&'a str>,
    base64: &'b [(u32, &'a [u8])],
}

/// Sets RFC 1421 headers (`Name: value`, up to a blank line) apart from the base64.
fn strip_headers<'a, 'b>(body: &'b [(u32, &'a [u8])]) -> Headers<'a, 'b> {
    if !body.first().is_some_and(|(_, line)| line.contains(&b':')) {
        return Headers { encrypted: false, dek_info: None, base64: body };
    }
    let end = body.iter().position(|(_, line)| line.trim_ascii().is_empty());
    // Without a blank line the headers are those lines that have a colon; base64 has none.
    let end = end.unwrap_or_else(|| body.iter().take_while(|(_, line)| line.contains(&b':')).count());
    let (headers, base64) = body.split_at(end);
    let encrypted = headers.iter().any(|(_, line)| {
        let line = line.trim_ascii();
        line.starts_with(b"Proc-Type:") && line.ends_with(b"ENCRYPTED")
    });
    let dek_info = headers.iter().find_map(|(_, line)| {
        let value = line.trim_ascii().strip_prefix(b"DEK-Info:")?;
        core::str::from_utf8(value.trim_ascii()).ok()
    });
    Headers { encrypted, dek_info, base64 }
}

fn decode(label: &str, begin: u32, lines: &[(u32, &[u8])], base64: &mut Vec<u8>) -> Result<Zeroizing<Vec<u8>>, Damage> {
    base64.clear();
    for &(_, line) in lines {
        if memchr::memchr2(b' ', b'\t', line).is_none() {
            base64.extend_from_slice(line);
        } else {
            base64.extend(line.iter().copied().filter(|byte| !matches!(byte, b' ' | b'\t')));
        }
    }
    let secret = label.ends_with("PRIVATE KEY");
    let decoded = if secret { decode_secret(base64) } else { decode_public(base64) };
    decoded.filter(|_| !base64.is_empty()).ok_or_else(|| damage(begin, lines, base64.len()))
}

/// Why the lines of a block are not base64.
fn damage(begin: u32, lines: &[(u32, &[u8])], characters: usize) -> Damage {
    for &(number, line) in lines {
        if let Some(&byte) = line.iter().find(|byte| !is_base64(**byte) && !matches!(byte, b' ' | b'\t')) {
            return Damage {
                line: number,
                found: alloc::format!("the character {}", character(byte)),
                wanted: "only base64: letters, digits, + and /, with = at the very end",
            };
        }
    }
    let line = lines.first().map_or(begin, |(number, _)| *number);
    if characters == 0 {
        return Damage {
            line,
            found: String::from("nothing between -----BEGIN and -----END"),
            wanted: "the base64 of the data",
        };
    }
    Damage {
        line,
        found: alloc::format!("{characters} characters that do not form whole bytes"),
        wanted: "base64 as it was written, with nothing cut off or added (a multiple of 4 characters)",
    }
}

/// Constant-time base64 for what may be secret, through the strict form that `pem-rfc7468` takes.
fn decode_secret(base64: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut strict = Zeroizing::new(Vec::with_capacity(base64.len() + base64.len() / 64 + 64));
    strict.extend_from_slice(b"-----BEGIN PRIVATE KEY-----\n");
    for line in base64.chunks(64) {
        strict.extend_from_slice(line);
        strict.push(b'\n');
    }
    strict.extend_from_slice(b"-----END PRIVATE KEY-----\n");
    pem_rfc7468::decode_vec(&strict).ok().map(|(_, der)| Zeroizing::new(der))
}

fn decode_public(base64: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    base64_simd::STANDARD.decode_to_vec(base64).ok().map(Zeroizing::new)
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

fn character(byte: u8) -> String {
    if byte.is_ascii_graphic() { alloc::format!("'{}'", char::from(byte)) } else { alloc::format!("0x{byte:02x}") }
}
