//! Functions in MiniStack, which runs them as Lambda does.

use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use zip::write::SimpleFileOptions;

use crate::server::agent;
use crate::store::authorization;
use crate::{Store, root};

/// What an invocation came to.
#[derive(Debug, PartialEq)]
pub struct Invoked {
    /// `X-Amz-Function-Error`: `Unhandled` where the function failed.
    pub function_error: Option<String>,
    /// What the function returned, or its error.
    pub payload: Value,
}

/// The variables of a function.
pub type Variables = BTreeMap<String, String>;

/// A function as Lambda describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Configuration {
    /// Its variables.
    pub variables: Variables,
    /// What an update may be bound to. moto has none.
    pub revision: Option<String>,
}

/// Makes a function of a binary. It runs with `variables` and what Lambda adds.
pub fn create(store: &Store, name: &str, binary: &Path, variables: &[(String, String)]) {
    let variables: Variables = variables.iter().cloned().collect();
    let body = json!({
        "FunctionName": name,
        "Runtime": "provided.al2023",
        "Handler": "bootstrap",
        "Role": "arn:aws:iam::123456789012:role/function",
        "Code": { "ZipFile": BASE64_STANDARD.encode(package(binary)) },
        "Environment": { "Variables": variables },
        "Timeout": 60,
    });
    let (status, _, answer) = post(store, "/2015-03-31/functions", body.to_string());
    assert_eq!(status, 201, "{name}: {answer}");
}

/// A function that is there, and is never invoked.
pub fn create_idle(store: &Store, name: &str, variables: &[(&str, &str)]) {
    let variables: Vec<_> = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    create(store, name, &root().join("run"), &variables);
}

/// What Lambda says of a function.
pub fn configuration(store: &Store, name: &str) -> Configuration {
    let url = format!("{}/2015-03-31/functions/{name}/configuration", store.endpoint());
    let mut answer = agent().get(url).header("authorization", authorization("lambda")).call().unwrap();
    read(&answer.body_mut().read_to_string().unwrap())
}

/// Gives a function these variables if it is at this revision, and returns the status of the answer: 412 if it is not.
pub fn update(store: &Store, name: &str, variables: &Variables, revision: &str) -> u16 {
    let body = json!({ "Environment": { "Variables": variables }, "RevisionId": revision });
    let answer = agent()
        .put(format!("{}/2015-03-31/functions/{name}/configuration", store.endpoint()))
        .header("authorization", authorization("lambda"))
        .header("content-type", "application/json")
        .config()
        .http_status_as_error(false)
        .build()
        .send(body.to_string());
    answer.unwrap().status().as_u16()
}

fn read(answer: &str) -> Configuration {
    let answer: Value = serde_json::from_str(answer).unwrap();
    let variables = serde_json::from_value(answer["Environment"]["Variables"].clone()).unwrap_or_default();
    Configuration { variables, revision: answer["RevisionId"].as_str().map(str::to_owned) }
}

/// Invokes a function and waits for its answer.
pub fn invoke(store: &Store, name: &str, event: &Value) -> Invoked {
    let path = format!("/2015-03-31/functions/{name}/invocations");
    let (status, function_error, payload) = post(store, &path, event.to_string());
    assert_eq!(status, 200, "{name}: {payload}");
    Invoked { function_error, payload: serde_json::from_str(&payload).unwrap() }
}

/// A zip file with the binary as `bootstrap`.
pub fn package(binary: &Path) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options =
        SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored).unix_permissions(0o755);
    zip.start_file("bootstrap", options).unwrap();
    zip.write_all(&std::fs::read(binary).unwrap()).unwrap();
    zip.finish().unwrap().into_inner()
}

fn post(store: &Store, path: &str, body: String) -> (u16, Option<String>, String) {
    let mut answer = agent()
        .post(format!("{}{path}", store.endpoint()))
        .header("authorization", authorization("lambda"))
        .header("content-type", "application/json")
        .config()
        .http_status_as_error(false)
        .build()
        .send(body)
        .unwrap();
    let error = answer.headers().get("x-amz-function-error").map(|error| error.to_str().unwrap().to_owned());
    (answer.status().as_u16(), error, answer.body_mut().read_to_string().unwrap())
}
