//! The arguments of `secrets`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use clap_complete::engine::ArgValueCandidates;

use crate::complete;

#[derive(Subcommand)]
pub(crate) enum Secrets {
    /// Sets a secret, and restarts the functions that use it
    Set(SecretsSet),
    /// Prints a secret: the exact bytes and nothing else
    Get(SecretsGet),
    /// Lists secrets: what is set, where, since when. No values
    List(SecretsList),
    /// Removes a secret
    Remove(SecretsRemove),
    /// Sets all secrets of a file, or none
    Load(SecretsLoad),
    /// Opens the stage's secrets in an editor, then sets what changed
    Edit(SecretsEdit),
    /// Lists the versions of a secret. No values
    History(SecretsHistory),
    /// Sets a secret to what it was
    Rollback(SecretsRollback),
    /// Sets the secrets of one stage in another
    Copy(SecretsCopy),
    /// Restarts the functions that use secrets
    Restart(SecretsRestart),
}

/// Which of the two places of a secret.
#[derive(Args, Clone, Copy, Default)]
pub(crate) struct Place {
    /// The value that every stage without one of its own falls back to
    #[arg(long)]
    pub(crate) fallback: bool,
}

/// Whether functions are restarted.
#[derive(Args, Clone, Copy, Default)]
pub(crate) struct Restarting {
    /// Restarts nothing: running functions keep the old value until they start anew
    #[arg(long)]
    pub(crate) no_restart: bool,
}

/// Whether anything is done at all.
#[derive(Args, Clone, Copy, Default)]
pub(crate) struct Planning {
    /// Only shows what would be set
    #[arg(long)]
    pub(crate) plan: bool,
}

#[derive(Args)]
#[command(disable_help_flag = true, after_help = SET)]
pub(crate) struct SecretsSet {
    /// The secret
    #[arg(value_name = "NAME", add = ArgValueCandidates::new(complete::secrets))]
    pub(crate) name: String,
    /// The value; better from the prompt, from stdin (`-`, or piped) or from a file: arguments are seen by others
    #[arg(value_name = "VALUE", allow_hyphen_values = true)]
    pub(crate) value: Option<OsString>,
    /// What follows a value without quotes. The error must not print it.
    #[arg(hide = true)]
    pub(crate) rest: Vec<OsString>,
    /// Reads the value from a file
    #[arg(long, value_name = "FILE", conflicts_with = "value")]
    pub(crate) file: Option<PathBuf>,
    /// Makes a random value that nobody sees: LENGTH letters and digits (32), `uuid`, or `hex` (64 digits)
    #[arg(long, value_name = "LENGTH|uuid|hex", num_args = 0..=1, default_missing_value = "32")]
    #[arg(conflicts_with_all = ["value", "file", "trim"])]
    pub(crate) generate: Option<String>,
    /// Removes one line break at the end of what is read
    #[arg(long)]
    pub(crate) trim: bool,
    #[command(flatten)]
    pub(crate) place: Place,
    /// Declares the name in bind.toml, where it is not declared yet
    #[arg(long, value_name = "DOCS", num_args = 0..=1, default_missing_value = "", require_equals = true)]
    #[arg(conflicts_with = "value")]
    pub(crate) declare: Option<String>,
    /// Sets a name that is not declared
    #[arg(long, conflicts_with = "declare")]
    pub(crate) undeclared: bool,
    /// Sets it only where it is at this version (0: not set)
    #[arg(long, value_name = "VERSION")]
    pub(crate) expect_version: Option<i64>,
    #[command(flatten)]
    pub(crate) restarting: Restarting,
    /// Print help
    // Without `-h`: a value that starts with it would print the help and set nothing.
    #[arg(long, action = clap::ArgAction::Help)]
    pub(crate) help: Option<bool>,
}

#[derive(Args)]
pub(crate) struct SecretsGet {
    /// The secret
    #[arg(value_name = "NAME", add = ArgValueCandidates::new(complete::secrets))]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) place: Place,
    /// An earlier version
    #[arg(long, value_name = "VERSION")]
    pub(crate) version: Option<i64>,
}

