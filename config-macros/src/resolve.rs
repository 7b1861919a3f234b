//! From the call and the manifest to the model: every refusal that is not one of the grammar is here.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use bind_config_manifest::name::{self, Kind};
use bind_config_manifest::value::{Form, Scalar};
use bind_config_manifest::{Binding, Manifest, Reading, ValueType};
use proc_macro2::{Ident, Span};
use quote::{ToTokens as _, quote};
use syn::ext::IdentExt as _;
use syn::{LitStr, Visibility};

use crate::diagnostic;
use crate::example;
use crate::field_name::{FieldName, NameError, enum_name};
use crate::input::{Functions, Input, Named, Override, OverrideType};
use crate::manifest_file::{self, ManifestFile};
use crate::model::{Body, Bound, Config, EnumType, Field, Item, Model, RustType, Target, Via};
use crate::rust_type::{self, BuiltIn};
use crate::surroundings::Surroundings;

mod docs;
mod frontend;

/// Reads the manifest of a call and applies what the call says. What has a mistake is left out or broken, and reported once.
pub(crate) fn resolve(input: Input, surroundings: &Surroundings, mistakes: &mut Vec<syn::Error>) -> Model {
    let here = input.here();
    let (config, holder) = items(&input, here);
    let (tracked, body) = match input.path.as_ref().filter(|path| !path.value().is_empty()) {
        None => (None, Body::Unknown),
        Some(path) => match manifest_file::read(path, surroundings) {
            Ok(file) => {
                let body = body(&input, path, &file, &config.name, surroundings, mistakes);
                (file.tracked, body)
            }
            Err(err) => {
                mistakes.push(err);
                (None, Body::Unknown)
            }
        },
    };
    Model { krate: input.krate, here, attributes: input.attributes, config, holder, tracked, body }
}

/// The struct and the static: what is not said of one is as for the other.
fn items(input: &Input, here: Span) -> (Item, Item) {
    let said = input.config.as_ref().or(input.holder.as_ref()).map(|declaration| &declaration.vis);
    let vis: Visibility = said.cloned().unwrap_or_else(|| syn::parse_quote_spanned!(here=> pub(crate)));
    let item = |declaration: &Option<crate::input::Declaration>, name: &str| match declaration {
        Some(declaration) => Item { vis: declaration.vis.clone(), name: declaration.name.clone() },
        None => Item { vis: vis.clone(), name: Ident::new(name, here) },
    };
    (item(&input.config, "Config"), item(&input.holder, "CONFIG"))
}

fn body(
    input: &Input,
    path: &LitStr,
    file: &ManifestFile,
    config: &Ident,
    surroundings: &Surroundings,
    mistakes: &mut Vec<syn::Error>,
) -> Body {
    let reading = Manifest::read(&file.bytes);
    mistakes.extend(reading.mistakes.iter().map(|mistake| diagnostic::rejected(path, mistake, &file.shown)));
    if !reading.mistakes.is_empty() && reading.manifest.bindings.is_empty() && reading.broken.is_empty() {
        return Body::Unknown;
    }
    let chosen = match choose(input, &reading.manifest, surroundings) {
        Ok(chosen) => chosen,
        Err(err) => {
            // A manifest with mistakes may be missing the very function.
            if reading.mistakes.is_empty() {
                mistakes.push(err);
            }
            Chosen { function: None, ids: None }
        }
    };
    let mut resolver = Resolver {
        path,
        bytes: &file.bytes,
        shown: &file.shown,
        target: if input.frontend { Target::Frontend } else { Target::Backend },
        here: path.span(),
        config: config.to_string(),
        functions: reading.manifest.functions_by_binding(),
        reading: &reading,
        fields: Vec::new(),
        enums: Vec::new(),
        types: HashMap::from([(config.to_string(), None)]),
        mistakes,
    };
    resolver.fields(&chosen, &input.overrides);
    let (fields, enums) = (resolver.fields, resolver.enums);
    let config = Config {
        fingerprint: fingerprint(&reading.manifest, chosen.function),
        app: reading.manifest.app.clone(),
        function: chosen.function.map(str::to_owned),
        ssm_prefix: reading.manifest.ssm_prefix.clone(),
        strict: input.strict,
        without_fallback: without_fallback(&reading.manifest),
        docs: docs::of_config(&reading.manifest.app, chosen.function, &path.value()),
        target: if input.frontend { Target::Frontend } else { Target::Backend },
        fields,
        enums,
    };
    // Somebody who did not mean a frontend yet is not asked for its values.
    if input.frontend && mistakes.is_empty() {
        mistakes.extend(frontend::check(&config, path.span(), surroundings.variable));
    }
    Body::Known(Box::new(config))
}

