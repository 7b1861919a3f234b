//! The messages of the macro, and where they point. None holds a value.

use std::fmt::{Display, Write as _};
use std::path::Path;

use bind_config_manifest::name;
use bind_config_manifest::{Mistake, ValueType, nearest};
use proc_macro2::{Ident, Span};
use quote::ToTokens;
use syn::{Attribute, Error, LitStr, TypeInfer};

use crate::input::{Named, OPTIONS};
use crate::manifest_file;

// The manifest.

pub(crate) fn rejected(path: &LitStr, mistake: &Mistake, file: &str) -> Error {
    Error::new(path.span(), mistake.render(file))
}

pub(crate) fn missing(path: &LitStr, places: &[String], near: Option<&Path>, instead: bool) -> Error {
    let asked = manifest_file::asked_by(instead);
    let mut text = format!("there is no manifest where {asked} says; looked for");
    for place in places {
        let _ = write!(text, "\n  - {place}");
    }
    match near {
        Some(near) => {
            let _ = write!(text, "\nwrite \"{}\" for the one that is there", near.display());
        }
        None => text.push_str("\nrun `bind-config synth` to write it"),
    }
    if !instead {
        text.push_str("; paths start at the package's Cargo.toml");
    }
    Error::new(path.span(), text)
}

pub(crate) fn unreadable(path: &LitStr, file: &str, reason: &str) -> Error {
    Error::new(path.span(), format!("the manifest `{file}` cannot be read: {reason}"))
}

// The call.

pub(crate) fn no_path(end: Span) -> Error {
    Error::new(end, format!("expected the path of the manifest: {EXAMPLE}"))
}

pub(crate) fn empty_path(path: &LitStr) -> Error {
    Error::new(path.span(), format!("the path of the manifest is empty: {EXAMPLE}"))
}

pub(crate) fn second_path(path: &LitStr) -> Error {
    Error::new(path.span(), "there is one manifest: to rename a field, write `\"my-key\" => MY_KEY`")
}

pub(crate) fn no_comma(span: Span) -> Error {
    Error::new(span, "expected `,`")
}

pub(crate) fn no_clause(span: Span, behind_path: bool) -> Error {
    Error::new(span, format!("expected {}", expected(behind_path)))
}

fn expected(behind_path: bool) -> &'static str {
    if behind_path {
        "an option (`function = \"…\"`, `functions = […]`, `target = frontend`, `strict`), a type (`FIELD: Type`) or a rename (`\"id\" => FIELD`)"
    } else {
        "the path of the manifest in quotes; before it there may be `struct NAME` and `static NAME`"
    }
}

pub(crate) fn cfg(attribute: &Attribute) -> Error {
    Error::new_spanned(
        attribute,
        "`#[cfg]` on the struct alone would leave the rest behind: write it above `bind_config!`",
    )
}

pub(crate) fn late_attribute(span: Span) -> Error {
    Error::new(span, "attributes and doc comments go on the struct: write them first")
}

pub(crate) fn no_declaration(span: Span) -> Error {
    Error::new(span, "expected `struct NAME` or `static NAME` behind the visibility")
}

pub(crate) fn late_declaration(span: Span, what: &str) -> Error {
    Error::new(span, format!("`{what} NAME` goes before the path of the manifest"))
}

pub(crate) fn struct_first(span: Span) -> Error {
    Error::new(span, "`struct NAME` goes before `static NAME`")
}

pub(crate) fn declared_twice(span: Span, what: &str) -> Error {
    Error::new(span, format!("`{what}` is there twice: a call has one"))
}

pub(crate) fn no_name(span: Span, what: &str) -> Error {
    Error::new(span, format!("expected the name of the {what}"))
}

pub(crate) fn name_only(span: Span, what: &str) -> Error {
    let filled = if what == "struct" { "its fields come from the manifest" } else { "its type is generated" };
    Error::new(span, format!("expected `,` behind the name of the {what}: {filled}"))
}

pub(crate) fn path_first(option: &Ident) -> Error {
    Error::new(option.span(), format!("`{option}` goes behind the path of the manifest: {EXAMPLE}"))
}

