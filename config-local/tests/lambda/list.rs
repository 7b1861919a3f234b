//! The listings: functions, versions, aliases, provisioned concurrency, tags.

use aws_sdk_lambda::types::{FunctionConfiguration, FunctionVersion, SnapStartOptimizationStatus};
use bind_config_local::{LocalSsm, NewFunction};

use crate::raw::Raw;
use crate::sdk::refusal;
use crate::{ARN, client};

fn arns(functions: &[FunctionConfiguration]) -> Vec<&str> {
    functions.iter().map(|function| function.function_arn().unwrap().strip_prefix(ARN).unwrap()).collect()
}

#[tokio::test]
async fn functions_are_listed_in_pages_of_at_most_fifty() {
    let ssm = LocalSsm::start().unwrap();
    for number in 0..120 {
        ssm.put_function(NewFunction::new(format!("orders-{number:03}")).variable("SST_APP", "orders")).unwrap();
    }
    let client = client(&ssm);

    let (mut sizes, mut names, mut marker) = (Vec::new(), Vec::new(), None);
    loop {
        let page = client.list_functions().max_items(100).set_marker(marker).send().await.unwrap();
        sizes.push(page.functions().len());
        names.extend(page.functions().iter().map(|function| function.function_name().unwrap().to_owned()));
        marker = page.next_marker;
        if marker.is_none() {
            break;
        }
    }

    assert_eq!(sizes, [50, 50, 20]);
    assert_eq!(names, (0..120).map(|number| format!("orders-{number:03}")).collect::<Vec<_>>());
    let three = client.list_functions().max_items(3).send().await.unwrap();
    assert_eq!((three.functions().len(), three.next_marker().is_some()), (3, true));
}

#[test]
fn an_item_of_a_listing_is_a_configuration_without_state() {
    let ssm = LocalSsm::builder().region("eu-west-1").account("111122223333").start().unwrap();
    ssm.put_function(NewFunction::new("api").variable("SST_APP", "orders").kms_key("arn:aws:kms:::key/1")).unwrap();

    let list = "/2015-03-31/functions/";
    let answer = Raw::lambda(&ssm, "GET", list, &format!("{list}\n"), "").send(&ssm);

    let mut body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    let item = body["Functions"][0].as_object_mut().unwrap();
    let revision = item.remove("RevisionId").unwrap();
    let modified = item.remove("LastModified").unwrap();
    assert_eq!(revision.as_str().unwrap().len(), 36);
    assert!(modified.as_str().unwrap().ends_with("+0000"), "{modified}");
    let expected = serde_json::json!({ "Functions": [{
        "FunctionName": "api",
        "FunctionArn": "arn:aws:lambda:eu-west-1:111122223333:function:api",
        "Version": "$LATEST",
        "Description": "",
        "Role": "arn:aws:iam::111122223333:role/api",
        "Runtime": "provided.al2023",
        "Handler": "bootstrap",
        "CodeSize": 1024,
        "Timeout": 3,
        "MemorySize": 128,
        "PackageType": "Zip",
        "Architectures": ["arm64"],
        "EphemeralStorage": { "Size": 512 },
        "TracingConfig": { "Mode": "PassThrough" },
        "LoggingConfig": { "LogFormat": "Text", "LogGroup": "/aws/lambda/api" },
        "SnapStart": { "ApplyOn": "None", "OptimizationStatus": "Off" },
        "KMSKeyArn": "arn:aws:kms:::key/1",
        "Environment": { "Variables": { "SST_APP": "orders" } },
    }]});
    assert_eq!(body, expected);
    assert!(answer.head.contains("\r\ncontent-type: application/json\r\n"), "{}", answer.head);
}

