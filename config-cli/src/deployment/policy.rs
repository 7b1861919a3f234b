//! What a function must be allowed: to read what it fetches at start, and to decrypt it where the key is a customer's.

use std::collections::BTreeSet;

use bind_config_manifest::name::{self, Kind};

use super::Unit;
use crate::declaration::{Declaration, Grants};

mod spelling;

pub(crate) use spelling::Spelling;

/// The statements of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Policy {
    statements: Vec<Statement>,
}

/// What of a declaration somebody can say otherwise.
#[derive(Clone, Copy)]
pub(crate) struct Choices<'a> {
    pub(crate) grants: Grants,
    /// The key of the stage's secrets, and that of the fallback.
    pub(crate) keys: (Option<&'a str>, Option<&'a str>),
}

impl<'a> Choices<'a> {
    /// What `bind.toml` says.
    pub(crate) fn declared(declaration: &'a Declaration, stage: &str) -> Choices<'a> {
        let keys = (declaration.kms_key(stage), declaration.kms_key.as_deref());
        Choices { grants: declaration.grants, keys }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Statement {
    sid: String,
    action: &'static str,
    resources: Vec<Resource>,
    conditions: Vec<Condition>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Resource {
    /// A parameter of SSM, or a pattern for some: begins with a slash.
    Parameter(String),
    /// A KMS key by its id; `*` for any.
    Key(String),
    /// An ARN as it was given.
    Arn(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Condition {
    test: &'static str,
    key: &'static str,
    values: Vec<Operand>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Operand {
    Text(String),
    /// The ARN of a parameter.
    Parameter(String),
    /// SSM, as KMS knows it.
    Ssm,
}

/// What the function needs in a stage. `None` where it fetches nothing.
pub(crate) fn of(declaration: &Declaration, unit: &Unit<'_>, stage: &str, choices: Choices<'_>) -> Option<Policy> {
    let readable = Readable::of(declaration, unit, stage, choices.grants);
    let paths: Vec<String> =
        readable.stage.iter().chain(&readable.fallback).chain(&readable.parameters).cloned().collect();
    if paths.is_empty() {
        return None;
    }
    let resources = paths.into_iter().map(Resource::Parameter).collect();
    let read =
        Statement { sid: "BindConfigRead".to_owned(), action: "ssm:GetParameters", resources, conditions: Vec::new() };
    let mut statements = vec![read];
    statements.extend(decrypt(declaration, &readable, stage, choices.keys));
    Some(Policy { statements })
}

/// What a function may read, sorted. Patterns where grants are by prefix.
struct Readable {
    /// Secrets of the stage.
    stage: BTreeSet<String>,
    /// Secrets of the fallback.
    fallback: BTreeSet<String>,
    /// Parameters that are fetched: no secrets, so nothing to decrypt.
    parameters: BTreeSet<String>,
}

impl Readable {
    fn of(declaration: &Declaration, unit: &Unit<'_>, stage: &str, grants: Grants) -> Readable {
        let prefix = declaration.prefix(stage);
        let path = |kind, id: &str| match grants {
            Grants::Exact => name::path(&prefix, kind, id),
            Grants::Prefix => within(&name::path(&prefix, kind, "*")),
        };
        let mut readable = Readable { stage: BTreeSet::new(), fallback: BTreeSet::new(), parameters: BTreeSet::new() };
        for (id, binding) in &unit.bindings {
            match binding.kind {
                Kind::Secret => {
                    readable.stage.insert(path(Kind::Secret, id));
                    if binding.fallback {
                        readable.fallback.insert(fallback(declaration.app(), id, grants));
                    }
                }
                Kind::Parameter if declaration.is_fetched(id) => {
                    readable.parameters.insert(path(Kind::Parameter, id));
                }
                Kind::Parameter => {}
            }
        }
        readable
    }
}

fn fallback(app: &str, id: &str, grants: Grants) -> String {
    match grants {
        Grants::Exact => name::fallback_path(app, id),
        Grants::Prefix => within(&name::fallback_path(app, "*")),
    }
}

/// `/a/Secret/*` of `/a/Secret/*/value`
fn within(path: &str) -> String {
    path.strip_suffix("/value").unwrap_or(path).to_owned()
}

/// One statement per key. What may be read is said above: here the folders of it are enough, and half as long.
fn decrypt(
    declaration: &Declaration,
    readable: &Readable,
    stage: &str,
    keys: (Option<&str>, Option<&str>),
) -> Vec<Statement> {
    let folder = |path: String, any: bool| any.then(|| within(&path));
    let of_stage = folder(name::path(&declaration.prefix(stage), Kind::Secret, "*"), !readable.stage.is_empty());
    let of_fallback = folder(name::fallback_path(declaration.app(), "*"), !readable.fallback.is_empty());
    let mut by_key: Vec<(&str, Vec<String>)> = Vec::new();
    for (key, folder) in [(keys.0, of_stage), (keys.1, of_fallback)] {
        // The key of AWS's own decrypts for everybody who may read the parameter.
        let (Some(key), Some(folder)) = (key.filter(|key| !is_of_aws(key)), folder) else { continue };
        match by_key.iter_mut().find(|(known, _)| *known == key) {
            Some((_, folders)) => folders.push(folder),
            None => by_key.push((key, vec![folder])),
        }
    }
    let sid = |index| if index == 0 { "BindConfigDecrypt".to_owned() } else { "BindConfigDecryptFallback".to_owned() };
    by_key.into_iter().enumerate().map(|(index, (key, folders))| decrypt_with(key, sid(index), folders)).collect()
}

fn decrypt_with(key: &str, sid: String, folders: Vec<String>) -> Statement {
    let via = Condition { test: "StringLike", key: "kms:ViaService", values: vec![Operand::Ssm] };
    let context = Condition {
        test: "StringLike",
        key: "kms:EncryptionContext:PARAMETER_ARN",
        values: folders.into_iter().map(Operand::Parameter).collect(),
    };
    let mut conditions = vec![via, context];
    let resource = match Key::of(key) {
        Key::Id(id) => Resource::Key(id.to_owned()),
        Key::Arn(arn) => Resource::Arn(arn.to_owned()),
        // What SSM asks KMS for names the key by its ARN: an alias can only be asked of the key.
        Key::Alias { alias, keys } => {
            let values = vec![Operand::Text(alias.to_owned())];
            conditions.push(Condition { test: "ForAnyValue:StringEquals", key: "kms:ResourceAliases", values });
            keys.map_or_else(|| Resource::Key("*".to_owned()), Resource::Arn)
        }
    };
    Statement { sid, action: "kms:Decrypt", resources: vec![resource], conditions }
}

/// How a KMS key is named.
enum Key<'a> {
    Id(&'a str),
    Arn(&'a str),
    Alias {
        /// `alias/NAME`
        alias: &'a str,
        /// The ARN of any key of its account and region, where it says which.
        keys: Option<String>,
    },
}

impl Key<'_> {
    fn of(key: &str) -> Key<'_> {
        if key.starts_with("alias/") {
            return Key::Alias { alias: key, keys: None };
        }
        if !key.starts_with("arn:") {
            return Key::Id(key);
        }
        match key.split_once(":alias/") {
            Some((place, name)) => Key::Alias {
                alias: &key[key.len() - "alias/".len() - name.len()..],
                keys: Some(format!("{place}:key/*")),
            },
            None => Key::Arn(key),
        }
    }
}

fn is_of_aws(key: &str) -> bool {
    key.rsplit_once("alias/").is_some_and(|(_, name)| name.starts_with("aws/"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    const TEXT: &str = r#"app = "orders"
[secrets]
KEY = "docs"
OWN = { docs = "docs", fallback = false }
[functions]
api = { bind = ["KEY"] }
own = { bind = ["OWN"] }
idle = {}
"#;

    fn document(function: &str, keys: (Option<&str>, Option<&str>), grants: Grants) -> Option<Json> {
        let declaration = crate::declaration::read(TEXT).unwrap();
        let unit = crate::deployment::unit(&declaration, function).unwrap();
        let policy = of(&declaration, &unit, "dev", Choices { grants, keys })?;
        Some(policy.document(&Spelling::document(Some("us-gov-west-1"), Some("123456789012"))))
    }

    fn decrypt(key: &str) -> Json {
        document("api", (Some(key), Some(key)), Grants::Exact).unwrap()["Statement"][1].take()
    }

    #[test]
    fn what_a_function_reads_is_named_and_what_it_does_not_read_is_not() {
        let resources = |function, grants| {
            document(function, (None, None), grants).map(|mut document| {
                assert_eq!(document["Statement"].as_array().map(Vec::len), Some(1));
                document["Statement"][0]["Resource"].take()
            })
        };
        let arn = "arn:aws-us-gov:ssm:us-gov-west-1:123456789012:parameter/sst/orders";
        assert_eq!(
            resources("api", Grants::Exact),
            Some(json!([format!("{arn}/dev/Secret/KEY/value"), format!("{arn}/.fallback/Secret/KEY/value")]))
        );
        assert_eq!(
            resources("api", Grants::Prefix),
            Some(json!([format!("{arn}/dev/Secret/*"), format!("{arn}/.fallback/Secret/*")]))
        );
        assert_eq!(resources("own", Grants::Prefix), Some(json!(format!("{arn}/dev/Secret/*"))));
        assert_eq!(resources("idle", Grants::Prefix), None);
    }

    #[test]
    fn a_customers_key_is_named_as_policies_can_name_it() {
        let arn = "arn:aws-us-gov:kms:us-gov-west-1:123456789012:key";
        assert_eq!(decrypt("1234abcd")["Resource"], format!("{arn}/1234abcd"));
        assert_eq!(decrypt("arn:aws:kms:eu-west-1:1:key/a")["Resource"], "arn:aws:kms:eu-west-1:1:key/a");
        let of_alias = decrypt("alias/orders");
        assert_eq!(of_alias["Resource"], format!("{arn}/*"));
        assert_eq!(of_alias["Condition"]["ForAnyValue:StringEquals"]["kms:ResourceAliases"], "alias/orders");
        let of_alias = decrypt("arn:aws:kms:eu-west-1:1:alias/a/b");
        assert_eq!(of_alias["Resource"], "arn:aws:kms:eu-west-1:1:key/*");
        assert_eq!(of_alias["Condition"]["ForAnyValue:StringEquals"]["kms:ResourceAliases"], "alias/a/b");
    }

    #[test]
    fn a_customers_key_decrypts_only_for_ssm_and_only_parameters_of_the_app() {
        let parameters = "arn:aws-us-gov:ssm:us-gov-west-1:123456789012:parameter/sst/orders";
        let expected = json!({ "StringLike": {
            "kms:ViaService": "ssm.us-gov-west-1.amazonaws.com",
            "kms:EncryptionContext:PARAMETER_ARN": [
                format!("{parameters}/dev/Secret/*"),
                format!("{parameters}/.fallback/Secret/*"),
            ],
        } });
        assert_eq!(decrypt("1234abcd")["Condition"], expected);
    }

    #[test]
    fn each_key_decrypts_what_it_encrypted_and_that_of_aws_needs_no_permission() {
        let statements = |keys| {
            let document = document("api", keys, Grants::Exact).unwrap();
            let decrypts = document["Statement"].as_array().unwrap()[1..].to_vec();
            let of = |statement: &Json| {
                let context = &statement["Condition"]["StringLike"]["kms:EncryptionContext:PARAMETER_ARN"];
                format!("{} {}", statement["Sid"].as_str().unwrap(), context.as_str().unwrap().contains("fallback"))
            };
            decrypts.iter().map(of).collect::<Vec<_>>()
        };
        assert_eq!(statements((Some("a"), Some("b"))), ["BindConfigDecrypt false", "BindConfigDecryptFallback true"]);
        assert_eq!(statements((Some("a"), None)), ["BindConfigDecrypt false"]);
        assert_eq!(statements((None, Some("b"))), ["BindConfigDecrypt true"]);
        for own in ["alias/aws/ssm", "arn:aws:kms:eu-west-1:1:alias/aws/ssm"] {
            assert!(statements((Some(own), Some(own))).is_empty(), "{own}");
        }
    }
}