pub(crate) fn unknown_option(word: &Ident, has_value: bool, behind_path: bool) -> Error {
    let text = word.to_string();
    let near = did_you_mean(&text, OPTIONS);
    if !behind_path && near.is_empty() {
        return Error::new(word.span(), format!("expected {}", expected(false)));
    }
    if !has_value && near.is_empty() {
        return Error::new(word.span(), format!("expected the type of the field: `{word}: Type`"));
    }
    Error::new(word.span(), format!("there is no option `{word}`{near}; the options are {}", list(OPTIONS)))
}

pub(crate) fn option_twice(option: &Ident) -> Error {
    Error::new(option.span(), format!("`{option}` is there twice"))
}

pub(crate) fn function_and_functions(option: &Ident) -> Error {
    Error::new(option.span(), "`function` and `functions` exclude each other: name all functions in `functions = […]`")
}

pub(crate) fn colon_for_equals(option: &Ident) -> Error {
    Error::new(option.span(), format!("`{option}` is an option: write `{option} =`; behind a colon there is a type"))
}

pub(crate) fn strict_alone(option: &Ident) -> Error {
    Error::new(option.span(), "`strict` has no value: write it, or leave it out")
}

pub(crate) fn no_target(span: Span) -> Error {
    Error::new(
        span,
        "expected `target = frontend`; a program that loads its configuration at start leaves `target` out",
    )
}

pub(crate) fn no_function(span: Span) -> Error {
    Error::new(span, "expected a function's name in quotes, `function = \"api\"`, or all of them, `function = *`")
}

pub(crate) fn no_functions(span: Span) -> Error {
    Error::new(span, "expected the functions that share this code: `functions = [\"api\", \"worker\"]`")
}

pub(crate) fn function_twice(name: &LitStr) -> Error {
    Error::new(name.span(), format!("`{}` is there twice", name.value()))
}

pub(crate) fn no_field(span: Span) -> Error {
    Error::new(span, "expected the name of the field: `\"my-key\" => MY_KEY`")
}

pub(crate) fn no_type(span: Span, field: &Ident) -> Error {
    Error::new(span, format!("expected a type: `{field}: u32`, or `{field}: json(my::Type)`"))
}

pub(crate) fn no_json_type(span: Span, field: &Ident) -> Error {
    Error::new(span, format!("expected one type: `{field}: json(my::Type)`"))
}

pub(crate) fn inferred(infer: &TypeInfer, field: &Ident) -> Error {
    Error::new_spanned(
        infer,
        format!("the type of a field cannot be inferred: leave out `{field}: _` to have the manifest's"),
    )
}

pub(crate) fn reference(span: Span, field: &Ident) -> Error {
    Error::new(span, format!("a field owns its value: write `{field}: String`, not a reference"))
}

const EXAMPLE: &str = "`bind_config!(\"bindings.json\", function = \"api\")`";

// Functions.

pub(crate) fn unknown_function<'a>(name: &LitStr, functions: impl Iterator<Item = &'a str> + Clone) -> Error {
    let value = name.value();
    let near = did_you_mean(&value, functions.clone());
    let mut functions = functions.peekable();
    let known =
        if functions.peek().is_none() { "it has none".to_owned() } else { format!("it has {}", list(functions)) };
    Error::new(name.span(), format!("the manifest has no function `{value}`{near}; {known}"))
}

pub(crate) fn function_without_functions(name: &LitStr) -> Error {
    let text = "the manifest lists no functions, so every binding is visible everywhere: leave this out, or add `functions` to the manifest";
    Error::new(name.span(), text)
}

/// `functions` are names and, where the manifest says one, the binary of each.
pub(crate) fn no_function_chosen(here: Span, krate: Option<&str>, functions: &[(&str, Option<&str>)]) -> Error {
    let mut text = match krate {
        Some(krate) => format!("which function is this? None has this crate's name, `{krate}`; the manifest"),
        None => "which function is this? The manifest".to_owned(),
    };
    let shown = |(name, bin): &(&str, Option<&str>)| match bin {
        Some(bin) => format!("`{name}` (`bin` is `{bin}`)"),
        None => format!("`{name}`"),
    };
    match functions.first() {
        Some((first, _)) => {
            let functions: Vec<String> = functions.iter().map(shown).collect();
            let _ = write!(text, " has {}\nwrite `function = \"{first}\"`", functions.join(", "));
            text.push_str(
                ", `functions = [\"…\", \"…\"]` for what they have in common, or `function = *` for everything",
            );
        }
        None => text.push_str(" has no functions\nadd them to the manifest, or write `function = *`"),
    }
    Error::new(here, text)
}