#[tokio::test]
async fn all_versions_are_listed_on_demand_with_arns_of_their_own() {
    let ssm = LocalSsm::start().unwrap();
    ssm.put_function(NewFunction::new("api").version("10").version("9").snap_start()).unwrap();
    ssm.put_function(NewFunction::new("api2")).unwrap();
    let client = client(&ssm);

    let latest = client.list_functions().send().await.unwrap();
    let all = client.list_functions().function_version(FunctionVersion::All).send().await.unwrap();
    let versions = client.list_versions_by_function().function_name("api").send().await.unwrap();

    assert_eq!(arns(latest.functions()), ["api", "api2"]);
    assert_eq!(arns(all.functions()), ["api:$LATEST", "api:9", "api:10", "api2:$LATEST"]);
    assert_eq!(arns(versions.versions()), ["api:$LATEST", "api:9", "api:10"]);
    let optimized = |index: usize| versions.versions()[index].snap_start().unwrap().optimization_status().unwrap();
    assert_eq!((optimized(0), optimized(1)), (&SnapStartOptimizationStatus::Off, &SnapStartOptimizationStatus::On));
    assert_eq!((versions.versions()[0].state(), versions.versions()[0].last_update_status()), (None, None));
}

#[tokio::test]
async fn versions_are_listed_page_by_page() {
    let ssm = LocalSsm::start().unwrap();
    ssm.put_function(NewFunction::new("api").version("1").version("2").version("3")).unwrap();
    let client = client(&ssm);
    let list = || client.list_versions_by_function().function_name("api").max_items(2);

    let first = list().send().await.unwrap();
    let second = list().marker(first.next_marker().unwrap()).send().await.unwrap();

    assert_eq!(arns(first.versions()), ["api:$LATEST", "api:1"]);
    assert_eq!((arns(second.versions()), second.next_marker()), (vec!["api:2", "api:3"], None));
}

#[tokio::test]
async fn the_tenth_version_comes_after_the_ninth_on_any_page() {
    let ssm = LocalSsm::start().unwrap();
    ssm.put_function((1..=12).fold(NewFunction::new("api"), |function, at| function.version(at.to_string()))).unwrap();
    let client = client(&ssm);

    let (mut all, mut marker) = (Vec::new(), None);
    loop {
        let page = client.list_versions_by_function().function_name("api").max_items(2).set_marker(marker);
        let page = page.send().await.unwrap();
        all.extend(arns(page.versions()).into_iter().map(str::to_owned));
        marker = page.next_marker;
        if marker.is_none() {
            break;
        }
    }

    let published = (1..=12).map(|at| format!("api:{at}"));
    assert_eq!(all, std::iter::once("api:$LATEST".to_owned()).chain(published).collect::<Vec<_>>());
}

#[tokio::test]
async fn aliases_are_listed_page_by_page_and_by_version() {
    let ssm = LocalSsm::start().unwrap();
    let function = NewFunction::new("api").version("3").alias("blue", "$LATEST").alias("live", "3").alias("old", "3");
    ssm.put_function(function).unwrap();
    let client = client(&ssm);
    let list = || client.list_aliases().function_name("api");

    let first = list().max_items(2).send().await.unwrap();
    let second = list().max_items(2).marker(first.next_marker().unwrap()).send().await.unwrap();
    let of_three = list().function_version("3").send().await.unwrap();

    let shown = |aliases: &[aws_sdk_lambda::types::AliasConfiguration]| -> Vec<String> {
        let shown = |alias: &aws_sdk_lambda::types::AliasConfiguration| {
            let arn = alias.alias_arn().unwrap().strip_prefix(ARN).unwrap();
            format!("{arn} {} -> {}", alias.name().unwrap(), alias.function_version().unwrap())
        };
        aliases.iter().map(shown).collect()
    };
    assert_eq!(shown(first.aliases()), ["api:blue blue -> $LATEST", "api:live live -> 3"]);
    assert_eq!(shown(second.aliases()), ["api:old old -> 3"]);
    assert_eq!(second.next_marker(), None);
    assert_eq!(shown(of_three.aliases()), ["api:live live -> 3", "api:old old -> 3"]);
}

