//! What is promised of `bind-config`, and whether it holds.

use std::fmt;

use crate::cell::{Cell, IN_PORTIONS, Place, SMALLEST};
use crate::client::Id;
use crate::measure::{CPU, Figure, Measured, WALL};
use crate::results::Results;
use crate::size::megabytes;

/// A ratio between `bind-config` and another client in one cell.
struct Goal {
    cell: Cell,
    figure: Figure,
    bound: Bound,
}

enum Bound {
    /// So many times what the other one takes.
    AtMost(f64, Id),
    /// The other one takes so many times as much.
    Faster(f64, Id),
}

const GOALS: [Goal; 13] = [
    ours(stage(0), WALL, Bound::AtMost(1.1, Id::Empty)),
    ours(stage(1), WALL, Bound::AtMost(1.05, Id::Floor)),
    ours(stage(20), WALL, Bound::AtMost(1.05, Id::Floor)),
    ours(stage(50), WALL, Bound::AtMost(1.12, Id::Floor)),
    ours(half(5), WALL, Bound::AtMost(1.06, Id::Floor)),
    ours(half(20), WALL, Bound::AtMost(1.93, Id::Floor)),
    ours(stage(20), CPU, Bound::AtMost(1.7, Id::Floor)),
    ours(stage(20).with_cpu(SMALLEST), WALL, Bound::AtMost(1.15, Id::Floor)),
    ours(stage(20).with_cpu(SMALLEST), WALL, Bound::Faster(12.0, Id::Chunks)),
    ours(stage(20).with_cpu(IN_PORTIONS), WALL, Bound::AtMost(1.15, Id::Floor)),
    ours(stage(20).with_cpu(IN_PORTIONS), WALL, Bound::Faster(12.0, Id::Chunks)),
    ours(stage(20), WALL, Bound::Faster(6.0, Id::Node)),
    ours(stage(20).with_cpu(SMALLEST), WALL, Bound::Faster(75.0, Id::Node)),
];

/// How much larger a handler may become.
const HANDLER: u64 = 3_500_000;

const fn ours(cell: Cell, figure: Figure, bound: Bound) -> Goal {
    Goal { cell, figure, bound }
}

/// Each goal, what was measured, and whether that is held, in the words of the table; nothing where it was not measured.
pub(crate) fn verdicts(results: &Results) -> Vec<(String, Option<(String, &'static str)>)> {
    let ratios = GOALS.iter().map(|goal| {
        let ratio = results.of(&goal.cell).and_then(|measured| goal.ratio(measured));
        // Three decimals: what is rounded to the bound is not the bound.
        (goal.to_string(), ratio.map(|ratio| (format!("{ratio:.3}"), goal.verdict(ratio))))
    });
    let added = results.sizes.added();
    let handler = format!("{}, a handler: at most {} MB more", Id::Ours, megabytes(HANDLER));
    ratios.chain([(handler, Some((megabytes(added), verdict(added <= HANDLER, false))))]).collect()
}

fn verdict(is_held: bool, is_narrow: bool) -> &'static str {
    match (is_held, is_narrow) {
        (true, false) => "held",
        (true, true) => "held, narrowly",
        (false, false) => "**NOT held**",
        (false, true) => "**NOT held**, narrowly",
    }
}

/// The cells that goals are about.
pub(crate) fn cells() -> Vec<Cell> {
    let mut cells = Vec::new();
    for goal in &GOALS {
        if !cells.contains(&goal.cell) {
            cells.push(goal.cell);
        }
    }
    cells
}

const fn stage(secrets: usize) -> Cell {
    Cell::usual(secrets, Place::Stage)
}

const fn half(secrets: usize) -> Cell {
    Cell::usual(secrets, Place::Half)
}

impl Goal {
    /// What was measured; `None` where it was not.
    fn ratio(&self, measured: &Measured) -> Option<f64> {
        match self.bound {
            Bound::AtMost(_, other) => measured.ratio(Id::Ours, other, &self.figure),
            Bound::Faster(_, other) => measured.ratio(other, Id::Ours, &self.figure),
        }
    }

    fn is_held(&self, ratio: f64) -> bool {
        match self.bound {
            Bound::AtMost(bound, _) => ratio <= bound,
            Bound::Faster(bound, _) => ratio >= bound,
        }
    }

    fn verdict(&self, ratio: f64) -> &'static str {
        verdict(self.is_held(ratio), self.is_narrow(ratio))
    }

    /// So close to the bound that another run may be on its other side. How much larger ratios move is not known.
    fn is_narrow(&self, ratio: f64) -> bool {
        let (Bound::AtMost(bound, _) | Bound::Faster(bound, _)) = self.bound;
        bound <= 2.0 && self.figure.noise.is_some_and(|noise| (ratio - bound).abs() <= noise)
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (own, cell, what) = (Id::Ours, self.cell, self.figure.name);
        match self.bound {
            Bound::AtMost(bound, other) => write!(f, "{own}, {cell}: {what} ≤ {bound} × {other}"),
            Bound::Faster(bound, other) => write!(f, "{own}, {cell}: {what} of {other} ≥ {bound} ×"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_held_up_to_its_bound() {
        let at_most = ours(stage(1), WALL, Bound::AtMost(1.05, Id::Floor));
        assert!(at_most.is_held(1.05) && at_most.is_held(0.9) && !at_most.is_held(1.051));

        let faster = ours(stage(1), WALL, Bound::Faster(12.0, Id::Chunks));
        assert!(faster.is_held(12.0) && faster.is_held(13.0) && !faster.is_held(11.99));
    }

    #[test]
    fn what_is_within_the_noise_of_its_bound_is_narrow() {
        let wall = ours(stage(1), WALL, Bound::AtMost(1.05, Id::Floor));
        assert_eq!(wall.verdict(1.029), "held");
        assert_eq!(wall.verdict(1.031), "held, narrowly");
        assert_eq!(wall.verdict(1.069), "**NOT held**, narrowly");
        assert_eq!(wall.verdict(1.071), "**NOT held**");

        let cpu = ours(stage(1), CPU, Bound::AtMost(1.7, Id::Floor));
        assert_eq!(cpu.verdict(1.54), "held");
        assert_eq!(cpu.verdict(1.56), "held, narrowly");
        assert_eq!(cpu.verdict(1.84), "**NOT held**, narrowly");
        assert_eq!(cpu.verdict(1.86), "**NOT held**");

        let faster = ours(stage(1), WALL, Bound::Faster(6.0, Id::Node));
        assert_eq!(faster.verdict(6.001), "held");
        assert_eq!(faster.verdict(5.999), "**NOT held**");
    }
}
