//! The tool as a user runs it: arguments, stdin, stdout, stderr, exit code.
#![expect(clippy::unwrap_used, reason = "a helper of tests is a test")]

mod app;
mod kit;

mod bind;
mod check;
mod edit;
mod environment;
mod flaws;
mod help;
mod interrupted;
mod list;
mod load;
mod local;
mod nasty;
mod outages;
mod readme;
mod reports;
mod restart;
mod secrets;
mod server;
mod show;
mod stage;
mod stores;
mod together;
mod tty;
mod warnings;
