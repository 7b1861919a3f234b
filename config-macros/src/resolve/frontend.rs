//! What a frontend takes at build: checked here, because nothing checks it later.

use bind_config_manifest::marker::{self, Meaning};
use bind_config_manifest::name::{self, Kind};
use proc_macro2::Span;

use crate::diagnostic;
use crate::model::{Bound, Config, Field};
use crate::rust_type::holds;
use crate::surroundings::Variable;

/// One mistake per variable that does not fit, and one for all that are absent: the build is not under `bind` then.
pub(crate) fn check(config: &Config, here: Span, variable: Variable) -> Vec<syn::Error> {
    let read = |name: &str| variable.and_then(|variable| variable(name));
    let text = |name: &str| read(name).and_then(|value| value.into_string().ok()).filter(|value| !value.is_empty());
    let mut mistakes = Vec::new();
    let mut absent = Vec::new();
    match text(name::ENV_APP) {
        None => absent.push(name::ENV_APP.to_owned()),
        Some(app) if app != config.app => mistakes.push(diagnostic::other_app(here, &config.app)),
        Some(_) => {}
    }
    let stage = text(name::ENV_STAGE);
    if stage.is_none() {
        absent.push(name::ENV_STAGE.to_owned());
    }
    for field in &config.fields {
        let Field::Bound(bound) = field else { continue };
        if bound.binding.kind == Kind::Secret {
            continue;
        }
        let name = name::env_var(bound.binding.kind, &bound.id);
        match read(&name).map(std::ffi::OsString::into_string) {
            None if bound.binding.required.in_stage(stage.as_deref().unwrap_or_default()) => absent.push(name),
            None => {}
            Some(Err(_)) => mistakes.push(diagnostic::unfit_value(here, &name, &"must be UTF-8")),
            Some(Ok(value)) => mistakes.extend(fits(bound, &value, &name, here).err()),
        }
    }
    if !absent.is_empty() {
        mistakes.insert(0, diagnostic::not_set(here, &absent));
    }
    mistakes
}

fn fits(bound: &Bound, value: &str, variable: &str, here: Span) -> Result<(), syn::Error> {
    let Meaning::Plain(text) = marker::read(value) else {
        return Err(diagnostic::not_plain(here, variable));
    };
    bound.binding.check(text).map_err(|misfit| diagnostic::unfit_value(here, variable, &misfit))?;
    holds(&bound.rust, text).map_err(|misfit| diagnostic::unfit_value(here, variable, &misfit))?;
    if !bound.built_in.is_none_or(|built_in| built_in.fits(text)) {
        return Err(diagnostic::unfit_value(here, variable, &"does not fit the type that the field has in the call"));
    }
    Ok(())
}
