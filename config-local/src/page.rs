//! Pages and their tokens: opaque to the client, checked when they come back.

use sha2::{Digest, Sha256};

use crate::Refusal;
use crate::hex::{hex, unhex};

/// Where a listing goes on: after this key, as page number `index`.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) after: String,
    pub(crate) index: usize,
}

/// One page and where the next one starts.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next: Option<Position>,
}

/// Takes up to `size` of the items whose key is after `position`. `items` are sorted by key.
pub(crate) fn take<T>(items: impl Iterator<Item = (String, T)>, position: &Position, size: usize) -> Page<T> {
    let mut rest = items.filter(|(key, _)| *key > position.after).peekable();
    let mut page = Page { items: Vec::new(), next: None };
    let mut after = position.after.clone();
    while page.items.len() < size
        && let Some((key, item)) = rest.next()
    {
        page.items.push(item);
        after = key;
    }
    if rest.peek().is_some() {
        page.next = Some(Position { after, index: position.index + 1 });
    }
    page
}

/// A token for one listing: `scope` names the operation and what it lists.
pub(crate) fn token(scope: &str, position: &Position) -> String {
    let text = format!("{}/{}", position.index, position.after);
    format!("{}{}", seal(scope, &text), hex(text.as_bytes()))
}

/// Reads a token; the first page has none.
pub(crate) fn position(scope: &str, token: Option<&str>) -> Result<Position, Refusal> {
    let Some(token) = token else { return Ok(Position::default()) };
    read(scope, token).ok_or_else(|| Refusal::client("InvalidNextToken", "The specified token isn't valid."))
}

fn read(scope: &str, token: &str) -> Option<Position> {
    let (seal_found, digits) = token.split_at_checked(SEAL)?;
    let text = String::from_utf8(unhex(digits)?).ok()?;
    if seal(scope, &text) != seal_found {
        return None;
    }
    let (index, after) = text.split_once('/')?;
    Some(Position { after: after.to_owned(), index: index.parse().ok()? })
}

fn seal(scope: &str, text: &str) -> String {
    hex(&Sha256::digest(format!("{scope}\n{text}")))[..SEAL].to_owned()
}

const SEAL: usize = 16;
