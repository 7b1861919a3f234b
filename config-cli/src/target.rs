//! Where a secret is meant: a stage of an app, or its fallback; and which names may stand there.

use bind_config_manifest::name::{self, Kind};
use bind_config_manifest::value::without_edges;
use bind_config_manifest::{Binding, nearest};

use serde_json::{Value as Json, json};

use crate::args::Place;
use crate::context::Context;
use crate::declaration::Declaration;
use crate::failure::{Failure, UNDECLARED};
use crate::limits::{NoValue, Tier};
use crate::project::{Project, Stage};
use crate::report::report;
use crate::store::{self, Purpose, Store};
use crate::terminal::{Terminal, shown};

/// A stage of an app, or its fallback.
pub(crate) struct Target {
    pub(crate) project: Project,
    /// `None` is the fallback.
    pub(crate) stage: Option<Stage>,
    /// What a suggested command needs besides.
    same_place: String,
}

impl Target {
    /// What is meant by the arguments.
    pub(crate) fn new(context: &Context, place: Place) -> Result<Self, Failure> {
        let project = context.project()?;
        let same_place = context.same_place();
        if place.fallback {
            if context.global.stage.is_some() {
                return Err(Failure::impossible("`--fallback` is of all stages: give either it or `--stage`"));
            }
            return Ok(Target { project, stage: None, same_place });
        }
        let stage = context.stage(&project)?;
        Ok(Target { project, stage: Some(stage), same_place })
    }

    /// A stage that secrets may be copied to.
    pub(crate) fn of_stage(context: &Context, project: Project, stage: Stage) -> Self {
        Target { project, stage: Some(stage), same_place: context.same_place() }
    }

    /// One that secrets may be written to: our tools create stages of one form only.
    pub(crate) fn writable(context: &Context, place: Place) -> Result<Self, Failure> {
        let target = Target::new(context, place)?;
        target.tell_other_fallbacks(context)?;
        target.warn_of_shared_place(context);
        match &target.stage {
            Some(stage) if !name::is_stage(&stage.name) => Err(Failure::impossible(format!(
                "`{}` ({}) cannot be a stage: a stage is a letter, then letters, digits and `-`",
                shown(&stage.name),
                stage.because
            ))),
            _ => Ok(target),
        }
    }

    /// What is changed for one stage may be changed for all of them.
    pub(crate) fn warn_of_shared_place(&self, context: &Context) {
        if self.stage.is_none() {
            return;
        }
        let template = self.declaration().manifest.prefix_template();
        if !template.contains("{stage}") {
            context.terminal.warn("`ssm_prefix` has no `{stage}` in it: every stage has the same secrets");
        }
        if !template.contains("{app}") && !template.contains(self.project.app()) {
            context.terminal.warn("`ssm_prefix` has no `{app}` in it: every app with that prefix has the same secrets");
        }
    }

    /// Each store has a fallback of its own, for the stages that are in it.
    fn tell_other_fallbacks(&self, context: &Context) -> Result<(), Failure> {
        if self.stage.is_some() || context.said_store()?.is_some() {
            return Ok(());
        }
        let own = context.store_kind(&self.project, None)?;
        let stages = &self.declaration().stages;
        let others = stages.iter().filter_map(|(name, stage)| Some((name, stage.store.filter(|store| *store != own)?)));
        if let Some((name, store)) = others.into_iter().next() {
            context.terminal.note(&format!(
                "this is the fallback of the store `{}`; stage `{name}` has that of `--store {}`",
                own.as_str(),
                store.as_str()
            ));
        }
        Ok(())
    }

    /// Warns of a stage that is new and nearly one that is declared.
    pub(crate) async fn warn_of_new_stage(&self, store: &Store, terminal: &Terminal) {
        let Some(stage) = &self.stage else { return };
        let known = self.project.declared_stages();
        if known.contains(&stage.name) || !stage.because.is_given() {
            return;
        }
        let Some(near) = nearest(&stage.name, known.iter().map(String::as_str)) else { return };
        let folder = name::folder(&self.declaration().prefix(&stage.name), Kind::Secret);
        // Who may not list is not told.
        if store.under(&folder, false).await.is_ok_and(|all| all.is_empty()) {
            let new = shown(&stage.name);
            terminal.warn(&format!("stage `{new}` is new: no secret has been set in it yet; did you mean `{near}`?"));
        }
    }

    pub(crate) fn declaration(&self) -> &Declaration {
        &self.project.declaration
    }

    /// The stage, where it is no fallback.
    pub(crate) fn stage_name(&self) -> Option<&str> {
        self.stage.as_ref().map(|stage| stage.name.as_str())
    }

    /// The store that it is in.
    pub(crate) async fn open(&self, context: &Context, purpose: Purpose) -> Result<Store, Failure> {
        let kind = context.store_kind(&self.project, self.stage_name())?;
        store::open(context, &self.project, kind, purpose).await
    }

    /// Asks a question whose answer is no where it is not yes; then it is `None`. Nobody waits for a laptop's store meanwhile.
    pub(crate) async fn confirm(
        &self,
        store: Store,
        question: &str,
        context: &Context,
    ) -> Result<Option<Store>, Failure> {
        // Filtered out is let go.
        let kept = Some(store).filter(|store| !store.is_held());
        if !context.terminal.confirm(question)? {
            return Ok(None);
        }
        match kept {
            Some(store) => Ok(Some(store)),
            None => self.open(context, Purpose::Write).await.map(Some),
        }
    }

