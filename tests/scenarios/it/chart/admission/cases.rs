//! Who asks for what, and what is to be said to it.

use serde_json::{Value, json};

use super::super::documents::Rendered;

const DASHBOARDS: &str = "system:serviceaccount:monitoring:sync-dashboards";

/// Somebody's request, and the words in which it is refused; none if it must be let through.
pub(super) struct Case {
    pub(super) what: &'static str,
    pub(super) arguments: Vec<String>,
    pub(super) input: Value,
    pub(super) refused: Option<&'static str>,
}

/// A request to create an object, as the administrator or somebody else, without keeping it.
fn creating(
    what: &'static str,
    user: Option<&str>,
    object: Value,
    refused: Option<&'static str>,
) -> Case {
    asking(what, "create", user, object, refused)
}

fn asking(
    what: &'static str,
    verb: &str,
    user: Option<&str>,
    object: Value,
    refused: Option<&'static str>,
) -> Case {
    let words = [verb, "--dry-run=server", "--filename=-"];
    let mut arguments: Vec<String> = words.map(str::to_owned).into();
    if verb == "delete" {
        arguments.push("--wait=false".to_owned());
    }
    arguments.extend(user.map(|user| format!("--as={user}")));
    Case {
        what,
        arguments,
        input: object,
        refused,
    }
}

/// The pod that a CronJob of the render makes, changed.
pub(super) fn pod(render: &Rendered, job: &str, change: impl FnOnce(&mut Value)) -> Value {
    let cronjob = render.object("CronJob", job);
    let template = &cronjob["spec"]["jobTemplate"]["spec"]["template"];
    let mut pod = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "probe",
            "namespace": cronjob["metadata"]["namespace"],
            "labels": template["metadata"]["labels"],
        },
        "spec": template["spec"],
    });
    change(&mut pod);
    pod
}

/// A request to change a part of a pod that is there, without keeping it.
fn changing(
    what: &'static str,
    (namespace, name): (&str, &str),
    part: &Value,
    refused: Option<&'static str>,
) -> Case {
    let words = ["patch", "pod", name, "--dry-run=server"].map(str::to_owned);
    let mut arguments: Vec<String> = words.into();
    arguments.push(format!("--namespace={namespace}"));
    arguments.push(format!("--patch={part}"));
    Case {
        what,
        arguments,
        input: Value::Null,
        refused,
    }
}

/// Pods of a release with another image, which outlive it, and one of somebody else. All of them are there before
/// the policies.
pub(super) fn earlier(render: &Rendered) -> Vec<Value> {
    let of_release = |job: &str| {
        pod(render, job, |it| {
            it["metadata"]["name"] = "earlier".into();
            it["metadata"]["finalizers"] = json!([FINALIZER]);
            container(it)["image"] = OTHER.into();
        })
    };
    let other = pod(render, "check-consistency", |it| {
        it["metadata"]["name"] = "other".into();
        it["metadata"]["labels"] = json!({"app": "other"});
        it["spec"]["serviceAccountName"] = "default".into();
        container(it)["image"] = TAG.into();
    });
    vec![
        of_release("rotate-credentials"),
        of_release("check-consistency"),
        other,
    ]
}

/// They may end, as their Job's controller has it, and not change.
pub(super) fn of_earlier_pods() -> Vec<Case> {
    let ends = json!({"metadata": {"finalizers": null}});
    let changes = json!({"spec": {"containers": [{"name": "job", "image": TAG}]}});
    let becomes_ours =
        json!({"metadata": {"labels": {"app.kubernetes.io/part-of": "monitoring-jobs"}}});
    let (rotation, job) = (
        ("monitoring-credentials", "earlier"),
        ("monitoring", "earlier"),
    );
    vec![
        changing("a rotation of another image ends", rotation, &ends, None),
        changing("a job of another image ends", job, &ends, None),
        changing(
            "a rotation gets another image",
            rotation,
            &changes,
            Some(IMAGE),
        ),
        changing("a job gets another image", job, &changes, Some(DIGEST)),
        changing(
            "somebody else's pod says that it is ours",
            ("monitoring", "other"),
            &becomes_ours,
            Some(DIGEST),
        ),
    ]
}

pub(super) fn container(pod: &mut Value) -> &mut Value {
    &mut pod["spec"]["containers"][0]
}

/// Another container like the first.
fn beside(pod: &mut Value, list: &str, image: &str) {
    let mut another = container(pod).clone();
    another["name"] = "another".into();
    another["image"] = image.into();
    pod["spec"][list] = json!([another]);
}

/// As the one by which Jobs count their pods, which their controller would take off a pod without a Job.
const FINALIZER: &str = "monitoring-jobs.toolchain.private/counted";
const TAG: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com/monitoring-jobs:latest";
const OTHER: &str =
    "docker.io/other@sha256:0000000000000000000000000000000000000000000000000000000000000000";
const IMAGE: &str = "an image that is not 123456789012";
const DIGEST: &str = "an image without a digest";

