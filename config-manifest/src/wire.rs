//! The objects of the file and their keys. The reader's slots and the types of the JSON Schema are both made of this, so
//! that neither knows a key that the other does not. `write` names what it writes, and `mask` what may be shown: a key that
//! nobody names there is not.

use std::collections::HashSet;

use crate::json::{Member, NoText, Node};
use crate::mistake::Mistakes;
use crate::spelling::{did_you_mean, quoted};

/// An object of the file, with a slot for the member of each key.
pub(crate) trait Object<'a>: Default {
    const KEYS: &'static [&'static str];
    const REQUIRED: &'static [&'static str];

    fn slot(&mut self, key: &str) -> Option<&mut Option<Member<'a>>>;

    /// Where the keys that start with `x-` go, where there may be some.
    fn extensions(&mut self) -> Option<&mut Vec<(String, Member<'a>)>>;
}

macro_rules! objects {
    ($(
        $(#[doc = $doc:literal])*
        $(#[schemars($($schemars:tt)*)])?
        $name:ident requires $required:tt $(and takes $extensions:ident)? {
            $($(#[doc = $about:literal])* $(#[schema($($attribute:tt)*)])? $key:literal $field:ident: $schema:ty,)*
        }
    )*) => {
        $(
            $(#[doc = $doc])*
            #[derive(Default)]
            pub(crate) struct $name<'a> {
                $(pub(crate) $field: Option<Member<'a>>,)*
                $(pub(crate) $extensions: Vec<(String, Member<'a>)>,)?
            }

            impl<'a> Object<'a> for $name<'a> {
                const KEYS: &'static [&'static str] = &[$($key),*];
                const REQUIRED: &'static [&'static str] = &$required;

                fn slot(&mut self, key: &str) -> Option<&mut Option<Member<'a>>> {
                    match key {
                        $($key => Some(&mut self.$field),)*
                        _ => None,
                    }
                }

                fn extensions(&mut self) -> Option<&mut Vec<(String, Member<'a>)>> {
                    [$(Some(&mut self.$extensions),)? None].into_iter().next()?
                }
            }
        )*

        /// Whether some object of the format has this key.
        pub(crate) fn is_known_key(key: &str) -> bool {
            $($name::KEYS.contains(&key))||*
        }

        /// The same objects for the JSON Schema. Nothing makes values of these types.
        #[cfg(feature = "schema")]
        pub(crate) mod schema {
            #![expect(dead_code, clippy::zero_sized_map_values, reason = "only the derive reads the fields")]

            use std::collections::BTreeMap;

            use schemars::JsonSchema;

            use crate::schema::forms::{
                AppName, BinaryName, Fingerprint, Format, Kind, Length, Limit, Names, Prefix, Required, ScalarName, Text,
                Type, Version, Words, function, id,
            };

            $(
                $(#[doc = $doc])*
                #[derive(JsonSchema)]
                #[schemars(extend("required" = $required, "additionalProperties" = false))]
                $(#[schemars(extend("patternProperties" = objects!(@pattern $extensions)))])?
                $(#[schemars($($schemars)*)])?
                pub(crate) struct $name {
                    $($(#[doc = $about])* $(#[schemars($($attribute)*)])? #[schemars(rename = $key)] $field: $schema,)*
                }
            )*
        }
    };
    (@pattern $extensions:ident) => { serde_json::json!({ "^x-": true }) };
}

objects! {
    /// The bindings manifest of bind-config: what infrastructure bound, and never a value.
    Root requires ["format", "version", "app", "bindings"] and takes extensions {
        /// Where editors find this schema.
        "$schema" schema: Text,
        /// What kind of file this is.
        "format" format: Format,
        /// The version of the format.
        "version" version: Version,
        /// What wrote the file.
        "generator" generator: Generator,
        /// The app's name.
        "app" app: AppName,
        /// The template of the SSM prefix, with a slash at both ends.
        "ssm_prefix" ssm_prefix: Prefix,
        /// The secrets and parameters, by name. Names that are equal once `-` is replaced by `_` are refused.
        #[schema(extend("propertyNames" = id()))]
        "bindings" bindings: BTreeMap<String, Binding>,
        /// The functions, by logical name. Without it every binding is visible everywhere.
        #[schema(extend("propertyNames" = function()))]
        "functions" functions: BTreeMap<String, Function>,
        /// The fingerprint of all bindings.
        "fingerprint" fingerprint: Fingerprint,
    }

    /// What wrote the file.
    Generator requires ["name"] {
        /// Its name, without a version.
        "name" name: Text,
        /// What it read.
        "source" source: Text,
    }

    /// A secret or a parameter.
    #[schemars(transform = crate::schema::rules_of_a_binding)]
    Binding requires ["kind"] and takes extensions {
        /// Secret or parameter.
        "kind" kind: Kind,
        /// The type of its value. Without it, `string`.
        "type" ty: Type,
        /// Where it must be set: everywhere (`true`, the default), nowhere, or in some stages.
        "required" required: Required,
        /// What its value must look like, beyond the type.
        "shape" shape: Shape,
        /// Whether the fallback of a secret is read where the stage has none. The default is `true`.
        "fallback" fallback: bool,
        /// What it is, for people.
        "docs" docs: Text,
        /// What to use instead.
        "deprecated" deprecated: Text,
        /// The value of a parameter on a laptop where nothing else gives one, in the text form of its type.
        "default" default: Text,
        /// A value for examples, in the text form of its type.
        "example" example: Text,
    }

    /// What a value must look like, beyond its type.
    Shape requires [] {
        /// How a text starts.
        "starts_with" starts_with: Text,
        /// The least number of characters of a text.
        "min_length" min_length: Length,
        /// The greatest number of characters of a text.
        "max_length" max_length: Length,
        /// The smallest number or duration.
        "min" min: Limit,
        /// The largest number or duration.
        "max" max: Limit,
    }

    /// One of some words.
    EnumType requires ["enum"] {
        /// The words. Each is a Rust variant in `UpperCamelCase`, and no two the same one.
        "enum" words: Words,
    }

    /// A JSON array.
    ListType requires ["list"] {
        /// The type of its elements.
        "list" element: ScalarName,
    }

    /// A function, and what is bound to it.
    Function requires [] and takes extensions {
        /// The names of its bindings.
        "bind" bind: Names,
        /// The cargo binary, where it has another name than the function.
        "bin" bin: BinaryName,
        /// The fingerprint of its bindings.
        "fingerprint" fingerprint: Fingerprint,
    }
}

/// Sorts the members of an object into its slots. Each unknown, repeated and missing key is a mistake; `what` is the
/// object in a message about its form, `at` where a missing key is reported.
pub(crate) fn read<'a, T: Object<'a>>(
    node: Node<'a>,
    what: &str,
    at: std::ops::Range<usize>,
    mistakes: &mut Mistakes,
) -> Option<T> {
    let mut object = T::default();
    for (key, member) in entries(node, what, mistakes)? {
        if let Some(slot) = object.slot(&key) {
            *slot = Some(member);
        } else if let Some(extensions) = object.extensions().filter(|_| key.starts_with("x-")) {
            extensions.push((key, member));
        } else {
            let extensible = object.extensions().is_some();
            mistakes.add(member.key.span(), || unknown_key(&key, T::KEYS, extensible));
        }
    }
    for key in T::REQUIRED {
        if object.slot(key).is_some_and(|slot| slot.is_none()) {
            mistakes.add(at.clone(), || format!("missing key `{key}`{}", how_to_write(key)));
        }
    }
    Some(object)
}

/// What a key that is missing can be.
fn how_to_write(key: &str) -> &'static str {
    match key {
        "format" => r#": write `"format": "bind-manifest"`"#,
        "version" => r#": write `"version": 1`"#,
        "app" => ": the app's name, as in `SST_APP`",
        "kind" => r#": write `"kind": "secret"` or `"kind": "parameter"`"#,
        _ => "",
    }
}

/// The members of an object without repeated keys.
pub(crate) fn entries<'a>(node: Node<'a>, what: &str, mistakes: &mut Mistakes) -> Option<Vec<(String, Member<'a>)>> {
    let Some(members) = node.members() else {
        mistakes.add(node.span(), || format!("{what} must be an object"));
        return None;
    };
    let mut seen = HashSet::with_capacity(members.len());
    let mut entries = Vec::with_capacity(members.len());
    for member in members {
        match member.key.text() {
            Err(_) => mistakes.add(member.key.span(), || NOT_UNICODE.to_owned()),
            Ok(key) if !seen.insert(key.clone()) => {
                mistakes.add(member.key.span(), || format!("{} stands here for the second time", quoted(&key)));
            }
            Ok(key) => entries.push((key.into_owned(), member)),
        }
    }
    Some(entries)
}

/// The text of a string; anything else is a mistake.
pub(crate) fn text<'a>(node: Node<'a>, what: &str, mistakes: &mut Mistakes) -> Option<std::borrow::Cow<'a, str>> {
    match node.text() {
        Ok(text) => Some(text),
        Err(NoText::NotAString) => {
            mistakes.add(node.span(), || format!("{what} must be a string"));
            None
        }
        Err(NoText::NotUnicode) => {
            mistakes.add(node.span(), || NOT_UNICODE.to_owned());
            None
        }
    }
}

fn unknown_key(key: &str, keys: &[&str], extensible: bool) -> String {
    // A value has no business in the file, however it got there: say that, and not how the key could be spelled.
    if key.eq_ignore_ascii_case("value") {
        return "a manifest never holds a `value`: remove it, and if it is a secret, replace it where it is in use"
            .to_owned();
    }
    let quoted = quoted(key);
    if extensible && key.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("x-") || start == "x_") {
        return format!("unknown key {quoted}: keys of your own start with `x-`");
    }
    format!("unknown key {quoted}{}", did_you_mean(key, keys.iter().copied()))
}

pub(crate) const NOT_UNICODE: &str = "not Unicode: a `\\u` escape is half of a surrogate pair";
