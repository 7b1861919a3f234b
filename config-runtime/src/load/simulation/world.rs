//! The store of one load, the way to it, and what happens there.

use super::*;

/// What may happen to a request, and how often: per cent.
struct Weather {
    often: [u8; 11],
    /// What there is instead of all that in an outage, and until when: then the store throttles.
    outage: Option<(Event, Duration)>,
    /// After that it is fine.
    until: Duration,
}

impl Weather {
    fn draw(rng: &mut Rng) -> Self {
        // A storm of one kind, or a little of everything.
        let (mut often, mut outage) = ([0; 11], None);
        let mut until = [Duration::MAX, Duration::from_millis(rng.u64(..8000))][rng.usize(..2)];
        match rng.u8(..5) {
            0 => {}
            1 => often = [3; 11],
            2 => often = [8, 8, 8, 4, 4, 8, 4, 4, 4, 4, 0],
            3 => {
                let end = Duration::from_millis(rng.u64(..7000));
                outage = Some(([Event::Unavailable, Event::Reset, Event::Garbled][rng.usize(..3)], end));
                until = end + Duration::from_millis(rng.u64(..3000));
            }
            _ => often[rng.usize(..11)] = [50, 90, 100][rng.usize(..3)],
        }
        Weather { often, outage, until }
    }

    /// Whether an outage ends with more than a second left, and with more than a load that is throttled may give up in.
    fn recovers(&self) -> bool {
        self.outage.is_some_and(|(_, end)| {
            let left = PATIENCE.saturating_sub(self.until);
            left > Duration::from_secs(1) && left > PATIENCE.saturating_sub(end).mul_f64(0.35)
        })
    }
}

/// A store behind a network, both of which fail.
pub(super) struct Simulated(pub(super) Mutex<World>);

pub(super) struct World {
    seed: u64,
    rng: Rng,
    weather: Weather,
    begun: Instant,
    values: BTreeMap<String, String>,
    denied: BTreeSet<String>,
    /// How far the store's clock is from this machine's, and what the client makes of it: seconds.
    clock: i64,
    correction: i64,
    /// When the load must have ended, and what it may be late for having stood still.
    pub(super) end: Instant,
    pub(super) stalled: Duration,
    freezes: u32,
    /// The problems that a report may name for what happened on the way.
    pub(super) excuses: BTreeSet<&'static str>,
    /// Requests that must not be made again.
    refused: BTreeSet<Vec<String>>,
    pub(super) requests: usize,
    pub(super) mishaps: u32,
    pub(super) events: Vec<String>,
    pub(super) outcomes: Vec<&'static str>,
}

impl Simulated {
    pub(super) fn new(seed: u64, mut rng: Rng, table: &Table, fates: &[Fate]) -> Self {
        let (mut values, mut denied) = (BTreeMap::new(), BTreeSet::new());
        for (binding, fate) in table.bindings.iter().zip(fates) {
            if matches!(fate, Fate::Stage | Fate::Both) {
                values.insert(stage(binding), value(binding, "stage"));
            }
            if matches!(fate, Fate::Fallback | Fate::Both) {
                values.insert(fallback(binding), value(binding, "fallback"));
            }
            match fate {
                Fate::WrongType => drop(values.insert(stage(binding), CANARY.to_owned())),
                Fate::DeniedStage => drop(denied.insert(stage(binding))),
                Fate::DeniedFallback => drop(denied.insert(fallback(binding))),
                _ => {}
            }
        }
        let (weather, begun) = (Weather::draw(&mut rng), Instant::now());
        let clock = [0, 0, 0, 0, 600, -600, 86_400][rng.usize(..7)];
        Simulated(Mutex::new(World {
            seed,
            rng,
            weather,
            begun,
            values,
            denied,
            clock,
            correction: 0,
            end: begun + PATIENCE,
            stalled: Duration::ZERO,
            freezes: 0,
            excuses: BTreeSet::new(),
            refused: BTreeSet::new(),
            requests: 0,
            mishaps: 0,
            events: Vec::new(),
            outcomes: Vec::new(),
        }))
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap()
    }

    /// The generator for the pauses of the load.
    pub(super) fn pauses(&self) -> Rng {
        self.world().rng.fork()
    }

    /// The process stands still.
    async fn freeze(&self, time: Duration) {
        self.world().stands_still(time);
        advance(time).await;
    }
}

impl Source for Simulated {
    fn endpoint(&self) -> &'static str {
        "a simulation"
    }

    async fn parameters(&self, names: &[String], _: bool) -> Result<Vec<Option<Stored>>, Fault> {
        let (event, signed, length) = self.world().begin(names);
        sleep(Duration::from_millis(length)).await;
        match event {
            Event::Slow(more) => sleep(more).await,
            Event::Silent => sleep(Duration::from_hours(1)).await,
            Event::Freeze(time) => self.freeze(time).await,
            _ => {}
        }
        let answer = self.world().answer(names, event, signed);
        if let Event::FreezeBehind(time) = event {
            self.freeze(time).await;
        }
        // Nobody knows of an answer that does not arrive.
        if matches!(answer, Err(Fault::Denied { .. } | Fault::Permanent(_))) {
            self.world().refused.insert(names.to_vec());
        }
        answer
    }
}

#[derive(Debug, Clone, Copy)]
enum Event {
    Fine,
    Throttled,
    Unavailable,
    Reset,
    Garbled,
    /// Without one of the names.
    Partial,
    Slow(Duration),
    Silent,
    Skewed,
    /// Between the signature and the store, or between the store and the answer.
    Freeze(Duration),
    FreezeBehind(Duration),
    Proxied,
}

