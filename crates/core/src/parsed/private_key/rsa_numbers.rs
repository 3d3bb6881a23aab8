//! RSA keys that anybody can break, told by their numbers alone.
//!
//! Big-endian bytes are enough for this: a few comparisons, remainders and one product for a key.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use crate::parsed::public_key::bit_length;

/// What is wrong with the numbers of an RSA key; `None` if nothing is known to be.
pub(super) fn objection(modulus: &[u8], exponent: &[u8], p: &[u8], q: &[u8]) -> Option<&'static str> {
    let even = |number: &[u8]| number.last().is_none_or(|byte| byte % 2 == 0);
    if even(exponent) || exponent == [1] {
        return Some("its public exponent is even or 1");
    }
    if even(modulus) {
        return Some("its modulus is even");
    }
    if !is_product(modulus, p, q) {
        return Some("its modulus is not the product of its primes");
    }
    if bit_length(modulus) < 1024 {
        return Some("its modulus has less than 1024 bits, which can be factored");
    }
    if are_close(p, q, bit_length(modulus)) {
        return Some("its primes are so close to each other that Fermat's method finds them");
    }
    if is_roca(modulus) {
        return Some("it was made by a faulty chip (ROCA, CVE-2017-15361), and its primes can be found");
    }
    None
}

/// FIPS 186-5 A.1.3: the primes differ by more than 2^(bits/2 - 100).
fn are_close(p: &[u8], q: &[u8], bits: u32) -> bool {
    let size = p.len().max(q.len());
    let digit = |number: &[u8], position: usize| {
        number.len().checked_sub(position + 1).and_then(|at| number.get(at)).map_or(0, |&digit| i16::from(digit))
    };
    let (larger, smaller) = if (p.len(), p) > (q.len(), q) { (p, q) } else { (q, p) };
    let mut borrow = 0;
    let mut difference = Zeroizing::new(Vec::with_capacity(size));
    for position in 0..size {
        let digit = digit(larger, position) - digit(smaller, position) - borrow;
        borrow = i16::from(digit < 0);
        // Between 0 and 255 after the borrow.
        difference.push(u8::try_from(digit + 256 * borrow).unwrap_or_default());
    }
    let significant = difference.iter().rposition(|&digit| digit != 0).map_or(0, |last| last + 1);
    let top = difference.get(..significant).and_then(<[u8]>::last).map_or(8, |digit| digit.leading_zeros());
    let difference_bits = u32::try_from(significant * 8).unwrap_or(u32::MAX) - if significant == 0 { 0 } else { top };
    difference_bits <= (bits / 2).saturating_sub(100)
}

/// The published test for ROCA: modulo each of these primes, the modulus is a power of 65537. For another key the chance
/// of that is below 2^-27.
fn is_roca(modulus: &[u8]) -> bool {
    const PRIMES: [u32; 38] = [
        3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107,
        109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
    ];
    PRIMES.iter().all(|&prime| {
        let remainder = modulus.iter().fold(0u32, |rest, &digit| (rest * 256 + u32::from(digit)) % prime);
        let powers = core::iter::successors(Some(1u32), |power| Some(power * 65_537 % prime));
        powers.take(prime as usize).any(|power| power == remainder)
    })
}

/// Whether p times q is the modulus, by schoolbook multiplication: once for a key, so speed does not matter.
fn is_product(modulus: &[u8], p: &[u8], q: &[u8]) -> bool {
    let mut product = Zeroizing::new(alloc::vec![0u8; p.len() + q.len()]);
    for (i, &a) in p.iter().rev().enumerate() {
        let mut carry = 0u32;
        for (j, &b) in q.iter().rev().chain([&0]).enumerate() {
            let Some(digit) = product.get_mut(i + j) else { break };
            let sum = u32::from(a) * u32::from(b) + u32::from(*digit) + carry;
            // The low byte stays, the rest is carried.
            *digit = (sum & 0xff) as u8;
            carry = sum >> 8;
        }
    }
    let digits = product.iter().rposition(|&digit| digit != 0).map_or(0, |last| last + 1);
    digits == modulus.len() && product.iter().take(digits).eq(modulus.iter().rev())
}