pub(super) fn of_rotation(render: &Rendered) -> Vec<Case> {
    let job = |what, change: fn(&mut Value), refused| {
        creating(
            what,
            None,
            pod(render, "rotate-credentials", change),
            refused,
        )
    };
    vec![
        job("the rotation", |_| {}, None),
        creating(
            "its twin",
            None,
            pod(render, "rotate-credentials-plan", |_| {}),
            None,
        ),
        job(
            "other arguments, by hand",
            |it| container(it)["args"] = json!(["status"]),
            None,
        ),
        job(
            "another account",
            |it| it["spec"]["serviceAccountName"] = "default".into(),
            Some("only the rotation's service accounts"),
        ),
        job(
            "a tag",
            |it| container(it)["image"] = TAG.into(),
            Some(IMAGE),
        ),
        job(
            "another image with a digest",
            |it| container(it)["image"] = OTHER.into(),
            Some(IMAGE),
        ),
        job(
            "a second container of another image",
            |it| {
                let first = container(it).clone();
                beside(it, "containers", OTHER);
                it["spec"]["containers"]
                    .as_array_mut()
                    .unwrap()
                    .insert(0, first);
            },
            Some(IMAGE),
        ),
        job(
            "a first container of another image",
            |it| beside(it, "initContainers", OTHER),
            Some(IMAGE),
        ),
        job(
            "another program of the image",
            |it| container(it)["command"] = json!(["/bin/install-monitoring"]),
            Some("a command that is not /bin/rotate-credentials"),
        ),
        job(
            "whatever the image starts by itself",
            |it| {
                container(it).as_object_mut().unwrap().remove("command");
            },
            Some("a command that is not /bin/rotate-credentials"),
        ),
    ]
}

pub(super) fn of_jobs(render: &Rendered) -> Vec<Case> {
    const ACTS: Option<&str> = Some("the pod acts as one of the jobs");
    let job = |what, change: fn(&mut Value), refused| {
        creating(
            what,
            None,
            pod(render, "check-consistency", change),
            refused,
        )
    };
    let gateway = render.object("Deployment", "prod-monitoring-prometheus-pushgateway");
    let of_server = |what, image: Option<&str>, refused| {
        let template = &gateway["spec"]["template"];
        let mut pod = json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "probe", "namespace": "monitoring", "labels": template["metadata"]["labels"]},
            "spec": template["spec"],
        });
        if let Some(image) = image {
            container(&mut pod)["image"] = image.into();
        }
        creating(what, None, pod, refused)
    };
    vec![
        job("a job", |_| {}, None),
        job(
            "a job with a tag",
            |it| container(it)["image"] = TAG.into(),
            Some(DIGEST),
        ),
        job(
            "a job of another image",
            |it| container(it)["image"] = OTHER.into(),
            ACTS,
        ),
        job(
            "a pod that acts as a job, without its labels",
            |it| {
                it["metadata"].as_object_mut().unwrap().remove("labels");
                container(it)["image"] = OTHER.into();
            },
            ACTS,
        ),
        job(
            "somebody else's pod, with a tag",
            |it| {
                it["metadata"]["labels"] = json!({"app": "other"});
                it["spec"]["serviceAccountName"] = "default".into();
                container(it)["image"] = "docker.io/other:1".into();
            },
            None,
        ),
        of_server("the Pushgateway", None, None),
        of_server(
            "the Pushgateway with a tag",
            Some("quay.io/prometheus/pushgateway:v1"),
            Some(DIGEST),
        ),
        creating(
            "the chart's own test",
            None,
            render.object("Pod", "doctor").clone(),
            None,
        ),
    ]
}

pub(super) fn map(name: &str, labels: &Value) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "monitoring", "labels": labels},
        "data": {"a.json": "{}"},
    })
}

pub(super) fn of_dashboards() -> Vec<Case> {
    const NAME: Option<&str> = Some("whose name does not begin with monitoring-dashboard-");
    const LABEL: Option<&str> = Some("without the label grafana_dashboard");
    let dashboard = json!({"grafana_dashboard": "1"});
    let by = Some(DASHBOARDS);
    vec![
        creating(
            "a dashboard",
            by,
            map("monitoring-dashboard-a", &dashboard),
            None,
        ),
        creating(
            "another name",
            by,
            map("alertmanager-more", &dashboard),
            NAME,
        ),
        creating(
            "no label",
            by,
            map("monitoring-dashboard-a", &json!({})),
            LABEL,
        ),
        creating(
            "by somebody else",
            None,
            map("alertmanager-more", &json!({})),
            None,
        ),
        asking(
            "a dashboard that is there",
            "replace",
            by,
            map("monitoring-dashboard-there", &dashboard),
            None,
        ),
        asking(
            "its label taken away",
            "replace",
            by,
            map("monitoring-dashboard-there", &json!({"a": "b"})),
            LABEL,
        ),
        asking(
            "Alertmanager's template",
            "replace",
            by,
            map("alertmanager-template", &dashboard),
            NAME,
        ),
        asking(
            "a dashboard deleted",
            "delete",
            by,
            map("monitoring-dashboard-there", &dashboard),
            None,
        ),
        asking(
            "Alertmanager's template deleted",
            "delete",
            by,
            map("alertmanager-template", &dashboard),
            NAME,
        ),
    ]
}
