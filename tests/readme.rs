//! What the README shows, run.

#![expect(clippy::print_stdout, reason = "as the README has it")]

#[rustfmt::skip]
use bind_config::{Watched, field}; // bind-config = { version = "…", features = ["watch"] }

bind_config::bind_config!("tests/manifests/readme.json");

const README: &str = include_str!("../README.md");

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), bind_config::LoadError> {
    let config = CONFIG.load().await?; // once, first, in main
    println!("{} on {}, version {}", config.APP, config.STAGE, config.VERSION);
    charge(config.STRIPE_KEY.expose_secret()); // Secret<str>
    Ok(())
}

fn charge(_key: &str) {}

#[test]
#[rustfmt::skip]
fn a_handler_is_tested_with_an_example() {
    let config = Config { STRIPE_KEY: "sk_test_1".into(), ..Config::example() };  // handlers take `&Config`
    let _ = CONFIG.set(Config::example());  // for code that reads `CONFIG`; tests share a process, so the first one sets it
    let watched = Watched::fixed(Config::example());  // for code that takes a `Watched<Config>`

    charge(config.STRIPE_KEY.expose_secret());
    assert_eq!(config.STRIPE_KEY.expose_secret(), "sk_test_1");
    assert_eq!((CONFIG.APP.as_str(), watched.current().APP.as_str()), ("orders", "orders"));
}

#[tokio::test]
async fn the_configuration_is_loaded() -> Result<(), Box<dyn std::error::Error>> {
    let ssm = bind_config_local::LocalSsm::start()?;
    ssm.put_secret("orders", "dev", "STRIPE_KEY", "sk_test_1")?;
    let variables = ssm.variables("orders", "dev").with("SST_Parameter_value_VERSION", "7");

    let config = Config::load_from(&variables.into_iter().collect()).await?;

    assert_eq!((config.VERSION.as_str(), config.STRIPE_KEY.expose_secret()), ("7", "sk_test_1"));
    Ok(())
}

/// The same in an app with functions.
mod api {
    bind_config::bind_config!(
        #[allow(dead_code)]
        "tests/manifests/readme_functions.json",
        function = "api"
    );
}

/// The handler of the whole way, with the manifest that the tool makes of its `bind.toml`.
#[rustfmt::skip]
mod way {
    bind_config::bind_config!("tests/manifests/readme_way.json", function = "api");

    #[tokio::main(flavor = "current_thread")]
    pub(super) async fn main() -> Result<(), bind_config::LoadError> {
        CONFIG.load().await?; // everything is there and fits, or one error says what is not
        println!("at most {} items, a key of {} bytes", CONFIG.MAX_ITEMS, CONFIG.STRIPE_KEY.expose_secret().len());
        Ok(())
    }
}

#[test]
fn without_a_deployment_the_handler_of_the_whole_way_says_what_is_missing() {
    let report = way::main().unwrap_err().to_string();
    assert!(report.contains("SST_APP"), "{report}");
}

/// A service that runs for days.
#[rustfmt::skip]
#[expect(clippy::let_and_return, reason = "as the README has it")]
async fn serve() -> Result<(), bind_config::LoadError> {
    // In `main`, in place of `CONFIG.load()`, and `CONFIG` is not loaded then. Hand it on: it is cheap to clone.
    let watched = Watched::<Config>::load().await?; // or `Watched::<Config>::builder()`, with `every`, `max_age`, `load`
    println!("{}", watched.health()); // fresh: confirmed 0 s ago

    // All fields: `changes`. Before `current`, so that nothing falls between the two.
    let mut changes = watched.changes_of([field!(Config, STRIPE_KEY)]);
    tokio::spawn(async move {
        while let Some(change) = changes.next().await {
            println!("{:?}", change.fields); // names and places, no values; those are in `change.config`
        }
    });

    let config = watched.current(); // in a request: an `Arc`, without a lock
    charge(config.STRIPE_KEY.expose_secret());
    // Rotated under way: where the error says so, the key is read anew and the call made once more.
    let paid = watched.retry_with_refresh_if(async |config| pay(config.STRIPE_KEY.expose_secret()).await, is_unauthorized).await;
    paid
}

