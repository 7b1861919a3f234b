//! Texts of others in messages of ours: a manifest's for the macro and the CLI, the environment's for the runtime.

use std::fmt::Write as _;

/// At most `most` characters, and none that moves the cursor, hides or turns the text around.
pub fn shortened(text: &str, most: usize) -> String {
    let mut out = String::with_capacity(text.len().min(most));
    for (index, c) in text.chars().enumerate() {
        if index == most {
            out.push('…');
            break;
        }
        if is_printable(c) {
            out.push(c);
        } else {
            // Writing to a `String` cannot fail.
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        }
    }
    out
}

/// Whether a terminal shows `c` as itself. Letters and digits of every script; of the rest ASCII and what our own messages use.
pub fn is_printable(c: char) -> bool {
    c == ' ' || c.is_ascii_graphic() || (!c.is_ascii() && c.is_alphanumeric()) || c == '…'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_short_and_stays_where_it_is() {
        assert_eq!(shortened("orders/é", 8), "orders/é");
        assert_eq!(shortened("a\u{202e}b\n\0\u{200d}é", 40), "a\\u{202e}b\\u{a}\\u{0}\\u{200d}é");
        assert_eq!(shortened(&"x".repeat(41), 40), format!("{}…", "x".repeat(40)));
    }
}
