//! Which proxy is on the way, as the environment says: for what goes over TLS, and off this machine. What is asked without TLS is
//! here or nearby (the credentials of a container, a store of tests).

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};

use crate::environment::Environment;
use crate::problem::ProblemKind;

/// In the order of the SDK.
pub(super) const PROXIES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
pub(super) const EXCEPTIONS: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// The proxies of one start: none, or one with exceptions. Has the proxy's password; `Debug` is not there.
#[derive(Clone, Default)]
pub(super) struct Proxies(Option<Arc<Proxy>>);

struct Proxy {
    variable: &'static str,
    is_usable: bool,
    matcher: Matcher,
}

/// The proxy on the way to somebody. Has its password; `Debug` is not there.
pub(super) struct Way {
    proxy: Intercept,
    pub(super) variable: &'static str,
}

impl Proxies {
    pub(super) fn of(environment: &Environment) -> Self {
        let named = |name: &'static str| Some((name, environment.setting(name)?));
        let proxy = PROXIES.into_iter().find_map(named).map(|(variable, url)| {
            let is_usable = is_usable(url);
            // What cannot be used is missed only where it is on the way.
            let url = if is_usable { url } else { "http://unusable" };
            let exceptions = EXCEPTIONS.into_iter().find_map(|name| environment.setting(name)).unwrap_or_default();
            Arc::new(Proxy { variable, is_usable, matcher: Matcher::builder().https(url).no(exceptions).build() })
        });
        Proxies(proxy)
    }

    /// The proxy on the way to a URI, if there is one.
    pub(super) fn to(&self, uri: &Uri) -> Result<Option<Way>, ProblemKind> {
        let Some(proxy) = &self.0 else { return Ok(None) };
        match proxy.matcher.intercept(uri) {
            Some(_) if uri.host().is_some_and(is_near) => Ok(None),
            Some(_) if !proxy.is_usable => Err(ProblemKind::BadProxy { variable: proxy.variable }),
            way => Ok(way.map(|way| Way { proxy: way, variable: proxy.variable })),
        }
    }
}

impl Way {
    /// Where the proxy is.
    pub(super) fn uri(&self) -> &Uri {
        self.proxy.uri()
    }

    /// Its user and password, as it is told them.
    pub(super) fn auth(&self) -> Option<&HeaderValue> {
        self.proxy.basic_auth()
    }

    /// Host and port. Nothing else of a proxy's URL is shown: its authority can have a user and a password.
    pub(super) fn shown(&self) -> String {
        let host = self.uri().host().unwrap_or_default();
        self.uri().port_u16().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }
}

/// What it is called in messages.
impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the proxy {} of {}", self.shown(), self.variable)
    }
}

/// Whether it speaks HTTP: others are spoken to in TLS, or in SOCKS.
fn is_usable(url: &str) -> bool {
    if !has_plain_user(url) {
        return false;
    }
    let Some(way) = Matcher::builder().https(url).build().intercept(&Uri::from_static("https://anywhere/")) else {
        return false;
    };
    let (uri, host) = (way.uri(), way.uri().host().unwrap_or_default());
    let has_good_port = uri.port_u16().is_some() || uri.authority().is_some_and(|authority| authority.as_str() == host);
    uri.scheme_str() == Some("http") && !host.is_empty() && has_good_port
}

/// Whether a URL has one `@` at most, right behind its user. Where there is another, or a `/` in front, readers differ in what of
/// it is password and what is host.
fn has_plain_user(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split_once('@').is_none_or(|(user, host)| !user.contains(['/', '?', '#']) && !host.contains('@'))
}

