//! Helm's own judgement, its render, and what the schema of the values refuses.

use std::fs;
use std::path::Path;

use anyhow::Result;
use sandbox::checkout;
use scenarios::{helm, rendered};
use tempfile::TempDir;

use super::{CHART, RELEASE, RENDERED, VALUES};
use crate::chart::version;

/// Runs Helm on a chart with the cluster's values and further arguments. Returns what it printed.
async fn helm(command: &[&str], chart: &Path, more: &[&str]) -> Result<String> {
    helm::with_values(command, chart, &checkout::file(VALUES), more).await
}

/// What a chart is, without the spaces that Helm leaves in empty lines.
pub(super) async fn render(chart: &Path, more: &[&str]) -> Result<String> {
    helm::template(RELEASE, chart, &checkout::file(VALUES), more).await
}

#[tokio::test]
async fn helm_has_nothing_to_object() -> Result<()> {
    let chart = checkout::file(CHART);
    helm(&["lint", "--strict"], &chart, &[]).await?;
    let planted = ["--set", "repository=http://user:word@forge"];
    let refused = helm(&["lint", "--strict"], &chart, &planted).await;
    assert!(refused.unwrap_err().to_string().contains("repository"));
    Ok(())
}

#[tokio::test]
async fn what_is_rendered_is_what_is_committed() -> Result<()> {
    let chart = checkout::file(CHART);
    let text = render(&chart, &[]).await?;
    rendered::compare(RENDERED, &text)?;

    // Another setting makes another pod; a chart's new version alone does not.
    let checksum = |text: &str| {
        let line = text.lines().find(|line| line.contains("checksum/config:"));
        line.unwrap().to_owned()
    };
    let editors = render(&chart, &["--set", "google.role=Viewer"]).await?;
    assert_ne!(checksum(&editors), checksum(&text));
    let newer = copy(&chart)?;
    let path = newer.path().join("Chart.yaml");
    let about = fs::read_to_string(&path)?.replace("\nversion: ", "\nversion: 7");
    fs::write(path, about)?;
    let newer = render(newer.path(), &[]).await?;
    assert_ne!(newer, text);
    assert_eq!(checksum(&newer), checksum(&text));
    Ok(())
}

#[tokio::test]
async fn whoever_knows_the_load_balancers_networks_lets_nobody_else_in() -> Result<()> {
    let chart = checkout::file(CHART);
    let ingress = |text: &str| -> Vec<String> {
        let (_, rules) = text.split_once("\n  ingress:\n").unwrap();
        let (rules, _) = rules.split_once("\n  egress:\n").unwrap();
        let networks = rules.lines().filter_map(|line| {
            let network = line.trim().strip_prefix("- ipBlock: {cidr: ")?;
            Some(network.trim_end_matches('}').to_owned())
        });
        networks.collect()
    };
    let anybody = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];
    assert_eq!(ingress(&render(&chart, &[]).await?), anybody);
    let known = "ingress.loadBalancerCidrs={10.1.16.0/20,10.1.32.0/20}";
    let text = render(&chart, &["--set", known]).await?;
    assert_eq!(ingress(&text), ["10.1.16.0/20", "10.1.32.0/20"]);
    // Other clusters' Prometheus is where it was.
    assert!(text.contains("\n  egress:\n") && text.contains("cidr: 192.168.0.0/16"));
    Ok(())
}

#[tokio::test]
async fn administrators_are_made_an_expression_that_nobody_can_break_out_of() -> Result<()> {
    let chart = checkout::file(CHART);
    let two = "google.administrators={a@toolchain.com,b.c@toolchain.com}";
    let text = render(&chart, &["--set", two]).await?;
    let expected = "role_attribute_path = email=='a@toolchain.com' && 'Admin' || \
                    email=='b.c@toolchain.com' && 'Admin' || 'Editor'";
    assert!(text.contains(expected), "{text}");
    Ok(())
}

#[tokio::test]
async fn a_dashboard_of_the_company_becomes_a_config_map_and_one_with_a_long_name_does_not()
-> Result<()> {
    let chart = copy(&checkout::file(CHART))?;
    let folder = chart.path().join("dashboards/company");
    let board = "{\"uid\": \"x\", \"title\": \"`{{ x }}` $1\"}";
    fs::write(folder.join("pants-demo.json"), board)?;
    let text = render(chart.path(), &[]).await?;
    let (_, object) = text.split_once("name: grafana-pants-demo\n").unwrap();
    let (object, _) = object.split_once("\n---").unwrap_or((object, ""));
    assert!(object.contains("grafana_dashboard: \"1\""), "{object}");
    assert!(!object.contains("grafana_folder"), "{object}");
    let data = format!("  pants-demo.json: |\n    {board}\n");
    assert!(object.contains(data.trim_end()), "{object}");

    fs::write(folder.join(format!("{}.json", "x".repeat(56))), board)?;
    let refused = render(chart.path(), &[]).await.unwrap_err().to_string();
    assert!(refused.contains("longer than"), "{refused}");
    Ok(())
}

