//! One function.

use std::collections::{BTreeSet, HashSet};

use super::extension;
use crate::json::{Member, Node};
use crate::manifest::Function;
use crate::mistake::Mistakes;
use crate::spelling::{did_you_mean, quoted};
use crate::wire::{self, text};

/// The ids that may be bound.
pub(super) struct Declared<'a> {
    in_order: &'a [String],
    set: HashSet<&'a str>,
}

impl<'a> Declared<'a> {
    pub(super) fn new(in_order: &'a [String]) -> Declared<'a> {
        Declared { in_order, set: in_order.iter().map(String::as_str).collect() }
    }
}

/// Whether `name` can be the logical name of a function: `[A-Za-z0-9][A-Za-z0-9_.-]{0,127}`, which is also a file name.
pub(super) fn is_name(name: &str) -> bool {
    name.len() <= 128
        && name.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric)
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
}

pub(super) const NAME_RULE: &str = "names are a letter or digit, then at most 127 letters, digits, `_`, `.` and `-`";

/// Reads what is good of a function: one that were left out would be a second mistake at everything that names it.
pub(super) fn read(name: &str, member: Member<'_>, declared: &Declared<'_>, mistakes: &mut Mistakes) -> Function {
    let wire: Option<wire::Function<'_>> = wire::read(member.value, "this", member.key.span(), mistakes);
    let Some(wire) = wire else { return Function::default() };
    let bind = wire.bind.map(|bind| read_bind(bind.value, declared, mistakes)).unwrap_or_default();
    let bin = wire.bin.and_then(|bin| read_bin(bin.value, mistakes)).filter(|bin| bin != name);
    if let Some(fingerprint) = wire.fingerprint {
        text(fingerprint.value, "`fingerprint`", mistakes);
    }
    Function { bind, bin, extensions: extension::read_all(wire.extensions, mistakes) }
}

fn read_bind(node: Node<'_>, declared: &Declared<'_>, mistakes: &mut Mistakes) -> BTreeSet<String> {
    let mut bind = BTreeSet::new();
    let Some(items) = node.items() else {
        let all = node.text().is_ok_and(|text| text == "*");
        mistakes.add(node.span(), || if all { ALL } else { "`bind` must be a list of names" }.to_owned());
        return bind;
    };
    for item in items {
        let Some(id) = text(item, "a name in `bind`", mistakes) else { continue };
        if id == "*" {
            mistakes.add(item.span(), || ALL.to_owned());
        } else if !declared.set.contains(&*id) {
            mistakes.add(item.span(), || {
                format!(
                    "{} is not in `bindings`{}",
                    quoted(&id),
                    did_you_mean(&id, declared.in_order.iter().map(String::as_str))
                )
            });
        } else if bind.contains(&*id) {
            mistakes.add(item.span(), || format!("{} stands in `bind` for the second time", quoted(&id)));
        } else {
            bind.insert(id.into_owned());
        }
    }
    bind
}

fn read_bin(node: Node<'_>, mistakes: &mut Mistakes) -> Option<String> {
    let bin = text(node, "`bin`", mistakes)?;
    let good = (1..=128).contains(&bin.len())
        && bin.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if !good {
        mistakes
            .add(node.span(), || "`bin` must be the name of a cargo binary: letters, digits, `_` and `-`".to_owned());
    }
    good.then(|| bin.into_owned())
}

const ALL: &str = "`*` is written out here: list the names; in `bind.toml` it may stand for all of them";
