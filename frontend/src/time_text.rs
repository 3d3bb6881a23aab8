//! Times in words: '12 Mar 2027 09:00 UTC, in 108 days'.

use crate::language::said;

const DAY: i64 = 86_400;
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Seconds since 1970 of an RFC 3339 time in UTC, as the node writes it; `None` for anything else.
pub(crate) fn unix(rfc3339: &str) -> Option<i64> {
    let (year, month, day, hour, minute) = parts(rfc3339)?;
    let second: i64 = rfc3339.get(17..19)?.parse().ok()?;
    Some(days_from_civil(year, month, day) * DAY + hour * 3600 + minute * 60 + second)
}

/// The time as people write it: '12 Mar 2027 09:00 UTC'. What is not a time is shown as it is.
pub(crate) fn written(rfc3339: &str) -> String {
    match parts(rfc3339) {
        Some((year, month, day, hour, minute)) => {
            let name = MONTHS.get(usize::try_from(month - 1).unwrap_or(0)).copied().unwrap_or_default();
            format!("{day} {} {year} {hour:02}:{minute:02} UTC", said(name))
        }
        None => rfc3339.to_owned(),
    }
}

/// The distance from `now`: 'in 108 days', '3 hours ago'.
pub(crate) fn distance(seconds: i64) -> String {
    let (count, [in_one, in_many, one_ago, many_ago]) = match seconds.abs() {
        0..60 => return "now".to_owned(),
        size @ 60..3600 => (size / 60, ["in {} minute", "in {} minutes", "{} minute ago", "{} minutes ago"]),
        size @ 3600..172_800 => (size / 3600, ["in {} hour", "in {} hours", "{} hour ago", "{} hours ago"]),
        size if size < 730 * DAY => (size / DAY, ["in {} day", "in {} days", "{} day ago", "{} days ago"]),
        size => (size / (365 * DAY + DAY / 4), ["in {} year", "in {} years", "{} year ago", "{} years ago"]),
    };
    let words = match (seconds < 0, count) {
        (false, 1) => in_one,
        (false, _) => in_many,
        (true, 1) => one_ago,
        (true, _) => many_ago,
    };
    words.replace("{}", &count.to_string())
}

/// The browser's clock, in seconds since 1970.
pub(crate) fn now() -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 are far below 2^53")]
    let seconds = (js_sys::Date::now() / 1000.0) as i64;
    seconds
}

/// RFC 3339 of a time in seconds since 1970.
pub(crate) fn rfc3339(unix: i64) -> String {
    let (days, second) = (unix.div_euclid(DAY), unix.rem_euclid(DAY));
    let (year, month, day) = civil_from_days(days);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60)
}

fn parts(rfc3339: &str) -> Option<(i64, i64, i64, i64, i64)> {
    if rfc3339.len() < 20 || !rfc3339.is_ascii() || !rfc3339.ends_with('Z') {
        return None;
    }
    let number = |from: usize, to: usize| rfc3339.get(from..to)?.parse::<i64>().ok();
    Some((number(0, 4)?, number(5, 7)?, number(8, 10)?, number(11, 13)?, number(14, 16)?))
}

/// Days since 1970 of a date, after Howard Hinnant's `days_from_civil`: eras of 400 years, years that begin in March.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::{distance, rfc3339, unix, written};

    #[test]
    fn times_are_read_and_written() {
        assert_eq!(unix("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(unix("2026-11-24T00:00:00Z"), Some(1_795_478_400));
        assert_eq!(unix("1968-02-29T12:00:00Z"), Some(-58_017_600));
        assert_eq!(unix("tomorrow"), None);
        for time in ["1600-02-29T23:59:59Z", "2000-02-29T00:00:00Z", "2049-12-31T23:59:59Z", "9999-12-31T23:59:59Z"] {
            assert_eq!(unix(time).map(rfc3339).as_deref(), Some(time));
        }
        assert_eq!(written("2027-03-12T09:00:00Z"), "12 Mar 2027 09:00 UTC");
    }

    #[test]
    fn distances_are_in_the_unit_that_people_use() {
        assert_eq!(distance(30), "now");
        assert_eq!(distance(-60), "1 minute ago");
        assert_eq!(distance(108 * 86_400 + 5), "in 108 days");
        assert_eq!(distance(-3 * 3600), "3 hours ago");
        assert_eq!(distance(3653 * 86_400), "in 10 years");
    }
}
