//! What the fuzz targets share: one input as several files, and chains that are signed.

pub mod chain;

/// The files of one input: each a number, its length in two bytes, and its bytes.
#[derive(Debug)]
pub struct Parts<'a>(Vec<(u8, &'a [u8])>);

impl<'a> Parts<'a> {
    /// Takes an input apart; what is cut off is as long as it is.
    #[must_use]
    pub fn read(mut input: &'a [u8]) -> Self {
        let mut parts = Vec::new();
        while let [number, high, low, rest @ ..] = input {
            let length = usize::from(u16::from_be_bytes([*high, *low])).min(rest.len());
            let (part, rest) = rest.split_at(length);
            parts.push((*number % 8, part));
            input = rest;
        }
        Self(parts)
    }

    /// The first file with a number.
    #[must_use]
    pub fn first(&self, number: u8) -> Option<&'a [u8]> {
        self.0.iter().find(|(found, _)| *found == number).map(|(_, part)| *part)
    }

    /// Every file with a number.
    #[must_use]
    pub fn every(&self, number: u8) -> Vec<&'a [u8]> {
        self.0.iter().filter(|(found, _)| *found == number).map(|(_, part)| *part).collect()
    }
}
