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

#[cfg(test)]
mod tests {
    use bind_config_manifest::name::Kind;

    use super::*;

    fn binding(docs: &str) -> Binding {
        let mut binding = Binding::new(Kind::Secret);
        binding.docs = Some(docs.to_owned()).filter(|docs| !docs.is_empty());
        binding
    }

    /// Old and new ids with docs; all of them bound to the same function where `is_bound`.
    fn guessed(gone: &[(&str, &str)], added: &[(&str, &str)], is_bound: bool) -> Vec<(String, String)> {
        let bindings = |all: &[(&str, &str)]| -> Vec<Binding> { all.iter().map(|(_, docs)| binding(docs)).collect() };
        let (old, new) = (bindings(gone), bindings(added));
        let functions = if is_bound { vec!["api".to_owned()] } else { Vec::new() };
        let candidate = |((id, _), binding)| Candidate { id, binding, functions: functions.clone() };
        let gone: Vec<Candidate<'_>> = gone.iter().copied().zip(&old).map(candidate).collect();
        let added: Vec<Candidate<'_>> = added.iter().copied().zip(&new).map(candidate).collect();
        of_bindings(&gone, &added).into_iter().map(|(old, new)| (old.to_owned(), new.to_owned())).collect()
    }

    fn pair(old: &str, new: &str) -> (String, String) {
        (old.to_owned(), new.to_owned())
    }

    #[test]
    fn the_same_docs_or_a_near_spelling_are_enough_for_a_guess() {
        let others = ("ZZZ", "another");
        assert_eq!(
            guessed(&[("DATABASE_URL", "db"), others], &[("PG", "db"), ("QQQ", "")], false),
            [pair("DATABASE_URL", "PG")]
        );
        assert_eq!(
            guessed(&[("STRIPE_KEY", ""), others], &[("STRIPE_KEYS", ""), ("QQQ", "")], false),
            [pair("STRIPE_KEY", "STRIPE_KEYS")]
        );
        assert_eq!(guessed(&[("DATABASE_URL", ""), others], &[("PG", ""), ("QQQ", "")], true), []);
    }

    #[test]
    fn one_that_went_and_one_that_came_to_the_same_functions_may_be_the_same() {
        assert_eq!(guessed(&[("DATABASE_URL", "")], &[("PG", "")], true), [pair("DATABASE_URL", "PG")]);
        assert_eq!(guessed(&[("DATABASE_URL", "")], &[("PG", "")], false), []);
    }

    #[test]
    fn each_name_is_guessed_once_and_the_most_alike_come_first() {
        assert_eq!(
            guessed(&[("KEY_A", "a"), ("KEY_B", "")], &[("KEY_C", "a"), ("KEY_D", "")], false),
            [pair("KEY_A", "KEY_C"), pair("KEY_B", "KEY_D")]
        );
    }

    #[test]
    fn what_has_another_type_was_not_renamed() {
        let (old, mut new) = (binding("db"), binding("db"));
        new.kind = Kind::Parameter;
        let candidate = |id, binding| Candidate { id, binding, functions: Vec::new() };
        assert!(of_bindings(&[candidate("A", &old)], &[candidate("B", &new)]).is_empty());
    }
}
