//! The store that is a script, and a configuration whose bindings a test chooses.

use super::*;

pub(super) const CANARY: &str = "hunter2";

thread_local! {
    static TABLE: Cell<Option<&'static Table>> = const { Cell::new(None) };
}

/// Every value as text.
pub(super) struct Config(pub(super) Vec<Option<String>>);

impl Bindings for Config {
    type Fetches = FetchesSecrets;

    fn table() -> &'static Table {
        TABLE.get().expect("the test has bound something")
    }

    fn build(values: &mut Values) -> Self {
        let config = Config((0..Self::table().bindings.len()).map(|at| values.take_optional(at)).collect());
        assert!(!config.0.contains(&Some("panics".to_owned())), "a type of the program's");
        config
    }
}

impl Config {
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.0[Self::table().bindings.iter().position(|binding| binding.name == name).unwrap()].as_deref()
    }
}

pub(super) fn secret(name: &str) -> Binding {
    Binding::secret(name)
}

pub(super) fn optional(name: &str) -> Binding {
    Binding { required: Required::Never, ..secret(name) }
}

pub(super) fn number(name: &str) -> Binding {
    Binding { ty: Type::Scalar(Scalar::U64), ..secret(name) }
}

/// By path, each value with its version and time.
type Contents = BTreeMap<String, (String, i64, i128)>;

/// A store whose every answer is known.
#[derive(Default)]
pub(super) struct World {
    pub(super) stored: Mutex<Contents>,
    /// Every answer is this one.
    pub(super) fault: Mutex<Option<Fault>>,
    /// What was asked for, and whether decrypted.
    pub(super) asked: Mutex<Vec<(Vec<String>, bool)>>,
    pub(super) held: Mutex<Option<Arc<Semaphore>>>,
    /// The same, on the way back: what is stored meanwhile is not in the answer.
    pub(super) late: Mutex<Option<Arc<Semaphore>>>,
    /// What a reader of the store has that is behind the one who is asked for editions.
    pub(super) behind: Mutex<Option<Contents>>,
    /// Who hands out values hands out none of this name.
    pub(super) denied: Mutex<Option<String>>,
    /// Who hands out values does not answer.
    pub(super) silent: AtomicBool,
    pub(super) clock: AtomicU32,
}

impl World {
    pub(super) fn put(&self, path: &str, value: &str) {
        let now = i128::from(self.clock.fetch_add(1, Ordering::Relaxed));
        let mut stored = self.stored.lock().unwrap();
        let version = stored.get(path).map_or(0, |(_, version, _)| *version) + 1;
        // As SSM says of Secrets Manager: no version, and here a time that does not move either.
        let is_managed = path.contains("secretsmanager");
        let edition = if is_managed { (value.to_owned(), 0, 0) } else { (value.to_owned(), version, now) };
        stored.insert(path.to_owned(), edition);
    }

    /// Stores an edition as a reader has it that is behind, or as somebody wrote it within one tick of the clock.
    pub(super) fn edition(&self, path: &str, value: &str, version: i64, modified: i128) {
        self.stored.lock().unwrap().insert(path.to_owned(), (value.to_owned(), version, modified));
    }

    /// Who hands out values is from now on behind who says which editions there are.
    pub(super) fn stand_still(&self) {
        *self.behind.lock().unwrap() = Some(self.stored.lock().unwrap().clone());
    }

    /// Who is behind has this one already.
    pub(super) fn tell_who_is_behind(&self, path: &str) {
        let (value, version, modified) = self.stored.lock().unwrap()[path].clone();
        self.behind_has(path, (&value, version, modified));
    }

    pub(super) fn behind_has(&self, path: &str, (value, version, modified): (&str, i64, i128)) {
        let mut behind = self.behind.lock().unwrap();
        behind.as_mut().unwrap().insert(path.to_owned(), (value.to_owned(), version, modified));
    }

    pub(super) fn catch_up(&self) {
        *self.behind.lock().unwrap() = None;
    }

    pub(super) fn set(&self, name: &str, value: &str) {
        self.put(&stage(name), value);
    }

    pub(super) fn delete(&self, path: &str) {
        self.stored.lock().unwrap().remove(path);
    }

    pub(super) fn fail(&self, fault: impl Into<Option<Fault>>) {
        *self.fault.lock().unwrap() = fault.into();
    }

    /// Lets no answer through until it is opened.
    pub(super) fn hold(&self) -> Arc<Semaphore> {
        let gate = Arc::new(Semaphore::new(0));
        *self.held.lock().unwrap() = Some(Arc::clone(&gate));
        gate
    }

