//! What a frontend takes at build: checked here, because nothing checks it later.

use bind_config_manifest::marker::{self, Meaning};
use bind_config_manifest::name::{self, Kind};
use bind_config_manifest::{Required, ValueType};
use proc_macro2::Span;

use crate::diagnostic;
use crate::model::{Bound, Config, Field};
use crate::surroundings::Variable;

/// One mistake per variable that is absent or does not fit.
pub(crate) fn check(config: &Config, here: Span, variable: Variable) -> Vec<syn::Error> {
    let read = |name: &str| variable.and_then(|variable| variable(name));
    let text = |name: &str| read(name).and_then(|value| value.into_string().ok()).filter(|value| !value.is_empty());
    let mut mistakes = Vec::new();
    match text(name::ENV_APP) {
        None => mistakes.push(diagnostic::not_set(here, name::ENV_APP, "the app's name")),
        Some(app) if app != config.app => mistakes.push(diagnostic::other_app(here, &config.app)),
        Some(_) => {}
    }
    let stage = text(name::ENV_STAGE);
    if stage.is_none() {
        mistakes.push(diagnostic::not_set(here, name::ENV_STAGE, "the stage's name"));
    }
    for field in &config.fields {
        let Field::Bound(bound) = field else { continue };
        if bound.kind == Kind::Secret {
            continue;
        }
        let name = name::env_var(bound.kind, &bound.id);
        let result = match read(&name).map(std::ffi::OsString::into_string) {
            None if is_required(bound, stage.as_deref()) => {
                Err(diagnostic::not_set(here, &name, &diagnostic::noun(bound.kind, &bound.id)))
            }
            None => Ok(()),
            Some(Err(_)) => Err(diagnostic::unfit_value(here, &name, &"must be UTF-8")),
            Some(Ok(value)) => fits(bound, &value, &name, here),
        };
        mistakes.extend(result.err());
    }
    mistakes
}

fn is_required(bound: &Bound, stage: Option<&str>) -> bool {
    match &bound.required {
        Required::Always => true,
        Required::Never => false,
        Required::In(stages) => stage.is_some_and(|stage| stages.contains(stage)),
    }
}

fn fits(bound: &Bound, value: &str, variable: &str, here: Span) -> Result<(), syn::Error> {
    let Meaning::Plain(text) = marker::read(value) else {
        return Err(diagnostic::not_plain(here, variable));
    };
    let shape = || match bound.ty {
        ValueType::Scalar(scalar) => bound.shape.check(scalar, text),
        ValueType::Enum(_) | ValueType::List(_) => Ok(()),
    };
    bound.ty.check(text).and_then(|()| shape()).map_err(|misfit| diagnostic::unfit_value(here, variable, &misfit))
}