/// The functions whose bindings become fields.
struct Chosen<'a> {
    /// The one function, where it is one.
    function: Option<&'a str>,
    /// `None`: every binding.
    ids: Option<BTreeSet<&'a str>>,
}

fn choose<'a>(input: &Input, manifest: &'a Manifest, surroundings: &Surroundings) -> Result<Chosen<'a>, syn::Error> {
    let all = Chosen { function: None, ids: None };
    let names = match &input.functions {
        Functions::All | Functions::Unreadable => return Ok(all),
        Functions::Common(names) => names,
        Functions::OfCrate => return of_crate(input.here(), manifest, surroundings.crate_name.as_deref()),
    };
    let Some(functions) = &manifest.functions else {
        return Err(diagnostic::function_without_functions(&names[0]));
    };
    let mut common: Option<BTreeSet<&str>> = None;
    let mut function = None;
    for name in names {
        let Some((known, entry)) = functions.get_key_value(&name.value()) else {
            return Err(diagnostic::unknown_function(name, functions.keys().map(String::as_str)));
        };
        function = Some(known.as_str());
        let bind = entry.bind.iter().map(String::as_str);
        common = Some(match common {
            None => bind.collect(),
            Some(common) => bind.filter(|id| common.contains(id)).collect(),
        });
    }
    Ok(Chosen { function: function.filter(|_| names.len() == 1), ids: common })
}

/// Nothing was said: the function whose binary this crate is.
fn of_crate<'a>(here: Span, manifest: &'a Manifest, krate: Option<&str>) -> Result<Chosen<'a>, syn::Error> {
    let Some(functions) = &manifest.functions else {
        return Ok(Chosen { function: None, ids: None });
    };
    match manifest.functions_of_crate(krate.unwrap_or_default())[..] {
        [name] => {
            let ids = functions[name].bind.iter().map(String::as_str).collect();
            Ok(Chosen { function: Some(name), ids: Some(ids) })
        }
        [] => {
            let functions = functions.iter().map(|(name, function)| (name.as_str(), function.bin.as_deref()));
            Err(diagnostic::no_function_chosen(here, krate, &functions.collect::<Vec<_>>()))
        }
        ref several => Err(diagnostic::several_functions(here, krate.unwrap_or_default(), several)),
    }
}

/// A reference may name any secret of the app, and the runtime must not take that from a fallback which it does not have.
fn without_fallback(manifest: &Manifest) -> Vec<String> {
    let secrets = manifest.bindings.iter().filter(|(_, binding)| binding.kind == Kind::Secret && !binding.fallback);
    secrets.map(|(id, _)| name::fold(id).into_owned()).collect()
}

/// What `BIND_FINGERPRINT` must say: where several functions are meant, nothing is compared.
fn fingerprint(manifest: &Manifest, function: Option<&str>) -> Option<String> {
    match (function, &manifest.functions) {
        (Some(function), _) => manifest.function_fingerprint(function),
        (None, None) => Some(manifest.fingerprint()),
        (None, Some(_)) => None,
    }
}

