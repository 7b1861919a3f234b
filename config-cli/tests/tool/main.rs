//! The tool as a user runs it: arguments, stdin, stdout, stderr, exit code.

mod app;

mod bind;
mod edit;
mod environment;
mod flaws;
mod interrupted;
mod list;
mod load;
mod local;
mod nasty;
mod outages;
mod readme;
mod restart;
mod secrets;
mod stage;
mod together;
mod tty;
