use super::*;

/// A certificate that vouches for nobody.
const PEM: &str = include_str!("authority.pem");

fn values(text: &str) -> Result<Values, String> {
    let cluster = "prod-e1-1".parse().unwrap();
    Values::parse("prod-e1-1.yaml", text, &cluster).map_err(|error| error.to_string())
}

fn with(authority: &str, rest: &str) -> String {
    format!(
        "cluster: prod-e1-1\napi:\n  server: https://prod.eks.test\n  \
         certificateAuthority: {authority}\n{rest}"
    )
}

fn authority() -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(PEM)
}

#[test]
fn the_endpoint_and_the_role_are_read_and_the_rest_is_left_to_the_schema() {
    let writes = "jobs:\n  rotate-credentials:\n    role: writer\nimage: {digest: x}\n";
    let table = [
        (writes, Role::Writer),
        ("jobs: {}\n", Role::Follower),
        ("", Role::Follower),
    ];
    for (rest, role) in table {
        let values = values(&with(&authority(), rest)).unwrap();
        assert_eq!(values.role, role, "{rest}");
        assert_eq!(values.api.server, "https://prod.eks.test");
        assert_eq!(values.authority, PEM.as_bytes());
    }
}

#[test]
fn what_cannot_be_pinned_is_told_with_its_place() {
    let table = [
        (with("LS0tLS1CRUdJTg==", ""), "api.certificateAuthority"),
        (with("'?'", ""), "api.certificateAuthority"),
        ("cluster: prod-e1-1\n".to_owned(), "api"),
        (
            with(&authority(), "").replace("cluster: prod", "cluster: dev"),
            "dev-e1-1",
        ),
        (
            with(&authority(), "jobs: {rotate-credentials: {role: x}}\n"),
            "role",
        ),
    ];
    for (text, word) in table {
        let said = values(&text).unwrap_err();
        assert!(
            said.contains(word) && said.contains("prod-e1-1.yaml:"),
            "{said}"
        );
    }
}

#[test]
fn whatever_the_charts_schema_knows_at_the_top_is_taken() {
    let schema = include_str!("../../../chart/values.schema.json");
    let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
    let known = schema["properties"].as_object().unwrap();
    let mut known: Vec<_> = known.keys().map(String::as_str).collect();
    known.sort_unstable();
    let mut taken = values::OTHERS.to_vec();
    taken.extend(["cluster", "api", "jobs"]);
    taken.sort_unstable();
    assert_eq!(taken, known);
    let others = values::OTHERS
        .map(|name| format!("{name}: {{}}\n"))
        .concat();
    values(&with(&authority(), &others)).unwrap();
}

#[test]
fn a_misspelt_key_at_the_top_is_told_with_its_place_and_the_one_that_is_meant() {
    let misspelt = |key: &str, other: &str| with(&authority(), "").replace(key, other);
    let table = [
        (
            misspelt("cluster:", "clutser:"),
            "1:1",
            "clutser",
            "cluster",
        ),
        (misspelt("api:", "apis:"), "2:1", "apis", "api"),
        (
            with(&authority(), "job: {rotate-credentials: {role: writer}}\n"),
            "5:1",
            "job",
            "jobs",
        ),
        (
            with(&authority(), "# Half of them.\nadmissionPolicys: {}\n"),
            "6:1",
            "admissionPolicys",
            "admissionPolicies",
        ),
    ];
    for (text, place, unknown, meant) in table {
        let said = values(&text).unwrap_err();
        let told = format!("prod-e1-1.yaml:{place}: error: unknown key `{unknown}`");
        let hint = format!("hint: did you mean `{meant}`?");
        assert!(said.contains(&told) && said.contains(&hint), "{said}");
    }
    // What is missing besides stands beside it.
    let said = values(&misspelt("cluster:", "clutser:")).unwrap_err();
    assert!(said.starts_with("2 errors in prod-e1-1.yaml"), "{said}");
    assert!(said.contains("must have the key `cluster`"), "{said}");
    // Like no other, it is told with all of them.
    let said = values(&with(&authority(), "x-anchors: {}\n")).unwrap_err();
    assert!(
        said.contains("known here: cluster, api, jobs, global"),
        "{said}"
    );
}

/// A directory with these values of `prod-e1-1`, and what comes of loading them.
fn load(values: &str) -> Failure {
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path().join("values");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("prod-e1-1.yaml"), values).unwrap();
    let files = FilesArgs {
        files: Some(directory.path().to_owned()),
    };
    Installation::load("prod-e1-1", &files).unwrap_err()
}

#[test]
fn an_example_of_an_api_server_is_told_as_one_with_those_elsewhere() {
    let image = format!("image: {{digest: 'sha256:{}'}}\n", "0".repeat(64));
    let server = with(&authority(), &image).replace(
        "https://prod.eks.test",
        "https://PROD.gr7.us-east-1.eks.amazonaws.com",
    );
    for (values, place) in [
        (
            with("LS0tLS1CRUdJTg==", &image),
            "`api.certificateAuthority`",
        ),
        (server, "`api.server`"),
    ] {
        let failure = load(&values);
        assert_eq!(failure.fault().code(), "values-are-examples", "{place}");
        let said = failure.chain();
        assert!(
            said.contains(place) && said.contains("`image.digest`"),
            "{said}"
        );
    }
    // Where pods need not run, an example elsewhere is in nobody's way: what is missing here is the chart.
    let failure = load(&with(&authority(), &image));
    assert_eq!(failure.fault().code(), "files-missing");
    let said = failure.chain();
    assert!(said.contains("there is no chart in "), "{said}");
}

#[test]
fn an_unknown_cluster_is_told_with_those_that_are_known() {
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path().join("values");
    std::fs::create_dir(&folder).unwrap();
    for name in ["prod-e1-1", "remoting-prod-e1-1"] {
        std::fs::write(folder.join(format!("{name}.yaml")), "").unwrap();
    }
    let files = FilesArgs {
        files: Some(directory.path().to_owned()),
    };
    let failure = Installation::load("prod-e1", &files).unwrap_err();
    let said = failure.chain();
    assert!(said.contains("prod-e1-1, remoting-prod-e1-1"), "{said}");
    let hint = failure.fault().hint().unwrap();
    assert!(hint.contains("--cluster prod-e1-1"), "{hint}");
    let unlike = Installation::load("nobody", &files).unwrap_err();
    let hint = unlike.fault().hint().unwrap();
    assert!(hint.contains("one of them"), "{hint}");
}

#[test]
fn a_directory_in_place_of_the_values_is_no_cluster_that_nobody_knows() {
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path().join("values").join("prod-e1-1.yaml");
    std::fs::create_dir_all(folder).unwrap();
    let files = FilesArgs {
        files: Some(directory.path().to_owned()),
    };
    let failure = Installation::load("prod-e1-1", &files).unwrap_err();
    assert_eq!(failure.fault().code(), "files-missing");
    let said = failure.chain();
    assert!(said.ends_with("prod-e1-1.yaml is no file"), "{said}");
}