/// Makes fields of bindings.
struct Resolver<'a> {
    path: &'a LitStr,
    /// The manifest's text, and how messages name the file.
    bytes: &'a [u8],
    shown: &'a str,
    target: Target,
    here: Span,
    /// The name of the struct.
    config: String,
    /// For docs and messages.
    functions: BTreeMap<&'a str, Vec<&'a str>>,
    reading: &'a Reading,
    fields: Vec<Field>,
    enums: Vec<EnumType>,
    /// The names of the struct and the enums, with the binding whose enum it is.
    types: HashMap<String, Option<String>>,
    mistakes: &'a mut Vec<syn::Error>,
}

impl<'a> Resolver<'a> {
    fn fields(&mut self, chosen: &Chosen<'a>, overrides: &'a [Override]) {
        let overrides = self.overrides(chosen, overrides);
        let ids = self.reading.manifest.bindings.keys().chain(&self.reading.broken).map(String::as_str);
        // A manifest with mistakes may not say rightly what a function has: whatever is used is not reported once more.
        let all = !self.reading.mistakes.is_empty();
        let mut ids: Vec<&str> = ids.filter(|id| all || chosen.has(id)).collect();
        ids.sort_by(|a, b| name::fold(a).cmp(&name::fold(b)));
        let mut taken: HashMap<String, &str> = HashMap::with_capacity(ids.len());
        for id in ids {
            let said = overrides.get(id).copied();
            let Some(field) = self.field_name(id, said) else { continue };
            if let Some(first) = taken.insert(field.as_str().to_owned(), id) {
                self.same_field(&field, first, id, &overrides);
                continue;
            }
            let field = match self.reading.manifest.bindings.get(id) {
                Some(binding) if chosen.has(id) => self.bound(id, binding, said, field),
                _ => Field::Broken(field),
            };
            self.fields.push(field);
        }
        self.fields.sort_by(|a, b| a.name().cmp(b.name()));
    }

    /// What the call says about each id.
    fn overrides(&mut self, chosen: &Chosen<'a>, overrides: &'a [Override]) -> BTreeMap<&'a str, &'a Override> {
        if overrides.is_empty() {
            return BTreeMap::new();
        }
        let ids = || self.reading.manifest.bindings.keys().chain(&self.reading.broken).map(String::as_str);
        let by_name: HashMap<Cow<'a, str>, &'a str> = ids().map(|id| (name::fold(id), id)).collect();
        let mut said = BTreeMap::new();
        let mut mistakes = Vec::new();
        for one in overrides {
            let (text, id) = match &one.binding {
                Named::Id(id) => {
                    let text = id.value();
                    let known = by_name.get(&name::fold(&text)).copied().filter(|known| *known == text);
                    (text, known)
                }
                Named::Field(field) => {
                    let text = field.unraw().to_string();
                    let known = by_name.get(text.as_str()).copied();
                    (text, known)
                }
            };
            let Some(id) = id else {
                let by_field = matches!(one.binding, Named::Field(_));
                let names: Vec<Cow<'_, str>> = ids()
                    .filter(|id| chosen.has(id))
                    .map(|id| if by_field { name::fold(id) } else { Cow::Borrowed(id) })
                    .collect();
                mistakes.push(diagnostic::unbound(&one.binding, &text, names.iter().map(|name| &**name)));
                continue;
            };
            if !chosen.has(id) {
                if !self.reading.mistakes.is_empty() {
                    continue;
                }
                let functions = self.functions.get(id).map_or(&[][..], Vec::as_slice);
                mistakes.push(diagnostic::bound_elsewhere(&one.binding, &text, functions));
            } else if said.contains_key(id) {
                mistakes.push(diagnostic::overridden_twice(&one.binding, id));
            } else {
                said.insert(id, one);
            }
        }
        self.mistakes.append(&mut mistakes);
        said
    }