    /// What was asked since this was last called.
    pub(super) fn asked(&self) -> Vec<(Vec<String>, bool)> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

impl Source for World {
    fn endpoint(&self) -> &'static str {
        "a script"
    }

    async fn parameters(&self, names: &[String], decrypted: bool) -> Result<Vec<Option<Stored>>, Fault> {
        self.asked.lock().unwrap().push((names.to_vec(), decrypted));
        let held = self.held.lock().unwrap().clone();
        if let Some(gate) = held {
            drop(gate.acquire().await);
        }
        if decrypted && self.silent.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        if decrypted && self.denied.lock().unwrap().as_ref().is_some_and(|denied| names.contains(denied)) {
            return Err(Fault::Denied { action: "ssm:GetParameters", resource: None });
        }
        if let Some(fault) = self.fault.lock().unwrap().clone() {
            return Err(fault);
        }
        let answer = {
            let all = match self.behind.lock().unwrap().clone().filter(|_| decrypted) {
                Some(behind) => behind,
                None => self.stored.lock().unwrap().clone(),
            };
            let stored = |name: &String| {
                let (value, version, modified) = all.get(name)?;
                let value = if decrypted { value.clone() } else { "AQICAH".to_owned() };
                Some(Stored { value, version: *version, modified: Some(*modified) })
            };
            names.iter().map(stored).collect()
        };
        let late = self.late.lock().unwrap().clone();
        if let Some(gate) = late {
            drop(gate.acquire().await);
        }
        Ok(answer)
    }
}

impl Store for Arc<World> {
    async fn answers(&self, _: &Environment, lookups: &[&Lookup], deadline: &Deadline) -> Answers {
        Ok(Fetch::new(&**self, deadline, fastrand::Rng::new()).all(lookups, first_wave(lookups)).await)
    }
}

impl Editions for Arc<World> {
    async fn editions(&self, _: &Environment, names: BTreeSet<&String>, deadline: &Deadline) -> Answers {
        // Whoever asks for credentials first has asked somebody.
        assert!(!names.is_empty(), "the store is asked about nothing");
        Ok(Fetch::new(&**self, deadline, fastrand::Rng::new()).wave(wave_of_editions(&names)).await)
    }
}

pub(super) fn stage(name: &str) -> String {
    format!("/sst/orders/dev/Secret/{name}/value")
}

pub(super) fn fallback(name: &str) -> String {
    format!("/sst/orders/.fallback/Secret/{name}/value")
}

/// A store in which all of them are set to the canary.
pub(super) fn world(bindings: Vec<Binding>) -> Arc<World> {
    let world = World::default();
    for binding in &bindings {
        world.set(binding.name, if binding.ty == Type::Scalar(Scalar::U64) { "1" } else { CANARY });
    }
    TABLE.set(Some(Table::of(bindings)));
    Arc::new(world)
}

pub(super) fn environment() -> Environment {
    let mut environment: Environment = [("SST_APP", "orders"), ("SST_STAGE", "dev")].into_iter().collect();
    let variable = |binding: &Binding| (format!("SST_Secret_value_{}", binding.name), "__FETCH_FROM_SSM__".to_owned());
    environment.extend(Config::table().bindings.iter().map(variable));
    environment
}

pub(super) async fn watch_with(world: &Arc<World>, builder: Builder<Config>) -> Watched<Config> {
    let watched = builder.begin(Arc::clone(world), environment()).await.unwrap();
    world.asked();
    watched
}

pub(super) async fn watch(world: &Arc<World>) -> Watched<Config> {
    watch_with(world, Watched::builder()).await
}

/// Watches bindings of which one is at another path.
pub(super) async fn watch_at(world: &Arc<World>, name: &str, path: &str) -> Watched<Config> {
    let mut environment = environment();
    environment.extend([(format!("SST_Secret_value_{name}"), format!("__FETCH_FROM_SSM__:{path}"))]);
    let watched = Watched::builder().begin(Arc::clone(world), environment).await.unwrap();
    world.asked();
    watched
}

pub(super) fn kinds(error: &LoadError) -> Vec<(Option<&'static str>, ProblemKind)> {
    error.problems().iter().map(|problem| (problem.name(), problem.kind().clone())).collect()
}

pub(super) fn names(change: &Change<Config>) -> Vec<&'static str> {
    change.fields.iter().map(|field| field.name).collect()
}
