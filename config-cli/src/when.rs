//! Dates and ages, for people.

use jiff::Timestamp;

/// `2026-01-31T08:00:00Z`, of seconds since 1970.
pub(crate) fn date(seconds: i64) -> String {
    Timestamp::from_second(seconds).map(|at| at.to_string()).unwrap_or_default()
}

/// `3 days ago`, of seconds since 1970.
pub(crate) fn age(seconds: i64) -> String {
    ago(Timestamp::now().as_second() - seconds)
}

fn ago(seconds: i64) -> String {
    let units = [(365 * 86_400, "year"), (30 * 86_400, "month"), (86_400, "day"), (3_600, "hour"), (60, "minute")];
    match units.into_iter().find(|(unit, _)| seconds >= *unit) {
        Some((unit, name)) => {
            let count = seconds / unit;
            format!("{count} {name}{} ago", if count == 1 { "" } else { "s" })
        }
        None => "just now".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_has_one_unit() {
        let all = [
            (-5, "just now"),
            (59, "just now"),
            (60, "1 minute ago"),
            (7_200, "2 hours ago"),
            (86_400 * 45, "1 month ago"),
            (86_400 * 800, "2 years ago"),
        ];
        for (seconds, expected) in all {
            assert_eq!(ago(seconds), expected);
        }
        assert_eq!(date(0), "1970-01-01T00:00:00Z");
    }
}