pub(crate) fn several_functions(here: Span, krate: &str, functions: &[&str]) -> Error {
    let first = functions.first().copied().unwrap_or_default();
    let text = format!(
        "which function is this? {} have this crate, `{krate}`, as their binary\nwrite `function = \"{first}\"`",
        list(functions)
    );
    Error::new(here, text)
}

// Fields.

pub(crate) fn unbound<'a>(named: &Named, text: &str, bound: impl Iterator<Item = &'a str> + Clone) -> Error {
    let near = did_you_mean(text, bound.clone());
    let known: Vec<&str> = bound.take(MANY + 1).collect();
    let known = match known.len() {
        0 => "nothing is bound".to_owned(),
        n if n > MANY => format!("bound are {} and more", list(&known[..MANY])),
        _ => format!("bound are {}", list(known)),
    };
    Error::new(named.span(), format!("`{text}` is not bound{near}; {known}"))
}

pub(crate) fn bound_elsewhere(named: &Named, text: &str, functions: &[&str]) -> Error {
    let whose = match functions {
        [] => "no function has it".to_owned(),
        [one] => format!("only `{one}` has it"),
        _ => format!("{} have it", list(functions)),
    };
    Error::new(named.span(), format!("`{text}` is not bound to this function: {whose}"))
}

pub(crate) fn overridden_twice(named: &Named, id: &str) -> Error {
    Error::new(named.span(), format!("`{id}` is there twice: a binding has one field"))
}

pub(crate) fn impossible_field(span: Span, id: &str) -> Error {
    Error::new(span, format!("`{id}` cannot be the name of a field, not even raw: write `\"{id}\" => another_name`"))
}

pub(crate) fn impossible_rename(field: &Ident) -> Error {
    Error::new(field.span(), format!("`{field}` cannot be the name of a field, not even raw: choose another"))
}

pub(crate) fn taken_field(field: &Ident) -> Error {
    Error::new(field.span(), format!("`{field}` is a field of every configuration: choose another name"))
}

pub(crate) fn same_field(span: Span, field: &str, first: &str, second: &str) -> Error {
    Error::new(span, format!("`{first}` and `{second}` would both be the field `{field}`: choose another name"))
}

pub(crate) fn same_enum(here: Span, name: &str, id: &str, first: Option<&str>) -> Error {
    let other = match first {
        Some(first) => format!("that of `{first}`"),
        None => "the struct itself".to_owned(),
    };
    let text = format!(
        "the enum of `{id}` would be `{name}`, as is {other}: write a type for the field, `{}: String`",
        name::fold(id)
    );
    Error::new(here, text)
}

// Types.

pub(crate) fn feature_for_type(here: Span, id: &str, ty: &ValueType, feature: &str) -> Error {
    let field = name::fold(id);
    let text = format!(
        "`{id}` is of type `{ty}`, which needs the feature `{feature}` of `bind-config`: add it, or write `{field}: String` or a type of yours"
    );
    Error::new(here, text)
}

pub(crate) fn feature_for_json(word: &Ident) -> Error {
    Error::new(
        word.span(),
        "`json(…)` needs the feature `json` of `bind-config`: add it, or implement `std::str::FromStr` for the type",
    )
}

pub(crate) fn text_parameter(ty: &impl ToTokens, id: &str) -> Error {
    Error::new_spanned(ty, format!("`str` is for secrets, and `{id}` is a parameter: write `String`"))
}

pub(crate) fn wrapped(ty: &impl ToTokens, wrapper: &str) -> Error {
    let added =
        if wrapper == "Option" { "`Option` is added where the binding is optional" } else { "every secret gets one" };
    Error::new_spanned(ty, format!("write the type inside of `{wrapper}`: {added}"))
}

pub(crate) fn unfit_type(ty: &impl ToTokens, id: &str, manifest: &ValueType, fit: &[String]) -> Error {
    let fit = list(fit);
    let text = format!(
        "`{id}` is of type `{manifest}` in the manifest, which this type cannot read\n{fit} can, and types of your own"
    );
    Error::new_spanned(ty, text)
}

