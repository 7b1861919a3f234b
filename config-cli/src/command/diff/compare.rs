//! Two manifests, and everything in which they differ, with the functions whose code does not compile any more.

use std::collections::{BTreeMap, BTreeSet};

use bind_config_manifest::name::{Kind, fold};
use bind_config_manifest::printed::shortened;
use bind_config_manifest::value::Shape;
use bind_config_manifest::{Binding, Manifest, Required, ValueType};

use super::functions::Functions;
use super::rename;

/// One difference.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) subject: Subject,
    /// What differs, in a word.
    pub(super) what: &'static str,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
    /// The functions whose code does not compile any more.
    pub(super) breaks: Vec<String>,
    /// Why, or what else is to be known.
    pub(super) why: Option<&'static str>,
}

/// What differs.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// What is said of the whole app.
    App,
    Binding(String),
    Function(String),
}

impl Change {
    pub(super) fn new(subject: Subject, what: &'static str) -> Change {
        Change { subject, what, from: None, to: None, breaks: Vec::new(), why: None }
    }

    fn of_binding(id: &str, what: &'static str) -> Change {
        Change::new(Subject::Binding(id.to_owned()), what)
    }

    pub(super) fn of_function(name: &str, what: &'static str) -> Change {
        Change::new(Subject::Function(name.to_owned()), what)
    }

    pub(super) fn turned(self, from: impl Into<String>, to: impl Into<String>) -> Change {
        Change { from: Some(from.into()), to: Some(to.into()), ..self }
    }

    pub(super) fn breaks(self, breaks: Vec<String>, why: &'static str) -> Change {
        if breaks.is_empty() { self } else { Change { breaks, why: Some(why), ..self } }
    }

    fn because(self, why: &'static str) -> Change {
        Change { why: Some(why), ..self }
    }

    pub(super) fn is_breaking(&self) -> bool {
        !self.breaks.is_empty()
    }
}

/// What differs: what breaks code first, then app, bindings and functions, each by name.
pub(super) fn compare(old: &Manifest, new: &Manifest) -> Vec<Change> {
    let functions = Functions::of(old, new);
    let mut changes = of_the_app(old, new);
    changes.extend(of_bindings(old, new, &functions));
    changes.extend(functions.changes(old, new));
    changes.sort_by_key(|change| !change.is_breaking());
    changes
}

fn of_the_app(old: &Manifest, new: &Manifest) -> Vec<Change> {
    let mut changes = Vec::new();
    if old.app != new.app {
        changes.push(Change::new(Subject::App, "app").turned(&old.app, &new.app).because(OTHER_APP));
    }
    if old.prefix_template() != new.prefix_template() {
        let change = Change::new(Subject::App, "ssm_prefix").turned(old.prefix_template(), new.prefix_template());
        changes.push(change.because(OTHER_PREFIX));
    }
    let functions = |manifest: &Manifest| match &manifest.functions {
        Some(functions) if functions.len() == 1 => "1 function".to_owned(),
        Some(functions) => format!("{} functions", functions.len()),
        None => "every function sees everything".to_owned(),
    };
    if old.functions.is_some() != new.functions.is_some() {
        let change = Change::new(Subject::App, "functions").turned(functions(old), functions(new));
        changes.push(match &old.functions {
            Some(functions) => change.breaks(functions.keys().cloned().collect(), NO_FUNCTIONS),
            None => change.breaks(vec![EVERYTHING.to_owned()], NOW_FUNCTIONS),
        });
    }
    changes
}

/// Bindings of one manifest, by the name that fields and variables have.
pub(super) type Bindings<'a> = BTreeMap<String, (&'a str, &'a Binding)>;

pub(super) fn by_name(manifest: &Manifest) -> Bindings<'_> {
    let bindings = manifest.bindings.iter();
    bindings.map(|(id, binding)| (fold(id).into_owned(), (id.as_str(), binding))).collect()
}

fn of_bindings(old: &Manifest, new: &Manifest, functions: &Functions<'_>) -> Vec<Change> {
    let (old, new) = (by_name(old), by_name(new));
    let gone: Vec<rename::Candidate<'_>> = candidates(&old, &new, |name| functions.that_had(name));
    let added: Vec<rename::Candidate<'_>> = candidates(&new, &old, |name| functions.that_have(name));
    let renamed = rename::of_bindings(&gone, &added);
    let new_names: BTreeSet<&str> = renamed.values().copied().collect();

    let mut changes = Vec::new();
    for (name, (id, binding)) in &old {
        match (new.get(name), renamed.get(id)) {
            (Some((new_id, new)), _) => {
                changes.extend(of_binding((id, binding), (new_id, new), &functions.that_keep(name)));
            }
            (None, Some(new_id)) => {
                let change = Change::of_binding(id, "renamed").turned(*id, *new_id);
                changes.push(change.breaks(functions.that_had(name), RENAMED));
            }
            (None, None) => {
                let change = Change::of_binding(id, "removed");
                changes.push(Change { from: Some(summary(binding)), ..change }.breaks(functions.that_had(name), GONE));
            }
        }
    }
    let is_new = |id: &str| !new_names.contains(id);
    changes.extend(added.iter().filter(|candidate| is_new(candidate.id)).map(of_new_binding));
    changes
}

fn of_new_binding(candidate: &rename::Candidate<'_>) -> Change {
    let binding = candidate.binding;
    let change = Change { to: Some(summary(binding)), ..Change::of_binding(candidate.id, "added") };
    let is_to_be_set = binding.kind == Kind::Secret && binding.required != Required::Never;
    if is_to_be_set { change.because(TO_BE_SET) } else { change }
}

