//! How a parameter is written: a path, or an ARN, either with a selector (`:3`, `:label`) behind it.

/// That of another account, most likely.
pub(super) fn is_arn(name: &str) -> bool {
    name.starts_with("arn:")
}

/// Whether a name says which version, or a label.
#[cfg(any(test, feature = "watch"))]
pub(crate) fn has_selector(name: &str) -> bool {
    let path = if is_arn(name) { name.split_once(":parameter").map_or("", |(_, path)| path) } else { name };
    path.contains(':')
}

/// A secret of Secrets Manager, which SSM hands over decrypted or not at all. The version that it says is always 0.
#[cfg(any(test, feature = "watch"))]
pub(crate) fn is_opaque(name: &str) -> bool {
    name.contains("aws/reference/secretsmanager/")
}

/// Whether two names without selectors are one: a name of one level is the same with and without a slash in front.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    let plain = |name| str::strip_prefix(name, '/').filter(|rest| !rest.contains('/')).unwrap_or(name);
    plain(one) == plain(other)
}

/// Whether `arn` is that of the parameter `name`, which may itself be an ARN, with a selector behind it.
pub(super) fn is_arn_of(arn: &str, name: &str) -> bool {
    let asked = if is_arn(name) { name.strip_prefix(arn) } else { behind_path(arn, name) };
    asked.is_some_and(|selector| selector.is_empty() || selector.starts_with(':'))
}

/// What stands behind the ARN's path in a name.
fn behind_path<'a>(arn: &str, name: &'a str) -> Option<&'a str> {
    let (_, path) = arn.split_once(":parameter/")?;
    name.trim_start_matches('/').strip_prefix(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_is_that_of_a_name_with_or_without_its_slash() {
        let arn = "arn:aws:ssm:eu-west-1:123456789012:parameter/a/b";
        assert!(is_arn_of(arn, "/a/b") && is_arn_of(arn, arn));
        assert!(is_arn_of(arn, "/a/b:3") && is_arn_of(arn, &format!("{arn}:label")));
        assert!(!is_arn_of(arn, "/b") && !is_arn_of(arn, "/a/b/c") && !is_arn_of(arn, &format!("{arn}c")));
        assert!(is_arn_of("arn:aws:ssm:eu-west-1:123456789012:parameter/plain", "plain"));
    }

    #[test]
    fn a_selector_stands_behind_the_path() {
        for (name, has) in [
            ("/sst/a", false),
            ("/sst/a:3", true),
            ("arn:aws:ssm:eu-west-1:123456789012:parameter/a", false),
            ("arn:aws:ssm:eu-west-1:123456789012:parameter/a:live", true),
            ("arn:aws-us-gov:ssm:us-gov-west-1:123456789012:parameter/a", false),
            ("arn:aws-cn:ssm:cn-north-1:123456789012:parameter/a:3", true),
        ] {
            assert_eq!(has_selector(name), has, "{name}");
        }
    }

    #[test]
    fn an_arn_is_of_any_partition_and_begins_so() {
        assert!(is_arn("arn:aws-us-gov:ssm:us-gov-west-1:123456789012:parameter/a") && is_arn("arn:aws-cn:ssm:x"));
        assert!(!is_arn("/sst/arn:aws/a"));
    }

    #[test]
    fn a_secret_of_secrets_manager_can_be_written_as_every_name_can() {
        for name in [
            "/aws/reference/secretsmanager/db",
            "aws/reference/secretsmanager/db",
            "arn:aws:ssm:eu-west-1:123456789012:parameter/aws/reference/secretsmanager/db",
        ] {
            assert!(is_opaque(name), "{name}");
        }
        assert!(!is_opaque("/sst/orders/dev/Secret/aws/value"));
    }

    #[test]
    fn a_name_of_one_level_has_a_slash_or_not() {
        assert!(is_same("/a", "a") && is_same("/a/b", "/a/b"));
        assert!(!is_same("/a/b", "a/b") && !is_same("/a", "/b"));
    }
}