pub(crate) fn unfit_example(ty: &impl ToTokens, id: &str, key: &str) -> Error {
    Error::new_spanned(ty, format!("the `{key}` of `{id}` in the manifest does not fit this type"))
}

pub(crate) fn frontend_secret_type(named: &Named) -> Error {
    Error::new(named.span(), "a secret holds nothing in a frontend: it has no type")
}

// Frontends.

pub(crate) fn not_set(here: Span, variables: &[String]) -> Error {
    let variables = list(variables);
    let text =
        format!("a frontend takes its values at build, and the build's environment lacks {variables}\n{UNDER_BIND}");
    Error::new(here, text)
}

pub(crate) fn other_app(here: Span, app: &str) -> Error {
    let text = format!("`{}` is another app than `{app}`, the manifest's\n{UNDER_BIND}", name::ENV_APP);
    Error::new(here, text)
}

pub(crate) fn not_plain(here: Span, variable: &str) -> Error {
    let text = format!("`{variable}` holds a placeholder, not the value: nothing is fetched at build\n{UNDER_BIND}");
    Error::new(here, text)
}

pub(crate) fn unfit_value(here: Span, variable: &str, rule: &dyn Display) -> Error {
    let text = format!("the value of `{variable}` {rule}\nset it, and {UNDER_BIND}");
    Error::new(here, text)
}

const UNDER_BIND: &str = "build under `bind-config bind -- cargo build`";

// Wording.

/// `` `a`, `b` ``
pub(crate) fn list(words: impl IntoIterator<Item = impl Display>) -> String {
    let mut text = String::new();
    for word in words {
        let _ = write!(text, "{}`{word}`", if text.is_empty() { "" } else { ", " });
    }
    text
}

/// `` (did you mean `X`?)``, or nothing.
fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, candidates).map_or_else(String::new, |near| format!(" (did you mean `{near}`?)"))
}

/// So many names fit into a message.
const MANY: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_suggested() {
        assert_eq!(did_you_mean("STIRPE_KEY", ["VERSION", "STRIPE_KEY"]), " (did you mean `STRIPE_KEY`?)");
        assert_eq!(did_you_mean("db_password", ["db-password"]), " (did you mean `db-password`?)");
        assert_eq!(did_you_mean("XYZ", ["STRIPE_KEY"]), "");
    }

    fn literal(text: &str) -> LitStr {
        LitStr::new(text, Span::call_site())
    }

    #[test]
    fn where_there_is_nothing_to_list_the_text_says_so() {
        let id = || Named::Id(literal("KEY"));
        assert_eq!(
            unknown_function(&literal("api"), std::iter::empty()).to_string(),
            "the manifest has no function `api`; it has none"
        );
        assert_eq!(
            no_function_chosen(Span::call_site(), None, &[]).to_string(),
            "which function is this? The manifest has no functions\nadd them to the manifest, or write `function = *`"
        );
        let functions = [("api", Some("order-api")), ("worker", None)];
        assert_eq!(
            no_function_chosen(Span::call_site(), Some("orders_api"), &functions).to_string().lines().next(),
            Some(
                "which function is this? None has this crate's name, `orders_api`; the manifest has `api` (`bin` is `order-api`), `worker`"
            )
        );
        assert_eq!(unbound(&id(), "KEY", std::iter::empty()).to_string(), "`KEY` is not bound; nothing is bound");
        assert_eq!(
            bound_elsewhere(&id(), "KEY", &[]).to_string(),
            "`KEY` is not bound to this function: no function has it"
        );
        assert_eq!(
            bound_elsewhere(&id(), "KEY", &["a", "b"]).to_string(),
            "`KEY` is not bound to this function: `a`, `b` have it"
        );
    }

    #[test]
    fn twenty_names_are_listed_and_more_are_mentioned() {
        let names: Vec<String> = (0..21).map(|at| format!("N{at}")).collect();
        let text = |count: usize| {
            unbound(&Named::Id(literal("KEY")), "KEY", names[..count].iter().map(String::as_str)).to_string()
        };
        assert!(text(20).ends_with("`N18`, `N19`"), "{}", text(20));
        assert!(text(21).ends_with("`N19` and more"), "{}", text(21));
    }
}
