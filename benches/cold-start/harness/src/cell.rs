//! What is measured: so many secrets, in such a place, so far away, with so much of a CPU.

use std::fmt;
use std::time::Duration;

/// One situation in which all clients are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) secrets: usize,
    pub(crate) place: Place,
    pub(crate) latency: Duration,
    pub(crate) cpu: Cpu,
    pub(crate) host: Host,
}

/// Where the secrets are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// All of them in the stage.
    Stage,
    /// Every other one is only in the fallback.
    Half,
}

/// How the store is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Host {
    /// `127.0.0.1`
    Address,
    /// `localhost`: it is looked up, in the machine's file of hosts.
    Name,
}

/// How much of a CPU a client has. Lambda gives a function a whole one for 1,769 MB of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cpu {
    /// As much as the machine has.
    Unlimited,
    /// So many thousandths of each period, all of them there at its beginning.
    Share { thousandths: u32, period: Duration },
}

/// What a function of 128 MB has.
pub(crate) const SMALLEST: Cpu = Cpu::share(72);
pub(crate) const CPUS: [Cpu; 4] = [Cpu::Unlimited, Cpu::share(1000), Cpu::share(250), SMALLEST];
/// The same in smaller portions: a start that takes more than one waits for the next.
pub(crate) const IN_PORTIONS: Cpu = Cpu::Share { thousandths: 72, period: Duration::from_millis(20) };
/// How often it is there, if nothing is said: the kernel's default.
const PERIOD: Duration = Duration::from_millis(100);
/// That of a request.
pub(crate) const LATENCIES: [Duration; 3] = [USUAL, Duration::from_millis(5), Duration::ZERO];
/// SSM's.
pub(crate) const USUAL: Duration = Duration::from_millis(20);
/// The one in which the store's name is looked up.
pub(crate) const BY_NAME: Cell = Cell::usual(20, Place::Stage).by_name();
/// How many secrets, and where. `clients/ours/build.rs` has a manifest for each of the numbers.
pub(crate) const SIZES: [(usize, Place); 11] = [
    (0, Place::Stage),
    (1, Place::Stage),
    (10, Place::Stage),
    (20, Place::Stage),
    (50, Place::Stage),
    (200, Place::Stage),
    (5, Place::Half),
    (10, Place::Half),
    (20, Place::Half),
    (50, Place::Half),
    (200, Place::Half),
];

impl Cell {
    /// At the usual latency, without a quota.
    pub(crate) const fn usual(secrets: usize, place: Place) -> Self {
        Self { secrets, place, latency: USUAL, cpu: Cpu::Unlimited, host: Host::Address }
    }

    pub(crate) const fn with_latency(self, latency: Duration) -> Self {
        Self { latency, ..self }
    }

    pub(crate) const fn with_cpu(self, cpu: Cpu) -> Self {
        Self { cpu, ..self }
    }

    pub(crate) const fn by_name(self) -> Self {
        Self { host: Host::Name, ..self }
    }

    /// Every situation. Where nothing is fetched, no latency changes anything.
    pub(crate) fn all() -> Vec<Self> {
        let in_portions = |secrets| Self::usual(secrets, Place::Stage).with_cpu(IN_PORTIONS);
        let mut cells = vec![BY_NAME, in_portions(1), in_portions(20), in_portions(50)];
        for cpu in CPUS {
            for latency in LATENCIES {
                let sizes = SIZES.into_iter().filter(|(secrets, _)| *secrets > 0 || latency == USUAL);
                let usual = sizes.map(|(secrets, place)| Self::usual(secrets, place));
                cells.extend(usual.map(|cell| cell.with_latency(latency).with_cpu(cpu)));
            }
        }
        cells
    }
}

impl Cpu {
    const fn share(thousandths: u32) -> Self {
        Self::Share { thousandths, period: PERIOD }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "N={}", self.secrets)?;
        if self.place == Place::Half {
            f.write_str(", half in the fallback")?;
        }
        if self.secrets > 0 {
            write!(f, ", {} ms", self.latency.as_millis())?;
        }
        if self.host == Host::Name {
            f.write_str(", by name")?;
        }
        if self.cpu == Cpu::Unlimited { Ok(()) } else { write!(f, ", {}", self.cpu) }
    }
}

impl fmt::Display for Cpu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unlimited => f.write_str("no quota"),
            Self::Share { thousandths, period } => {
                write!(f, "{} vCPU", f64::from(*thousandths) / 1000.0)?;
                if *period == PERIOD { Ok(()) } else { write!(f, " in periods of {} ms", period.as_millis()) }
            }
        }
    }
}
