//! `LabelParameterVersion`, `UnlabelParameterVersion`.

use aws_sdk_ssm::Client;
use aws_sdk_ssm::types::ParameterType;

use crate::observed::Source::{Guide, Model, Quoted};
use crate::observed::{Observed, list, outcome, refusal};

pub(crate) async fn observe(ssm: &Client, observed: &mut Observed) {
    for value in ["one", "two"] {
        let put = ssm.put_parameter().name("/label/KEY").value(value).r#type(ParameterType::String).overwrite(true);
        let _ = put.send().await;
    }
    let label = || ssm.label_parameter_version().name("/label/KEY");
    let value_of = |label: &str| ssm.get_parameter().name(format!("/label/KEY:{label}")).send();

    let latest = outcome(label().labels("live").send().await, |done| {
        format!("version {}; invalid: {}", done.parameter_version(), list(done.invalid_labels()))
    });
    observed.add("a label goes to the latest version", Model, "version 2; invalid: nothing", latest);
    let moved = label().parameter_version(1).labels("live").send().await;
    let moved = outcome(moved, |done| format!("version {}", done.parameter_version()));
    observed.add("a label goes to the version that is named", Model, "version 1", moved);
    let value = outcome(value_of("live").await, |got| got.parameter.unwrap().value.unwrap());
    observed.add("a label that is given again has moved", Guide, "one", value);
    let invalid = label().labels("ok").labels("1st").labels("aws-x").send().await;
    let invalid = outcome(invalid, |done| {
        let mut invalid = done.invalid_labels().to_vec();
        invalid.sort();
        list(&invalid)
    });
    observed.add("labels that are none are listed", Guide, "1st, aws-x", invalid);
    let many = (0..10).map(|number| format!("l{number}"));
    let many = refusal(label().parameter_version(1).set_labels(Some(many.collect())).send().await);
    let code = many.split(':').next().unwrap_or_default().to_owned();
    observed.add("a version has at most ten labels (the code)", Model, "ParameterVersionLabelLimitExceeded", code);
    let version = refusal(label().parameter_version(9).labels("x").send().await);
    let aws = "ParameterVersionNotFound: Systems Manager could not find version 9 of /label/KEY. Verify the version and try \
               again.";
    observed.add("a version that is not there takes no label", Quoted, aws, version);
    let missing = refusal(ssm.label_parameter_version().name("/label/NO").labels("x").send().await);
    let missing = missing.split(':').next().unwrap_or_default().to_owned();
    observed.add("a parameter that is not there takes no label (the code)", Model, "ParameterNotFound", missing);
    let removed = ssm.unlabel_parameter_version().name("/label/KEY").parameter_version(1).labels("live").labels("no");
    let removed = outcome(removed.send().await, |done| {
        format!("removed: {}; invalid: {}", list(done.removed_labels()), list(done.invalid_labels()))
    });
    observed.add("a label is taken off", Model, "removed: live; invalid: no", removed);
}
