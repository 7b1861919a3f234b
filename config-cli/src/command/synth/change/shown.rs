//! A file as it may be shown: somebody may have put a secret where ours has none.

use std::collections::HashSet;
use std::path::Path;

use bind_config_manifest::{Manifest, marker};

use crate::project::BINDINGS_JSON;

/// The text with the values that may be shown: of lines that the new text has, too, and of keys that it has, unless they are
/// those of secrets. Of a manifest that cannot be read no value is.
pub(super) fn without_secrets(old: &str, new: &str, path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // It has ARNs and actions.
    if name.ends_with(".policy.json") {
        return old.to_owned();
    }
    let is_unread = name == BINDINGS_JSON && Manifest::parse(old.as_bytes()).is_err();
    let ours: HashSet<&str> = new.lines().collect();
    let keys: HashSet<&str> = new.lines().filter_map(|line| Some(split(line)?.0)).collect();
    let shown = |line: &str| {
        let text = line.trim_end_matches(['\r', '\n']);
        let is_structure = |text: &str| !text.contains(|c: char| !"{}[], \t".contains(c));
        if ours.contains(text) || is_structure(text) {
            return line.to_owned();
        }
        let end = &line[text.len()..];
        let Some((key, value)) = split(text) else { return format!("{HIDDEN}{end}") };
        let is_plain = || {
            if key.contains(VARIABLE) {
                return value.trim().trim_matches([',', '"', '\'']) == marker::FETCH;
            }
            // Of several keys in a line the first one says nothing of the others.
            !value.contains("\":") && !value.contains(VARIABLE)
        };
        let is_json = key.trim_start().starts_with('"');
        if is_json && is_structure(value) || !is_unread && keys.contains(key) && is_plain() {
            return line.to_owned();
        }
        // A line of base64 may look like a key, but for its end.
        let may_be_value = !keys.contains(key) && (name == BINDINGS_JSON || ["", "="].contains(&value.trim()));
        let known = if may_be_value { "" } else { key };
        format!("{known}{HIDDEN}{end}")
    };
    old.split_inclusive('\n').map(shown).collect()
}

/// `NAME=` or `"name":`, and what follows.
fn split(line: &str) -> Option<(&str, &str)> {
    let key = line.trim_start();
    let at = match key.strip_prefix('"') {
        Some(quoted) => quoted.find("\":").map(|at| at + 3)?,
        None => key.find('=').map(|at| at + 1)?,
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_-.:\"= $/".contains(c);
    let at = line.len() - key.len() + at;
    line[..at].chars().all(is_name).then(|| line.split_at(at))
}

const VARIABLE: &str = "SST_Secret_value_";
const HIDDEN: &str = "•••";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_secret_is_shown() {
        let env = "SST_Parameter_value_V=1.2\nSST_Secret_value_A=__FETCH_FROM_SSM__\n";
        assert_eq!(without_secrets(env, "SST_Parameter_value_V=1.3\nSST_Secret_value_A=x", Path::new("api.env")), env);
        let json =
            "{\n  \"Variables\": {\n    \"V\": \"1.2\",\n    \"SST_Secret_value_A\": \"__FETCH_FROM_SSM__\"\n  }\n}\n";
        assert_eq!(without_secrets(json, &json.replace("1.2", "1.3"), Path::new("template.json")), json);
        let policy = "\"arn:aws:ssm:*:*:parameter/a\"\n";
        assert_eq!(without_secrets(policy, "", Path::new("api.policy.json")), policy);
    }

    #[test]
    fn a_secret_in_a_file_is_not_shown() {
        let new = "B=2\nSST_Secret_value_A=__FETCH_FROM_SSM__\nSST_Secret_value_B=__FETCH_FROM_SSM__\n  \"SST_Secret_value_A\": \"__FETCH_FROM_SSM__\",\n  \"V\": 1";
        for (file, old) in [
            ("api.env", "SST_Secret_value_B='canary\nMIIcanary=\n'\nB=2\nmore canary\n"),
            ("api.env", "STRIPE_KEY=canary\n# canary\n#A=canary\nsst_secret_value_a=canary\ncanary=\n"),
            ("api.env", "SST_Secret_value_A=__FETCH_FROM_SSM__\"canary\n"),
            (
                "template.json",
                "  \"SST_Secret_value_A\": \"canary\",\r\n  \"SST_Secret_value_A\":\n  \"canary\"\n  [\n  \"canary\"\n  ]\n",
            ),
            ("template.json", "  \"V\": { \"SST_Secret_value_A\": \"canary\" }\n"),
            ("bindings.tf.json", "  \"DB_PASSWORD\": \"canary\"\n  \"V\": 1, \"X\": \"canary\"\n"),
            (
                "bindings.json",
                "{\n  \"A\": {\n    \"V\": \"canary\",\n    \"kind\": \"secret\"\n  },\n  \"L\": [\n    \"canary:1\"\n  ]\n}\n",
            ),
            ("bindings.json", "{\"canary\": \"canary\"}"),
        ] {
            let shown = without_secrets(old, new, Path::new(file));
            assert!(!shown.contains("canary"), "{file}: {shown}");
            assert_eq!(shown.lines().count(), old.lines().count(), "{file}");
        }
    }

    #[test]
    fn the_key_says_where_it_was() {
        let shown = without_secrets("A=1\nSTRIPE_KEY=canary\n", "A=2\n", Path::new("api.env"));
        assert_eq!(shown, "A=1\nSTRIPE_KEY=•••\n");
    }
}
