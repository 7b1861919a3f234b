//! `GetParameter`: what an answer holds, and every way to name a parameter.

use aws_sdk_ssm::Client;
use aws_sdk_ssm::types::{Parameter, ParameterType};
use bind_config_interop::Store;

use crate::observed::Source::{Guide, Model, Quoted};
use crate::observed::{Observed, outcome, refusal, values};
use crate::put_rules::NAME_RULE;

const ARN: &str = "arn:aws:ssm:us-east-1:123456789012:parameter/get/KEY";

fn fields(parameter: &Parameter) -> String {
    let selector = parameter.selector().map(|selector| format!(", selector {selector}")).unwrap_or_default();
    let modified =
        if parameter.last_modified_date().is_some_and(|date| date.secs() > 1_700_000_000) { "" } else { ", no date" };
    format!(
        "{} = {}, {}, version {}, {}, {}{selector}{modified}",
        parameter.name().unwrap_or_default(),
        parameter.value().unwrap_or_default(),
        parameter.r#type().map_or("no type", ParameterType::as_str),
        parameter.version(),
        parameter.data_type().unwrap_or("no data type"),
        parameter.arn().unwrap_or("no ARN"),
    )
}

pub(crate) async fn observe(store: &Store, ssm: &Client, observed: &mut Observed) {
    let get = |name: &str| ssm.get_parameter().name(name).with_decryption(true).send();
    for value in ["one", "two", "three"] {
        store.secure("/get/KEY", value).await;
    }
    let _ = ssm.label_parameter_version().name("/get/KEY").parameter_version(2).labels("live").send().await;
    store.string("plain", "without a slash").await;
    store.string("/get/TEXT", "text").await;

    for (title, name, aws) in [
        (
            "a name gives the latest version",
            "/get/KEY",
            format!("/get/KEY = three, SecureString, version 3, text, {ARN}"),
        ),
        (
            "a name with a version gives that one",
            "/get/KEY:1",
            format!("/get/KEY = one, SecureString, version 1, text, {ARN}, selector :1"),
        ),
        (
            "a name with a label gives the version that has it",
            "/get/KEY:live",
            format!("/get/KEY = two, SecureString, version 2, text, {ARN}, selector :live"),
        ),
        ("an ARN is as good as a name", ARN, format!("/get/KEY = three, SecureString, version 3, text, {ARN}")),
        (
            "an ARN takes a version",
            &format!("{ARN}:1"),
            format!("/get/KEY = one, SecureString, version 1, text, {ARN}, selector :1"),
        ),
        (
            "a name without levels needs no slash, also where it is given one",
            "/plain",
            "plain = without a slash, String, version 1, text, arn:aws:ssm:us-east-1:123456789012:parameter/plain"
                .to_owned(),
        ),
    ] {
        observed.add(title, Guide, aws, outcome(get(name).await, |got| fields(&got.parameter.unwrap())));
    }

    let selector = "ValidationException: Invalid parameter name. Please use correct syntax for referencing a version/label \
                    <name>:<version/label>";
    let version = |version: &str| {
        format!(
            "ParameterVersionNotFound: Systems Manager could not find version {version} of /get/KEY. Verify the version and \
             try again."
        )
    };
    let elsewhere = ARN.replace("us-east-1", "eu-west-1");
    for (title, name, aws) in [
        ("a version that is not there", "/get/KEY:7", version("7")),
        ("a label that is not there", "/get/KEY:old", version("old")),
        ("two selectors are refused", "/get/KEY:1:2", selector.to_owned()),
        ("an empty selector is refused", "/get/KEY:", selector.to_owned()),
        ("a path is asked for with its first slash", "get/KEY", NAME_RULE.to_owned()),
        ("characters that no name has are refused", "/get/K{}", NAME_RULE.to_owned()),
    ] {
        observed.add(title, Quoted, aws, refusal(get(name).await));
    }
    for (title, name) in
        [("a name that is not there (the code)", "/get/OTHER"), ("an ARN of another region (the code)", &elsewhere)]
    {
        let code = refusal(get(name).await).split(':').next().unwrap_or_default().to_owned();
        observed.add(title, Model, "ParameterNotFound", code);
    }

    texts(store, ssm, observed).await;
}

async fn texts(store: &Store, ssm: &Client, observed: &mut Observed) {
    let get = |name: &str| ssm.get_parameter().name(name).with_decryption(true).send();
    let encrypted = ssm.get_parameter().name("/get/KEY").send().await;
    let encrypted = outcome(encrypted, |got| {
        let value = got.parameter.unwrap().value.unwrap();
        if value.is_empty() || value.contains("three") { format!("shows {value}") } else { "is not shown".to_owned() }
    });
    observed.add("a SecureString is encrypted where nobody asks to decrypt", Model, "is not shown", encrypted);
    let text = ssm.get_parameter().name("/get/TEXT").with_decryption(false).send().await;
    let text = outcome(text, |got| got.parameter.unwrap().value.unwrap());
    observed.add("a String is itself without decryption", Model, "text", text);

    let value = "  Grüße\r\n\t\"quoted\" \\ 🦀 #key\n";
    store.secure("/get/UNICODE", value).await;
    let back = outcome(get("/get/UNICODE").await, |got| {
        if got.parameter.unwrap().value.unwrap() == value { "the same".to_owned() } else { "another".to_owned() }
    });
    observed.add("blanks, line ends, quotes and emoji come back", Model, "the same", back);

    store.managed_secret("db", r#"{"password":"p#w"}"#);
    let name = "/aws/reference/secretsmanager/db";
    let managed = get(name).await;
    let managed = outcome(managed, |got| values(&[got.parameter.unwrap()]));
    let aws = format!("{name} = {}", r#"{"password":"p#w"}"#);
    observed.add("a secret of Secrets Manager has a name here", Guide, aws, managed);
    let plain = ssm.get_parameter().name(name).send().await;
    let aws = "ValidationException: WithDecryption flag must be True for retrieving a Secret Manager secret.";
    observed.add("a secret of Secrets Manager is only read decrypted", Guide, aws, refusal(plain));
    let code =
        refusal(get("/aws/reference/secretsmanager/other").await).split(':').next().unwrap_or_default().to_owned();
    observed.add("a secret of Secrets Manager that is not there (the code)", Guide, "ParameterNotFound", code);
}
