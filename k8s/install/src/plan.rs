//! What an installation will do, as one value: it is printed, and it is what is carried out.

use common::trouble::Trouble;
use serde::Serialize;

use crate::helm::Force;
use crate::installation::NAMESPACE;
use crate::mend::Mend;
use crate::objects::{Change, ObjectChange};
use crate::secret::Fill;
use crate::target::Target;
use crate::verdict;

/// What is made before there can be a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Groundwork {
    /// The namespace.
    Namespace,
    /// The Lease.
    Lease,
}

/// What Helm does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "does", rename_all = "kebab-case")]
pub enum HelmStep {
    /// Nothing.
    Nothing {
        /// The present revision; absent where nothing is installed.
        revision: Option<u32>,
    },
    /// Installs for the first time.
    Install,
    /// Brings the release to the chart.
    Upgrade {
        /// The present revision.
        from: u32,
        /// The chart's version there.
        version: String,
    },
    /// Goes back.
    Rollback {
        /// The present revision.
        from: u32,
        /// The one that is gone back to.
        to: u32,
        /// The chart's version there.
        version: String,
    },
    /// Removes the release.
    Uninstall {
        /// The present revision.
        from: u32,
    },
}

/// The kind of a removal that is a record of Helm.
pub const RECORD: &str = "record";

/// Something that is deleted besides what Helm deletes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Removal {
    /// Its kind.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// Why.
    pub why: &'static str,
}

/// The whole of it, in the order in which it is done.
#[derive(Debug, Serialize)]
pub struct Plan {
    /// Name of the cluster.
    pub cluster: String,
    /// Its context in the kubeconfig.
    #[serde(skip)]
    pub context: String,
    /// Its API server.
    pub server: String,
    /// The release.
    pub release: &'static str,
    /// The chart with its version.
    pub chart: String,
    /// First of all.
    pub groundwork: Vec<Groundwork>,
    /// The Secret, which is filled before Helm, or after it where its template comes back with Helm.
    pub secret: Option<Fill>,
    /// Helm.
    pub helm: HelmStep,
    /// What Helm does, object by object; those that stay as they are among them.
    pub objects: Vec<ObjectChange>,
    /// What is deleted besides: records of Helm that block the release before it, anything else afterwards.
    pub removals: Vec<Removal>,
    /// What stays though one might think otherwise.
    pub stays: Vec<String>,
    /// Whether fields that others hold are taken back.
    #[serde(skip)]
    pub force: Force,
}

impl Plan {
    /// A plan for a release that changes nothing yet; `chart` is its chart with the version.
    pub fn of_nothing(target: &Target, release: &'static str, chart: String) -> Self {
        let installation = &target.installation;
        Self {
            cluster: installation.cluster.to_string(),
            context: target.context.clone(),
            server: installation.api.server.clone(),
            release,
            chart,
            groundwork: Vec::new(),
            secret: None,
            helm: HelmStep::Nothing { revision: None },
            objects: Vec::new(),
            removals: Vec::new(),
            stays: Vec::new(),
            force: Force::No,
        }
    }

    /// Whether there is nothing to do.
    pub fn is_nothing(&self) -> bool {
        self.groundwork.is_empty()
            && self.secret.as_ref().is_none_or(Fill::is_nothing)
            && matches!(self.helm, HelmStep::Nothing { .. })
            && self.removals.is_empty()
    }

    /// Refuses what Helm would refuse half-way.
    ///
    /// # Errors
    /// When objects belong to others, fields are held by others, or objects cannot be changed.
    pub fn check(&self) -> Result<(), Trouble> {
        self.check_owners()?;
        self.check_volumes()?;
        let unchangeable = self.each(|object| {
            let Change::Replace { why } = &object.change else {
                return None;
            };
            Some(format!("{} cannot be changed: {why}", object.id))
        });
        if let Some(names) = unchangeable {
            return Err(Trouble {
                hint: Some("delete the object, then run this again".to_owned()),
                ..verdict::NOT_OURS.because(names)
            });
        }
        let held = self.each(|object| {
            let fields: Vec<String> = object.held.iter().map(ToString::to_string).collect();
            (!fields.is_empty()).then(|| format!("{}: {}", object.id, fields.join(", ")))
        });
        match held {
            Some(names) if self.force == Force::No => Err(verdict::FIELDS_HELD.because(names)),
            Some(_) | None => Ok(()),
        }
    }

    /// The same where what cannot be changed is deleted first, and fields are taken.
    ///
    /// # Errors
    /// When objects belong to others, or a volume would go.
    pub fn check_takeover(&self) -> Result<(), Trouble> {
        self.check_owners()?;
        self.check_volumes()
    }

    fn check_owners(&self) -> Result<(), Trouble> {
        let foreign = self.each(|object| {
            let owner = object.owner.as_ref()?;
            Some(format!("{} belongs to {owner}", object.id))
        });
        match foreign {
            Some(names) => Err(verdict::NOT_OURS.because(names)),
            None => Ok(()),
        }
    }

    /// No claim is deleted: what it holds would go with it.
    fn check_volumes(&self) -> Result<(), Trouble> {
        let claims = |object: &ObjectChange| {
            let why = match &object.change {
                Change::Delete => "would be deleted",
                Change::Replace { why } => why.as_str(),
                Change::Same | Change::Create | Change::Change { .. } | Change::Keep => {
                    return None;
                }
            };
            let said = || (object.id.name.clone(), format!("{}: {why}", object.id));
            object.is_claim().then(said)
        };
        let lost = self.objects.iter().filter_map(claims);
        let (names, said): (Vec<String>, Vec<String>) = lost.unzip();
        if names.is_empty() {
            return Ok(());
        }
        let annotate = format!(
            "annotate pvc {} helm.sh/resource-policy=keep",
            names.join(" ")
        );
        let keep = self.mend().kubectl(NAMESPACE, annotate);
        Err(Trouble {
            hint: Some(format!(
                "keep it by `{keep}`, or say in the values what it is"
            )),
            ..verdict::VOLUME.because(said.join("; "))
        })
    }

