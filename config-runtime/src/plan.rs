//! What the environment says about each binding: here, in the store, or nowhere. No network, no conversion.

use bind_config_manifest::marker::{self, Meaning};
use bind_config_manifest::name::{self, Kind};

use crate::environment::{Environment, Variable};
use crate::generated::{Binding, Required, Table};
use crate::problem::{Problem, ProblemKind};
use crate::sources::Origin;

/// App, stage and prefix of one start.
pub(crate) struct Start<'a> {
    pub(crate) table: &'static Table,
    pub(crate) environment: &'a Environment,
    pub(crate) app: &'a str,
    pub(crate) stage: &'a str,
    prefix: String,
}

/// Where the value of a binding is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Plan<'a> {
    /// Nowhere, and it need not be.
    NotSet,
    /// In the environment.
    Here { value: &'a str, variable: String },
    /// In the store.
    Stored(Lookup),
}

impl Plan<'_> {
    pub(crate) fn lookup(&self) -> Option<&Lookup> {
        if let Plan::Stored(lookup) = self { Some(lookup) } else { None }
    }
}

/// What to ask the store for one binding.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Lookup {
    /// The SSM name or ARN.
    pub(crate) path: String,
    /// What to ask if nothing is stored there.
    pub(crate) fallback: Option<String>,
    /// The key to take from the JSON object that is stored there.
    pub(crate) key: Option<String>,
    /// Whose place it is; nobody's where the environment named it.
    pub(crate) owner: Option<Owner>,
}

/// The binding whose place in the store it is: not the one that is filled where that refers to a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) kind: Kind,
    pub(crate) name: String,
}

/// What the store said about one name.
#[allow(dead_code, reason = "where there is no store, nothing is found")]
pub(crate) enum Answer {
    Found(Stored),
    NotFound,
    Failed(ProblemKind),
}

/// A value of the store.
pub(crate) struct Stored {
    /// Nothing where only its edition was asked for.
    pub(crate) value: String,
    pub(crate) version: i64,
    /// When it was set, in nanoseconds since 1970, where the store says it: a parameter that is deleted and set anew has
    /// version 1 again.
    #[cfg_attr(not(feature = "watch"), allow(dead_code, reason = "for who asks more than once"))]
    pub(crate) modified: Option<i128>,
}

impl<'a> Start<'a> {
    /// Reads app and stage. Both may be absent, so that the rest can still be looked at.
    pub(crate) fn new(table: &'static Table, environment: &'a Environment) -> (Self, Vec<Problem>) {
        let app = environment.setting(name::ENV_APP);
        let stage = environment.setting(name::ENV_STAGE);
        let problem = match (app, stage) {
            (Some(app), _) if app != table.app => {
                Some(ProblemKind::OtherApp { found: app.to_owned(), built: table.app })
            }
            (None, _) => Some(ProblemKind::NoApp),
            (Some(_), None) => Some(ProblemKind::NoStage),
            (Some(_), Some(_)) => None,
        };
        let (app, stage) = (app.unwrap_or_default(), stage.unwrap_or_default());
        let prefix = match environment.setting(name::ENV_SSM_PREFIX) {
            Some(verbatim) => verbatim.to_owned(),
            None => name::expand_prefix(table.ssm_prefix.unwrap_or(name::DEFAULT_SSM_PREFIX), app, stage),
        };
        let mut problems: Vec<Problem> = problem.map(Problem::of_start).into_iter().collect();
        // A setting that cannot be read is not an absent one: the values of another place would be loaded.
        let garbled: Vec<String> = environment.garbled_settings().collect();
        if !garbled.is_empty() {
            problems =
                garbled.into_iter().map(|variable| Problem::of_start(ProblemKind::NotUtf8 { variable })).collect();
        }
        (Start { table, environment, app, stage, prefix }, problems)
    }

