//! The arguments: what clap reads, its help, and what completes.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::engine::ArgValueCandidates;

use crate::complete;
use crate::declaration::{Grants, StoreKind};

mod secrets;

pub(crate) use secrets::{
    ListFormat, Place, Planning, Restarting, Secrets, SecretsCopy, SecretsEdit, SecretsGet, SecretsHistory,
    SecretsList, SecretsLoad, SecretsRemove, SecretsRestart, SecretsRollback, SecretsSet,
};

/// Typed secrets and parameters, bound to functions: declare, set per stage, restart what uses them, bind to a command, check.
#[derive(Parser)]
#[command(name = "bind-config", version = VERSION, max_term_width = 100)]
#[command(after_help = ALL)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Cli {
    /// Whether reports are JSON.
    pub(crate) fn reports_json(&self) -> bool {
        let is_of_list =
            matches!(&self.command, Command::Secrets(Secrets::List(list)) if list.format == ListFormat::Json);
        self.global.json || is_of_list
    }
}

/// What every command understands.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Global {
    /// The stage; else `SST_STAGE`, `stage` of bind.toml, the personal stage (`bind-config stage`)
    #[arg(long, global = true, value_name = "STAGE", add = ArgValueCandidates::new(complete::stages))]
    pub(crate) stage: Option<String>,
    /// The app, where neither bind.toml nor bindings.json says it
    #[arg(long, global = true, value_name = "APP")]
    pub(crate) app: Option<String>,
    /// The store: SSM (AWS's, or what `AWS_ENDPOINT_URL_SSM` names), or the encrypted file of this laptop;
    /// else `BIND_CONFIG_STORE`, `store` of the stage and of bind.toml, SSM
    #[arg(long, global = true, value_name = "ssm|local", hide_possible_values = true)]
    pub(crate) store: Option<StoreKind>,
    /// The AWS profile
    #[arg(long, global = true, value_name = "PROFILE")]
    pub(crate) profile: Option<String>,
    /// The AWS region
    #[arg(long, global = true, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// The folder to look for the app in, and above; else the current one
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) project: Option<PathBuf>,
    /// A report as JSON, one document on stdout; errors are in it, too
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Only data, warnings and errors
    #[arg(long, global = true)]
    pub(crate) quiet: bool,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Writes a bind.toml for a new app, and keeps local values out of git
    Init(Init),
    /// Writes bindings.json from bind.toml, and with --out what a deployment needs
    Synth(Synth),
    /// Says what a new manifest does to code that compiles today
    Diff(Diff),
    /// Proves that manifest, bind.toml and store agree: the gate before a deploy
    Check(Check),
    /// Prints the policy that a function needs
    Iam(Iam),
    /// Prints the JSON Schema of bindings.json
    Schema,
    /// Shows what a function is bound to, and where each value would come from
    Show(Show),
    /// Sets, reads, lists and removes secrets, and restarts what uses them
    #[command(subcommand)]
    Secrets(Secrets),
    /// Looks at the copies of parameters in SSM
    #[command(subcommand)]
    Parameters(Parameters),
    /// Runs a command with the bound values of the stage in its environment
    Bind(Bind),
    /// Shows which stage is meant and why
    Stage(Stage),
    /// Serves, finds or deletes the encrypted store of this laptop
    #[command(subcommand)]
    Local(Local),
    /// Prints what a shell evaluates in order to complete commands, names and stages
    Completions(Completions),
    /// Prints the manual page, or writes all of them to a folder
    Man(Man),
}

#[derive(Args)]
pub(crate) struct Init {
    /// The app's name; else that of the folder
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
}

#[derive(Args)]
pub(crate) struct Synth {
    /// Writes nothing; shows what would change and exits 1 if something would
    #[arg(long)]
    pub(crate) check: bool,
    /// Also writes template.json, bindings.tf.json and, per function, its variables and policy into DIR/STAGE
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Marks the largest parameters as fetched at start (`fetch = true` in bind.toml) until every environment fits
    #[arg(long, conflicts_with = "check")]
    pub(crate) spill: bool,
}

