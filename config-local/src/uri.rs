//! Paths and queries: percent-encoding, and the canonical forms that Signature Version 4 signs.

use crate::hex::{hex, unhex};

/// What percent signs stand for is put back; what is no UTF-8 then is none.
pub(crate) fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte == b'%' {
            let (digits, after) = rest.split_at_checked(2)?;
            bytes.extend(unhex(str::from_utf8(digits).ok()?)?);
            rest = after;
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// The members of a query, decoded.
pub(crate) fn pairs(query: &str) -> Option<Vec<(String, String)>> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((decode(name)?, decode(value)?))
        })
        .collect()
}

/// Without empty and relative segments, and every segment encoded once more than it was sent, as for every service but S3.
pub(crate) fn canonical_path(path: &str) -> String {
    let mut segments = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            segment => segments.push(encode(segment)),
        }
    }
    let end = if path.ends_with('/') && !segments.is_empty() { "/" } else { "" };
    format!("/{}{end}", segments.join("/"))
}

/// Encoded anew, and sorted. What cannot be decoded stays as it was sent.
pub(crate) fn canonical_query(query: &str) -> String {
    let Some(pairs) = pairs(query) else { return query.to_owned() };
    let mut pairs: Vec<_> = pairs.iter().map(|(name, value)| (encode(name), encode(value))).collect();
    pairs.sort_unstable();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.extend(["%", &hex(&[byte]).to_ascii_uppercase()]);
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_canonical() {
        for (path, canonical) in [
            ("/", "/"),
            ("", "/"),
            ("/2015-03-31/functions/", "/2015-03-31/functions/"),
            ("/2017-03-31/tags/arn%3Aaws", "/2017-03-31/tags/arn%253Aaws"),
            ("/a:b/$LATEST~", "/a%3Ab/%24LATEST~"),
            ("//a/./b/../c", "/a/c"),
            ("/..", "/"),
        ] {
            assert_eq!(canonical_path(path), canonical, "{path}");
        }
    }

    #[test]
    fn a_query_is_canonical() {
        for (query, canonical) in [
            ("", ""),
            ("List=ALL", "List=ALL"),
            ("b=2&a=1&a=0&&flag", "a=0&a=1&b=2&flag="),
            ("Marker=a%2fb%20c+d~", "Marker=a%2Fb%20c%2Bd~"),
            ("a-b=1&a=2", "a=2&a-b=1"),
            ("Marker=%zz", "Marker=%zz"),
        ] {
            assert_eq!(canonical_query(query), canonical, "{query}");
        }
    }

    #[test]
    fn what_is_no_text_is_not_decoded() {
        assert_eq!(decode("a%3Ab%C3%A9").as_deref(), Some("a:bé"));
        for text in ["%", "%4", "%zz", "%ff", "%+1"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
