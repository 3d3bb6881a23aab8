//! One-time passwords by time (TOTP, RFC 6238), as every app makes them: HMAC with SHA-1, six digits, a step of thirty seconds.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use certway_core::Time;
use data_encoding::BASE32_NOPAD;
use zeroize::Zeroizing;

/// The length of SHA-1's output, as RFC 4226 section 4 recommends.
pub(crate) const SECRET_BYTES: usize = 20;
/// Digits of a code.
pub(crate) const DIGITS: usize = 6;
const STEP_SECONDS: i64 = 30;

/// A secret as apps take it when it is typed.
pub(crate) fn typed(secret: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(BASE32_NOPAD.encode(secret))
}

/// A secret as apps take it from a picture. Neither name may have what needs escaping in a URI but `@` and `+`.
pub(crate) fn uri(secret: &[u8], username: &str) -> Zeroizing<String> {
    let label = username.replace('@', "%40").replace('+', "%2B");
    let secret = typed(secret);
    let known = format!("algorithm=SHA1&digits={DIGITS}&period={STEP_SECONDS}");
    Zeroizing::new(format!("otpauth://totp/Certway:{label}?secret={}&issuer=Certway&{known}", *secret))
}

/// The step whose code was typed: the present one, or the one before or after, for a clock that is a little off.
pub(crate) fn step_of(secret: &[u8], typed: &str, now: Time) -> Option<i64> {
    let present = now.unix().div_euclid(STEP_SECONDS);
    let is = |step: &i64| verify_slices_are_equal(code(secret, *step).as_bytes(), typed.as_bytes()).is_ok();
    (present - 1..=present + 1).find(is)
}

/// The code of a step (RFC 4226 section 5.3).
fn code(secret: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let bytes = tag.as_ref();
    let offset = usize::from(bytes.last().copied().unwrap_or_default() & 15);
    let number = bytes[offset..].iter().take(4).fold(0, |number, byte| number << 8 | u32::from(*byte)) & 0x7fff_ffff;
    format!("{:0DIGITS$}", number % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238 appendix B, the last six of its eight digits.
    #[test]
    fn codes_are_those_of_the_specification() {
        let secret = b"12345678901234567890";
        for (seconds, wanted) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let now = |seconds| Time::from_unix(seconds);
            let step = seconds / 30;
            assert_eq!(code(secret, step), wanted);
            assert_eq!(step_of(secret, wanted, now(seconds)), Some(step));
            assert_eq!(step_of(secret, wanted, now(seconds + 30)), Some(step));
            assert_eq!(step_of(secret, wanted, now(seconds - 30)), Some(step));
            assert_eq!(step_of(secret, wanted, now(seconds + 61)), None);
        }
    }

    #[test]
    fn a_secret_is_given_to_apps() {
        assert_eq!(
            *uri(b"12345678901234567890", "olga@example.com"),
            "otpauth://totp/Certway:olga%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Certway&algorithm=SHA1&digits=6&period=30"
        );
    }
}
