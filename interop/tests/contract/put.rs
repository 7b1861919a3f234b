//! `PutParameter`: versions, tiers, types.

use aws_sdk_ssm::Client;
use aws_sdk_ssm::operation::put_parameter::PutParameterOutput;
use aws_sdk_ssm::types::{ParameterTier, ParameterType};

use crate::observed::Source::{Guide, Model, Quoted};
use crate::observed::{Observed, outcome, refusal};

#[expect(clippy::needless_pass_by_value, reason = "what `outcome` hands over")]
fn stored(put: PutParameterOutput) -> String {
    format!("version {}, {}", put.version(), put.tier().map_or("no tier", ParameterTier::as_str))
}

pub(crate) async fn observe(ssm: &Client, observed: &mut Observed) {
    let put = |name: &str, value: &str| ssm.put_parameter().name(name).value(value);
    let secure = |name: &str, value: &str| put(name, value).r#type(ParameterType::SecureString);
    let again = |name: &str, value: &str| put(name, value).overwrite(true);

    let first = secure("/put/KEY", "one").send().await;
    observed.add("a new parameter is version 1 and Standard", Model, "version 1, Standard", outcome(first, stored));
    let unasked = secure("/put/KEY", "two").send().await;
    let text = "ParameterAlreadyExists: The parameter already exists. To overwrite this value, set the overwrite option in \
                the request to true.";
    observed.add("an existing parameter is not overwritten unasked", Quoted, text, refusal(unasked));
    let second = again("/put/KEY", "two").send().await;
    observed.add("a parameter is overwritten where asked", Model, "version 2, Standard", outcome(second, stored));
    let kind = ssm.get_parameter().name("/put/KEY").send().await;
    let kind = outcome(kind, |got| got.parameter.unwrap().r#type.unwrap().to_string());
    observed.add("overwriting without a type keeps the type", Model, "SecureString", kind);
    let overwrite_new = secure("/put/NEW", "one").overwrite(true).send().await;
    observed.add(
        "overwriting what is not there makes it",
        Model,
        "version 1, Standard",
        outcome(overwrite_new, stored),
    );

    let no_type = put("/put/TYPE", "x").send().await;
    let text = "ValidationException: A parameter type is required when you create a parameter.";
    observed.add("a new parameter needs a type", Quoted, text, refusal(no_type));
    let _ = put("/put/TEXT", "x").r#type(ParameterType::String).send().await;
    let changed = again("/put/TEXT", "y").r#type(ParameterType::SecureString).send().await;
    let text = "HierarchyTypeMismatchException: Parameter Store doesn't support changing a parameter type in a hierarchy. \
                For example, you can't change a parameter from a String type to a SecureString type. You must create a new, \
                unique parameter.";
    observed.add("a String does not become a SecureString", Model, text, refusal(changed));

    tiers(ssm, observed).await;
}

async fn tiers(ssm: &Client, observed: &mut Observed) {
    let put = |name: &str, length: usize, tier: Option<ParameterTier>| {
        let value = "x".repeat(length);
        let put = ssm.put_parameter().name(name).value(value).r#type(ParameterType::SecureString).overwrite(true);
        put.set_tier(tier).send()
    };

    let largest = put("/tier/STANDARD", 4096, None).await;
    observed.add("4,096 characters are Standard", Model, "version 1, Standard", outcome(largest, stored));
    let larger = put("/tier/LARGER", 4097, None).await;
    let text = "ValidationException: Standard tier parameters support a maximum parameter value of 4096 characters. To create \
                a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see \
                https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html";
    observed.add("4,097 characters are too many for Standard", Quoted, text, refusal(larger));
    let advanced = put("/tier/ADVANCED", 8192, Some(ParameterTier::Advanced)).await;
    observed.add("8,192 characters are Advanced", Model, "version 1, Advanced", outcome(advanced, stored));
    let too_large = put("/tier/TOO_LARGE", 8193, Some(ParameterTier::Advanced)).await;
    let text = "ValidationException: The specified parameter value is too large. Advanced-tier parameters support a maximum \
                parameter value of 8192 characters.";
    observed.add("8,193 characters are too many for Advanced", Quoted, text, refusal(too_large));

    let intelligent = Some(ParameterTier::IntelligentTiering);
    let small = put("/tier/INTELLIGENT", 10, intelligent.clone()).await;
    observed.add("Intelligent-Tiering starts with Standard", Model, "version 1, Standard", outcome(small, stored));
    let large = put("/tier/INTELLIGENT", 5000, intelligent).await;
    observed.add("Intelligent-Tiering goes up with the size", Model, "version 2, Advanced", outcome(large, stored));
    let kept = put("/tier/ADVANCED", 10, None).await;
    observed.add("an overwritten parameter keeps its tier", Guide, "version 2, Advanced", outcome(kept, stored));
    let down = put("/tier/ADVANCED", 10, Some(ParameterTier::Standard)).await;
    let text = "ValidationException: This parameter uses the advanced-parameter tier. You can't downgrade a parameter from \
                the advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced \
                parameter and recreate it as a standard parameter.";
    observed.add("Advanced does not become Standard", Quoted, text, refusal(down));
}