/// The bindings that only one of two manifests has.
fn candidates<'a>(
    of: &Bindings<'a>,
    other: &Bindings<'_>,
    functions: impl Fn(&str) -> Vec<String>,
) -> Vec<rename::Candidate<'a>> {
    let only = of.iter().filter(|(name, _)| !other.contains_key(*name));
    only.map(|(name, (id, binding))| rename::Candidate { id, binding, functions: functions(name) }).collect()
}

/// `secret string, required`
fn summary(binding: &Binding) -> String {
    format!("{} {}, {}", binding.kind, binding.ty, required(&binding.required))
}

fn required(required: &Required) -> String {
    match required {
        Required::Always => "required".to_owned(),
        Required::Never => "optional".to_owned(),
        Required::In(stages) => {
            format!("required in {}", stages.iter().map(String::as_str).collect::<Vec<_>>().join(", "))
        }
    }
}

fn of_binding((old_id, old): (&str, &Binding), (id, new): (&str, &Binding), functions: &[String]) -> Vec<Change> {
    let breaks = |change: Change, why| change.breaks(functions.to_vec(), why);
    let change = |what| Change::of_binding(id, what);
    let mut changes = Vec::new();
    if old_id != id {
        changes.push(change("respelled").turned(old_id, id));
    }
    if old.kind != new.kind {
        changes.push(breaks(change("kind").turned(old.kind.as_str(), new.kind.as_str()), OTHER_TYPE));
    }
    if old.ty != new.ty {
        let change = change("type").turned(old.ty.to_string(), new.ty.to_string());
        changes.push(match why_type_breaks(&old.ty, &new.ty) {
            Some(why) => breaks(change, why),
            None => change,
        });
    }
    if old.required != new.required {
        let change = change("required").turned(required(&old.required), required(&new.required));
        changes.push(match (old.is_optional(), new.is_optional()) {
            (false, true) => breaks(change, NOW_AN_OPTION),
            (true, false) => breaks(change, NO_OPTION),
            _ => change,
        });
    }
    changes.extend(of_what_code_does_not_see(id, old, new));
    changes
}

/// `None` where code compiles as before.
fn why_type_breaks(old: &ValueType, new: &ValueType) -> Option<&'static str> {
    let (ValueType::Enum(old), ValueType::Enum(new)) = (old, new) else { return Some(OTHER_TYPE) };
    let [old, new] = [old, new].map(|words| words.words().iter().collect::<BTreeSet<_>>());
    if !old.is_subset(&new) {
        return Some(WORD_GONE);
    }
    // The generated enum is not `non_exhaustive`: it is not seen outside the crate, where that would do nothing.
    (!new.is_subset(&old)).then_some(WORD_ADDED)
}

fn of_what_code_does_not_see(id: &str, old: &Binding, new: &Binding) -> Vec<Change> {
    let change = |what| Change::of_binding(id, what);
    let mut changes = Vec::new();
    if old.shape != new.shape {
        changes.push(change("shape").turned(shape(&old.shape), shape(&new.shape)).because(AT_START));
    }
    if old.fallback != new.fallback {
        let fallback = |of: &Binding| if of.fallback { "with fallback" } else { "without fallback" };
        changes.push(change("fallback").turned(fallback(old), fallback(new)));
    }
    let texts = [
        ("docs", &old.docs, &new.docs),
        ("deprecated", &old.deprecated, &new.deprecated),
        ("default", &old.default, &new.default),
        ("example", &old.example, &new.example),
    ];
    let texts = texts.into_iter().filter(|(_, old, new)| old != new);
    let short = |text: &Option<String>| text.as_deref().map(|text| shortened(text, LONGEST));
    changes.extend(texts.map(|(what, old, new)| {
        let why = Some(DEPRECATED).filter(|_| what == "deprecated" && new.is_some());
        Change { from: short(old), to: short(new), why, ..change(what) }
    }));
    changes
}

fn shape(shape: &Shape<String>) -> String {
    let Shape { starts_with, min_length, max_length, min, max } = shape;
    let parts = [
        starts_with.as_ref().map(|text| format!("starts_with {}", shortened(text, LONGEST))),
        min_length.map(|length| format!("min_length {length}")),
        max_length.map(|length| format!("max_length {length}")),
        min.as_ref().map(|min| format!("min {min}")),
        max.as_ref().map(|max| format!("max {max}")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "any".to_owned() } else { parts.join(", ") }
}

/// The functions of an app that declares none.
pub(super) const EVERYTHING: &str = "*";
const LONGEST: usize = 40;

pub(super) const GONE: &str = "the field is gone";
const RENAMED: &str = "the field has another name (a guess)";
const OTHER_TYPE: &str = "the field has another type";
const NOW_AN_OPTION: &str = "the field becomes an `Option`";
const NO_OPTION: &str = "the field is no `Option` any more";
const WORD_GONE: &str = "a variant of the enum is gone";
const WORD_ADDED: &str = "a `match` on the enum lacks the new variant";
const NO_FUNCTIONS: &str = "there is no function any more that code could name";
const NOW_FUNCTIONS: &str = "code must say which function it is, or be called like it";
const TO_BE_SET: &str = "to be set before the deploy";
const AT_START: &str = "checked when functions start";
const DEPRECATED: &str = "uses of the field are warnings";
const OTHER_APP: &str = "secrets are looked for under the new name";
const OTHER_PREFIX: &str = "secrets are looked for under the new prefix";