/// This machine, and the addresses that only a neighbour has.
fn is_near(host: &str) -> bool {
    match host.trim_start_matches('[').trim_end_matches(']').parse() {
        Ok(IpAddr::V4(address)) => address.is_loopback() || address.is_link_local(),
        Ok(IpAddr::V6(address)) => address.is_loopback() || address.is_unicast_link_local(),
        Err(_) => host.eq_ignore_ascii_case("localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(variables: &[(&str, &str)], uri: &'static str) -> Result<Option<String>, ProblemKind> {
        let way = Proxies::of(&variables.iter().copied().collect()).to(&Uri::from_static(uri))?;
        Ok(way.map(|way| way.to_string()))
    }

    #[test]
    fn what_goes_over_tls_and_off_the_machine_goes_through_the_proxy() {
        let variables = [("https_proxy", "http://other:1"), ("HTTPS_PROXY", "http://me:hunter2@proxy.corp:3128/x")];
        for (uri, is_through) in [
            ("https://ssm.eu-west-1.amazonaws.com/", true),
            ("https://10.0.0.1/", true),
            ("http://10.0.0.1/", false),
            ("http://169.254.170.2/", false),
            ("https://localhost:4566/", false),
            ("https://127.0.0.1/", false),
            ("https://[::1]/", false),
            ("https://169.254.170.23/", false),
        ] {
            let expected = is_through.then(|| "the proxy proxy.corp:3128 of HTTPS_PROXY".to_owned());
            assert_eq!(named(&variables, uri), Ok(expected), "{uri}");
        }
        let way = Proxies::of(&variables.into_iter().collect()).to(&Uri::from_static("https://x/")).unwrap().unwrap();
        assert_eq!(way.auth().unwrap(), "Basic bWU6aHVudGVyMg==");
    }

    #[test]
    fn of_a_proxy_only_host_and_port_are_shown() {
        for (url, shown, auth) in [
            ("http://me:hun%40ter2@127.0.0.2:9", "127.0.0.2:9", Some("Basic bWU6aHVuQHRlcjI=")),
            ("http://me:hun%2Fter2@proxy", "proxy", Some("Basic bWU6aHVuL3RlcjI=")),
            ("me:hunter2@[::2]:3128", "[::2]:3128", Some("Basic bWU6aHVudGVyMg==")),
            ("http://hunter2@proxy:1/x?y#z", "proxy:1", Some("Basic aHVudGVyMjo=")),
            ("proxy:1", "proxy:1", None),
        ] {
            let variables = [("HTTPS_PROXY", url)];
            let expected = format!("the proxy {shown} of HTTPS_PROXY");
            assert_eq!(named(&variables, "https://x/"), Ok(Some(expected)), "{url}");
            let way = Proxies::of(&variables.into_iter().collect()).to(&Uri::from_static("https://x/")).unwrap();
            let way = way.unwrap();
            assert_eq!(way.auth().map(|auth| auth.to_str().unwrap()), auth, "{url}");
        }
    }

    #[test]
    fn a_proxy_whose_password_could_be_taken_for_its_host_is_not_used() {
        for url in [
            "http://me:hun@ter2@127.0.0.2:9",
            "me:hun@ter2@127.0.0.2:9",
            "@me:hunter2@.:1",
            "http://@me:hunter2@.:1",
            "http://s3cret/x@proxy",
            "http://s3cret#x@proxy",
            "http://s3cret?x@proxy",
            "http://me:hunter2@proxy/x@y",
            "http://me:80/hunter2@proxy",
            "http://me:hunter2",
        ] {
            let bad = ProblemKind::BadProxy { variable: "HTTPS_PROXY" };
            assert_eq!(named(&[("HTTPS_PROXY", url)], "https://x/"), Err(bad), "{url}");
        }
    }

    #[test]
    fn exceptions_are_asked_directly() {
        let proxy = ("ALL_PROXY", "proxy:3128");
        for (exceptions, is_through) in [
            ("example.com", true),
            ("amazonaws.com", false),
            (".eu-west-1.amazonaws.com, 10.0.0.0/8", false),
            ("*", false),
        ] {
            for name in ["NO_PROXY", "no_proxy"] {
                let way = named(&[proxy, (name, exceptions)], "https://ssm.eu-west-1.amazonaws.com/");
                let expected = is_through.then(|| "the proxy proxy:3128 of ALL_PROXY".to_owned());
                assert_eq!(way, Ok(expected), "{name}={exceptions}");
            }
        }
    }

    #[test]
    fn a_proxy_that_cannot_be_used_is_a_problem_of_who_needs_it() {
        for url in ["https://proxy:1", "socks5://proxy:1", "ftp://proxy", "http://", "/", "a b", "http://proxy:99999"] {
            let variables = [("HTTPS_PROXY", url), ("NO_PROXY", "example.com")];
            let bad = ProblemKind::BadProxy { variable: "HTTPS_PROXY" };
            assert_eq!(named(&variables, "https://ssm.eu-west-1.amazonaws.com/"), Err(bad), "{url}");
            assert_eq!(named(&variables, "https://ssm.example.com/"), Ok(None), "{url}");
            assert_eq!(named(&variables, "https://localhost/"), Ok(None), "{url}");
        }
        assert_eq!(named(&[("HTTPS_PROXY", "")], "https://ssm.eu-west-1.amazonaws.com/"), Ok(None));
    }
}
