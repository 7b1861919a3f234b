//! URLs of endpoints, as far as they must be understood before something is sent there.

/// The host of an `http://` or `https://` URL. `None` where it is no such URL, or has a user in it.
pub(crate) fn host(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"))?;
    let authority = rest.split(['/', '?', '#']).next()?;
    // A user in front of an `@` makes a URL look as if it went elsewhere.
    if url.contains(|c: char| c.is_whitespace() || c.is_control()) || authority.contains('@') {
        return None;
    }
    let end = if authority.starts_with('[') {
        authority.find(']')? + 1
    } else {
        authority.find(':').unwrap_or(authority.len())
    };
    let (host, port) = authority.split_at(end);
    let has_good_port = port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
    (!host.is_empty() && has_good_port).then_some(host)
}

/// A URL without its query, which can have a token in it. One with a user in it was refused before.
pub(crate) fn shown(url: &str) -> String {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..].find(['?', '#']).map_or(url.len(), |at| start + at);
    url[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_the_one_that_is_asked() {
        for (url, expected) in [
            ("http://127.0.0.1:8000", Some("127.0.0.1")),
            ("https://ssm.eu-west-1.amazonaws.com/", Some("ssm.eu-west-1.amazonaws.com")),
            ("http://[fd00:ec2::23]:80/v1?a=b", Some("[fd00:ec2::23]")),
            ("http://localhost", Some("localhost")),
            ("http://127.0.0.1:80@127.0.0.2:8000/c", None),
            ("http://localhost:x@example.com", None),
            ("http://localhost:99999", None),
            ("http://localhost ", None),
            ("http://", None),
            ("127.0.0.1:8000", None),
            ("ftp://localhost", None),
            ("not a url", None),
        ] {
            assert_eq!(host(url), expected, "{url}");
        }
    }

    #[test]
    fn a_query_is_not_shown() {
        assert_eq!(shown("http://127.0.0.1:1/v1/c?token=hunter2#x"), "http://127.0.0.1:1/v1/c");
        assert_eq!(shown("SSM in eu-west-1"), "SSM in eu-west-1");
    }
}
