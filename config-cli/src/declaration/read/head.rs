//! What stands at the top of `bind.toml`: the app, and how its values are stored and granted.

use bind_config_manifest::name;

use super::draft::Draft;
use super::spelling::did_you_mean;
use super::tree::Member;
use super::{Declaration, Reader, find};
use crate::declaration::{Grants, ParameterLayout, StoreKind};

/// What the top of the file says, apart from what the manifest takes.
#[derive(Default)]
pub(super) struct Head {
    layout: Option<ParameterLayout>,
    store: Option<StoreKind>,
    stage: Option<String>,
    grants: Option<Grants>,
    kms_key: Option<String>,
}

impl Head {
    pub(super) fn into_declaration(self, declaration: Declaration) -> Declaration {
        Declaration {
            layout: self.layout.unwrap_or(declaration.layout),
            store: self.store,
            stage: self.stage,
            grants: self.grants.unwrap_or(declaration.grants),
            kms_key: self.kms_key,
            ..declaration
        }
    }
}

/// The start of the manifest.
pub(super) fn write(root: &[Member<'_>], draft: &mut Draft) {
    draft.key("format", &(0..0));
    draft.text("bind-manifest", &(0..0));
    draft.key("version", &(0..0));
    draft.number(1, &(0..0));
    if let Some(app) = find(root, "app") {
        draft.member(app);
    } else {
        draft.key("app", &(0..0));
        draft.text("missing", &(0..0));
    }
    if let Some(prefix) = find(root, "ssm_prefix") {
        draft.member(prefix);
    }
}

impl Reader<'_> {
    pub(super) fn head(&mut self, root: &[Member<'_>]) -> Head {
        if find(root, "app").is_none() {
            self.mistakes.add(&(0..0), || "missing key `app`: write `app = \"…\"` at the top of the file".to_owned());
        }
        let layouts = [("documented", ParameterLayout::Documented), ("sst-v2", ParameterLayout::SstV2)];
        let grants = [("exact", Grants::Exact), ("prefix", Grants::Prefix)];
        Head {
            layout: self.choice(find(root, "parameter_layout"), layouts),
            store: self.choice(find(root, "store"), STORES),
            stage: find(root, "stage").and_then(|member| self.stage_name(member)),
            grants: self.choice(find(root, "grants"), grants),
            kms_key: find(root, "kms_key").and_then(|member| self.kms_key(member)),
        }
    }

    /// A KMS key: its id, an alias or an ARN.
    pub(super) fn kms_key(&mut self, member: &Member<'_>) -> Option<String> {
        let key = self.text(member, "`kms_key`")?;
        let is_key_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'/' | b'_' | b'-');
        if (1..=256).contains(&key.len()) && key.bytes().all(is_key_byte) {
            return Some(key.to_owned());
        }
        self.mistakes.add(&member.value.at, || {
            "`kms_key` must be the id of a KMS key, an alias (`alias/NAME`) or an ARN".to_owned()
        });
        None
    }

    fn stage_name(&mut self, member: &Member<'_>) -> Option<String> {
        let stage = self.text(member, "`stage`")?;
        if name::is_stage(stage) {
            return Some(stage.to_owned());
        }
        self.mistakes.add(&member.value.at, || format!("`stage`: {STAGE_RULE}"));
        None
    }

    pub(super) fn choice<T: Copy>(
        &mut self,
        member: Option<&Member<'_>>,
        choices: [(&'static str, T); 2],
    ) -> Option<T> {
        let member = member?;
        let [first, second] = choices;
        let text = member.value.text();
        let chosen = choices.into_iter().find(|(name, _)| text == Some(name));
        if chosen.is_none() {
            self.mistakes.add(&member.value.at, || {
                // What stands there instead is not printed, only what it may have been meant to be.
                let hint = text.map(|text| did_you_mean(text, [first.0, second.0])).unwrap_or_default();
                format!("`{}` must be \"{}\" or \"{}\"{hint}", member.key, first.0, second.0)
            });
        }
        chosen.map(|(_, choice)| choice)
    }
}

pub(super) const STORES: [(&str, StoreKind); 2] = [("ssm", StoreKind::Ssm), ("local", StoreKind::Local)];
pub(super) const STAGE_RULE: &str = "stages are a letter, then letters, digits and `-`";
