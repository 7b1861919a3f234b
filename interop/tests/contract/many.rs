//! `GetParameters`.

use aws_sdk_ssm::Client;
use aws_sdk_ssm::operation::get_parameters::GetParametersOutput;
use aws_sdk_ssm::types::ParameterType;

use crate::observed::Source::{Guide, Model, Quoted};
use crate::observed::{Observed, list, outcome, values};
use crate::put_rules::NAME_RULE;

#[expect(clippy::needless_pass_by_value, reason = "what `outcome` hands over")]
fn both(got: GetParametersOutput) -> String {
    let mut invalid = got.invalid_parameters().to_vec();
    invalid.sort();
    format!("{}; invalid: {}", values(got.parameters()), list(&invalid))
}

pub(crate) async fn observe(ssm: &Client, observed: &mut Observed) {
    for (name, value) in [("/many/A", "a"), ("/many/B", "b1"), ("/many/B", "b2"), ("plain-many", "p")] {
        let put = ssm.put_parameter().name(name).value(value).r#type(ParameterType::SecureString).overwrite(true);
        let _ = put.send().await;
    }
    let get = |names: &[&str]| {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        ssm.get_parameters().set_names(Some(names)).with_decryption(true).send()
    };
    let arn = "arn:aws:ssm:us-east-1:123456789012:parameter/many/A";
    for (title, names, source, aws) in [
        (
            "what is not there is listed as invalid",
            &["/many/B", "/many/NO", "/many/A"][..],
            Model,
            "/many/A = a, /many/B = b2; invalid: /many/NO",
        ),
        (
            "a name that is given twice is answered once",
            &["/many/A", "/many/A"],
            Quoted,
            "/many/A = a; invalid: nothing",
        ),
        (
            "versions are selected",
            &["/many/B:1", "/many/B:9", "/many/B:live"],
            Guide,
            "/many/B:1 = b1; invalid: /many/B:9, /many/B:live",
        ),
        ("ARNs are as good as names", &[arn], Guide, "/many/A = a; invalid: nothing"),
        ("names without levels are found", &["plain-many"], Model, "plain-many = p; invalid: nothing"),
        ("one malformed name fails the whole call", &["/many/A", "many/A"], Quoted, NAME_RULE),
    ] {
        observed.add(title, source, aws, outcome(get(names).await, both));
    }

    let none = "ValidationException: 1 validation error detected: Value '[]' at 'names' failed to satisfy constraint: Member \
                must have length greater than or equal to 1";
    observed.add("no name is refused", Model, none, outcome(get(&[]).await, both));
    let names: Vec<String> = (0..11).map(|number| format!("/many/K{number:02}")).collect();
    let borrowed: Vec<&str> = names.iter().map(String::as_str).collect();
    let ten = outcome(get(&borrowed[..10]).await, |got| format!("{} invalid", got.invalid_parameters().len()));
    observed.add("ten names are taken", Model, "10 invalid", ten);
    let eleven = format!(
        "ValidationException: 1 validation error detected: Value '[{}]' at 'names' failed to satisfy constraint: Member must \
         have length less than or equal to 10",
        names.join(", ")
    );
    observed.add("eleven names are refused", Model, eleven, outcome(get(&borrowed).await, both));
}
