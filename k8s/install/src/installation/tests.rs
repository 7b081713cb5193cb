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
