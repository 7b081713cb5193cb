//! What the charts install in two clusters is consistent in the judgement of check-consistency, by the
//! configuration that the chart installs: a fresh installation raises no alarm, and a real difference does.

use std::collections::BTreeSet;
use std::fs;

use check_consistency::compare::compare;
use check_consistency::config::{Config, Family};
use check_consistency::declared::{Rules, Vars, judge};
use check_consistency::finding::{Presence, Standing};
use check_consistency::normalise::normalise;
use check_consistency::object::ObjectName;
use check_consistency::secret::Hider;
use jiff::civil::date;
use sandbox::checkout;
use serde_json::{Value, json};

use super::super::Rendered;
use super::super::documents::documents;
use super::{container, holds, holds_of, text};

/// The objects that an entry of `select` means. Entries that name objects or labels are about what the chart
/// has none of.
fn selected<'a>(render: &'a Rendered, family: &'a Family) -> impl Iterator<Item = &'a Value> {
    let group = |object: &Value| {
        let version = text(&object["apiVersion"]);
        version.split_once('/').map_or("", |(group, _)| group) == family.kind.group
    };
    let within = |object: &Value| {
        let namespace = text(&object["metadata"]["namespace"]);
        family.namespaces.iter().any(|it| it == namespace)
    };
    let of_kind = render.of(&family.kind.kind);
    of_kind.filter(move |it| group(it) && within(it))
}

fn consistency(renders: &[Rendered]) -> Vec<String> {
    let config = renders[0].object("ConfigMap", "check-consistency-config");
    let (config, _) = Config::parse("config", text(&config["data"]["config.yaml"])).unwrap();
    let clusters = config.clusters.iter();
    let vars: Vec<Vars> = clusters
        .map(|it| Vars::new(it.name.as_str(), &it.vars))
        .collect();
    let renders: Vec<&Rendered> = vars
        .iter()
        .map(|it| {
            let mut found = renders.iter();
            found.find(|render| render.cluster == it.cluster()).unwrap()
        })
        .collect();
    let rules = Rules::new(&config.rules, date(2026, 1, 1));
    let hider = Hider::new().unwrap();
    let mut wrong = Vec::new();
    let whole = |family: &&Family| family.names.is_empty() && family.labels.is_empty();
    for family in config.families.iter().filter(whole) {
        let objects = renders.iter().flat_map(|it| selected(it, family));
        // Helm takes the chart's own test away again.
        let stays = objects.filter(|it| it["metadata"]["annotations"]["helm.sh/hook"].is_null());
        let names: BTreeSet<_> = stays
            .map(|it| {
                let of = &it["metadata"];
                (text(&of["namespace"]), text(&of["name"]))
            })
            .collect();
        for (namespace, name) in names {
            let object = ObjectName {
                kind: family.kind.clone(),
                namespace: Some(namespace.to_owned()),
                name: name.to_owned(),
            };
            let sides = renders.iter().map(|render| {
                let mut found = selected(render, family);
                let found = found.find(|it| it["metadata"]["name"] == name)?;
                Some(normalise(&family.kind, found, &(), &hider).root)
            });
            let sides: Vec<_> = sides.collect();
            let sides: Vec<_> = sides.iter().map(Option::as_ref).collect();
            let presence = sides.iter().map(|side| match side {
                Some(_) => Presence::Here,
                None => Presence::Absent,
            });
            let presence: Vec<_> = presence.collect();
            let differences = compare(&sides);
            let judged = judge(&object, &presence, &sides, differences, &rules, &vars);
            let consistent = [Standing::Equal, Standing::Explained, Standing::Cosmetic];
            if !consistent.contains(&judged.standing) {
                let fields = judged.fields.iter().filter(|it| it.rule.is_none());
                let fields: Vec<_> = fields.map(|it| it.difference.path.to_string()).collect();
                wrong.push(format!("{object} is {:?}: {fields:?}", judged.standing));
            }
        }
    }
    for policy in &config.live.cron_jobs {
        let fits = |it: &Value| {
            let of = &it["metadata"];
            of["name"] == policy.name.as_str() && of["namespace"] == config.live.namespace.as_str()
        };
        if !renders.iter().any(|it| it.of("CronJob").any(fits)) {
            wrong.push(format!(
                "no cluster has a CronJob {} to look at",
                policy.name
            ));
        }
    }
    wrong
}

/// Everything of ours in both clusters: Grafana, in one of them, is a chart of its own.
fn installed() -> Vec<Rendered> {
    let mut renders = Rendered::all().unwrap();
    let grafana = checkout::file("k8s/rendered/grafana-prod-e1-1.yaml");
    let grafana = fs::read_to_string(grafana).unwrap();
    let home = renders.iter_mut().find(|it| it.cluster == "prod-e1-1");
    home.unwrap().documents.extend(documents(&grafana).unwrap());
    renders
}

