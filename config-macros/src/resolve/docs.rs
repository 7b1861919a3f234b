//! The documentation of what is generated.

use std::fmt::Write as _;

use bind_config_manifest::name::{self, Kind};
use bind_config_manifest::value::Shape;
use bind_config_manifest::{Binding, Manifest, Required};

use crate::diagnostic::list;

/// The struct. Names the manifest as the call does: the code is the same in every checkout.
pub(crate) fn of_config(app: &str, function: Option<&str>, path: &str) -> String {
    let whose = match function {
        Some(function) => format!("The function `{function}` of the app `{app}`"),
        None => format!("The app `{app}`"),
    };
    format!("{whose}: what `{path}` binds.")
}

/// An enum.
pub(crate) fn of_enum(id: &str, binding: &Binding) -> String {
    format!("The words that the {} `{id}` can be.", binding.kind)
}

/// A field.
pub(crate) fn of_field(id: &str, binding: &Binding, manifest: &Manifest, functions: &[&str]) -> String {
    let kind = match binding.kind {
        Kind::Secret => "Secret",
        Kind::Parameter => "Parameter",
    };
    let mut text = match binding.docs.as_deref().map(prose).filter(|docs| !docs.is_empty()) {
        Some(docs) => format!("{docs}\n\n{kind}"),
        None => kind.to_owned(),
    };
    let _ = write!(text, " `{id}` of type `{}`", binding.ty);
    match &binding.required {
        Required::Always => {}
        Required::Never => text.push_str(", optional"),
        Required::In(stages) => {
            let _ = write!(text, ", required in {}", list(stages));
        }
    }
    shape(&mut text, &binding.shape);
    let prefix = name::expand_prefix(manifest.prefix_template(), &manifest.app, "{stage}");
    let _ = write!(text, ".\n\n- Environment: `{}`", name::env_var(binding.kind, id));
    let _ = write!(text, "\n- SSM: `{}`", name::path(&prefix, binding.kind, id));
    match binding.kind {
        Kind::Secret if binding.fallback => {
            let _ = write!(text, ", else `{}`", name::fallback_path(&manifest.app, id));
        }
        Kind::Secret => text.push_str(", without a fallback"),
        Kind::Parameter => text.push_str(", only where the environment says so"),
    }
    if !functions.is_empty() {
        let _ = write!(text, "\n- Functions: {}", list(functions));
    }
    text
}

fn shape(text: &mut String, shape: &Shape<String>) {
    let rules = [
        shape.starts_with.as_ref().map(|start| format!("starts with `{}`", prose(start))),
        shape.min_length.map(|least| format!("at least {least} characters")),
        shape.max_length.map(|most| format!("at most {most} characters")),
        shape.min.as_ref().map(|min| format!("at least {min}")),
        shape.max.as_ref().map(|max| format!("at most {max}")),
    ];
    for rule in rules.into_iter().flatten() {
        let _ = write!(text, ", {rule}");
    }
}

/// Markdown without code blocks: rustdoc would run them as tests of the caller's, and an unclosed one hides what follows.
fn prose(text: &str) -> String {
    // A block is fenced, or indented by four: by a tab, by spaces, inside of a list.
    let lines = text.trim().lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.collect::<Vec<_>>().join("\n").replace("```", r"\`\`\`").replace("~~~", r"\~\~\~")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_manifest_says_is_never_a_block_of_code() {
        assert_eq!(prose("  one `word`\n\n- two\n"), "one `word`\n\n- two");
        assert_eq!(prose("one\n\n    two\n\tthree\n>     four\n-     five"), "one\n\ntwo\nthree\n> four\n- five");
        assert_eq!(prose("```rust\nfn\n~~~~\n- ```"), "\\`\\`\\`rust\nfn\n\\~\\~\\~~\n- \\`\\`\\`");
    }

    #[test]
    fn a_field_says_what_it_is_and_where_its_value_comes_from() {
        let text = r#"{ "format": "bind-manifest", "version": 1, "app": "orders", "bindings": {
            "my-key": { "kind": "secret", "docs": "A key.", "shape": { "starts_with": "sk_", "max_length": 9 } },
            "DSN": { "kind": "secret", "required": ["prod", "qa"], "fallback": false },
            "MAX": { "kind": "parameter", "type": "u8", "required": false, "shape": { "min": 1, "max": 9 } } } }"#;
        let manifest = Manifest::parse(text.as_bytes()).unwrap();
        let docs = |id: &str, functions: &[&str]| of_field(id, &manifest.bindings[id], &manifest, functions);

        assert_eq!(
            docs("my-key", &["api", "worker"]),
            "A key.\n\nSecret `my-key` of type `string`, starts with `sk_`, at most 9 characters.\n\n\
             - Environment: `SST_Secret_value_my_key`\n\
             - SSM: `/sst/orders/{stage}/Secret/my_key/value`, else `/sst/orders/.fallback/Secret/my_key/value`\n\
             - Functions: `api`, `worker`"
        );
        assert_eq!(
            docs("DSN", &[]),
            "Secret `DSN` of type `string`, required in `prod`, `qa`.\n\n\
             - Environment: `SST_Secret_value_DSN`\n\
             - SSM: `/sst/orders/{stage}/Secret/DSN/value`, without a fallback"
        );
        assert_eq!(
            docs("MAX", &[]),
            "Parameter `MAX` of type `u8`, optional, at least 1, at most 9.\n\n\
             - Environment: `SST_Parameter_value_MAX`\n\
             - SSM: `/sst/orders/{stage}/Parameter/MAX/value`, only where the environment says so"
        );
    }
}