    /// Where the value of `binding` is.
    pub(crate) fn plan(&self, binding: &Binding) -> Result<Plan<'a>, Problem> {
        let variable = name::env_var(binding.kind, binding.name);
        let problem = |kind| Problem::of_binding(binding, kind);
        let not_set = |problem: Problem| if self.is_required(binding) { Err(problem) } else { Ok(Plan::NotSet) };
        let absent = || problem(ProblemKind::NotSetForFunction);
        let empty = |variable: String| absent().from(Origin::Environment { variable });
        let value = match self.environment.value(&variable) {
            Variable::Absent if !self.is_required(binding) => return Ok(Plan::NotSet),
            Variable::Absent => return Err(absent().beside(self.environment.near(&variable, binding.name))),
            Variable::NotUtf8 => return Err(problem(ProblemKind::NotUtf8 { variable })),
            Variable::Set("") if binding.kind == Kind::Secret => return not_set(empty(variable)),
            Variable::Set(value) => value,
        };
        if let Meaning::Reference(target) = marker::read(value) {
            return self.referenced(target).map_err(problem);
        }
        match self.place(binding.kind, binding.name, variable, value) {
            Some(Plan::Here { value: "", variable }) if binding.kind == Kind::Secret => not_set(empty(variable)),
            Some(plan) => Ok(plan),
            None => Err(problem(ProblemKind::UnknownMarker)),
        }
    }

    pub(crate) fn is_required(&self, binding: &Binding) -> bool {
        binding.required.in_stage(self.stage)
    }

    /// The value of another secret, whether it is bound in the code or not.
    fn referenced(&self, target: &str) -> Result<Plan<'a>, ProblemKind> {
        let dangling = || ProblemKind::DanglingReference { target: target.to_owned() };
        let variable = name::env_var(Kind::Secret, target);
        let value = match self.environment.value(&variable) {
            Variable::Absent | Variable::Set("") => return Err(dangling()),
            Variable::NotUtf8 => return Err(ProblemKind::NotUtf8 { variable }),
            Variable::Set(value) => value,
        };
        if matches!(marker::read(value), Meaning::Reference(_)) {
            return Err(ProblemKind::ChainedReference { target: target.to_owned() });
        }
        let name = name::fold(target);
        match self.place(Kind::Secret, &name, variable, value) {
            Some(Plan::Here { value: "", .. }) => Err(dangling()),
            Some(plan) => Ok(plan),
            None => Err(ProblemKind::UnknownMarker),
        }
    }

    /// What a value that is no reference says; `None` for a marker that this version does not know.
    fn place(&self, kind: Kind, name: &str, variable: String, value: &'a str) -> Option<Plan<'a>> {
        match marker::read(value) {
            Meaning::Plain(value) => Some(Plan::Here { value, variable }),
            Meaning::Fetch => Some(Plan::Stored(Lookup {
                path: name::path(&self.prefix, kind, name),
                fallback: (kind == Kind::Secret && !self.table.without_fallback.contains(&name))
                    .then(|| name::fallback_path(self.app, name)),
                key: None,
                owner: Some(Owner { kind, name: name.to_owned() }),
            })),
            Meaning::Elsewhere { source, key } => Some(Plan::Stored(Lookup {
                path: source.to_owned(),
                fallback: None,
                key: key.map(str::to_owned),
                owner: None,
            })),
            Meaning::Reference(_) | Meaning::Unknown => None,
        }
    }
}

impl Required {
    fn in_stage(self, stage: &str) -> bool {
        match self {
            Required::Always => true,
            Required::Never => false,
            Required::In(stages) => stages.contains(&stage),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use bind_config_manifest::value::{Scalar, Shape, Type};

    use super::*;
    use crate::generated::plain;

    static TABLE: Table = Table {
        app: "orders",
        function: None,
        ssm_prefix: None,
        fingerprint: None,
        without_fallback: &[],
        strict: false,
        bindings: &[],
    };

    const OPTIONAL: Binding = Binding {
        name: "KEY",
        field: "KEY",
        kind: Kind::Secret,
        ty: Type::Scalar(Scalar::String),
        required: Required::Never,
        shape: Shape::ANY,
        convert: plain::<String>,
    };

    #[test]
    fn the_prefix_of_the_environment_is_taken_verbatim_and_that_of_the_manifest_is_filled() {
        static OWN: Table = Table { ssm_prefix: Some("/team/{stage}/{app}/"), ..TABLE };
        let mut environment: Environment =
            [("SST_APP", "orders"), ("SST_STAGE", "dev"), ("SST_Secret_value_KEY", "__FETCH_FROM_SSM__")]
                .into_iter()
                .collect();
        let path = |environment: &Environment| match Start::new(&OWN, environment).0.plan(&OPTIONAL) {
            Ok(Plan::Stored(lookup)) => lookup.path,
            other => panic!("{other:?}"),
        };
        assert_eq!(path(&environment), "/team/dev/orders/Secret/KEY/value");
        environment.extend([("SST_SSM_PREFIX", "/x/{app}/")]);
        assert_eq!(path(&environment), "/x/{app}/Secret/KEY/value");
    }

    #[cfg(unix)]
    #[test]
    fn a_value_that_is_not_utf8_is_a_problem_and_not_an_absent_one() {
        use std::os::unix::ffi::OsStringExt as _;

        let garbled = || OsString::from_vec(b"hunter2\xff".to_vec());
        let own = [("SST_Secret_value_KEY".into(), garbled())];
        let referenced = [
            ("SST_Secret_value_KEY".into(), "__FETCH_FROM_SECRET__:OTHER".into()),
            ("SST_Secret_value_OTHER".into(), garbled()),
        ];
        for (variables, variable) in
            [(own.to_vec(), "SST_Secret_value_KEY"), (referenced.to_vec(), "SST_Secret_value_OTHER")]
        {
            let environment = Environment::of(variables);
            let problem = Start::new(&TABLE, &environment).0.plan(&OPTIONAL).unwrap_err();
            assert_eq!(problem.kind(), &ProblemKind::NotUtf8 { variable: variable.to_owned() });
        }
    }
}
