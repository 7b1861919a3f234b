//! What would be set: made before the first write, shown, and then done as a whole or not at all.

use std::collections::{BTreeMap, BTreeSet};

use bind_config_manifest::name;
use serde_json::{Value as Json, json};
use zeroize::Zeroizing;

use crate::deployment::files::thousands;
use crate::failure::{Failure, MISFIT, UNDECLARED};
use crate::interrupt::Interrupt;
use crate::limits::{NoValue, STANDARD, Tier};
use crate::store::{Put, Store, Trouble};
use crate::target::{Target, Undeclared, check_value, has_edges};
use crate::terminal::Terminal;

mod apply;
mod claim;

pub(crate) use claim::Claim;

/// A line per name, in the order they were given.
pub(crate) struct Plan {
    pub(crate) rows: Vec<Row>,
    /// Whether what somebody else creates meanwhile may be overwritten.
    pub(crate) overwrites: bool,
}

/// What is to be done for one name.
pub(crate) struct Row {
    /// As declared, else as given.
    pub(crate) name: String,
    pub(crate) path: String,
    value: Zeroizing<String>,
    pub(crate) state: State,
    before: Option<Before>,
    /// The KMS key to encrypt with.
    key_id: Option<String>,
}

/// What a value would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    New,
    Changed,
    Same,
    /// It cannot be set: why.
    Wrong(Fault, String),
}

/// What is stored.
#[derive(Clone)]
struct Before {
    value: Zeroizing<String>,
    version: i64,
    is_advanced: bool,
    /// Seconds since 1970.
    modified: Option<i64>,
}

/// A version that was written.
pub(crate) struct Written {
    pub(crate) name: String,
    pub(crate) version: i64,
}

/// Why a name cannot be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is no secret of this place.
    Undeclared,
    Misfit,
    TooLarge,
}

impl Fault {
    /// Of a value that cannot be set.
    fn of(value: &str) -> Fault {
        let is_too_large = matches!(Tier::of(value).why_not(), Some(NoValue::TooLarge));
        if is_too_large { Fault::TooLarge } else { Fault::Misfit }
    }

    /// For programs.
    fn word(self) -> &'static str {
        match self {
            Fault::Undeclared => UNDECLARED,
            Fault::Misfit => MISFIT,
            Fault::TooLarge => "too-large",
        }
    }
}

impl Plan {
    /// Looks at what is stored, and checks everything.
    pub(crate) async fn make(
        store: &Store,
        target: &Target,
        entries: Vec<(String, Zeroizing<String>)>,
        undeclared: Undeclared,
    ) -> Result<Plan, Trouble> {
        let mut rows = Vec::with_capacity(entries.len());
        let mut seen = BTreeMap::new();
        for (given, value) in entries {
            rows.push(Row::new(target, &given, value, undeclared, &mut seen));
        }
        let paths: Vec<String> =
            rows.iter().filter(|row| !matches!(row.state, State::Wrong(..))).map(|row| row.path.clone()).collect();
        let found = store.get(&paths).await?;
        let changing: Vec<String> = rows
            .iter()
            .filter(|row| found.get(&row.path).is_some_and(|found| found.value != row.value))
            .map(|row| row.path.clone())
            .collect();
        let descriptions = descriptions(store, &changing).await?;
        for row in rows.iter_mut().filter(|row| !matches!(row.state, State::Wrong(..))) {
            let Some(found) = found.get(&row.path) else { continue };
            row.state = if found.value == row.value { State::Same } else { State::Changed };
            if !found.is_secure {
                row.state = State::Wrong(
                    Fault::Misfit,
                    "it is stored as a plain String, which SSM does not turn into a secret: remove it first".to_owned(),
                );
            }
            let description = descriptions.get(&row.path);
            row.key_id = description.and_then(|description| description.key_id.clone()).or(row.key_id.take());
            let is_advanced = description.is_some_and(|description| description.is_advanced);
            let (value, modified) = (found.value.clone(), found.modified);
            row.before = Some(Before { value, version: found.version, is_advanced, modified });
        }
        Ok(Plan { rows, overwrites: true })
    }

    /// How many names would change.
    pub(crate) fn changes(&self) -> usize {
        self.rows.iter().filter(|row| row.changes()).count()
    }

    /// How many cannot be set.
    pub(crate) fn wrong(&self) -> usize {
        self.rows.iter().filter(|row| matches!(row.state, State::Wrong(..))).count()
    }