#[derive(Args)]
pub(crate) struct Diff {
    /// A manifest, or a git revision of bindings.json; else `HEAD`
    pub(crate) old: Option<String>,
    /// A manifest, or a git revision; else bindings.json as it is
    pub(crate) new: Option<String>,
    /// Prints Markdown, for a pull request
    #[arg(long, conflicts_with = "json")]
    pub(crate) markdown: bool,
}

#[derive(Args)]
#[command(after_help = CHECK)]
pub(crate) struct Check {
    /// Only what this function is bound to
    #[arg(long, value_name = "FUNCTION", add = ArgValueCandidates::new(complete::functions))]
    pub(crate) function: Option<String>,
    /// Every stage of the store and of bind.toml, as a matrix
    #[arg(long, conflicts_with = "stage")]
    pub(crate) all_stages: bool,
    /// Only manifest against bind.toml: needs neither store nor credentials
    #[arg(long, conflicts_with = "all_stages")]
    pub(crate) offline: bool,
    /// Also prints annotations for GitHub Actions
    #[arg(long)]
    pub(crate) github: bool,
}

#[derive(Args)]
pub(crate) struct Iam {
    /// The function; else everything that is declared
    #[arg(value_name = "FUNCTION", add = ArgValueCandidates::new(complete::functions))]
    pub(crate) function: Option<String>,
    /// The form: a policy document, a statement with pseudo parameters, or Terraform's JSON (for a module of one stage)
    #[arg(long, value_name = "json|cloudformation|terraform", default_value = "json", hide_possible_values = true)]
    pub(crate) format: PolicyFormat,
    /// Each secret by name, or every secret of the stage and of the fallback; else `grants` of bind.toml
    #[arg(long, value_name = "exact|prefix", hide_possible_values = true)]
    pub(crate) grants: Option<Grants>,
    /// The ARN or id of the KMS key that secrets are encrypted with; else `kms_key` of bind.toml
    #[arg(long, value_name = "KEY")]
    pub(crate) kms_key: Option<String>,
    /// The account in the ARNs, instead of `*` (which IAM takes for the own one)
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) account: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PolicyFormat {
    /// A policy document
    Json,
    /// A statement with CloudFormation's pseudo parameters
    Cloudformation,
    /// A document of Terraform JSON
    Terraform,
}

#[derive(Args)]
pub(crate) struct Show {
    /// The function; else everything that is declared
    #[arg(value_name = "FUNCTION", add = ArgValueCandidates::new(complete::functions))]
    pub(crate) function: Option<String>,
}

#[derive(Subcommand)]
pub(crate) enum Parameters {
    /// Lists the copies of parameters in SSM, in both layouts
    List,
}

#[derive(Args)]
#[command(override_usage = "bind-config bind [OPTIONS] -- <CMD> [ARGS]...", after_help = BIND)]
pub(crate) struct Bind {
    /// Only what this function is bound to; else everything that is declared
    #[arg(long, value_name = "FUNCTION", add = ArgValueCandidates::new(complete::functions))]
    pub(crate) function: Option<String>,
    /// The command and its arguments, as they are
    // Without `allow_hyphen_values`: a mistyped option would be the command.
    #[arg(value_name = "CMD", trailing_var_arg = true, required = true, value_hint = clap::ValueHint::CommandWithArguments)]
    pub(crate) command: Vec<OsString>,
}

#[derive(Args)]
pub(crate) struct Stage {
    #[command(subcommand)]
    pub(crate) command: Option<StageCommand>,
}

#[derive(Subcommand)]
pub(crate) enum StageCommand {
    /// Keeps a personal stage for this checkout
    Use {
        /// A letter, then letters, digits and `-`
        #[arg(value_name = "NAME", add = ArgValueCandidates::new(complete::stages))]
        name: String,
    },
}