/// A copy of a chart, to change it.
fn copy(chart: &Path) -> Result<TempDir> {
    let copy = TempDir::new()?;
    let mut folders = vec![chart.to_owned()];
    while let Some(folder) = folders.pop() {
        let to = copy.path().join(folder.strip_prefix(chart)?);
        fs::create_dir_all(&to)?;
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else {
                fs::copy(entry.path(), to.join(entry.file_name()))?;
            }
        }
    }
    Ok(copy)
}

#[tokio::test]
async fn values_that_nobody_should_have_are_refused() -> Result<()> {
    let refused = [
        (
            "a key that is not known",
            "adminPassword=x",
            "adminPassword",
        ),
        ("one below", "google.clientSecret=x", "clientSecret"),
        ("one of the sidecar", "sidecar.reqPassword=x", "reqPassword"),
        (
            "one of a data source",
            "dataSources[0].password=x",
            "password",
        ),
        ("no host", "host=", "host"),
        (
            "a host with a path",
            "host=grafana.toolchainlabs.com/x",
            "host",
        ),
        (
            "an address without https",
            "repository=http://forge",
            "repository",
        ),
        ("a tag for a digest", "image.digest=latest", "digest"),
        (
            "a tag beside it",
            "image.repository=grafana/grafana:12",
            "repository",
        ),
        (
            "no domain, which lets everybody in",
            "google.domain=",
            "domain",
        ),
        ("administrators by default", "google.role=Admin", "role"),
        (
            "an address that ends its quotation",
            "google.administrators={a' || 'b@toolchain.com}",
            "administrators",
        ),
        ("no data source", "dataSources=null", "dataSources"),
        (
            "a login in a URL",
            "dataSources[0].url=http://a:b@prometheus",
            "url",
        ),
        ("a uid that is none", "dataSources[0].uid=a b", "uid"),
        (
            "a network that is none",
            "privateNetworks={all}",
            "privateNetworks",
        ),
        (
            "numbers that no address has",
            "privateNetworks={999.1.1.1/99}",
            "privateNetworks",
        ),
        (
            "a load balancer anywhere",
            "ingress.loadBalancerCidrs={any}",
            "loadBalancerCidrs",
        ),
        (
            "a certificate of somebody",
            "ingress.certificateArn=x",
            "certificateArn",
        ),
        (
            "memory without a unit",
            "resources.limits.memory=96",
            "memory",
        ),
        ("a volume without a unit", "storage.size=10", "size"),
    ];
    let (chart, values) = (checkout::file(CHART), checkout::file(VALUES));
    helm::refuses(RELEASE, &chart, &values, &refused).await
}

#[tokio::test]
async fn one_data_source_is_the_default() -> Result<()> {
    for (value, word) in [
        ("dataSources[1].default=true", "2 of them are the default"),
        ("dataSources[0].default=false", "0 of them are the default"),
    ] {
        let more = ["--set", value];
        let refused = helm(&["template", RELEASE], &checkout::file(CHART), &more).await;
        let told = refused.unwrap_err().to_string();
        assert!(told.contains(word), "{value}: {told}");
    }
    Ok(())
}

#[test]
fn a_chart_that_changed_has_another_version() -> Result<()> {
    version::update(CHART)?;
    let chart = checkout::file(CHART);
    assert_eq!(version::fault(&chart)?, None);
    for (file, is_part) in [
        ("dashboards/monitoring-jobs.json", true),
        ("dashboards/company/new.json", true),
        ("values.yaml", true),
        // These are not installed.
        ("dashboards/company/README.md", false),
        ("values/prod-e1-1.yaml", false),
    ] {
        let copy = copy(&chart)?;
        let path = copy.path().join(file);
        let text = fs::read_to_string(&path).unwrap_or_default();
        fs::write(path, text + "\n")?;
        assert_eq!(version::fault(copy.path())?.is_some(), is_part, "{file}");
    }
    Ok(())
}
