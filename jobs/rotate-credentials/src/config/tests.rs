//! The company's files load; every mistake is told at its place.

use super::*;

mod documented;
mod mistakes;

const WRITER: &str = include_str!("../../../../k8s/chart/files/rotate-credentials.yaml");
const FOLLOWER: &str = include_str!("../../../../k8s/chart/files/rotate-credentials-follower.yaml");

fn parse(text: &str) -> Config {
    Config::parse("f.yaml", text).unwrap()
}

#[test]
fn the_companys_writer_rolls_remoting_first_and_then_its_own_cluster() {
    let config = parse(WRITER);
    assert_eq!(config.role, Role::Writer);
    assert_eq!(config.user, "prod-monitoring-email-user");
    assert_eq!(config.secret.name, "prod/monitoring");
    assert_eq!(config.home.as_str(), "prod-e1-1");
    let names: Vec<_> = config.clusters.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["remoting-prod-e1-1", "prod-e1-1"]);
    let own = config.home_cluster();
    assert_eq!(own.access, Access::InCluster);
    assert_eq!(own.namespace, "monitoring");
    assert_eq!(own.template, "alertmanager-template");
    assert_eq!(own.region.as_str(), "us-east-1");
    assert_eq!(config.policy, Policy::default());
}

#[test]
fn the_companys_follower_has_its_own_cluster_alone() {
    let config = parse(FOLLOWER);
    assert_eq!(config.role, Role::Follower);
    assert_eq!(config.home.as_str(), "remoting-prod-e1-1");
    assert_eq!(config.clusters.len(), 1);
    let writer = parse(WRITER);
    let same = writer.clusters.iter().find(|it| it.name == config.home);
    let same = same.unwrap();
    let own = config.home_cluster();
    assert_eq!(own.smarthost, same.smarthost);
    assert_eq!(own.alertmanager, same.alertmanager);
    assert_eq!(config.secret, writer.secret);
    assert_eq!(config.mail, writer.mail);
}
