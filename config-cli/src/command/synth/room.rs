//! Whether the environment of every function fits into what Lambda takes, and which parameters to fetch at start so that it does.

use std::collections::{BTreeMap, BTreeSet};

use bind_config_manifest::marker;
use bind_config_manifest::name::Kind;

use crate::declaration::Declaration;
use crate::deployment::environment::{self, Content};
use crate::deployment::files::{subject, thousands};
use crate::deployment::values::{Known, Values};
use crate::deployment::{Problem, Unit, units};
use crate::limits::{self, Tier};

/// Every function whose environment does not fit, with the stage in which it is largest.
pub(super) fn problems(declaration: &Declaration, stages: &[Values<'_>]) -> Vec<Problem> {
    let units = units(declaration);
    let worst = |unit| {
        let rooms = stages.iter().map(|values| Room::of(declaration, unit, values));
        Some((unit, rooms.filter(|room| room.bytes > limits::ENVIRONMENT).max_by_key(|room| room.bytes)?))
    };
    let too_large: Vec<(&Unit<'_>, Room<'_>)> = units.iter().filter_map(worst).collect();
    if too_large.is_empty() {
        return Vec::new();
    }
    let is_solvable = Spill::of(declaration, stages, &units).is_enough();
    too_large.into_iter().map(|(unit, room)| Problem::new(room.message(unit, is_solvable))).collect()
}

/// The parameters that are to be fetched so that every environment fits, the largest first; as far as that is possible.
pub(super) fn to_spill(declaration: &Declaration, stages: &[Values<'_>]) -> Vec<String> {
    let units = units(declaration);
    Spill::of(declaration, stages, &units).ids.into_iter().map(str::to_owned).collect()
}

/// The room that one environment takes.
struct Room<'a> {
    stage: &'a str,
    bytes: usize,
    /// Its parameters with the bytes of their values, the largest first.
    parameters: Vec<(&'a str, usize)>,
    /// What is not known here, and counts as empty.
    later: Vec<&'a str>,
}

/// A variable as far as it is known: values that only a deployment knows count as empty.
fn measured<'b>((name, content): (&'b std::borrow::Cow<'_, str>, &'b Content<'_>)) -> (&'b str, &'b str) {
    match content {
        Content::Text(text) => (name, text),
        Content::Later(_) => (name, ""),
    }
}

impl<'a> Room<'a> {
    fn of(declaration: &'a Declaration, unit: &Unit<'a>, values: &Values<'a>) -> Room<'a> {
        let environment = environment::of(declaration, unit, values);
        let is_restarted = unit.bindings.iter().any(|(_, binding)| binding.kind == Kind::Secret);
        let mut parameters: Vec<(&str, usize)> = plain_parameters(declaration, unit, values).collect();
        parameters.sort_by_key(|(id, bytes)| (usize::MAX - bytes, *id));
        let later = environment.values().filter_map(|content| match content {
            Content::Later(name) => Some(*name),
            Content::Text(_) => None,
        });
        let restarted = is_restarted.then_some(limits::RESTARTED);
        let bytes = limits::of_environment(environment.iter().map(measured).chain(restarted));
        Room { stage: values.stage, bytes, parameters, later: later.collect() }
    }

    fn message(&self, unit: &Unit<'_>, is_solvable: bool) -> String {
        let Room { stage, bytes, parameters, later } = self;
        let largest: Vec<String> =
            parameters.iter().take(LISTED).map(|(id, bytes)| format!("`{id}` ({})", thousands(*bytes))).collect();
        let largest = match largest[..] {
            [] => String::new(),
            _ => format!("; the largest parameters are {}", largest.join(", ")),
        };
        let without = match later[..] {
            [] => String::new(),
            _ => format!(", without what only the deployment knows (`{}`)", later.join("`, `")),
        };
        let way_out = match (is_solvable, unit.is_whole_app) {
            (true, _) => "`bind-config synth --spill` lets functions fetch the largest at start",
            (false, true) => "declare `[functions]`, so that each one has only what it is bound to",
            (false, false) => "bind it to fewer: there are not enough parameters that could be fetched at start",
        };
        let (bytes, most) = (thousands(*bytes), thousands(limits::ENVIRONMENT));
        format!(
            "{}: its environment in stage `{stage}` has {bytes} bytes{without}, and Lambda takes {most}{largest}: {way_out}",
            subject(unit)
        )
    }
}

/// The bytes of the values of a function's parameters that are in its environment.
fn plain_parameters<'a>(
    declaration: &'a Declaration,
    unit: &Unit<'a>,
    values: &Values<'a>,
) -> impl Iterator<Item = (&'a str, usize)> {
    let plain =
        unit.bindings.iter().filter(|(id, binding)| binding.kind == Kind::Parameter && !declaration.is_fetched(id));
    plain.filter_map(|(id, _)| match values.parameters.get(id) {
        Some(Known::Text(text)) => Some((*id, limits::of_text(&marker::escape(text)))),
        Some(Known::Later) | None => None,
    })
}

/// What is to be fetched.
struct Spill<'a> {
    /// The largest first.
    ids: Vec<&'a str>,
    environments: Vec<Excess<'a>>,
}

/// An environment, and what can be taken from it.
struct Excess<'a> {
    bytes: usize,
    savings: BTreeMap<&'a str, usize>,
}