    /// A report on it.
    pub(crate) fn report(&self, store: &Store, mut body: Json) -> Json {
        body["fallback"] = json!(self.stage.is_none());
        report(&self.project, self.stage_name(), Some(&store.place), body)
    }

    /// Where a secret is.
    pub(crate) fn path(&self, id: &str) -> String {
        match self.stage_name() {
            Some(stage) => name::path(&self.declaration().prefix(stage), Kind::Secret, id),
            None => name::fallback_path(self.project.app(), id),
        }
    }

    /// ``stage `dev` of `orders` ``
    pub(crate) fn described(&self) -> String {
        match self.stage_name() {
            Some(stage) => format!("stage `{}` of `{}`", shown(stage), self.project.app()),
            None => format!("the fallback of `{}`", self.project.app()),
        }
    }

    /// What a command needs in order to mean the same.
    pub(crate) fn arguments(&self) -> String {
        let stage =
            self.stage_name().map_or_else(|| "--fallback".to_owned(), |stage| format!("--stage {}", shown(stage)));
        stage + &self.same_place
    }

    /// The KMS key of new secrets here.
    pub(crate) fn kms_key(&self) -> Option<&str> {
        match self.stage_name() {
            Some(stage) => self.declaration().kms_key(stage),
            None => self.declaration().kms_key.as_deref(),
        }
    }

    /// The secret of a name, as it is declared.
    pub(crate) fn declared(&self, given: &str) -> Result<(&str, &Binding), String> {
        let source = self.project.source();
        match self.declaration().binding(given) {
            Some((id, binding)) if binding.kind == Kind::Secret => {
                if self.stage.is_none() && !binding.fallback {
                    return Err(format!("`{id}` has no fallback: {source} says `fallback = false`"));
                }
                Ok((id, binding))
            }
            Some((id, _)) => Err(format!("`{id}` is a parameter, no secret: its value is in bind.toml")),
            None => {
                let ids = self.declaration().secrets().map(|(id, _)| id);
                let hint = nearest(given, ids).map(|near| format!(": did you mean `{near}`?")).unwrap_or_default();
                Err(format!("`{}` is not declared in {source}{hint}", shown(given)))
            }
        }
    }

    /// The secret of a name that may be written: as it is declared, or as it is given where it need not be.
    pub(crate) fn to_write<'a>(
        &'a self,
        given: &'a str,
        undeclared: Undeclared,
    ) -> Result<(&'a str, Option<&'a Binding>), String> {
        let why = match self.declared(given) {
            Ok((id, binding)) => return Ok((id, Some(binding))),
            Err(why) if self.declaration().binding(given).is_some() => return Err(why),
            Err(why) => why,
        };
        match undeclared {
            Undeclared::Allowed => match name::check_id(given) {
                Ok(()) => Ok((given, None)),
                Err(rule) => Err(format!("`{}` cannot be a secret: {rule}", shown(given))),
            },
            Undeclared::WithFlag(flags) => Err(format!("{why} ({flags})")),
            Undeclared::Refused => Err(why),
        }
    }

    /// The name of a secret to remove: also from the fallback where it has none any more.
    pub(crate) fn to_remove<'a>(&'a self, given: &'a str) -> Result<&'a str, Failure> {
        match self.declaration().binding(given) {
            Some((id, binding)) if binding.kind == Kind::Secret => Ok(id),
            _ => self.to_read(given),
        }
    }

    /// Whether a secret may have a fallback, as far as is declared.
    pub(crate) fn has_fallback(&self, id: &str) -> bool {
        self.declaration().binding(id).is_none_or(|(_, binding)| binding.fallback)
    }

    /// The name of a secret to look at: as it is declared, else as it is given.
    pub(crate) fn to_read<'a>(&'a self, given: &'a str) -> Result<&'a str, Failure> {
        match self.declaration().binding(given) {
            Some(_) => self.declared(given).map(|(id, _)| id).map_err(|why| Failure::no_as(UNDECLARED, why)),
            None => match name::check_id(given) {
                Ok(()) => Ok(given),
                Err(rule) => Err(Failure::no(format!("`{}` cannot be a secret: {rule}", shown(given)))),
            },
        }
    }
}

/// What becomes of a name that is not declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Undeclared {
    Allowed,
    /// It is refused, and there is a flag that was not given.
    WithFlag(&'static str),
    Refused,
}

impl Undeclared {
    /// Of a command that has the flag; `flags` says so, and what others it has.
    pub(crate) fn of(flag: bool, flags: &'static str) -> Self {
        if flag { Undeclared::Allowed } else { Undeclared::WithFlag(flags) }
    }
}

/// Why a value cannot be set, whatever it is for.
pub(crate) fn check_value(binding: Option<&Binding>, value: &str) -> Result<(), String> {
    match Tier::of(value).why_not() {
        Some(NoValue::Empty) => {
            return Err("it is empty, which a secret never is (`secrets remove` takes it away)".to_owned());
        }
        Some(NoValue::TooLarge) => {
            return Err(format!("it has {} characters; {}", value.chars().count(), NoValue::TooLarge));
        }
        Some(why) => return Err(format!("{why}")),
        None => {}
    }
    binding.map_or(Ok(()), |binding| binding.check(value).map_err(|misfit| format!("it {misfit}")))
}

/// Whether there is something at the edges that nobody sees.
pub(crate) fn has_edges(value: &str) -> bool {
    without_edges(value).len() != value.len()
}
