//! What is known here of the values of one stage: parameters and plain variables.

use std::collections::BTreeMap;

use bind_config_manifest::Binding;

use super::WHOLE_APP;
use super::problem::Problem;
use crate::declaration::{Declaration, Source, Value};
use crate::limits::{NoValue, Tier};

/// What is known of a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known<'a> {
    /// All.
    Text(&'a str),
    /// That there will be one: whoever deploys gives it, or a variable that is not here.
    Later,
}

/// The values of one stage.
///
/// # Security
///
/// Parameters are no secrets, but it has no `Debug` all the same.
pub(crate) struct Values<'a> {
    pub(crate) stage: &'a str,
    /// The parameters that have a value in this stage, by id.
    pub(crate) parameters: BTreeMap<&'a str, Known<'a>>,
    /// The plain variables, by function.
    plain: BTreeMap<&'a str, BTreeMap<&'a str, Known<'a>>>,
}

impl<'a> Values<'a> {
    /// What `bind.toml` says, with those of the variables that it names that are there; and which of those do not fit.
    pub(crate) fn declared(
        declaration: &'a Declaration,
        stage: &'a str,
        look_up: impl Fn(&str) -> Option<&'a str>,
    ) -> (Values<'a>, Vec<Problem>) {
        let look_up = |name: &str| Some(look_up(name).map_or(Known::Later, Known::Text));
        Reader { declaration, stage, look_up, looked_in: None, problems: Vec::new() }.read()
    }

    /// What `bind.toml` says, with the variables that it names; and every reason why it cannot be deployed. `files` says
    /// where variables were looked for.
    pub(crate) fn resolve(
        declaration: &'a Declaration,
        stage: &'a str,
        look_up: impl Fn(&str) -> Option<&'a str>,
        files: &str,
    ) -> (Values<'a>, Vec<Problem>) {
        let look_up = |name: &str| look_up(name).map(Known::Text);
        let looked_in = Some(files);
        let (values, mut problems) = Reader { declaration, stage, look_up, looked_in, problems: Vec::new() }.read();
        problems.extend(values.without_a_value(declaration));
        problems.extend(values.too_odd_for_ssm(declaration));
        (values, problems)
    }

    /// The plain variables of a function.
    pub(crate) fn plain(&self, function: &str) -> impl Iterator<Item = (&'a str, Known<'a>)> + use<'_, 'a> {
        self.plain.get(function).into_iter().flatten().map(|(name, known)| (*name, *known))
    }

    /// Parameters that are required in this stage, and have no value there.
    fn without_a_value(&self, declaration: &Declaration) -> Vec<Problem> {
        let required = declaration.parameters().filter(|(_, binding)| binding.required.in_stage(self.stage));
        let missing = required.filter(|(id, _)| !self.parameters.contains_key(id));
        let stage = self.stage;
        missing
            .map(|(id, _)| {
                Problem::new(format!(
                    "`{id}` has no value in stage `{stage}`, where it is required: give it one in \
                     `[stages.{stage}.parameters]`, or write `deploy = true` if whoever deploys gives it"
                ))
            })
            .collect()
    }

    fn too_odd_for_ssm(&self, declaration: &Declaration) -> Vec<Problem> {
        let texts = self.parameters.iter().filter_map(|(id, known)| match known {
            Known::Text(text) => Some((*id, *text)),
            Known::Later => None,
        });
        let problem = |(id, text)| {
            let why = Tier::of(text).why_not()?;
            let is_needed = declaration.is_fetched(id) || why == NoValue::TooLarge;
            is_needed.then(|| Problem::new(format!("`{id}` cannot be stored in SSM, {}: {why}", self.in_stage())))
        };
        texts.filter_map(problem).collect()
    }

    fn in_stage(&self) -> String {
        format!("in stage `{}`", self.stage)
    }
}

/// Reads the sources of one stage.
struct Reader<'a, 'f, L> {
    declaration: &'a Declaration,
    stage: &'a str,
    look_up: L,
    /// Where variables were looked for, of a stage that is deployed: there every one must be there, and none may be what a
    /// deployment makes something else of.
    looked_in: Option<&'f str>,
    problems: Vec<Problem>,
}