    /// For commands that a reader is told to type about this cluster.
    fn mend(&self) -> Mend<'_> {
        Mend {
            cluster: &self.cluster,
            context: &self.context,
            version: None,
        }
    }

    /// What is said of the objects that it is said of.
    fn each(&self, said: impl Fn(&ObjectChange) -> Option<String>) -> Option<String> {
        let all: Vec<String> = self.objects.iter().filter_map(said).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use common::cluster::FieldConflict;

    use super::*;
    use crate::manifest::Id;

    /// A change of the object called `name`.
    pub(crate) fn object(name: &str, change: Change) -> ObjectChange {
        ObjectChange {
            id: Id {
                group: "batch".to_owned(),
                kind: "CronJob".to_owned(),
                namespace: Some("monitoring".to_owned()),
                name: name.to_owned(),
            },
            change,
            owner: None,
            held: Vec::new(),
            paused: false,
        }
    }

    /// An upgrade with these changes.
    pub(crate) fn plan(objects: Vec<ObjectChange>) -> Plan {
        Plan {
            cluster: "prod-e1-1".to_owned(),
            context: "prod".to_owned(),
            server: "https://prod.eks.test".to_owned(),
            release: "prod-monitoring",
            chart: "monitoring-jobs 0.2.0".to_owned(),
            groundwork: Vec::new(),
            secret: None,
            helm: HelmStep::Upgrade {
                from: 3,
                version: "0.1.0".to_owned(),
            },
            objects,
            removals: Vec::new(),
            stays: Vec::new(),
            force: Force::No,
        }
    }

    #[test]
    fn what_helm_would_refuse_half_way_is_refused_before() {
        let code = |plan: &Plan| plan.check().err().map(|trouble| trouble.code);
        let fields = vec![".spec.schedule".to_owned()];
        let mut plan = plan(vec![
            object("a", Change::Create),
            object("b", Change::Change { fields }),
        ]);
        assert_eq!(code(&plan), None);
        let conflict = FieldConflict {
            manager: "kubectl-edit".to_owned(),
            field: ".spec.schedule".to_owned(),
            time: None,
        };
        plan.objects[1].held.push(conflict);
        assert_eq!(code(&plan), Some("fields-held"));
        plan.force = Force::Yes;
        assert_eq!(code(&plan), None);
        plan.objects[0].owner = Some("the release other in monitoring".to_owned());
        let trouble = plan.check().unwrap_err();
        assert_eq!(trouble.code, "objects-of-others");
        assert!(
            trouble.text.contains("CronJob a in monitoring belongs to"),
            "{trouble}"
        );
    }

    #[test]
    fn a_pause_is_told_and_refuses_nothing() {
        let mut plan = plan(vec![object("sync-dashboards", Change::Same)]);
        assert_eq!(plan.objects[0].pause(), None);
        plan.objects[0].paused = true;
        assert_eq!(
            plan.objects[0].pause().unwrap(),
            "the pause of CronJob sync-dashboards in monitoring: nothing runs it until somebody ends that"
        );
        assert_eq!(plan.check(), Ok(()));
    }

    #[test]
    fn no_volume_goes_and_a_takeover_takes_everything_else_but_what_others_own() {
        let why = || "selector: field is immutable".to_owned();
        let codes = |plan: &Plan| {
            let code = |checked: Result<(), Trouble>| checked.err().map(|trouble| trouble.code);
            (code(plan.check()), code(plan.check_takeover()))
        };
        let mut plan = plan(vec![
            object("a", Change::Replace { why: why() }),
            object("b", Change::Delete),
        ]);
        assert_eq!(codes(&plan), (Some("objects-of-others"), None));
        plan.objects[1].owner = Some("nobody that Helm knows".to_owned());
        let both = (Some("objects-of-others"), Some("objects-of-others"));
        assert_eq!(codes(&plan), both);
        let both = (Some("volume-in-the-way"), Some("volume-in-the-way"));
        for change in [Change::Delete, Change::Replace { why: why() }] {
            plan.objects = vec![object("prod-monitoring-prometheus-pushgateway", change)];
            plan.objects[0].id.kind = "PersistentVolumeClaim".to_owned();
            plan.objects[0].id.group = String::new();
            assert_eq!(codes(&plan), both);
            let trouble = plan.check().unwrap_err();
            assert!(trouble.text.contains("pushgateway"), "{trouble}");
            let hint = trouble.hint.unwrap();
            let keep = "keep it by `kubectl --context prod --namespace monitoring annotate pvc \
                        prod-monitoring-prometheus-pushgateway helm.sh/resource-policy=keep`";
            assert!(hint.starts_with(keep), "{hint}");
        }
        plan.objects[0].change = Change::Keep;
        assert_eq!(codes(&plan), (None, None));
    }

    #[test]
    fn nothing_is_nothing_and_a_removal_is_something() {
        let mut plan = plan(Vec::new());
        assert!(!plan.is_nothing());
        plan.helm = HelmStep::Nothing { revision: Some(3) };
        assert!(plan.is_nothing());
        plan.removals.push(Removal {
            kind: "Secret",
            name: "x".to_owned(),
            why: "",
        });
        assert!(!plan.is_nothing());
    }
}
