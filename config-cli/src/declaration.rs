//! What is declared: `bind.toml`, or the manifest where there is no `bind.toml`. Types and questions; how the file is read is
//! in the rooms below.

use std::collections::BTreeMap;

use bind_config_manifest::name::{self, Kind};
use bind_config_manifest::{Binding, Manifest, nearest};

use crate::terminal::shown;

mod edit;
mod mistake;
mod read;

pub(crate) use edit::{EditError, declare_secret, set_fetch};
pub(crate) use mistake::failure;
pub(crate) use read::looks_like_a_value;
pub(crate) use read::read;

/// An app's bindings, and where the values of its parameters come from.
///
/// # Security
///
/// Parameters are no secrets, but their values are not printed either: it has no `Debug`.
pub(crate) struct Declaration {
    /// Bindings and functions, as they go into `bindings.json`. Obeys every rule of the format.
    pub(crate) manifest: Manifest,
    /// Where copies of parameters are written.
    pub(crate) layout: ParameterLayout,
    /// The store that is meant where nobody says another.
    pub(crate) store: Option<StoreKind>,
    /// The stage that is meant where nobody says another.
    pub(crate) stage: Option<String>,
    /// How a function's policy names what it may read.
    pub(crate) grants: Grants,
    /// The KMS key of new secrets where the stage has none of its own.
    pub(crate) kms_key: Option<String>,
    /// Where the values of parameters come from, by id as spelled.
    pub(crate) parameters: BTreeMap<String, Parameter>,
    /// What differs in some stages.
    pub(crate) stages: BTreeMap<String, Stage>,
    /// Plain variables of every function.
    pub(crate) environment: BTreeMap<String, Source>,
    /// Plain variables of one function, by logical name; they come before those of all.
    pub(crate) function_environment: BTreeMap<String, BTreeMap<String, Source>>,
}

/// Where the value of a parameter comes from.
#[derive(Clone, Default)]
pub(crate) struct Parameter {
    /// The value of every stage that has none of its own. `None` where only stages, or whoever deploys, give one.
    pub(crate) value: Option<Source>,
    /// Whoever deploys gives the value: a `CloudFormation` parameter, a Terraform variable.
    pub(crate) deploy: bool,
    /// The function fetches it from SSM at start, for values too large for Lambda's environment.
    pub(crate) fetch: bool,
}

/// A value, or where it is.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// The value, in the text form of its type.
    Text(String),
    /// A variable of the `.env` files or of the environment.
    Env {
        /// Its name.
        variable: String,
        /// Line and column in `bind.toml`, from 1.
        place: (usize, usize),
    },
}

/// What one stage has of its own.
#[derive(Clone, Default)]
pub(crate) struct Stage {
    /// The KMS key of its new secrets.
    pub(crate) kms_key: Option<String>,
    /// The store of its secrets.
    pub(crate) store: Option<StoreKind>,
    /// Values of parameters, by id as spelled in `[parameters]`.
    pub(crate) parameters: BTreeMap<String, Source>,
}

/// Where copies of parameters are in SSM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ParameterLayout {
    /// `{prefix}parameters/NAME`, as the documentation says.
    Documented,
    /// `{prefix}Parameter/NAME/value`, as SST v2 writes.
    SstV2,
}

/// How a policy names secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Grants {
    /// Each one
    Exact,
    /// All of the stage, and all of the fallback
    Prefix,
}

/// Which store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum StoreKind {
    /// AWS SSM Parameter Store, or what stands at `AWS_ENDPOINT_URL_SSM`
    Ssm,
    /// The encrypted file `.bind-config/store`
    Local,
}

impl StoreKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            StoreKind::Ssm => "ssm",
            StoreKind::Local => "local",
        }
    }
}

/// What is known of a parameter's value in one stage.
pub(crate) enum Value<'a> {
    /// It is here.
    Source(&'a Source),
    /// Whoever deploys gives it.
    Deploy,
    /// Nobody says what it is in this stage.
    Nowhere,
}

