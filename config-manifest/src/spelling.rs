//! How messages print what stands in a manifest, and what the author may have meant.

use crate::printed::shortened;

/// A name or a key for a message: in backticks, of bounded length, without control characters, and without what follows a
/// `=` or a `:`, which no name has: somebody pasted a line of an `.env` or a YAML file.
pub(crate) fn quoted(text: &str) -> String {
    match text.find(['=', ':']) {
        Some(at) => format!("`{}{}…`", shortened(&text[..at], 40), &text[at..=at]),
        None => format!("`{}`", shortened(text, 40)),
    }
}

/// Whether `text` is so much like the name of a type or a kind that printing it gives nothing away.
pub(crate) fn is_short_identifier(text: &str) -> bool {
    text.len() <= 24
        && text.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

/// `: did you mean `X`?`, or nothing.
pub(crate) fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, candidates).map_or_else(String::new, |near| format!(": did you mean {}?", quoted(near)))
}

/// The candidate with the fewest typing mistakes: at most one in three characters. Of equals one with the same letters
/// (`u46` is `u64` and not `u16`), then the first.
///
/// ```
/// use bind_config_manifest::nearest;
///
/// assert_eq!(nearest("STIRPE_KEY", ["STRIPE_KEY", "VERSION"]), Some("STRIPE_KEY"));
/// ```
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > LONGEST {
        return None;
    }
    let word = plain(word);
    let most = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .take(MANY)
        .filter(|candidate| candidate.len() <= LONGEST && candidate.len().abs_diff(word.len()) <= most)
        .map(|candidate| (strsim::osa_distance(&word, &plain(candidate)), candidate))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, candidate)| (*distance, letters(candidate) != letters(&word)))
        .map(|(_, candidate)| candidate)
}

fn plain(word: &str) -> String {
    word.to_ascii_lowercase().replace('-', "_")
}

fn letters(word: &str) -> Vec<char> {
    let mut letters: Vec<char> = plain(word).chars().collect();
    letters.sort_unstable();
    letters
}

/// Longer words are not compared, and not more of them: a hostile file must not buy hours of comparing.
const LONGEST: usize = 64;
const MANY: usize = 5_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_word_is_suggested_and_a_far_one_is_not() {
        let types = ["string", "u16", "u64", "u32", "i64"];
        assert_eq!(did_you_mean("u46", types), ": did you mean `u64`?");
        assert_eq!(did_you_mean("String", types), ": did you mean `string`?");
        assert_eq!(did_you_mean("db_password", ["db-password"]), ": did you mean `db-password`?");
        assert_eq!(did_you_mean("password", types), "");
        assert_eq!(did_you_mean("", types), "");
        assert_eq!(did_you_mean(&"s".repeat(65), [&*"s".repeat(65)]), "");
    }

    #[test]
    fn what_is_printed_is_short_and_stays_where_it_is() {
        assert_eq!(quoted("db.url"), "`db.url`");
        assert_eq!((quoted("KEY=hunter2"), quoted("KEY: hunter2")), ("`KEY=…`".to_owned(), "`KEY:…`".to_owned()));
        assert_eq!(quoted("a\u{202e}b\n\0\u{200d}é"), "`a\\u{202e}b\\u{a}\\u{0}\\u{200d}é`");
        assert_eq!(quoted(&"x".repeat(41)), format!("`{}…`", "x".repeat(40)));
    }

    #[test]
    fn a_pasted_secret_does_not_look_like_a_type() {
        assert!(is_short_identifier("u46") && is_short_identifier("Duration") && is_short_identifier("date-time"));
        for text in ["", "hunter 2", "p@ssword", "1234", "sk.live", "abcdefghijklmnopqrstuvwxy", "é"] {
            assert!(!is_short_identifier(text), "{text}");
        }
    }
}
