//! The JSON Schema of the file, generated from the objects in [`crate::wire`] and from the tables of the types.
//!
//! It is for editors and for other producers. It cannot say everything: names that fold into one, defaults that fit
//! their type, and fingerprints are checked by [`crate::Manifest::parse`] alone.

use schemars::transform::{Transform, transform_subschemas};
use schemars::{Schema, generate::SchemaSettings};
use serde_json::{Value, json};

use crate::value::Rules;
use crate::wire::schema::Root;
use crate::write::sorted;

/// The JSON Schema of `bindings.json`, as it is published.
pub fn json_schema() -> String {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Root>();
    schema.insert("title".to_owned(), json!("bindings.json"));
    NoFormats.transform(&mut schema);
    let mut text = format!("{:#}", sorted(schema.as_value()));
    text.push('\n');
    text
}

/// What a rule about one key cannot say: `default` and `fallback` by kind, `shape` by type.
pub(crate) fn rules_of_a_binding(schema: &mut Schema) {
    let text = json!({ "min": false, "max": false });
    let numbers = json!({
        "starts_with": false, "min_length": false, "max_length": false,
        "min": { "type": "number" }, "max": { "type": "number" },
    });
    let durations = json!({
        "starts_with": false, "min_length": false, "max_length": false,
        "min": { "type": "string" }, "max": { "type": "string" },
    });
    let shape = |properties: Value| json!({ "properties": { "shape": { "properties": properties } } });
    let nothing = json!({ "properties": { "shape": { "maxProperties": 0 } } });
    let ty = |schema: Value| json!({ "properties": { "type": schema }, "required": ["type"] });
    let kind = |kind: &str| json!({ "properties": { "kind": { "const": kind } }, "required": ["kind"] });
    schema.insert(
        "allOf".to_owned(),
        json!([
            { "if": kind("secret"), "then": { "properties": { "default": false, "example": { "minLength": 1 } } } },
            { "if": kind("parameter"), "then": { "properties": { "fallback": false } } },
            { "if": { "properties": { "type": { "enum": forms::with(Rules::OfText) } } }, "then": shape(text) },
            { "if": ty(json!({ "enum": forms::with(Rules::Limits) })), "then": shape(numbers) },
            { "if": ty(json!({ "enum": forms::with(Rules::LimitsAsText) })), "then": shape(durations) },
            { "if": ty(json!({ "anyOf": [{ "enum": forms::with(Rules::None) }, { "type": "object" }] })), "then": nothing },
        ]),
    );
}

/// `"format": "uint64"` is known to no validator but ours.
struct NoFormats;

impl Transform for NoFormats {
    fn transform(&mut self, schema: &mut Schema) {
        if schema.get("format").is_some_and(Value::is_string) {
            schema.remove("format");
        }
        transform_subschemas(self, schema);
    }
}

/// The forms of the values.
pub(crate) mod forms {
    use std::borrow::Cow;

    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
    use serde_json::{Value, json};

    use crate::name::Kind as BindingKind;
    use crate::value::{Rules, Scalar};
    use crate::wire::schema::{EnumType, ListType};

    macro_rules! forms {
        ($($name:ident: $schema:expr;)*) => {$(
            /// Stands for the values of this form.
            pub(crate) struct $name;

            impl JsonSchema for $name {
                fn inline_schema() -> bool {
                    true
                }

                fn schema_name() -> Cow<'static, str> {
                    stringify!($name).into()
                }

                fn json_schema(_: &mut SchemaGenerator) -> Schema {
                    $schema
                }
            }
        )*};
    }

    forms! {
        Format: json_schema!({ "const": "bind-manifest" });
        Version: json_schema!({ "const": 1 });
        Text: json_schema!({ "type": "string" });
        AppName: json_schema!({ "type": "string", "pattern": "^[A-Za-z0-9_.-]{1,64}$" });
        Prefix: json_schema!({ "type": "string", "pattern": "^/(([A-Za-z0-9_.-]|\\{app\\}|\\{stage\\})+/)*$" });
        Kind: json_schema!({ "enum": [BindingKind::Secret.as_str(), BindingKind::Parameter.as_str()] });
        ScalarName: json_schema!({ "enum": Scalar::ALL.map(Scalar::as_str) });
        Words: json_schema!({ "type": "array", "items": word(), "minItems": 1, "uniqueItems": true });
        Required: json_schema!({ "anyOf": [
            { "type": "boolean" },
            {
                "type": "array",
                "items": { "type": "string", "pattern": "^[A-Za-z][A-Za-z0-9-]*$" },
                "minItems": 1,
                "uniqueItems": true,
            },
        ] });
        Length: json_schema!({ "type": "integer", "minimum": 0 });
        Limit: json_schema!({ "type": ["number", "string"] });
        Names: json_schema!({ "type": "array", "items": id(), "uniqueItems": true });
        BinaryName: json_schema!({ "type": "string", "pattern": "^[A-Za-z0-9_-]{1,128}$" });
        Fingerprint: json_schema!({ "type": "string", "pattern": "^[0-9a-f]{32}$" });
    }

    /// A quoted name, an enum or a list.
    pub(crate) struct Type;

    impl JsonSchema for Type {
        fn inline_schema() -> bool {
            true
        }

        fn schema_name() -> Cow<'static, str> {
            "Type".into()
        }

        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            let scalar = generator.subschema_for::<ScalarName>();
            let words = generator.subschema_for::<EnumType>();
            let list = generator.subschema_for::<ListType>();
            json_schema!({ "anyOf": [scalar, words, list] })
        }
    }

    /// The types that can have these parts of a shape.
    pub(crate) fn with(rules: Rules) -> Vec<&'static str> {
        Scalar::ALL.into_iter().filter(|scalar| scalar.rules() == rules).map(Scalar::as_str).collect()
    }

    fn word() -> Value {
        json!({ "type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_.-]*$" })
    }

    /// The id of a binding. `APP` and `STAGE` are taken.
    pub(crate) fn id() -> Value {
        json!({ "type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_-]{0,127}$", "not": { "enum": ["APP", "STAGE"] } })
    }

    /// The logical name of a function.
    pub(crate) fn function() -> Value {
        json!({ "type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$" })
    }
}
