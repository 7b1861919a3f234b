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

/// Where AWS has SSM. `None` where the region is no name of a region.
/// <https://docs.aws.amazon.com/general/latest/gr/ssm.html>
pub(crate) fn of_ssm(region: &str, use_fips: bool, use_dual_stack: bool) -> Option<String> {
    let is_label = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if region.is_empty() || region.len() > 63 || region.starts_with('-') || !is_label(region) {
        return None;
    }
    let (_, domain, dual_stack) = PARTITIONS.into_iter().find(|(start, ..)| region.starts_with(start))?;
    // GovCloud's endpoint has FIPS by itself.
    let service = if use_fips && (use_dual_stack || !region.starts_with("us-gov-")) { "ssm-fips" } else { "ssm" };
    Some(format!("https://{service}.{region}.{}/", if use_dual_stack { dual_stack } else { domain }))
}

/// The partitions, by the start of their regions: the domain, and that with IPv6.
const PARTITIONS: [(&str, &str, &str); 7] = [
    ("cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    ("eusc-", "amazonaws.eu", "api.amazonwebservices.eu"),
    ("us-iso-", "c2s.ic.gov", "api.aws.ic.gov"),
    ("us-isob-", "sc2s.sgov.gov", "api.aws.scloud"),
    ("eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
    ("us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov"),
    ("", "amazonaws.com", "api.aws"),
];

/// A URL without what can be secret in it: its user and its query.
pub(crate) fn shown(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = url.split_at(url.find("://").map_or(0, |at| at + 3));
    // Up to the last `@`, wherever it is: nobody's path needs one.
    format!("{scheme}{}", rest.rsplit_once('@').map_or(rest, |(_, rest)| rest))
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
    fn neither_a_query_nor_a_user_is_shown() {
        assert_eq!(shown("http://user:hunter2@127.0.0.1:1/v1"), "http://127.0.0.1:1/v1");
        assert_eq!(shown("http://us/er:hun@ter2@127.0.0.1"), "http://127.0.0.1");
        assert_eq!(shown("user:hunter2@host"), "host");
        assert_eq!(shown("http://127.0.0.1:1/v1/c?token=hunter2#x"), "http://127.0.0.1:1/v1/c");
        assert_eq!(shown("SSM in eu-west-1"), "SSM in eu-west-1");
    }
}
