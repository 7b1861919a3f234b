//! How messages print what stands in `bind.toml`, and what the author may have meant.

use bind_config_manifest::nearest;
use bind_config_manifest::printed::shortened;

/// A name or a key for a message: in backticks, of bounded length, without control characters, and without what follows a
/// `=` or a `:`, which no name has: somebody pasted a line of an `.env` or a YAML file.
pub(super) fn quoted(text: &str) -> String {
    match text.find(['=', ':']) {
        Some(at) => format!("`{}{}…`", shortened(&text[..at], 40), &text[at..=at]),
        None => format!("`{}`", shortened(text, 40)),
    }
}

/// `: did you mean `X`?`, or nothing.
pub(super) fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, candidates).map_or_else(String::new, |near| format!(": did you mean {}?", quoted(near)))
}

/// What is said of a key that a table does not have.
pub(super) fn unknown_key(key: &str, keys: &[&str], extensible: bool) -> String {
    let quoted = quoted(key);
    if extensible && key.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("x-") || start == "x_") {
        return format!("unknown key {quoted}: keys of your own start with `x-`");
    }
    let hint = did_you_mean(key, keys.iter().copied());
    let hint = if hint.is_empty() { format!(": keys are `{}`", keys.join("`, `")) } else { hint };
    format!("unknown key {quoted}{hint}")
}