#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "they are flags")]
pub(crate) struct SecretsList {
    /// The form; `env` is `NAME=value` lines for a dotenv reader, and needs --reveal
    #[arg(long, value_name = "table|env|json", default_value = "table", hide_possible_values = true)]
    pub(crate) format: ListFormat,
    /// Prints the values
    #[arg(long)]
    pub(crate) reveal: bool,
    /// With `--format env`: for readers that take `$NAME` as it is (dotenv, a shell, `secrets load`)
    #[arg(long)]
    pub(crate) no_expand: bool,
    /// Only the fallback
    #[arg(long, conflicts_with = "all_stages")]
    pub(crate) fallback: bool,
    /// Names × stages
    #[arg(long, conflicts_with = "stage")]
    pub(crate) all_stages: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// One line per secret
    Table,
    /// `NAME=value` lines for a dotenv reader; needs --reveal
    Env,
    /// An object per secret
    Json,
}

#[derive(Args)]
pub(crate) struct SecretsRemove {
    /// The secret
    #[arg(value_name = "NAME", add = ArgValueCandidates::new(complete::secrets))]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) place: Place,
    /// Does not ask
    #[arg(long)]
    pub(crate) yes: bool,
    /// Restarts the functions that use it, once it is removed
    #[arg(long)]
    pub(crate) restart: bool,
}

#[derive(Args)]
pub(crate) struct SecretsLoad {
    /// A dotenv or JSON file (an object of strings); `-` is stdin
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) planning: Planning,
    /// Also sets names that are not declared
    #[arg(long)]
    pub(crate) undeclared: bool,
    #[command(flatten)]
    pub(crate) restarting: Restarting,
}

#[derive(Args)]
pub(crate) struct SecretsEdit {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Does not ask before it sets
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) restarting: Restarting,
}

#[derive(Args)]
pub(crate) struct SecretsHistory {
    /// The secret
    #[arg(value_name = "NAME", add = ArgValueCandidates::new(complete::secrets))]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Args)]
pub(crate) struct SecretsRollback {
    /// The secret
    #[arg(value_name = "NAME", add = ArgValueCandidates::new(complete::secrets))]
    pub(crate) name: String,
    /// The version; else the one before the current
    #[arg(long, value_name = "VERSION")]
    pub(crate) to: Option<i64>,
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) planning: Planning,
    #[command(flatten)]
    pub(crate) restarting: Restarting,
}

#[derive(Args)]
pub(crate) struct SecretsCopy {
    /// The stage to copy from
    #[arg(long, value_name = "STAGE", add = ArgValueCandidates::new(complete::stages))]
    pub(crate) from: String,
    /// The stage to copy to
    #[arg(long, value_name = "STAGE", add = ArgValueCandidates::new(complete::stages))]
    pub(crate) to: String,
    /// Only these secrets
    #[arg(value_name = "NAME", add = ArgValueCandidates::new(complete::secrets))]
    pub(crate) names: Vec<String>,
    #[command(flatten)]
    pub(crate) planning: Planning,
    /// Also sets what is set already to another value
    #[arg(long)]
    pub(crate) overwrite: bool,
    #[command(flatten)]
    pub(crate) restarting: Restarting,
}

#[derive(Args)]
pub(crate) struct SecretsRestart {
    /// The secrets
    #[arg(value_name = "NAME", required = true, add = ArgValueCandidates::new(complete::secrets))]
    pub(crate) names: Vec<String>,
    #[command(flatten)]
    pub(crate) place: Place,
}

const SET: &str = "\
Without VALUE:
  bind-config secrets set STRIPE_KEY                      asks for the value, and hides it
  bind-config secrets set STRIPE_KEY --trim < file        takes it from stdin
  bind-config secrets set SESSION_KEY --generate=hex      makes one";
