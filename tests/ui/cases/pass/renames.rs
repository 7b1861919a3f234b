#![deny(warnings)]

use std::future::Future;
use std::task::{Context, Poll, Waker};

bind_config::bind_config!("manifests/plain.json", "PORT" => VERSION, "VERSION" => r#type);

// Lower-case constants of the module do not get into what is generated.
#[allow(dead_code, non_upper_case_globals)]
const values: u8 = 0;
#[allow(dead_code, non_upper_case_globals)]
static text: u8 = 0;

fn main() {
    let environment =
        [("SST_APP", "orders"), ("SST_STAGE", "dev"), ("SST_Parameter_value_PORT", "80"), ("SST_Parameter_value_VERSION", "2")];
    let config = now(Config::load_from(&environment.into_iter().collect())).unwrap();
    assert_eq!((config.VERSION, config.r#type.as_str()), (80, "2"));

    // Where a field came from is asked by its own name.
    let place = |field: &str| config.sources().field(field).and_then(|row| row.origin.place()).map(str::to_owned);
    assert_eq!(place("VERSION").as_deref(), Some("SST_Parameter_value_PORT"));
    assert_eq!(place("type").as_deref(), Some("SST_Parameter_value_VERSION"));
    assert_eq!(place("PORT"), None);
    let bindings: Vec<_> = config.sources().fields().iter().map(|row| row.binding).collect();
    assert_eq!(bindings, ["PORT", "VERSION"]);
    let names: Vec<_> = config.sources().fields().iter().map(|row| row.name).collect();
    assert_eq!(names, ["VERSION", "type"]);

    assert!(config.sources().to_json().contains(r#""binding":"PORT""#));

    CONFIG.set(Config::example()).unwrap();
    let names: Vec<_> = CONFIG.sources().fields().iter().map(|row| row.name).collect();
    assert_eq!(names, ["VERSION", "type"]);

    let err = now(Config::load_from(&environment[..3].iter().copied().collect())).err().unwrap();
    assert_eq!(err.problems()[0].name(), Some("type"));
    assert_eq!(err.problems()[0].binding(), Some("VERSION"));
    let expected = "\n\nConfig.type has not been set for this function.\n  the environment has no SST_Parameter_value_VERSION\n";
    assert!(err.to_string().contains(expected), "{err}");
}

/// Plain values are there at once.
fn now<T>(future: impl Future<Output = T>) -> T {
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("nothing is fetched"),
    }
}
