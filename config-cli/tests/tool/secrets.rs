//! The commands on one secret, a room each.

mod copy;
mod get;
mod history;
mod remove;
mod rollback;
mod set;
