//! Guesses what was renamed: of what only the old manifest has and what only the new one has, what is so alike that it may be
//! the same.

use std::collections::{BTreeMap, BTreeSet};

use bind_config_manifest::{Binding, Function, nearest};

/// A binding that only one of two manifests has.
pub(super) struct Candidate<'a> {
    pub(super) id: &'a str,
    pub(super) binding: &'a Binding,
    pub(super) functions: Vec<String>,
}

/// New ids by old ones.
pub(super) fn of_bindings<'a>(gone: &[Candidate<'a>], added: &[Candidate<'a>]) -> BTreeMap<&'a str, &'a str> {
    let is_alone = gone.len() == 1 && added.len() == 1;
    let pairs = gone.iter().take(MANY).flat_map(|old| added.iter().take(MANY).map(move |new| (old, new)));
    let scored = pairs.filter_map(|(old, new)| Some((likeness(old, new, is_alone)?, old.id, new.id)));
    best(scored.collect())
}

/// How much alike they are; `None` where too little.
fn likeness(old: &Candidate<'_>, new: &Candidate<'_>, is_alone: bool) -> Option<usize> {
    let (before, after) = (old.binding, new.binding);
    if before.kind != after.kind || before.ty != after.ty {
        return None;
    }
    let near = usize::from(nearest(old.id, [new.id]).is_some());
    let docs = usize::from(before.docs.is_some() && before.docs == after.docs);
    let shape = usize::from(!before.shape.is_any() && before.shape == after.shape);
    let functions = usize::from(!old.functions.is_empty() && old.functions == new.functions);
    let likeness = 2 * near + 2 * docs + shape + functions;
    let enough = if is_alone { 1 } else { 2 };
    (likeness >= enough).then_some(likeness)
}

/// New names by old ones.
pub(super) fn of_functions<'a>(
    gone: &[(&'a str, &'a Function)],
    added: &[(&'a str, &'a Function)],
) -> BTreeMap<&'a str, &'a str> {
    let pairs = gone.iter().take(MANY).flat_map(|old| added.iter().take(MANY).map(move |new| (old, new)));
    let scored = pairs.filter_map(|((old_name, old), (new_name, new))| {
        let bin = usize::from(old.crate_name(old_name) == new.crate_name(new_name));
        let near = usize::from(nearest(old_name, [*new_name]).is_some());
        let bind = usize::from(!old.bind.is_empty() && old.bind == new.bind);
        let likeness = 2 * bin + near + bind;
        (likeness >= 2).then_some((likeness, *old_name, *new_name))
    });
    best(scored.collect())
}

/// The most alike first, of equals the first by name, each name once.
fn best<'a>(mut scored: Vec<(usize, &'a str, &'a str)>) -> BTreeMap<&'a str, &'a str> {
    scored.sort_by_key(|(likeness, old, new)| (usize::MAX - likeness, *old, *new));
    let mut renamed = BTreeMap::new();
    let mut taken = BTreeSet::new();
    for (_, old, new) in scored {
        if !renamed.contains_key(old) && taken.insert(new) {
            renamed.insert(old, new);
        }
    }
    renamed
}

/// Of more, nobody would read the guesses.
const MANY: usize = 200;