impl<'a> Spill<'a> {
    fn of(declaration: &'a Declaration, stages: &[Values<'a>], units: &[Unit<'a>]) -> Spill<'a> {
        let impossible = impossible(declaration, stages);
        let excess = |unit: &Unit<'a>, values: &Values<'a>| {
            let room = Room::of(declaration, unit, values);
            let fetched = limits::of_text(marker::FETCH);
            let savings = room.parameters.into_iter().filter(|(id, _)| !impossible.contains(id));
            let savings =
                savings.map(|(id, bytes)| (id, bytes.saturating_sub(fetched))).filter(|(_, saved)| *saved > 0);
            Excess { bytes: room.bytes, savings: savings.collect() }
        };
        let environments = stages.iter().flat_map(|values| units.iter().map(move |unit| excess(unit, values)));
        let mut spill = Spill { ids: Vec::new(), environments: environments.collect() };
        while let Some(id) = spill.next() {
            spill.take(id);
        }
        spill
    }

    /// The parameter whose fetch makes most room where there is too little. Of equals the first by name.
    fn next(&self) -> Option<&'a str> {
        let too_large = self.environments.iter().filter(|environment| environment.is_too_large());
        let savings = too_large.flat_map(|environment| &environment.savings);
        savings.max_by(|(id, saved), (other, more)| saved.cmp(more).then(other.cmp(id))).map(|(id, _)| *id)
    }

    fn take(&mut self, id: &'a str) {
        self.ids.push(id);
        for environment in &mut self.environments {
            environment.bytes -= environment.savings.remove(id).unwrap_or_default();
        }
    }

    fn is_enough(&self) -> bool {
        !self.environments.iter().any(Excess::is_too_large)
    }
}

impl Excess<'_> {
    fn is_too_large(&self) -> bool {
        self.bytes > limits::ENVIRONMENT
    }
}

/// The parameters whose value in some stage SSM does not take.
fn impossible<'a>(declaration: &'a Declaration, stages: &[Values<'a>]) -> BTreeSet<&'a str> {
    let is_impossible = |id: &str| {
        stages.iter().any(|values| match values.parameters.get(id) {
            Some(Known::Text(text)) => Tier::of(text).why_not().is_some(),
            Some(Known::Later) | None => false,
        })
    };
    declaration.parameters().map(|(id, _)| id).filter(|id| is_impossible(id)).collect()
}

const LISTED: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declaration;

    fn spilled(text: &str, stages: &[&str]) -> (Vec<String>, bool) {
        let declaration = declaration::read(text).unwrap();
        let values: Vec<Values<'_>> =
            stages.iter().map(|stage| Values::declared(&declaration, stage, |_| None).0).collect();
        let is_enough = Spill::of(&declaration, &values, &units(&declaration)).is_enough();
        (to_spill(&declaration, &values), is_enough)
    }

    /// `NAME = "xxx"`, as often as there are lengths.
    fn parameters(lengths: &[(&str, usize)]) -> String {
        lengths
            .iter()
            .map(|(name, length)| format!("{name} = \"{}\"\n", "x".repeat(*length)))
            .collect::<Vec<_>>()
            .concat()
    }

    #[test]
    fn the_largest_are_fetched_until_all_fit_and_no_more() {
        let all = parameters(&[("A", 1_500), ("B", 1_500), ("C", 1_400), ("D", 1_400)]);
        let text = format!("app = \"a\"\n[parameters]\n{all}");
        assert_eq!(spilled(&text, &["dev"]), (vec!["A".to_owned(), "B".to_owned()], true));
    }

    #[test]
    fn every_stage_and_every_function_counts() {
        let base = parameters(&[("A", 2_000), ("B", 2_100), ("C", 2_200), ("OTHER", 3_000)]);
        let text = format!(
            "app = \"a\"\n[parameters]\n{base}[stages.prod.parameters]\nB = \"{}\"\n\
             [functions]\none = {{ bind = [\"A\", \"B\"] }}\ntwo = {{ bind = [\"C\", \"OTHER\"] }}\n",
            "x".repeat(3_000)
        );
        assert_eq!(spilled(&text, &["dev", "prod"]), (vec!["B".to_owned(), "OTHER".to_owned()], true));
    }

    #[test]
    fn what_ssm_does_not_take_is_not_fetched() {
        let text = format!("app = \"a\"\n[parameters]\nA = \"{{{{{}}}}}\"\nB = \"short\"\n", "x".repeat(5_000));
        assert_eq!(spilled(&text, &["dev"]), (Vec::new(), false));
    }

    #[test]
    fn what_only_the_deployment_knows_is_named() {
        let text = format!("app = \"a\"\n[parameters]\nGIVEN = {{ deploy = true }}\n{}", parameters(&[("A", 4_500)]));
        let declaration = declaration::read(&text).unwrap();
        let values = [Values::declared(&declaration, "dev", |_| None).0];
        let messages = crate::deployment::failure(problems(&declaration, &values));
        assert_eq!(
            messages.message().unwrap(),
            "the app (no functions are declared): its environment in stage `dev` has 4,676 bytes, without what only the deployment \
             knows (`GIVEN`), and Lambda takes 4,096; the largest parameters are `A` (4,502): `bind-config synth --spill` lets \
             functions fetch the largest at start"
        );
    }
}
