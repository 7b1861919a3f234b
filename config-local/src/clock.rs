//! Time as the server sees it: the machine's clock plus an offset, and the ways AWS writes it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// The server's clock, which can be set off.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    offset_ms: AtomicI64,
}

impl Clock {
    pub(crate) fn set_offset(&self, seconds: i64) {
        self.offset_ms.store(seconds.saturating_mul(1000), Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> Moment {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let machine = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        Moment { ms: machine.saturating_add(self.offset_ms.load(Ordering::Relaxed)) }
    }
}

/// A point in time, in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment {
    pub(crate) ms: i64,
}

impl Moment {
    pub(crate) fn plus_seconds(self, seconds: i64) -> Self {
        Self { ms: self.ms.saturating_add(seconds.saturating_mul(1000)) }
    }

    /// `1735689600.123`, as AWS JSON 1.1 writes timestamps.
    pub(crate) fn epoch_seconds(self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are far below 2^52")]
        let ms = self.ms as f64;
        ms / 1000.0
    }

    /// `20250101T000000Z`
    pub(crate) fn iso_basic(self) -> String {
        let (year, month, day) = self.date();
        let (hour, minute, second) = self.time();
        format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
    }

    /// `2025-01-01T00:00:00.123+0000`, as Lambda writes it.
    pub(crate) fn iso_extended(self) -> String {
        let (year, month, day) = self.date();
        let (hour, minute, second) = self.time();
        let ms = self.ms.rem_euclid(1000);
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}+0000")
    }

    /// `Wed, 01 Jan 2025 00:00:00 GMT`
    pub(crate) fn http_date(self) -> String {
        let (year, month, day) = self.date();
        let (hour, minute, second) = self.time();
        let weekday = WEEKDAYS[usize::try_from(self.days().rem_euclid(7)).unwrap_or_default()];
        let name = MONTHS[usize::try_from(month - 1).unwrap_or_default()];
        format!("{weekday}, {day:02} {name} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
    }

    /// Reads `20250101T000000Z`, to the second.
    pub(crate) fn from_iso_basic(text: &str) -> Option<Self> {
        let digits = text.strip_suffix('Z')?;
        let (date, time) = digits.split_once('T')?;
        if date.len() != 8 || time.len() != 6 || !(date.to_owned() + time).bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let number = |text: &str| text.parse::<i64>().ok();
        let (year, month, day) = (number(&date[..4])?, number(&date[4..6])?, number(&date[6..])?);
        let (hour, minute, second) = (number(&time[..2])?, number(&time[2..4])?, number(&time[4..])?);
        if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let days = days_from_civil(year, month, day);
        Some(Self { ms: (days * 86_400 + hour * 3600 + minute * 60 + second) * 1000 })
    }

    fn days(self) -> i64 {
        self.ms.div_euclid(86_400_000)
    }

    fn time(self) -> (i64, i64, i64) {
        let seconds = self.ms.div_euclid(1000).rem_euclid(86_400);
        (seconds / 3600, seconds / 60 % 60, seconds % 60)
    }

    /// Howard Hinnant's `civil_from_days`.
    fn date(self) -> (i64, i64, i64) {
        let days = self.days() + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        (year, month, day)
    }
}

/// Howard Hinnant's `days_from_civil`.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Day 0 of 1970 was a Thursday.
const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_and_read_back() {
        for (text, http) in [
            ("19700101T000000Z", "Thu, 01 Jan 1970 00:00:00 GMT"),
            ("20240229T235959Z", "Thu, 29 Feb 2024 23:59:59 GMT"),
            ("20250101T120000Z", "Wed, 01 Jan 2025 12:00:00 GMT"),
            ("21000301T000000Z", "Mon, 01 Mar 2100 00:00:00 GMT"),
        ] {
            let moment = Moment::from_iso_basic(text).unwrap();

            assert_eq!(moment.iso_basic(), text);
            assert_eq!(moment.http_date(), http);
        }
        assert_eq!(Moment { ms: 1_735_689_600_023 }.iso_extended(), "2025-01-01T00:00:00.023+0000");
    }

    #[test]
    fn other_dates_are_not_read() {
        for text in ["", "20250101", "20250101T120000", "20251301T120000Z", "2025010aT120000Z", "2025é101T120000Z"] {
            assert_eq!(Moment::from_iso_basic(text), None, "{text}");
        }
    }
}