    fn field_name(&mut self, id: &str, said: Option<&Override>) -> Option<FieldName> {
        let renamed = said.and_then(|said| said.field.as_ref());
        let text = renamed.map_or_else(|| name::fold(id).into_owned(), |field| field.unraw().to_string());
        let err = match FieldName::new(&text) {
            Ok(field) => return Some(field),
            Err(err) => err,
        };
        self.mistakes.push(match (renamed, err) {
            (Some(field), NameError::Taken) => diagnostic::taken_field(field),
            (Some(field), NameError::Impossible) => diagnostic::impossible_rename(field),
            (None, _) => diagnostic::impossible_field(self.here, id),
        });
        None
    }

    fn same_field(&mut self, field: &FieldName, first: &str, second: &str, overrides: &BTreeMap<&str, &Override>) {
        let renamed = |id: &str| overrides.get(id).and_then(|said| said.field.as_ref()).map(Ident::span);
        match renamed(second).or_else(|| renamed(first)) {
            Some(span) => self.mistakes.push(diagnostic::same_field(span, field.as_str(), first, second)),
            // Two ids that fold into one name are a mistake of the manifest, which said so.
            None if !self.reading.mistakes.is_empty() => {}
            None => self.mistakes.push(diagnostic::same_field(self.here, field.as_str(), first, second)),
        }
    }

    fn bound(&mut self, id: &str, binding: &Binding, said: Option<&Override>, field: FieldName) -> Field {
        let said = said.and_then(|said| Some((&said.binding, said.ty.as_ref()?)));
        let typed = match said {
            _ if self.target == Target::Frontend && binding.kind == Kind::Secret => {
                self.mistakes.extend(said.map(|(named, _)| diagnostic::frontend_secret_type(named)));
                Ok((RustType::Text, None))
            }
            Some((_, ty)) => own_type(id, binding, ty),
            None => self.manifest_type(id, binding).map(|rust| (rust, None)),
        };
        let (rust, built_in) = match typed {
            Ok(typed) => typed,
            Err(err) => {
                self.mistakes.push(err);
                return Field::Broken(field);
            }
        };
        let given = [("example", &binding.example), ("default", &binding.default)];
        for (key, text) in given {
            let Some(Err(misfit)) = text.as_ref().map(|text| rust_type::holds(&rust, text)) else { continue };
            let mistake = Manifest::mistake_in(self.bytes, id, key, &misfit.to_string());
            self.mistakes.extend(mistake.map(|mistake| diagnostic::rejected(self.path, &mistake, self.shown)));
        }
        let functions = self.functions.get(id).map_or(&[][..], Vec::as_slice);
        Field::Bound(Box::new(Bound {
            docs: docs::of_field(id, binding, &self.reading.manifest, functions),
            example: example_of(binding, &rust, built_in),
            id: id.to_owned(),
            name: name::fold(id).into_owned(),
            field,
            binding: binding.clone(),
            rust,
            built_in,
        }))
    }

    fn manifest_type(&mut self, id: &str, binding: &Binding) -> Result<RustType, syn::Error> {
        if let ValueType::Scalar(scalar) | ValueType::List(scalar) = binding.ty {
            let needed = match scalar.form() {
                Form::Url => Some(("url", cfg!(feature = "url"))),
                Form::Json => Some(("json", cfg!(feature = "json"))),
                Form::Text | Form::Bool | Form::Integer { .. } | Form::Float | Form::Duration => None,
            };
            if let Some((feature, false)) = needed {
                return Err(diagnostic::feature_for_type(self.here, id, &binding.ty, feature));
            }
        }
        match &binding.ty {
            ValueType::Scalar(Scalar::String) if binding.kind == Kind::Secret => Ok(RustType::Text),
            ValueType::Scalar(scalar) => Ok(RustType::Scalar(*scalar)),
            ValueType::List(scalar) => Ok(RustType::List(*scalar)),
            ValueType::Enum(words) => {
                let name = enum_name(&self.config, id);
                if let Some(first) = self.types.get(&name) {
                    return Err(diagnostic::same_enum(self.here, &name, id, first.as_deref()));
                }
                self.types.insert(name.clone(), Some(id.to_owned()));
                let name = Ident::new(&name, self.here);
                self.enums.push(EnumType {
                    name: name.clone(),
                    docs: docs::of_enum(id, binding),
                    words: words.clone(),
                });
                Ok(RustType::Enum(name))
            }
        }
    }
}

