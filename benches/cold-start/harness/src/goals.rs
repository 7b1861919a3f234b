//! What is promised of `bind-config`, and whether it holds.

use std::fmt;

use crate::cell::{Cell, Place, SMALLEST};
use crate::client::Id;
use crate::measure::{CPU, Figure, Measured, WALL};

/// A ratio between `bind-config` and another client in one cell.
pub(crate) struct Goal {
    pub(crate) cell: Cell,
    figure: Figure,
    bound: Bound,
}

enum Bound {
    /// So many times what the other one takes.
    AtMost(f64, Id),
    /// The other one takes so many times as much.
    Faster(f64, Id),
}

pub(crate) const GOALS: [Goal; 11] = [
    Goal { cell: stage(0), figure: WALL, bound: Bound::AtMost(1.1, Id::Empty) },
    Goal { cell: stage(1), figure: WALL, bound: Bound::AtMost(1.05, Id::Floor) },
    Goal { cell: stage(20), figure: WALL, bound: Bound::AtMost(1.05, Id::Floor) },
    Goal { cell: stage(50), figure: WALL, bound: Bound::AtMost(1.12, Id::Floor) },
    Goal { cell: half(5), figure: WALL, bound: Bound::AtMost(1.06, Id::Floor) },
    Goal { cell: half(20), figure: WALL, bound: Bound::AtMost(1.93, Id::Floor) },
    Goal { cell: stage(20), figure: CPU, bound: Bound::AtMost(1.7, Id::Floor) },
    Goal { cell: stage(20).with_cpu(SMALLEST), figure: WALL, bound: Bound::AtMost(1.15, Id::Floor) },
    Goal { cell: stage(20).with_cpu(SMALLEST), figure: WALL, bound: Bound::Faster(12.0, Id::Chunks) },
    Goal { cell: stage(20), figure: WALL, bound: Bound::Faster(6.0, Id::Node) },
    Goal { cell: stage(20).with_cpu(SMALLEST), figure: WALL, bound: Bound::Faster(75.0, Id::Node) },
];

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
    pub(crate) fn ratio(&self, measured: &Measured) -> Option<f64> {
        match self.bound {
            Bound::AtMost(_, other) => measured.ratio(Id::Ours, other, &self.figure),
            Bound::Faster(_, other) => measured.ratio(other, Id::Ours, &self.figure),
        }
    }

    pub(crate) fn is_held(&self, ratio: f64) -> bool {
        match self.bound {
            Bound::AtMost(bound, _) => ratio <= bound,
            Bound::Faster(bound, _) => ratio >= bound,
        }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (cell, what) = (self.cell, self.figure.name);
        match self.bound {
            Bound::AtMost(bound, other) => write!(f, "{cell}: {what} ≤ {bound} × {other}"),
            Bound::Faster(bound, other) => write!(f, "{cell}: {what} of {other} ≥ {bound} × bind-config"),
        }
    }
}