impl<'a, L: Fn(&str) -> Option<Known<'a>>> Reader<'a, '_, L> {
    fn read(mut self) -> (Values<'a>, Vec<Problem>) {
        let parameters = self.parameters();
        let plain = self.plain();
        (Values { stage: self.stage, parameters, plain }, self.problems)
    }

    fn parameters(&mut self) -> BTreeMap<&'a str, Known<'a>> {
        let mut parameters = BTreeMap::new();
        for (id, binding) in self.declaration.parameters() {
            let known = match self.declaration.value(id, self.stage) {
                Value::Source(source) => self.source(&format!("`{id}`"), source, Some(binding)),
                Value::Deploy => Some(Known::Later),
                Value::Nowhere => continue,
            };
            // One with a mistake has a value: that it has none would be a second mistake.
            parameters.insert(id, known.unwrap_or(Known::Later));
        }
        parameters
    }

    /// The variables of each function. Each mistake once, however many functions have the variable.
    fn plain(&mut self) -> BTreeMap<&'a str, BTreeMap<&'a str, Known<'a>>> {
        let declaration = self.declaration;
        let for_all = self.variables(&declaration.environment, None);
        let own = |reader: &mut Self, function: &'a str| {
            let own = declaration.function_environment.get(function);
            let mut all = for_all.clone();
            all.extend(own.map(|own| reader.variables(own, Some(function))).unwrap_or_default());
            (function, all)
        };
        match &declaration.manifest.functions {
            Some(functions) => functions.keys().map(|function| own(self, function)).collect(),
            None => BTreeMap::from([own(self, WHOLE_APP)]),
        }
    }

    fn variables(
        &mut self,
        sources: &'a BTreeMap<String, Source>,
        function: Option<&str>,
    ) -> BTreeMap<&'a str, Known<'a>> {
        let of = function
            .map_or("`[environment]`".to_owned(), |function| format!("the environment of function `{function}`"));
        let mut variables = BTreeMap::new();
        for (name, source) in sources {
            let known = self.source(&format!("`{name}` in {of}"), source, None);
            variables.insert(name.as_str(), known.unwrap_or(Known::Later));
        }
        variables
    }

    fn source(&mut self, subject: &str, source: &'a Source, binding: Option<&Binding>) -> Option<Known<'a>> {
        let stage = self.stage;
        let (variable, place) = match source {
            Source::Text(text) => {
                if self.looked_in.is_some() && is_dynamic(text) {
                    let message = format!("{subject}: the value that bind.toml has for stage `{stage}` {DYNAMIC}");
                    self.problems.push(Problem::new(message));
                }
                return Some(Known::Text(text));
            }
            Source::Env { variable, place } => (variable, *place),
        };
        let Some(known) = (self.look_up)(variable) else {
            let files = self.looked_in.unwrap_or_default();
            self.problems.push(Problem::at(
                place,
                format!(
                    "{subject} takes the variable `{variable}`, which is not set for stage `{stage}`: looked in {files}"
                ),
            ));
            return None;
        };
        let Known::Text(text) = known else { return Some(known) };
        let misfit = match binding.map(|binding| binding.check(text)) {
            Some(Err(misfit)) => Some(misfit.to_string()),
            _ if self.looked_in.is_none() => None,
            _ if is_dynamic(text) => Some(DYNAMIC.to_owned()),
            _ => text.contains('\0').then(|| "must not have the character U+0000".to_owned()),
        };
        let Some(misfit) = misfit else { return Some(known) };
        let message = format!("{subject}: the value of the variable `{variable}` in stage `{stage}` {misfit}");
        self.problems.push(Problem::at(place, message));
        None
    }
}

/// Whether CloudFormation would put something else in place of a value, or of a part of it, such as a secret. There is no
/// escape for it.
pub(super) fn is_dynamic(text: &str) -> bool {
    text.contains("{{resolve:")
}

const DYNAMIC: &str = "must not have `{{resolve:`, in whose place CloudFormation would put another value";
