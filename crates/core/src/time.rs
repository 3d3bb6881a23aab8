//! Instants, in whole seconds, without a clock: who calls says what time it is.

use core::fmt;
use core::str::FromStr;

const SECONDS_PER_DAY: i64 = 86_400;

/// An instant: seconds since 1970-01-01T00:00:00Z, negative before.
///
/// ```
/// use certway_core::Time;
///
/// let time: Time = "2026-11-24T00:00:00Z".parse().unwrap();
/// assert_eq!(time.unix(), 1_795_478_400);
/// assert_eq!(time.to_string(), "2026-11-24T00:00:00Z");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

/// A text that is not an RFC 3339 time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotATime;

impl fmt::Display for NotATime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an RFC 3339 time; write it like 2026-11-24T00:00:00Z")
    }
}

impl core::error::Error for NotATime {}

impl Time {
    /// The instant that many seconds after 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_unix(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn unix(self) -> i64 {
        self.0
    }

    /// The instant that many days later.
    #[must_use]
    pub const fn plus_days(self, days: i64) -> Self {
        Self(self.0.saturating_add(days.saturating_mul(SECONDS_PER_DAY)))
    }

    /// The instant of a date and time of day in UTC; `None` if there is no such date or time.
    #[must_use]
    pub fn from_civil(year: i64, month: u32, day: u32, hour: u32, minute: u32, second: u32) -> Option<Self> {
        let valid = (0..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_in_month(year, month)).contains(&day)
            && hour < 24
            && minute < 60
            && second < 60;
        if !valid {
            return None;
        }
        let time_of_day = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
        Some(Self(days_since_epoch(year, month, day) * SECONDS_PER_DAY + time_of_day))
    }

    /// Year of this instant in UTC.
    #[must_use]
    pub fn year(self) -> i64 {
        civil_from_days(self.0.div_euclid(SECONDS_PER_DAY)).0
    }
}

fn days_in_month(year: i64, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar. Years are counted from March, so that the leap day is
/// the last of its year; an era is the 400 years (146,097 days) after which the calendar repeats.
fn days_since_epoch(year: i64, month: u32, day: u32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((i64::from(month) + 9) % 12) + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.0.div_euclid(SECONDS_PER_DAY));
        let second_of_day = self.0.rem_euclid(SECONDS_PER_DAY);
        let (hour, minute, second) = (second_of_day / 3600, second_of_day / 60 % 60, second_of_day % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

impl FromStr for Time {
    type Err = NotATime;

    /// Reads RFC 3339: `2026-11-24T09:00:00Z`, with a fraction (dropped) or an offset if need be.
    fn from_str(text: &str) -> Result<Self, NotATime> {
        let bytes = text.as_bytes();
        let number = |range: core::ops::Range<usize>| -> Result<u32, NotATime> {
            let digits = bytes.get(range).ok_or(NotATime)?;
            decimal(digits).ok_or(NotATime)
        };
        let separators = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
        let separated = separators.iter().all(|&(at, byte)| bytes.get(at) == Some(&byte))
            && matches!(bytes.get(10), Some(b'T' | b't' | b' '));
        if !separated {
            return Err(NotATime);
        }
        let local = Self::from_civil(
            i64::from(number(0..4)?),
            number(5..7)?,
            number(8..10)?,
            number(11..13)?,
            number(14..16)?,
            number(17..19)?,
        )
        .ok_or(NotATime)?;
        let mut rest = bytes.get(19..).ok_or(NotATime)?;
        if let Some(fraction) = rest.strip_prefix(b".") {
            let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
            rest = fraction.get(digits..).filter(|_| digits > 0).ok_or(NotATime)?;
        }
        let offset = match rest {
            b"Z" | b"z" => 0,
            [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
                let hours = decimal(&[*h1, *h2]).filter(|&hours| hours < 24).ok_or(NotATime)?;
                let minutes = decimal(&[*m1, *m2]).filter(|&minutes| minutes < 60).ok_or(NotATime)?;
                let seconds = i64::from(hours) * 3600 + i64::from(minutes) * 60;
                if *sign == b'-' { -seconds } else { seconds }
            }
            _ => return Err(NotATime),
        };
        Ok(Self(local.0 - offset))
    }
}

/// The number that some ASCII digits write; `None` if one is not a digit or there are too many.
pub(crate) fn decimal(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() || digits.len() > 9 {
        return None;
    }
    digits.iter().try_fold(0u32, |value, byte| byte.is_ascii_digit().then(|| value * 10 + u32::from(byte - b'0')))
}
