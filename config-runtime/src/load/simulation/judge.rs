//! Whether a load did what it promises.

use super::world::World;
use super::*;

impl World {
    /// Whether the load did what it promises.
    pub(super) fn judge(&mut self, table: &Table, fates: &[Fate], loaded: Result<(Values, Sources), LoadError>) {
        self.note("ends");
        if Instant::now() > self.end + self.stalled + Duration::from_millis(2) {
            self.fail("it ended after the deadline");
        }
        match loaded {
            Ok((values, sources)) => self.judge_values(table, fates, values, &sources),
            Err(error) => self.judge_report(table, fates, &error),
        }
    }

    fn judge_values(&mut self, table: &Table, fates: &[Fate], mut values: Values, sources: &Sources) {
        self.outcomes.push("loaded");
        if self.recovers() {
            self.outcomes.push("recovered");
        }
        for (at, (binding, fate)) in table.bindings.iter().zip(fates).enumerate() {
            let source = sources.field(binding.field).unwrap().origin.as_str();
            let found = values.take_optional::<String>(at).map(|value| (value, source));
            if Ok(&found) != fate.truth(binding).as_ref() {
                self.fail(&format!("{} is {fate:?} and was loaded as {found:?}", binding.name));
            }
        }
    }

    fn judge_report(&mut self, table: &Table, fates: &[Fate], error: &LoadError) {
        // What goes wrong once is mended, whatever it is; but nobody asks a proxy again.
        if self.mishaps == 1 {
            self.excuses.retain(|excuse| *excuse == "not_the_store");
        }
        if self.recovers() {
            self.excuses.clear();
        }
        let mut reported = BTreeSet::new();
        let is_late = !self.recovers() && self.mishaps > 1 && Instant::now() + Duration::from_millis(20) >= self.end;
        for problem in error.problems() {
            let (Some(name), kind) = (problem.name(), problem.kind().as_str()) else {
                self.fail(&format!("a problem of the start as a whole: {problem:?}"));
            };
            self.outcomes.push(kind);
            if !reported.insert(name) {
                self.fail(&format!("{name} is reported twice"));
            }
            let at = table.bindings.iter().position(|binding| binding.name == name).unwrap();
            let is_true = fates[at].truth(&table.bindings[at]).err() == Some(kind);
            let is_excused = self.excuses.contains(kind) || (kind == "timed_out" && is_late);
            let may_be_excused = !matches!(fates[at], Fate::Plain | Fate::Absent);
            if !(is_true || is_excused && may_be_excused) {
                self.fail(&format!("{name} is {:?} and was reported as {kind}", fates[at]));
            }
        }
        let missing =
            |(binding, fate): &(&Binding, &Fate)| fate.truth(binding).is_err() && !reported.contains(binding.field);
        if let Some((binding, fate)) = table.bindings.iter().zip(fates).find(missing) {
            self.fail(&format!("{} is {fate:?} and was not reported", binding.name));
        }
        if error.problems().is_empty() || format!("{error} {error:?}").contains(CANARY) {
            self.fail(&format!("no report, or one that shows a value: {error}"));
        }
    }
}
