//! Rounds: in each, every client runs once, in an order of its own.

use std::collections::HashMap;
use std::error::Error;
use std::path::Path;
use std::time::Duration;

use crate::Options;
use crate::cell::{Cell, Cpu};
use crate::client::{Client, Id};
use crate::process::{self, Sample};
use crate::quota::Quotas;
use crate::store::Store;

/// The samples of a cell, a client's in the order of the rounds.
pub(crate) struct Measured {
    pub(crate) cell: Cell,
    samples: HashMap<Id, Vec<Sample>>,
}

pub(crate) fn rounds(
    cell: Cell,
    clients: &[Client],
    options: &Options,
    quotas: Option<&Quotas>,
    folder: &Path,
) -> Result<Measured, Box<dyn Error>> {
    let store = Store::start(&cell, options.cap, folder)?;
    let mut order: Vec<&Client> = clients.iter().filter(|client| client.takes_part(&cell)).collect();
    let mut samples: HashMap<Id, Vec<Sample>> = HashMap::new();
    for _ in 0..options.rounds {
        fastrand::shuffle(&mut order);
        for client in &order {
            let group = match (cell.cpu, quotas) {
                (Cpu::Share { thousandths, period }, Some(quotas)) => Some(quotas.group(thousandths, period)?),
                _ => None,
            };
            let sample = process::run(client, &cell, &store, group.as_ref())?;
            samples.entry(client.id).or_default().push(sample);
        }
    }
    Ok(Measured { cell, samples })
}

/// What a table or a goal is about.
#[derive(Clone, Copy)]
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    /// So much do ratios up to 2 move from one run to the next, as far as that is known.
    pub(crate) noise: Option<f64>,
    of: fn(&Sample) -> f64,
}

pub(crate) const WALL: Figure =
    Figure { name: "wall", unit: "ms", noise: Some(0.02), of: |sample| milliseconds(sample.wall) };
pub(crate) const CPU: Figure =
    Figure { name: "CPU", unit: "ms", noise: Some(0.15), of: |sample| milliseconds(sample.cpu) };
pub(crate) const PEAK: Figure =
    Figure { name: "peak memory", unit: "MiB", noise: None, of: |sample| f64::from(sample.peak_kib) / 1024.0 };
pub(crate) const REQUESTS: Figure =
    Figure { name: "requests", unit: "", noise: None, of: |sample| f64::from(sample.requests) };
pub(crate) const CONNECTIONS: Figure =
    Figure { name: "connections", unit: "", noise: None, of: |sample| f64::from(sample.connections) };

impl Measured {
    pub(crate) fn median(&self, client: Id, figure: &Figure) -> Option<f64> {
        let samples = self.samples.get(&client)?;
        Some(median(samples.iter().map(figure.of).collect()))
    }

    /// How many times that of another client: the median of the ratios within each round.
    pub(crate) fn ratio(&self, client: Id, to: Id, figure: &Figure) -> Option<f64> {
        let (own, others) = (self.samples.get(&client)?, self.samples.get(&to)?);
        Some(median(own.iter().zip(others).map(|(own, other)| (figure.of)(own) / (figure.of)(other)).collect()))
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { f64::midpoint(values[middle - 1], values[middle]) }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_of_each_round_counts_and_not_that_of_the_medians() {
        let walls = |times: [u64; 3]| times.map(|time| sample(Duration::from_millis(time))).into();
        let samples = HashMap::from([(Id::Floor, walls([10, 20, 40])), (Id::Ours, walls([30, 20, 80]))]);
        let measured = Measured { cell: Cell::usual(1, crate::cell::Place::Stage), samples };

        assert_eq!(measured.median(Id::Ours, &WALL), Some(30.0));
        assert_eq!(measured.ratio(Id::Ours, Id::Floor, &WALL), Some(2.0));
        assert_eq!(measured.ratio(Id::Ours, Id::Node, &WALL), None);
    }

    #[test]
    fn the_median_of_an_even_number_is_between_two() {
        assert_eq!(Some(median(vec![4.0, 1.0, 2.0])), Some(2.0));
        assert_eq!(Some(median(vec![4.0, 1.0, 2.0, 8.0])), Some(3.0));
    }

    fn sample(wall: Duration) -> Sample {
        Sample { wall, cpu: Duration::ZERO, peak_kib: 0, requests: 0, connections: 0 }
    }
}