#[derive(Subcommand)]
pub(crate) enum Local {
    /// Serves the local store on 127.0.0.1 until it is interrupted
    #[command(after_help = START)]
    Start {
        /// The port; else a free one
        #[arg(long, value_name = "PORT", default_value_t = 0, hide_default_value = true)]
        port: u16,
    },
    /// Prints where the local store is
    Path,
    /// Deletes the local store and its key
    Reset {
        /// Does not ask
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Args)]
#[command(after_help = COMPLETIONS)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Args)]
pub(crate) struct Man {
    /// Writes a page per command into DIR
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

const ALL: &str = "\
A first way through:
  bind-config init                       writes bind.toml, where bindings are declared
  bind-config stage use dev              keeps your personal stage
  bind-config synth                      writes bindings.json, which the code is compiled with
  bind-config secrets set STRIPE_KEY     asks for the value
  bind-config bind -- cargo run          runs the code with its values
  bind-config check --all-stages         says what is missing, before a deploy does

Exit codes: 0 done, 1 the answer is no, 2 it could not be asked.
Data is on stdout, everything else on stderr.";

const CHECK: &str = "\
Exit codes: 0 ready, 1 not ready, 2 it could not be asked.

  bind-config check --stage prod --github     in a pipeline, before it deploys
  bind-config check --offline                 in a pull request, without credentials";

const BIND: &str = "\
The command gets SST_APP, SST_STAGE, SST_SSM_PREFIX and the values, and takes the place of this program: signals and exit codes are its own. It starts only if all values are there and fit. Exit codes where it does not: 1 a value is missing or does not fit, 2 it could not be asked, 126 the command cannot be run, 127 there is no such command.

It gets the variables of .env, .env.local, .env.STAGE and .env.STAGE.local beside bind.toml, too: the later file wins, and the environment wins over all. A single value can be given there, as SST_Secret_value_NAME or SST_Parameter_value_NAME; not by an environment whose SST_APP or SST_STAGE is another one, which is told. Of what it is not bound to it gets no such variable, whoever has set it. This program itself takes neither the stage nor the region, the endpoint or credentials from these files.

  bind-config bind -- cargo test
  bind-config bind --stage dev --function api -- cargo run --bin orders-api";

const START: &str = "\
It prints the variables with which anything that speaks SSM reaches it. The commands of this program find it by themselves.";

const COMPLETIONS: &str = "\
A line for the file that the shell reads when it starts:
  ~/.bashrc                   source <(bind-config completions bash)
  ~/.zshrc                    source <(bind-config completions zsh)
  ~/.config/fish/config.fish  bind-config completions fish | source
  ~/.config/elvish/rc.elv     eval (bind-config completions elvish | slurp)
  $PROFILE of PowerShell      bind-config completions powershell | Out-String | Invoke-Expression";

/// The arguments, with `-h` alone read as `--help`: as a flag of `secrets set`, a value that begins with it would print the help
/// and set nothing.
pub(crate) fn with_help(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = arguments.collect();
    let is_of_set = words(&arguments).take(2).eq(["secrets", "set"]);
    let own = arguments.iter().position(|argument| argument == "--").unwrap_or(arguments.len());
    if is_of_set && let Some(help) = arguments[..own].iter_mut().find(|argument| *argument == "-h") {
        *help = OsString::from("--help");
    }
    arguments
}

/// The commands, and what follows them: neither flags that every command has, nor their values.
fn words(arguments: &[OsString]) -> impl Iterator<Item = &str> {
    let mut arguments = arguments.iter().skip(1);
    std::iter::from_fn(move || {
        loop {
            let word = arguments.next()?.to_str()?;
            if WITH_VALUE.contains(&word) {
                arguments.next();
            } else if !word.starts_with('-') {
                return Some(word);
            }
        }
    })
}

/// Of `Global`.
const WITH_VALUE: [&str; 6] = ["--stage", "--app", "--store", "--profile", "--region", "--project"];

/// Whether arguments that could not be read ask for a report as JSON.
pub(crate) fn asks_for_json(arguments: &[OsString]) -> bool {
    let own: Vec<&OsString> = arguments.iter().take_while(|argument| *argument != "--").collect();
    own.iter().any(|argument| *argument == "--json" || *argument == "--format=json")
        || own.windows(2).any(|pair| pair[0] == "--format" && pair[1] == "json")
}

/// `0.1.0 (1a2b3c4d5e6f)`, the commit where the sources were a checkout.
const VERSION: &str = if env!("BIND_CONFIG_COMMIT").is_empty() {
    env!("CARGO_PKG_VERSION")
} else {
    concat!(env!("CARGO_PKG_VERSION"), " (", env!("BIND_CONFIG_COMMIT"), ")")
};
