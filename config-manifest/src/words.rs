//! The words of an enum, and the Rust variants that they become.

use std::collections::BTreeMap;
use std::fmt;

use heck::ToUpperCamelCase;

/// The words of an enum, in their order: at least one, each of the form `[A-Za-z0-9][A-Za-z0-9_.-]*`, and no two of
/// them the same Rust variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnumWords {
    words: Vec<String>,
    variants: Vec<String>,
}

impl EnumWords {
    /// Checks the words of an enum.
    ///
    /// # Errors
    ///
    /// The first rule that they break, and at which word.
    pub fn new<I>(words: I) -> Result<EnumWords, WordsError>
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let words: Vec<String> = words.into_iter().map(Into::into).collect();
        if words.is_empty() {
            return Err(WordsError::Empty);
        }
        let mut variants = Vec::with_capacity(words.len());
        let mut seen = BTreeMap::new();
        for (index, word) in words.iter().enumerate() {
            if !is_word(word) {
                return Err(WordsError::Form { index });
            }
            let variant = variant(word);
            if variant == "Self" {
                return Err(WordsError::Reserved { index });
            }
            if let Some(first) = seen.insert(variant.clone(), index) {
                return Err(WordsError::Same { first, index, variant });
            }
            variants.push(variant);
        }
        Ok(EnumWords { words, variants })
    }

    /// The words, as values spell them.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// The Rust variants, in the order of the words: `UpperCamelCase`, with `N` before a digit.
    pub fn variants(&self) -> &[String] {
        &self.variants
    }
}

/// Why some words cannot be an enum. Indices count from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WordsError {
    /// No word at all.
    Empty,
    /// Not a letter or digit, then letters, digits, `_`, `.` and `-`.
    Form {
        /// Which word.
        index: usize,
    },
    /// `Self` cannot be a Rust variant.
    Reserved {
        /// Which word.
        index: usize,
    },
    /// Two words become the same Rust variant.
    Same {
        /// The earlier word.
        first: usize,
        /// The later word.
        index: usize,
        /// The variant of both.
        variant: String,
    },
}

impl WordsError {
    /// The word that is to blame; the later one of two.
    pub fn index(&self) -> Option<usize> {
        match self {
            WordsError::Empty => None,
            WordsError::Form { index } | WordsError::Reserved { index } | WordsError::Same { index, .. } => {
                Some(*index)
            }
        }
    }
}

impl fmt::Display for WordsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WordsError::Empty => f.write_str("an enum has at least one word"),
            WordsError::Form { .. } => {
                f.write_str("the words of an enum are a letter or digit, then letters, digits, `_`, `.` and `-`")
            }
            WordsError::Reserved { .. } => f.write_str("this word would be the Rust variant `Self`, which cannot be"),
            WordsError::Same { variant, .. } => {
                write!(f, "two words of an enum would be the same Rust variant, `{variant}`")
            }
        }
    }
}

impl std::error::Error for WordsError {}

fn is_word(word: &str) -> bool {
    word.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric)
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
}

fn variant(word: &str) -> String {
    let camel = word.to_upper_camel_case();
    if camel.starts_with(|first: char| first.is_ascii_digit()) { format!("N{camel}") } else { camel }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_variants_in_their_order() {
        let words = EnumWords::new(["warn", "us-east-1", "2xl", "log_level", "v1.2", "HTTP"]).unwrap();
        assert_eq!(words.words(), ["warn", "us-east-1", "2xl", "log_level", "v1.2", "HTTP"]);
        assert_eq!(words.variants(), ["Warn", "UsEast1", "N2xl", "LogLevel", "V12", "Http"]);
    }

    #[test]
    fn words_that_cannot_be_variants_are_refused() {
        assert_eq!(EnumWords::new(Vec::<String>::new()), Err(WordsError::Empty));
        for word in ["", "-a", "_a", "a b", "é", ".", "a|b", "a\n"] {
            assert_eq!(EnumWords::new(["ok", word]), Err(WordsError::Form { index: 1 }), "{word:?}");
        }
        assert_eq!(EnumWords::new(["self"]), Err(WordsError::Reserved { index: 0 }));
        let same = |first: &str, second: &str, variant: &str| {
            let expected = Err(WordsError::Same { first: 0, index: 1, variant: variant.to_owned() });
            assert_eq!(EnumWords::new([first, second]), expected, "{first} {second}");
        };
        same("a", "a", "A");
        same("a-b", "a_b", "AB");
        same("info", "INFO", "Info");
        same("2xl", "n2xl", "N2xl");
        same("1.0", "10", "N10");
    }
}
