//! The functions of two manifests: which of them are the same, what was bound to each, and what differs.

use std::collections::{BTreeMap, BTreeSet};

use bind_config_manifest::name::fold;
use bind_config_manifest::{Function, Manifest};

use super::compare::{Bindings, Change, EVERYTHING, GONE, Subject, by_name};
use super::rename;

/// The functions that both manifests have, and those that only one has.
pub(super) struct Functions<'a> {
    both: Vec<Pair<'a>>,
    gone: Vec<(&'a str, &'a Function)>,
    added: Vec<(&'a str, &'a Function)>,
}

/// A function before and after.
struct Pair<'a> {
    /// Its new name.
    name: &'a str,
    old_name: &'a str,
    /// `None` where no functions are declared, before and after: everything is seen everywhere.
    functions: Option<(&'a Function, &'a Function)>,
    had: BTreeSet<String>,
    has: BTreeSet<String>,
}

impl<'a> Functions<'a> {
    pub(super) fn of(old: &'a Manifest, new: &'a Manifest) -> Functions<'a> {
        let (before, after) = match (&old.functions, &new.functions) {
            (Some(before), Some(after)) => (before, after),
            (None, None) => {
                let names = |manifest: &Manifest| manifest.bindings.keys().map(|id| fold(id).into_owned()).collect();
                let all =
                    Pair { name: EVERYTHING, old_name: EVERYTHING, functions: None, had: names(old), has: names(new) };
                return Functions { both: vec![all], gone: Vec::new(), added: Vec::new() };
            }
            // Said of the whole app.
            _ => return Functions { both: Vec::new(), gone: Vec::new(), added: Vec::new() },
        };
        let mut gone = only(before, after);
        let mut added = only(after, before);
        let renamed = rename::of_functions(&gone, &added);
        gone.retain(|(name, _)| !renamed.contains_key(name));
        added.retain(|(name, _)| !renamed.values().any(|new| new == name));
        let both = before.iter().filter_map(|(old_name, old)| {
            let new_name = renamed.get(old_name.as_str()).copied().unwrap_or(old_name);
            let (name, new) = after.get_key_value(new_name)?;
            Some(Pair { name, old_name, functions: Some((old, new)), had: names(old), has: names(new) })
        });
        Functions { both: both.collect(), gone, added }
    }

    fn that(&self, have: impl Fn(&Pair<'_>) -> bool) -> Vec<String> {
        self.both.iter().filter(|pair| have(pair)).map(|pair| pair.name.to_owned()).collect()
    }

    pub(super) fn that_had(&self, name: &str) -> Vec<String> {
        self.that(|pair| pair.had.contains(name))
    }

    pub(super) fn that_have(&self, name: &str) -> Vec<String> {
        self.that(|pair| pair.has.contains(name))
    }

    pub(super) fn that_keep(&self, name: &str) -> Vec<String> {
        self.that(|pair| pair.had.contains(name) && pair.has.contains(name))
    }

    pub(super) fn changes(&self, old: &Manifest, new: &Manifest) -> Vec<Change> {
        let gone = self
            .gone
            .iter()
            .map(|(name, _)| Change::of_function(name, "removed").breaks(vec![(*name).to_owned()], FUNCTION_GONE));
        let added = self.added.iter().map(|(name, function)| {
            let binds = function.bind.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            Change { to: Some(binds).filter(|binds| !binds.is_empty()), ..Change::of_function(name, "added") }
        });
        let both = self.both.iter().flat_map(|pair| pair.changes(&by_name(old), &by_name(new)));
        let mut changes: Vec<Change> = gone.chain(added).chain(both).collect();
        changes.sort_by_key(|change| match &change.subject {
            Subject::Function(name) => name.clone(),
            Subject::App | Subject::Binding(_) => String::new(),
        });
        changes
    }
}

impl Pair<'_> {
    /// What is bound to it is told of the function only where the binding itself stays.
    fn changes(&self, old: &Bindings<'_>, new: &Bindings<'_>) -> Vec<Change> {
        let Some((before, after)) = self.functions else { return Vec::new() };
        let change = |what| Change::of_function(self.name, what);
        let this = || vec![self.name.to_owned()];
        let mut changes = Vec::new();
        if self.old_name != self.name {
            changes.push(change("renamed").turned(self.old_name, self.name).breaks(this(), FUNCTION_RENAMED));
        }
        let bins = (before.crate_name(self.old_name), after.crate_name(self.name));
        if bins.0 != bins.1 && self.old_name == self.name {
            changes.push(change("bin").turned(bins.0, bins.1).breaks(this(), OTHER_BIN));
        }
        for name in self.had.difference(&self.has) {
            if let Some((id, _)) = new.get(name) {
                changes.push(Change { from: Some((*id).to_owned()), ..change("unbound") }.breaks(this(), GONE));
            }
        }
        for name in self.has.difference(&self.had) {
            if let Some((id, _)) = old.get(name) {
                changes.push(Change { to: Some((*id).to_owned()), ..change("bound") });
            }
        }
        changes
    }
}

fn only<'a>(of: &'a BTreeMap<String, Function>, other: &BTreeMap<String, Function>) -> Vec<(&'a str, &'a Function)> {
    let only = of.iter().filter(|(name, _)| !other.contains_key(*name));
    only.map(|(name, function)| (name.as_str(), function)).collect()
}

fn names(function: &Function) -> BTreeSet<String> {
    function.bind.iter().map(|id| fold(id).into_owned()).collect()
}

const FUNCTION_GONE: &str = "the macro does not find the function";
const FUNCTION_RENAMED: &str = "code that names the function does not find it (a guess)";
const OTHER_BIN: &str = "code that does not name its function is found by its binary";
