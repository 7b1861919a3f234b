#![deny(warnings)]

bind_config::bind_config!(#[allow(dead_code)] pub struct Api, static API, "manifests/app.json", function = "api");
bind_config::bind_config!(#[allow(dead_code)] struct Worker, static WORKER, "manifests/app.json", function = "worker");

mod all {
    bind_config::bind_config!(#[allow(dead_code)] "manifests/app.json", function = *);

    pub fn level() -> LogLevel {
        Config::example().LOG_LEVEL
    }
}

mod common {
    bind_config::bind_config!("manifests/app.json", functions = ["api", "worker"]);
}

fn main() {
    assert!(API.set(Api::example()).is_ok() && WORKER.set(Worker::example()).is_ok());
    assert_eq!((API.LOG_LEVEL, WORKER.TABLE_NAME.as_str()), (ApiLogLevel::Info, "example"));
    assert_eq!(all::level().as_str(), API.LOG_LEVEL.as_str());
    let common::Config { APP: _, STAGE: _, VERSION } = common::Config::example();
    assert_eq!(VERSION, API.VERSION);
}