impl World {
    pub(super) fn note(&mut self, event: &str) {
        self.events.push(format!("{:>10.3} s  {event}", self.begun.elapsed().as_secs_f64()));
    }

    pub(super) fn fail(&self, why: &str) -> ! {
        panic!("seed {}: {why}\n{}", self.seed, self.events.join("\n"));
    }

    /// The seconds on this machine's clock.
    fn now(&self) -> i64 {
        i64::try_from(self.begun.elapsed().as_secs()).unwrap()
    }

    /// What will happen, when the request says it was signed, and how long the way is: milliseconds.
    fn begin(&mut self, names: &[String]) -> (Event, i64, u64) {
        let event = self.draw();
        self.note(&format!("asks for {} names: {event:?}", names.len()));
        self.requests += 1;
        self.mishaps += u32::from(!matches!(event, Event::Fine));
        if names.is_empty() || names.len() > 10 || names.iter().collect::<BTreeSet<_>>().len() != names.len() {
            self.fail("no batch");
        }
        if Instant::now() > self.end + self.stalled {
            self.fail("a request after the deadline");
        }
        if self.requests > 500 {
            self.fail("too many requests");
        }
        if self.refused.contains(names) {
            self.fail("a request that was refused is made again");
        }
        (event, self.now() + self.correction, self.rng.u64(1..60))
    }

    /// Whether the store was well again in time: nothing that happened before is an excuse.
    pub(super) fn recovers(&self) -> bool {
        self.weather.recovers()
    }

    fn stands_still(&mut self, time: Duration) {
        self.note(&format!("stands still for {time:?}"));
        self.excuses.insert("timed_out");
        if time > 2 * PATIENCE {
            self.freezes += 1;
            self.end = Instant::now() + time + PATIENCE;
        } else {
            self.stalled += time;
        }
    }

    fn draw(&mut self) -> Event {
        let Weather { often, outage, until } = self.weather;
        // Who is frozen more than three times gives up, and nothing is left to be seen.
        if self.begun.elapsed() > until || self.freezes == 3 {
            return Event::Fine;
        }
        if let Some((fault, end)) = outage {
            return if self.begun.elapsed() < end { fault } else { Event::Throttled };
        }
        let (lot, mut sum) = (self.rng.u8(..100), 0);
        let mishap = often.into_iter().position(|often| {
            sum += often;
            lot < sum
        });
        match mishap {
            Some(0) => Event::Throttled,
            Some(1) => Event::Unavailable,
            Some(2) => Event::Reset,
            Some(3) => Event::Garbled,
            Some(4) => Event::Partial,
            Some(5) => Event::Slow(Duration::from_millis(self.rng.u64(..4000))),
            Some(6) => Event::Silent,
            Some(7) => Event::Skewed,
            Some(8) => Event::Freeze(Duration::from_millis(self.rng.u64(..3000))),
            Some(9) => {
                let time = Duration::from_secs(self.rng.u64(60..7200));
                if self.rng.bool() { Event::Freeze(time) } else { Event::FreezeBehind(time) }
            }
            Some(_) => Event::Proxied,
            None => Event::Fine,
        }
    }

    fn answer(&mut self, names: &[String], event: Event, signed: i64) -> Result<Vec<Option<Stored>>, Fault> {
        let transient = |kind| Err(Fault::Transient(kind));
        let endpoint = || "a simulation".to_owned();
        match event {
            Event::Throttled => {
                self.excuses.insert("throttled");
                return transient(ProblemKind::Throttled);
            }
            Event::Unavailable => {
                self.excuses.insert("unavailable");
                return transient(ProblemKind::Unavailable { code: "InternalServerError".to_owned() });
            }
            Event::Reset => {
                self.excuses.insert("unreachable");
                return transient(ProblemKind::Unreachable { endpoint: endpoint() });
            }
            Event::Garbled => {
                self.excuses.insert("garbled");
                return transient(ProblemKind::Garbled);
            }
            Event::Slow(_) | Event::Silent => drop(self.excuses.insert("timed_out")),
            Event::Proxied => {
                self.excuses.insert("not_the_store");
                return Err(Fault::Permanent(ProblemKind::NotTheStore { status: 403 }));
            }
            _ => {}
        }
        let there = self.now() + self.clock;
        if matches!(event, Event::Skewed) || (there - signed).abs() > SIGNATURE {
            self.note("the signature is not of this time");
            self.excuses.insert("clock_skew");
            self.correction = self.clock;
            return Err(Fault::Skewed);
        }
        if let Some(name) = names.iter().find(|name| self.denied.contains(*name)) {
            let resource = self.rng.bool().then(|| format!("arn:aws:ssm:eu-west-1:123456789012:parameter{name}"));
            return Err(Fault::Denied { action: "ssm:GetParameters", resource });
        }
        let found = |name: &String| {
            let value = self.values.get(name)?.clone();
            Some(Found { name: Some(name.clone()), value: Some(value), ..Found::default() })
        };
        let mut found: Vec<Found> = names.iter().filter_map(found).collect();
        let mut invalid: Vec<String> = names.iter().filter(|name| !self.values.contains_key(*name)).cloned().collect();
        if matches!(event, Event::Partial) {
            self.excuses.insert("garbled");
            let left_out = &names[self.rng.usize(..names.len())];
            found.retain(|found| found.name.as_ref() != Some(left_out));
            invalid.retain(|name| name != left_out);
        }
        // As it comes out of the client.
        in_order(names, found, &invalid, true).ok_or(Fault::Transient(ProblemKind::Garbled))
    }
}
