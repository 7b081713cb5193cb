//! Made-up lists and objects for the tests of this folder.

use common::exit::Exit;
use common::trouble::Trouble;
use jiff::civil::date;
use serde_json::Value;

use super::measure::Measure;
use super::subjects::Subject;
use crate::config::Config;
use crate::declared::{Rules, Vars};
use crate::finding::{Finding, Presence, Standing, Unknown};
use crate::object::{Kind, ObjectName};
use crate::observe::{Census, Digest, FamilyLook, Key, Looked, Seen, Versions};
use crate::secret::Hider;
use crate::survey::{ClusterFacts, Gap};

/// So many clusters, `a`, `b`, …, whose rules are compared, and more of the file.
pub(super) fn config(clusters: usize, extra: &str) -> Config {
    let names = ["a", "b", "c"];
    let names = names.iter().take(clusters);
    let list: Vec<_> = names
        .map(|name| format!("{{name: {name}, context: {name}}}"))
        .collect();
    let text = format!(
        "clusters: [{}]\nselect: [{{id: rules, kinds: [monitoring.coreos.com/PrometheusRule]}}]\n\
         {extra}\n",
        list.join(", ")
    );
    Config::parse("f.yaml", &text).unwrap().0
}

/// Hands over what objects are measured by on the 29th of November 2026.
pub(super) fn measured<T>(config: &Config, test: impl FnOnce(&Measure<'_>) -> T) -> T {
    let vars: Vec<_> = config
        .clusters
        .iter()
        .map(|it| Vars::new(it.name.as_str(), &it.vars))
        .collect();
    let rules = Rules::new(&config.rules, date(2026, 11, 29));
    let hider = Hider::new().unwrap();
    test(&Measure {
        config,
        rules: &rules,
        vars: &vars,
        hider: &hider,
    })
}

pub(super) fn key(name: &str) -> Key {
    Key {
        namespace: Some("monitoring".to_owned()),
        name: name.to_owned(),
    }
}

pub(super) fn seen(name: &str, digest: u128) -> Seen {
    Seen {
        name: name.to_owned(),
        digest: Digest::numbered(digest),
        terminating: false,
        rolling: false,
        resource_version: String::new(),
        versions: Versions::default(),
    }
}

/// What a list shows: names with the numbers of their digests. Those that begin with `ending` or
/// `rolling` are; what has the digest 0 is too large.
pub(super) fn read(objects: &[(&str, u128)]) -> FamilyLook {
    let mut census = Census::default();
    for (name, digest) in objects {
        if *digest == 0 {
            census.too_large.insert(key(name), (*name).to_owned());
            continue;
        }
        let seen = Seen {
            terminating: name.starts_with("ending"),
            rolling: name.starts_with("rolling"),
            ..seen(name, *digest)
        };
        census.objects.insert(key(name), seen);
    }
    FamilyLook::Read(census)
}

pub(super) fn gap(reason: Unknown) -> Gap {
    Gap {
        reason,
        trouble: Trouble {
            exit: Exit::Transient,
            code: "cluster-x",
            text: "no".to_owned(),
            hint: None,
        },
    }
}

/// One cluster each, and what it has of the rules.
pub(super) fn looked(looks: Vec<FamilyLook>) -> Vec<Looked> {
    let names = ["a", "b", "c"].iter();
    let looked = names.zip(looks).map(|(name, look)| Looked {
        facts: ClusterFacts {
            name: (*name).to_owned(),
            ..ClusterFacts::default()
        },
        warnings: Vec::new(),
        unidentified: None,
        kinds: vec![None],
        census: vec![look],
    });
    looked.collect()
}

pub(super) fn object(name: &str) -> ObjectName {
    ObjectName {
        kind: Kind::new("monitoring.coreos.com", "PrometheusRule"),
        namespace: Some("monitoring".to_owned()),
        name: name.to_owned(),
    }
}

/// The object `x`, whose content matters.
pub(super) fn subject(presence: &[Presence]) -> Subject {
    let gap = |it: &Presence| (*it == Presence::Unknown).then_some(Unknown::Timeout);
    Subject {
        family: 0,
        object: object("x"),
        presence: presence.to_vec(),
        names: presence.iter().map(|_| None).collect(),
        reading: true,
        rolling: false,
        gaps: presence.iter().map(gap).collect(),
    }
}

/// The object `x` with this in `spec`.
#[expect(
    clippy::needless_pass_by_value,
    reason = "every caller makes it for this"
)]
pub(super) fn spec(spec: Value) -> Value {
    serde_json::json!({
        "apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule",
        "metadata": {"name": "x", "namespace": "monitoring", "generation": 1},
        "spec": spec,
    })
}

pub(super) fn finding(standing: Standing) -> Finding {
    Finding {
        family: "rules".to_owned(),
        object: object("x"),
        standing,
        presence: vec![Presence::Here, Presence::Here],
        fields: Vec::new(),
        text: None,
        hint: None,
        rule: None,
        age: None,
    }
}

/// `NAME STANDING`, and for what nobody can say why.
pub(super) fn told(finding: &Finding) -> String {
    let standing = if let Standing::Unknown(reason) = finding.standing {
        format!("unknown {}", reason.word())
    } else {
        finding.standing.word().to_owned()
    };
    format!("{} {standing}", finding.object.name)
}