    /// A word for why it is not done.
    pub(crate) fn fault(&self) -> &'static str {
        let is_undeclared = |row: &Row| !matches!(row.state, State::Wrong(Fault::Misfit | Fault::TooLarge, _));
        if self.rows.iter().all(is_undeclared) { UNDECLARED } else { MISFIT }
    }

    /// The names that would change, folded.
    pub(crate) fn names(&self) -> BTreeSet<String> {
        self.rows.iter().filter(|row| row.changes()).map(|row| name::fold(&row.name).into_owned()).collect()
    }

    /// The names, folded, that have their value already, and have it since a short time only: a run that was cut off may have set
    /// them, and restarted nothing.
    pub(crate) fn just_set(&self) -> BTreeSet<String> {
        let now = jiff::Timestamp::now().as_second();
        let is_just_set = |row: &&Row| {
            let modified = row.before.as_ref().and_then(|before| before.modified);
            row.state == State::Same && modified.is_some_and(|modified| now - modified < JUST)
        };
        self.rows.iter().filter(is_just_set).map(|row| name::fold(&row.name).into_owned()).collect()
    }

    /// The plan, without values. A report has it for programs.
    pub(crate) fn show(&self, terminal: &Terminal) -> Result<(), Failure> {
        if self.rows.is_empty() || terminal.json {
            return Ok(());
        }
        let rows = self.rows.iter().map(|row| vec![row.name.clone(), row.described()]).collect();
        terminal.table(&["NAME", "CHANGE"], rows)
    }

    /// The same for a program.
    pub(crate) fn to_json(&self) -> Json {
        let row = |row: &Row| {
            let (change, why) = match &row.state {
                State::New => ("new", None),
                State::Changed => ("changed", None),
                State::Same => ("same", None),
                State::Wrong(fault, why) => (fault.word(), Some(why)),
            };
            json!({ "name": row.name, "change": change, "why": why, "from_version": row.before.as_ref().map(|before| before.version) })
        };
        self.rows.iter().map(row).collect()
    }

    /// Says what becomes Advanced, and warns of values with something unseen at their edges.
    pub(crate) fn warn(&self, terminal: &Terminal) {
        let is_advanced =
            |row: &&Row| row.changes() && !row.put().is_advanced && Tier::of(&row.value) == Tier::Advanced;
        let advanced: Vec<&str> = self.rows.iter().filter(is_advanced).map(|row| row.name.as_str()).collect();
        if !advanced.is_empty() {
            terminal.note(&format!(
                "more than {} characters: `{}` becomes an Advanced parameter, which AWS charges for by the month",
                thousands(STANDARD),
                advanced.join("`, `")
            ));
        }
        let edged: Vec<&str> = self
            .rows
            .iter()
            .filter(|row| row.changes() && has_edges(&row.value))
            .map(|row| row.name.as_str())
            .collect();
        let has_nul = |row: &&Row| row.changes() && row.value.contains('\0');
        for row in self.rows.iter().filter(has_nul) {
            terminal.warn(&format!(
                "`{}` has a NUL in it: functions can have that, and no environment, so that `bind` cannot hand it over",
                row.name
            ));
        }
        if !edged.is_empty() {
            terminal.warn(&format!(
                "there is a blank, a line break or another character that nobody sees at the start or the end of `{}` (`set --trim` removes a line break)",
                edged.join("`, `")
            ));
        }
    }

    /// Sets all of it, or nothing. The values that were there before come back where something fails.
    pub(crate) async fn apply(
        &self,
        store: &Store,
        terminal: &Terminal,
        interrupt: &Interrupt,
    ) -> Result<Vec<Written>, Failure> {
        apply::apply(self, store, terminal, interrupt).await
    }
}

impl Row {
    fn new(
        target: &Target,
        given: &str,
        value: Zeroizing<String>,
        undeclared: Undeclared,
        seen: &mut BTreeMap<String, String>,
    ) -> Row {
        let folded = name::fold(given).into_owned();
        let twin = seen.insert(folded, given.to_owned()).filter(|twin| twin != given);
        let (name, state) = match (twin, target.to_write(given, undeclared)) {
            (Some(twin), _) => (given, State::Wrong(Fault::Misfit, format!("it is the same secret as `{twin}`"))),
            (None, Err(why)) => (given, State::Wrong(Fault::Undeclared, why)),
            (None, Ok((id, binding))) => match check_value(binding, &value) {
                Ok(()) => (id, State::New),
                Err(why) => (id, State::Wrong(Fault::of(&value), why)),
            },
        };
        Row {
            name: name.to_owned(),
            path: target.path(given),
            value,
            state,
            before: None,
            key_id: target.kms_key().map(str::to_owned),
        }
    }

    /// The version that is stored; 0 where there is none.
    pub(crate) fn version(&self) -> i64 {
        self.before.as_ref().map_or(0, |before| before.version)
    }

    /// Whether this is what is stored: at this version, and with this value, as numbers begin anew where it was removed.
    pub(crate) fn is_of(&self, stored: Option<(&str, i64)>) -> bool {
        self.before.as_ref().map(|before| (before.value.as_str(), before.version)) == stored
    }

    /// Sets it only where nobody has changed it since it was planned.
    pub(crate) async fn claim(&self, store: &Store) -> Result<Claim, Failure> {
        claim::claim(store, self).await
    }

    fn changes(&self) -> bool {
        matches!(self.state, State::New | State::Changed)
    }

    fn described(&self) -> String {
        match (&self.state, &self.before) {
            (State::New, _) => "new".to_owned(),
            (State::Changed, Some(before)) => format!("changed, from version {}", before.version),
            (State::Changed, None) => "changed".to_owned(),
            (State::Same, _) => "same".to_owned(),
            (State::Wrong(_, why), _) => format!("wrong: {why}"),
        }
    }

    fn put(&self) -> Put<'_> {
        Put {
            path: &self.path,
            value: &self.value,
            key_id: self.key_id.as_deref(),
            is_advanced: self.before.as_ref().is_some_and(|before| before.is_advanced),
            is_new: self.before.is_none(),
        }
    }
}

/// Seconds in which somebody runs again what was cut off.
const JUST: i64 = 3600;

/// Key and tier of what will be overwritten; one by one where listing is denied.
async fn descriptions(store: &Store, paths: &[String]) -> Result<BTreeMap<String, crate::store::Description>, Trouble> {
    match store.describe(paths).await {
        Err(Trouble::Denied { .. }) => {
            let mut all = BTreeMap::new();
            for path in paths {
                all.extend(store.description(path).await?.map(|description| (path.clone(), description)));
            }
            Ok(all)
        }
        described => described,
    }
}
