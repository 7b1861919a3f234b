//! What stages have of their own.

use std::collections::HashMap;

use bind_config_manifest::name::{self, Kind};
use bind_config_manifest::nearest;
use bind_config_manifest::printed::shortened;

use super::bindings::{BRACKETS, Declared};
use super::head::{STAGE_RULE, STORES};
use super::source::Owner;
use super::spelling::{did_you_mean, quoted, unknown_key};
use super::tree::Member;
use super::{Declaration, Reader, find};
use crate::declaration::{Source, Stage};

impl Reader<'_> {
    /// Fills the stages with what `[stages]` says of them.
    pub(super) fn stages(&mut self, root: &[Member<'_>], declared: &[Declared<'_>], declaration: &mut Declaration) {
        let kinds = declared.iter().map(|declared| (declared.id(), declared.kind)).collect();
        for member in self.table(find(root, "stages")) {
            if name::is_stage(member.key) {
                let stage = self.stage(member, declared, &kinds, declaration);
                declaration.stages.insert(member.key.to_owned(), stage);
            } else {
                let stage = quoted(member.key);
                self.mistakes.add(&member.key_at, || format!("{stage} cannot be a stage: {STAGE_RULE}"));
            }
        }
    }

    fn stage(
        &mut self,
        member: &Member<'_>,
        declared: &[Declared<'_>],
        kinds: &HashMap<&str, Kind>,
        declaration: &Declaration,
    ) -> Stage {
        let mut stage = Stage::default();
        for part in self.table(Some(member)) {
            match part.key {
                "kms_key" => stage.kms_key = self.kms_key(part),
                "store" => stage.store = self.choice(Some(part), STORES),
                "parameters" => {
                    for parameter in self.table(Some(part)) {
                        self.value_in_a_stage(member.key, parameter, (declared, kinds), declaration, &mut stage);
                    }
                }
                "secrets" => self.secrets_of_a_stage(part),
                key => self.mistakes.add(&part.key_at, || {
                    format!(
                        "stage {}: {}",
                        quoted(member.key),
                        unknown_key(key, &["kms_key", "parameters", "store"], false)
                    )
                }),
            }
        }
        stage
    }

    fn value_in_a_stage(
        &mut self,
        name: &str,
        member: &Member<'_>,
        (declared, kinds): (&[Declared<'_>], &HashMap<&str, Kind>),
        declaration: &Declaration,
        stage: &mut Stage,
    ) {
        match kinds.get(member.key) {
            Some(Kind::Secret) => self.value_of_a_secret(member.key, member),
            Some(Kind::Parameter) => {
                let binding = declaration.manifest.bindings.get(member.key);
                let owner = Owner { id: member.key, binding, stage: Some(name) };
                let source = if member.value.items().is_some() && member.value.at == member.key_at {
                    // `[[stages.prod.parameters.A]]`
                    self.mistakes
                        .add(&member.key_at, || format!("stage {}: {}: {BRACKETS}", quoted(name), quoted(member.key)));
                    None
                } else {
                    self.source_in_a_stage(owner, &member.value)
                };
                // One with a mistake is a value too: nobody has to be told that there is none.
                stage.parameters.insert(member.key.to_owned(), source.unwrap_or(Source::Text(String::new())));
            }
            None => self.mistakes.add(&member.key_at, || {
                let parameters = declared.iter().filter(|declared| declared.kind == Kind::Parameter);
                let hint = did_you_mean(member.key, parameters.map(Declared::id));
                format!("stage {}: {} is not in `[parameters]`{hint}", quoted(name), quoted(member.key))
            }),
        }
    }

    /// A stage that is mistyped in `required` would make a secret optional where it is needed. One that is nearly one of
    /// `[stages]` must be declared there, too.
    pub(super) fn stages_of_required(&mut self, declared: &[Declared<'_>], declaration: &Declaration) {
        let known = || declaration.stages.keys().map(String::as_str);
        for declared in declared {
            let required = declared.key("required").and_then(|member| member.value.items()).unwrap_or_default();
            for node in required {
                let Some(stage) = node.text().filter(|stage| !declaration.stages.contains_key(*stage)) else {
                    continue;
                };
                if let Some(near) = nearest(stage, known()) {
                    self.mistakes.add(&node.at, || {
                        format!(
                            "{}: stage {} is not in `[stages]`: did you mean {}? If not, declare it: `[stages.{}]`",
                            quoted(declared.id()),
                            quoted(stage),
                            quoted(near),
                            shortened(stage, 40)
                        )
                    });
                }
            }
        }
    }

    /// There are none: each one is said to be in the wrong place.
    fn secrets_of_a_stage(&mut self, part: &Member<'_>) {
        let members = part.value.members().unwrap_or_default();
        for member in members {
            self.value_of_a_secret(member.key, member);
        }
        if members.is_empty() {
            self.mistakes.add(&part.key_at, || {
                "secrets are declared in `[secrets]`, for every stage; `required` says in which they must be set"
                    .to_owned()
            });
        }
    }
}