fn is_unauthorized(_error: &bind_config::LoadError) -> bool {
    false
}

#[expect(clippy::unused_async, reason = "as the README has it")]
async fn pay(_key: &str) -> Result<(), bind_config::LoadError> {
    Ok(())
}

#[tokio::test]
async fn without_a_deployment_a_service_says_what_is_missing() {
    let report = serve().await.unwrap_err().to_string();
    assert!(report.contains("SST_APP"), "{report}");
}

fn blocks() -> Vec<&'static str> {
    README.split("```").skip(1).step_by(2).collect()
}

#[tokio::test]
async fn the_readme_shows_the_report_of_a_failed_start() {
    let ssm = bind_config_local::LocalSsm::builder().region("eu-west-1").start().unwrap();
    let variables = ssm.variables("orders", "dev").with("SST_Secret_value_STRIPE_KEY", "__FETCH_FROM_SSM__");

    let error = api::Config::load_from(&variables.into_iter().collect()).await.unwrap_err();

    // As a `main` that returns it prints it.
    let printed = format!("text\nError: {error:?}\n");
    assert!(blocks().contains(&printed.as_str()), "{printed}");
}

#[tokio::test]
async fn a_function_that_is_deployed_as_the_readme_says_starts() {
    let blocks = blocks();
    let block = |start: &str| *blocks.iter().find(|block| block.starts_with(start)).unwrap();
    let of_function = block("text\nSST_APP=")
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let ssm = bind_config_local::LocalSsm::start().unwrap();
    let of_store = ssm.variables("orders", "dev").into_iter().filter(|(name, _)| name.starts_with("AWS_"));
    let environment = of_function.chain(of_store).collect();

    let error = Config::load_from(&environment).await.unwrap_err();
    ssm.put_secret("orders", "dev", "STRIPE_KEY", "sk_test_1").unwrap();
    let config = Config::load_from(&environment).await.unwrap();

    assert_eq!(config.VERSION, "7");
    // The policy has what the load asks for, and the command stores it there.
    let paths = error.problems()[0].paths();
    let policy: serde_json::Value =
        serde_json::from_str(block("json\n{ \"Effect\"").trim_start_matches("json")).unwrap();
    let resource = |path: &String| format!("arn:aws:ssm:*:123456789012:parameter{path}");
    assert_eq!(policy["Action"], "ssm:GetParameters");
    assert_eq!(policy["Resource"], serde_json::json!(paths.iter().map(resource).collect::<Vec<_>>()));
    let command =
        format!("aws ssm put-parameter --type SecureString --overwrite --name {} --value file://key.txt", paths[0]);
    assert!(block("sh\nprintf").lines().any(|line| line == command));
}

#[test]
fn the_readme_shows_the_error_of_an_unbound_name() {
    let error = include_str!("ui/cases/fail/field/readme.stderr").replace("cases/fail/field/readme.rs", "src/main.rs");
    assert!(blocks().contains(&format!("text\n{error}").as_str()), "{error}");
}

#[test]
fn the_readme_shows_what_is_tested_here() {
    let blocks = blocks();
    let manifest = concat!("json\n", include_str!("manifests/readme.json"));
    assert!(blocks.contains(&manifest));

    let this: Vec<&str> = include_str!("readme.rs").lines().collect();
    let is_tested = |line: &&str| {
        !line.is_empty()
            && !line.starts_with("bind_config::bind_config!(\"bindings.json\")")
            && !line.contains("println!(\"{}\", config.sources")
            // The whole way is a test of the tool.
            && !line.contains("src/bin/api.rs")
            && !line.contains("function = \"api\"); //")
    };
    let rust: Vec<&str> = blocks.iter().filter(|block| block.starts_with("rust")).copied().collect();
    assert_eq!(rust.len(), 5);
    for line in rust.iter().flat_map(|block| block.lines().skip(1)).filter(is_tested) {
        let is_it = |own: &str| own.trim().trim_start_matches("pub(super) ") == line.trim();
        assert!(this.iter().any(|own| is_it(own)), "{line}");
    }
}