impl Declaration {
    /// What a manifest without a `bind.toml` declares: no values.
    pub(crate) fn of_manifest(manifest: Manifest) -> Self {
        Declaration {
            manifest,
            layout: ParameterLayout::Documented,
            store: None,
            stage: None,
            grants: Grants::Exact,
            kms_key: None,
            parameters: BTreeMap::new(),
            stages: BTreeMap::new(),
            environment: BTreeMap::new(),
            function_environment: BTreeMap::new(),
        }
    }

    /// The app.
    pub(crate) fn app(&self) -> &str {
        &self.manifest.app
    }

    /// The SSM prefix of a stage, with a slash at its end.
    pub(crate) fn prefix(&self, stage: &str) -> String {
        name::expand_prefix(self.manifest.prefix_template(), self.app(), stage)
    }

    /// The secrets, sorted by id.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = (&str, &Binding)> {
        self.of_kind(Kind::Secret)
    }

    /// The parameters, sorted by id.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = (&str, &Binding)> {
        self.of_kind(Kind::Parameter)
    }

    fn of_kind(&self, kind: Kind) -> impl Iterator<Item = (&str, &Binding)> {
        self.manifest
            .bindings
            .iter()
            .filter(move |(_, binding)| binding.kind == kind)
            .map(|(id, binding)| (id.as_str(), binding))
    }

    /// The binding of a name, with `-` and `_` the same: its id as spelled, and what it is.
    pub(crate) fn binding(&self, name: &str) -> Option<(&str, &Binding)> {
        let folded = name::fold(name);
        let found = self.manifest.bindings.iter().find(|(id, _)| name::fold(id) == folded);
        found.map(|(id, binding)| (id.as_str(), binding))
    }

    /// What is said of a function that is not declared.
    pub(crate) fn unknown_function(&self, function: &str) -> String {
        let Some(functions) = &self.manifest.functions else {
            return format!(
                "there is no function `{}`: no functions are declared, leave it out and everything is meant",
                shown(function)
            );
        };
        let names = || functions.keys().map(String::as_str);
        let hint = match nearest(function, names()) {
            Some(near) => format!(": did you mean `{near}`?"),
            None if functions.is_empty() => String::new(),
            None => format!(": there are `{}`", names().take(20).collect::<Vec<_>>().join("`, `")),
        };
        format!("there is no function `{}`{hint}", shown(function))
    }

    /// What is known of a parameter's value in a stage.
    pub(crate) fn value(&self, id: &str, stage: &str) -> Value<'_> {
        let of_stage = self.stages.get(stage).and_then(|stage| stage.parameters.get(id));
        let parameter = self.parameters.get(id);
        match of_stage.or_else(|| parameter.and_then(|parameter| parameter.value.as_ref())) {
            Some(source) => Value::Source(source),
            None if parameter.is_some_and(|parameter| parameter.deploy) => Value::Deploy,
            None => Value::Nowhere,
        }
    }

    /// Whether functions fetch the parameter at start.
    pub(crate) fn is_fetched(&self, id: &str) -> bool {
        self.parameters.get(id).is_some_and(|parameter| parameter.fetch)
    }

    /// Where the copy of a parameter is in SSM: a fetched one is always where functions look.
    pub(crate) fn parameter_path(&self, id: &str, stage: &str) -> String {
        let prefix = self.prefix(stage);
        if self.is_fetched(id) || self.layout == ParameterLayout::SstV2 {
            return name::path(&prefix, Kind::Parameter, id);
        }
        name::documented_parameter_path(&prefix, id)
    }

    /// The store of a stage's secrets, or of the fallback's.
    pub(crate) fn store(&self, stage: Option<&str>) -> StoreKind {
        let own = stage.and_then(|stage| self.stages.get(stage)?.store);
        own.or(self.store).unwrap_or(StoreKind::Ssm)
    }

    /// The KMS key of a stage's new secrets; `None` is `alias/aws/ssm`.
    pub(crate) fn kms_key(&self, stage: &str) -> Option<&str> {
        let own = self.stages.get(stage).and_then(|stage| stage.kms_key.as_deref());
        own.or(self.kms_key.as_deref())
    }
}
