//! `.env` files: read as the npm package `dotenv` reads them, expanded as `dotenv-expand` expands them, and written so that
//! both of them and a shell give every value back.

mod expand;
mod parse;
#[cfg(test)]
mod tests;
mod write;

use std::collections::HashMap;

pub(crate) use expand::expand;
pub(crate) use parse::{Line, decode, lines, parse};
pub(crate) use write::{Readers, write};

/// The files of a stage, in the order in which they are merged: the later one wins.
pub(crate) fn file_names(stage: &str) -> [String; 4] {
    [".env".to_owned(), ".env.local".to_owned(), format!(".env.{stage}"), format!(".env.{stage}.local")]
}

/// Several files as one: the last value wins, the first position stays.
///
/// A reference sees only the names before it. So `URL=http://$HOST` in `.env` gets the `HOST` of `.env.local`, as long as
/// `.env` has a `HOST` above it.
pub(crate) fn merge(files: impl IntoIterator<Item = Vec<(String, String)>>) -> Vec<(String, String)> {
    let mut merged = Entries::default();
    for (name, value) in files.into_iter().flatten() {
        merged.set(&name, value);
    }
    merged.list
}

/// Names and values in the order in which the names were first set.
#[derive(Default)]
struct Entries {
    list: Vec<(String, String)>,
    positions: HashMap<String, usize>,
}

impl Entries {
    fn set(&mut self, name: &str, value: String) {
        if let Some(&position) = self.positions.get(name) {
            self.list[position].1 = value;
        } else {
            self.positions.insert(name.to_owned(), self.list.len());
            self.list.push((name.to_owned(), value));
        }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.positions.get(name).map(|&position| self.list[position].1.as_str())
    }
}