impl Chosen<'_> {
    fn has(&self, id: &str) -> bool {
        self.ids.as_ref().is_none_or(|ids| ids.contains(id))
    }
}

/// The type of an override, and what it is where it is built in.
fn own_type(id: &str, binding: &Binding, ty: &OverrideType) -> Result<(RustType, Option<BuiltIn>), syn::Error> {
    let ty = match ty {
        OverrideType::Json(word, _) if !cfg!(feature = "json") => return Err(diagnostic::feature_for_json(word)),
        OverrideType::Json(_, ty) => return Ok((RustType::Own(quote!(#ty), Via::Json), None)),
        OverrideType::Plain(ty) => ty,
    };
    if let Some(wrapper) = rust_type::wrapper(ty) {
        return Err(diagnostic::wrapped(ty, wrapper));
    }
    let Some(built_in) = BuiltIn::of(ty) else {
        return Ok((RustType::Own(ty.to_token_stream(), Via::User), None));
    };
    if built_in == BuiltIn::Text && binding.kind == Kind::Parameter {
        return Err(diagnostic::text_parameter(ty, id));
    }
    if !built_in.reads(&binding.ty) {
        return Err(diagnostic::unfit_type(ty, id, &binding.ty, &rust_type::that_read(&binding.ty)));
    }
    let given = [("example", &binding.example), ("default", &binding.default)];
    if let Some((key, _)) = given.iter().find(|(_, text)| text.as_ref().is_some_and(|text| !built_in.fits(text))) {
        return Err(diagnostic::unfit_example(ty, id, key));
    }
    let rust = if built_in == BuiltIn::Text { RustType::Text } else { RustType::Own(ty.to_token_stream(), Via::Text) };
    Ok((rust, Some(built_in)))
}

/// What the manifest gives; else a placeholder where the field must have something, and its type is known.
fn example_of(binding: &Binding, rust: &RustType, built_in: Option<BuiltIn>) -> Option<String> {
    let given = binding.example.as_ref().or(binding.default.as_ref());
    if given.is_some() || binding.is_optional() {
        return given.cloned();
    }
    match rust {
        RustType::Own(_, Via::User | Via::Json) => None,
        _ => example::placeholder(binding, |text| built_in.is_none_or(|built_in| built_in.fits(text))),
    }
}

#[cfg(test)]
mod tests {
    use bind_config_manifest::ValueType;

    use super::*;

    #[test]
    fn what_is_said_of_an_app_is_folded_and_not_that_of_one_function() {
        let text = r#"{ "format": "bind-manifest", "version": 1, "app": "orders", "functions": { "api": { "bind": ["db-password"] } },
            "bindings": { "db-password": { "kind": "secret", "fallback": false }, "KEY": { "kind": "secret" } } }"#;
        let mut manifest = Manifest::parse(text.as_bytes()).unwrap();

        assert_eq!(without_fallback(&manifest), ["db_password"]);
        assert_eq!(fingerprint(&manifest, Some("api")), manifest.function_fingerprint("api"));
        assert_eq!(fingerprint(&manifest, None), None);
        manifest.functions = None;
        assert_eq!(fingerprint(&manifest, None), Some(manifest.fingerprint()));
    }

    #[test]
    fn an_example_comes_before_a_default_and_both_before_a_placeholder() {
        let mut binding = Binding::new(Kind::Parameter);
        binding.ty = ValueType::Scalar(Scalar::String);
        let example = |binding: &Binding| example_of(binding, &RustType::Scalar(Scalar::String), None).unwrap();
        assert_eq!(example(&binding), "example");
        binding.default = Some("of the manifest".to_owned());
        assert_eq!(example(&binding), "of the manifest");
        binding.example = Some("for tests".to_owned());
        assert_eq!(example(&binding), "for tests");
    }
}
