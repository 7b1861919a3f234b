//! The functions, and what is bound to them.

use std::collections::BTreeSet;

use bind_config_manifest::Manifest;

use super::draft::Draft;
use super::spelling::{quoted, unknown_key};
use super::tree::{Member, Node};
use super::{Reader, find, is_extension};

/// The functions as they stand in the file.
pub(super) struct Functions<'t>(Option<Vec<Function<'t>>>);

/// A function as it stands in the file.
pub(super) struct Function<'t> {
    pub(super) name: &'t str,
    pub(super) environment: Option<&'t Member<'t>>,
    member: &'t Member<'t>,
    /// Where a `*` stands: everything is bound.
    all: Option<&'t Node<'t>>,
}

impl<'t> Functions<'t> {
    pub(super) fn iter(&self) -> impl Iterator<Item = &Function<'t>> {
        self.0.iter().flatten()
    }
}

impl Reader<'_> {
    pub(super) fn functions<'t>(&mut self, root: &'t [Member<'t>]) -> Functions<'t> {
        let member = find(root, "functions");
        let functions = self.table(member).iter().filter_map(|member| {
            if member.value.members().is_none() {
                self.mistakes.add(&member.value.at, || {
                    format!("function {}: write a table such as `{{ bind = [\"NAME\"] }}`", quoted(member.key))
                });
                return None;
            }
            let bind = member.value.member("bind");
            let environment = member.value.member("environment");
            Some(Function { name: member.key, environment, member, all: bind.and_then(|bind| star(&bind.value)) })
        });
        let functions = functions.collect();
        Functions(member.map(|_| functions))
    }

    /// The manifest's `functions`.
    pub(super) fn write_functions(&mut self, functions: &Functions<'_>, draft: &mut Draft) {
        if functions.0.is_none() {
            return;
        }
        draft.key("functions", &(0..0));
        draft.open('{', &(0..0));
        for function in functions.iter() {
            draft.key(function.name, &function.member.key_at);
            draft.open('{', &function.member.value.at);
            for member in function.member.value.members().unwrap_or_default() {
                self.key_of_a_function(function, member, draft);
            }
            draft.close('}');
        }
        draft.close('}');
    }

    fn key_of_a_function(&mut self, function: &Function<'_>, member: &Member<'_>, draft: &mut Draft) {
        match member.key {
            "environment" => {}
            "bind" if function.all.is_some() => self.star_alone(function, member),
            "bind" | "bin" => draft.member(member),
            key if is_extension(key) => self.extension(member, draft),
            key => self.mistakes.add(&member.key_at, || {
                format!("function {}: {}", quoted(function.name), unknown_key(key, &KEYS, true))
            }),
        }
    }

    fn star_alone(&mut self, function: &Function<'_>, bind: &Member<'_>) {
        if let Some(star) = function.all.filter(|_| bind.value.items().is_some_and(|items| items.len() > 1)) {
            let name = quoted(function.name);
            self.mistakes.add(&star.at, || format!("function {name}: `*` is every name: leave out the others"));
        }
    }

    /// Writes each `*` out.
    pub(super) fn bind_all(&mut self, functions: &Functions<'_>, manifest: &mut Manifest) {
        let everything: BTreeSet<String> = manifest.bindings.keys().cloned().collect();
        let Some(all) = &mut manifest.functions else { return };
        let mut room = MOST_NAMES;
        for function in functions.iter() {
            let Some(star) = function.all else { continue };
            let Some(left) = room.checked_sub(everything.len()) else {
                return self.mistakes.add(&star.at, || {
                    let name = quoted(function.name);
                    format!("function {name}: written out, the `*` of all functions are more than {MOST_NAMES} names")
                });
            };
            room = left;
            if let Some(function) = all.get_mut(function.name) {
                function.bind.clone_from(&everything);
            }
        }
    }
}

/// `"*"`, or the one in a list.
fn star<'t>(bind: &'t Node<'t>) -> Option<&'t Node<'t>> {
    let is_star = |node: &&Node<'_>| node.text() == Some("*");
    Some(bind).filter(is_star).or_else(|| bind.items()?.iter().find(is_star))
}

const KEYS: [&str; 3] = ["bind", "bin", "environment"];
/// A manifest beyond that is no file that anybody reads.
const MOST_NAMES: usize = 1_000_000;
