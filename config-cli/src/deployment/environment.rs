//! The variables that a deployed function has.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bind_config_manifest::name::{self, Kind};
use bind_config_manifest::{Binding, marker};

use super::Unit;
use super::values::{Known, Values};
use crate::declaration::Declaration;

/// What a variable holds.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Content<'a> {
    /// This.
    Text(Cow<'a, str>),
    /// The value of this parameter, which whoever deploys gives.
    Later(&'a str),
}

impl<'a> Content<'a> {
    /// The parameter whose value whoever deploys gives.
    pub(crate) fn later(&self) -> Option<&'a str> {
        if let Content::Later(id) = self { Some(id) } else { None }
    }
}

/// The variables of a function. No value of a secret.
pub(crate) type Environment<'a> = BTreeMap<Cow<'a, str>, Content<'a>>;

/// The variables that a function has in the stage of `values`: bindings, what bind-config itself needs, plain ones.
///
/// What whoever deploys gives is taken as it is given: one who knows the markers can give a marker.
pub(crate) fn of<'a>(declaration: &'a Declaration, unit: &Unit<'a>, values: &Values<'a>) -> Environment<'a> {
    let text = |text: &str| Content::Text(Cow::Owned(text.to_owned()));
    let mut environment = Environment::new();
    for (variable, known) in values.plain(unit.name) {
        environment.insert(Cow::Borrowed(variable), content(variable, known, Cow::Borrowed));
    }
    environment.insert(Cow::Borrowed(name::ENV_APP), text(declaration.app()));
    environment.insert(Cow::Borrowed(name::ENV_STAGE), text(values.stage));
    environment.insert(Cow::Borrowed(name::ENV_SSM_PREFIX), text(&declaration.prefix(values.stage)));
    environment.insert(Cow::Borrowed(name::ENV_FINGERPRINT), text(&unit.fingerprint));
    for (id, binding) in &unit.bindings {
        if let Some(content) = of_binding(declaration, id, binding, values) {
            environment.insert(Cow::Owned(name::env_var(binding.kind, id)), content);
        }
    }
    environment
}

/// `None` for a parameter without a value in this stage.
fn of_binding<'a>(
    declaration: &Declaration,
    id: &'a str,
    binding: &Binding,
    values: &Values<'a>,
) -> Option<Content<'a>> {
    let fetch = Content::Text(Cow::Borrowed(marker::FETCH));
    if binding.kind == Kind::Secret {
        return Some(fetch);
    }
    let known = *values.parameters.get(id)?;
    Some(if declaration.is_fetched(id) { fetch } else { content(id, known, marker::escape) })
}

fn content<'a>(name: &'a str, known: Known<'a>, form: impl FnOnce(&'a str) -> Cow<'a, str>) -> Content<'a> {
    match known {
        Known::Text(text) => Content::Text(form(text)),
        Known::Later => Content::Later(name),
    }
}