#[test]
fn two_fresh_installations_differ_in_nothing_that_is_not_declared() {
    holds_of(
        &installed(),
        consistency,
        &[
            (
                |it| {
                    let config = it[0].object_mut("ConfigMap", "check-consistency-config");
                    let config = &mut config["data"]["config.yaml"];
                    let text = config.as_str().unwrap();
                    *config = text.replace("name: sync-dashboards,", "name: sync,").into();
                },
                "no cluster has a CronJob sync to look at",
            ),
            (
                |it| {
                    let more = it[0].object("Deployment", "prod-grafana").clone();
                    it[1].documents.push(more);
                },
                "prod-grafana is Unexpected",
            ),
            (
                |it| container(it, "check-consistency")["args"] = json!(["run", "--dry-run"]),
                "CronJob monitoring/check-consistency is Different",
            ),
            (
                |it| {
                    let rules =
                        &mut it[0].object_mut("PrometheusRule", "monitoring-job-rules")["spec"];
                    let groups = rules["groups"].as_array_mut().unwrap();
                    groups.last_mut().unwrap()["rules"][5]["for"] = "99m".into();
                },
                "monitoring-job-rules is Different",
            ),
            (
                |it| {
                    let rules = it[0].object_mut("PrometheusRule", "monitoring-job-rules");
                    let groups = rules["spec"]["groups"].as_array_mut().unwrap();
                    groups
                        .iter_mut()
                        .find(|it| it["name"] == "monitoring-jobs-check-consistency")
                        .unwrap()["rules"][0]["expr"] = "vector(1)".into();
                },
                "monitoring-job-rules is Different",
            ),
            (
                |it| {
                    it[0]
                        .documents
                        .retain(|it| it["metadata"]["name"] != "watchdog-rules");
                },
                "watchdog-rules is Missing",
            ),
            (
                |it| {
                    let more = it[0].object("CronJob", "sync-dashboards").clone();
                    it[1].documents.push(more);
                },
                "sync-dashboards is Unexpected",
            ),
            (
                |it| {
                    it[1].object_mut("Prometheus", "prod-monitoring-prometheus-prometheus")["spec"]
                        ["externalLabels"]["cluster"] = "prod-e1-1".into();
                },
                "Prometheus monitoring/prod-monitoring-prometheus-prometheus is",
            ),
            (
                |it| {
                    it[0].object_mut("Alertmanager", "prod-monitoring-prometheus-alertmanager")["spec"]
                        ["retention"] = "1h".into();
                },
                "Alertmanager monitoring/prod-monitoring-prometheus-alertmanager is Different",
            ),
        ],
    );
}

/// What `check-consistency` is given is the file as it is written, comments included, but for the clusters'
/// names in lines that say so.
fn verbatim(renders: &[Rendered]) -> Vec<String> {
    let file = checkout::file("k8s/chart/files/check-consistency.yaml");
    let written = fs::read_to_string(file).unwrap();
    let mut wrong = Vec::new();
    for render in renders {
        let config = render.object("ConfigMap", "check-consistency-config");
        let installed = text(&config["data"]["config.yaml"]);
        let mut told = installed.lines();
        for line in written.lines() {
            let other = told.next().unwrap_or_default();
            let home = line.ends_with(" # here");
            let is_name = home || line.ends_with(" # there");
            let may_differ = is_name && render.cluster != "prod-e1-1";
            if (line != other && !may_differ) || (home && !other.contains(&render.cluster)) {
                wrong.push(format!("{}: {line} became {other}", render.cluster));
            }
        }
        if told.next().is_some() {
            wrong.push(format!(
                "{}: more is installed than is written",
                render.cluster
            ));
        }
    }
    wrong
}

#[test]
fn what_is_written_for_one_cluster_is_installed_in_both_with_its_comments() {
    fn config(render: &mut Rendered) -> &mut Value {
        &mut render.object_mut("ConfigMap", "check-consistency-config")["data"]["config.yaml"]
    }
    fn without(render: &mut Rendered, part: &str) {
        let config = config(render);
        let old = config.as_str().unwrap();
        let lines = old.lines().filter(|line| !line.contains(part));
        *config = lines.collect::<Vec<_>>().join("\n").into();
    }
    holds(
        verbatim,
        &[
            (|it| without(&mut it[0], "A rollout is no drift"), "became"),
            (|it| without(&mut it[1], "A rollout is no drift"), "became"),
            (
                |it| {
                    let first = config(&mut it[0]).clone();
                    *config(&mut it[1]) = first;
                },
                "remoting-prod-e1-1:   - name: prod-e1-1 # here became",
            ),
            (
                |it| {
                    let config = config(&mut it[0]);
                    *config = format!("{}# more\n", config.as_str().unwrap()).into();
                },
                "more is installed",
            ),
        ],
    );
}