#[tokio::test]
async fn provisioned_concurrency_is_listed_page_by_page() {
    let ssm = LocalSsm::start().unwrap();
    let function = NewFunction::new("api").version("3").version("4").alias("live", "3");
    ssm.put_function(function.provisioned_concurrency("live", 5).provisioned_concurrency("4", 2)).unwrap();
    ssm.put_function(NewFunction::new("plain")).unwrap();
    let client = client(&ssm);
    let list = |name: &str| client.list_provisioned_concurrency_configs().function_name(name).max_items(1);

    let first = list("api").send().await.unwrap();
    let second = list("api").marker(first.next_marker().unwrap()).send().await.unwrap();
    let none = list("plain").send().await.unwrap();

    let shown = |page: &[aws_sdk_lambda::types::ProvisionedConcurrencyConfigListItem]| {
        let [item] = page else { panic!("one item") };
        let arn = item.function_arn().unwrap().strip_prefix(ARN).unwrap();
        format!("{arn} {} {}", item.status().unwrap(), item.requested_provisioned_concurrent_executions().unwrap())
    };
    assert_eq!(shown(first.provisioned_concurrency_configs()), "api:4 READY 2");
    assert_eq!(shown(second.provisioned_concurrency_configs()), "api:live READY 5");
    assert_eq!((second.next_marker(), none.provisioned_concurrency_configs().len()), (None, 0));
}

#[tokio::test]
async fn tags_are_listed_by_the_functions_arn() {
    let ssm = LocalSsm::start().unwrap();
    ssm.put_function(NewFunction::new("api").tag("sst:app", "orders").tag("sst:stage", "dev")).unwrap();
    let client = client(&ssm);
    let list = |resource: &str| client.list_tags().resource(resource).send();

    let tags = list(&format!("{ARN}api")).await.unwrap().tags.unwrap();

    assert_eq!((tags.len(), tags["sst:app"].as_str(), tags["sst:stage"].as_str()), (2, "orders", "dev"));
    assert_eq!(
        refusal(list(&format!("{ARN}other")).await),
        format!("ResourceNotFoundException: Function not found: {ARN}other")
    );
    assert_eq!(
        refusal(list("api").await),
        r"ValidationException: 1 validation error detected: Value 'api' at 'resource' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:lambda:[a-z]{2}(-gov)?-[a-z]+-\d{1}:\d{12}:function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?"
    );
}

#[tokio::test]
async fn a_page_that_cannot_be_is_refused() {
    let ssm = LocalSsm::start().unwrap();
    ssm.put_function(NewFunction::new("api").version("1").version("2")).unwrap();
    let client = client(&ssm);
    let refused =
        |result: Result<_, _>| refusal::<aws_sdk_lambda::operation::list_functions::ListFunctionsOutput, _>(result);

    let versions = client.list_versions_by_function().function_name("api").max_items(1).send().await.unwrap();
    let foreign = client.list_aliases().function_name("api").marker(versions.next_marker().unwrap()).send().await;
    let too_many = client.list_provisioned_concurrency_configs().function_name("api").max_items(51).send().await;

    assert_eq!(refusal(foreign), "InvalidParameterValueException: The specified marker isn't valid.");
    assert_eq!(
        refused(client.list_functions().max_items(0).send().await),
        "ValidationException: 1 validation error detected: Value '0' at 'maxItems' failed to satisfy constraint: Member must \
         have value greater than or equal to 1"
    );
    assert_eq!(
        refused(client.list_functions().max_items(10_001).send().await),
        "ValidationException: 1 validation error detected: Value '10001' at 'maxItems' failed to satisfy constraint: Member \
         must have value less than or equal to 10000"
    );
    assert_eq!(
        refusal(too_many),
        "ValidationException: 1 validation error detected: Value '51' at 'maxItems' failed to satisfy constraint: Member \
         must have value less than or equal to 50"
    );
    assert_eq!(
        refused(client.list_functions().function_version("3".into()).send().await),
        "ValidationException: 1 validation error detected: Value '3' at 'functionVersion' failed to satisfy constraint: Member \
         must satisfy enum value set: [ALL]"
    );
}
