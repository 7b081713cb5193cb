//! From nothing to everything, and then to nothing more.

use anyhow::Result;
use common::alertmanager::{SmtpLogin, Template};
use common::secret::SecretString;
use common::ses::smtp_password;
use sandbox::kubernetes::Change;
use serde_json::{Value, json};

use super::SECRET;
use super::scene::{KEYS, MEMBERS, Scene, names};

#[tokio::test]
async fn from_nothing_a_plan_writes_nothing_and_an_installation_does_what_it_says() -> Result<()> {
    let scene = Scene::start().await?;
    let mark = scene.cluster.audit_mark()?;
    let planned = scene.install(&["--plan"], 0).await?;
    assert_eq!(scene.writes_since(mark)?, []);
    for line in [
        "create   namespace monitoring",
        "create   lease install in monitoring",
        "create   secret alertmanager-prod-monitoring in monitoring, from AWS",
        "helm     install, revision 1",
        "create   CronJob rotate-credentials in monitoring-credentials",
        "create   Alertmanager prod-monitoring-prometheus-alertmanager in monitoring",
    ] {
        assert!(planned.stdout.contains(line), "{line}: {}", planned.stdout);
    }

    let installed = scene.install(&[], 0).await?;
    let admin = scene.admin().await?;
    let crons = admin
        .get("/apis/batch/v1/namespaces/monitoring/cronjobs")
        .await?;
    assert!(names(&crons).contains(&"check-consistency".to_owned()));
    let said = &installed.stdout;
    assert!(
        said.contains("the mail key is") && said.contains("and due"),
        "{said}"
    );
    assert!(
        said.contains("next: see whether remoting-prod-e1-1"),
        "{said}"
    );

    // Once more: neither Helm nor the Secret has anything to do, and nothing is written but the Lease.
    let before = admin.get(SECRET).await?;
    let mark = scene.cluster.audit_mark()?;
    let again = scene.install(&[], 0).await?;
    assert!(again.stdout.contains("nothing changes"), "{}", again.stdout);
    let writes = scene.writes_since(mark)?;
    let others: Vec<_> = writes.iter().filter(|it| it.resource != "leases").collect();
    assert!(others.is_empty(), "{others:?}");
    assert_eq!(admin.get(SECRET).await?, before);

    // For programs one document, at the end. What is not waited for `doctor` does not look at.
    let again = scene.install(&["-o", "json"], 0).await?;
    let document: Value = serde_json::from_str(&again.stdout)?;
    assert_eq!(document["plan"]["helm"]["does"], "nothing", "{document:#}");
    assert_eq!(document["done"], json!([]), "{document:#}");
    assert_eq!(document["ending"]["key"]["known"], "known", "{document:#}");
    for absent in ["problem", "report"] {
        assert!(document[absent].is_null(), "{document:#}");
    }
    Ok(())
}

#[tokio::test]
async fn the_secret_is_what_the_rotation_writes_and_only_what_differs_is_written() -> Result<()> {
    let scene = Scene::start().await?;
    scene.install(&[], 0).await?;
    let written = scene.secret(SECRET, "alertmanager.yaml").await?;
    let admin = scene.admin().await?;
    let template = "/api/v1/namespaces/monitoring/configmaps/alertmanager-template";
    let template = admin.get(template).await?;
    let template = template["data"]["alertmanager.yaml"].as_str().unwrap();
    assert_eq!(written, filled(template, 0)?);
    let secret = admin.get(SECRET).await?;
    let manager = &secret["metadata"]["managedFields"][0]["manager"];
    assert_eq!(manager, "monitoring-jobs");
    let uid = secret["metadata"]["uid"].clone();

    // Another pair in AWS: the login changes in place, and Helm has nothing to do.
    scene.rotate()?;
    let planned = scene.install(&["--plan"], 0).await?;
    assert!(planned.stdout.contains("(the login)"), "{}", planned.stdout);
    assert!(
        planned.stdout.contains("helm     nothing"),
        "{}",
        planned.stdout
    );
    scene.install(&[], 0).await?;
    let secret = admin.get(SECRET).await?;
    assert_eq!(secret["metadata"]["uid"], uid);
    let written = scene.secret(SECRET, "alertmanager.yaml").await?;
    assert_eq!(written, filled(template, 1)?);

    // Where the key is not there, no field of it is another one.
    let emptied = json!({"data": {"alertmanager.yaml": null}});
    admin.patch(SECRET, Change::Merge, &emptied).await?;
    let planned = scene.install(&["--plan"], 0).await?;
    let mut lines = planned.stdout.lines();
    let line = lines.find(|line| line.contains("alertmanager.yaml: hash nothing -> "));
    assert!(!line.unwrap().contains('('), "{}", planned.stdout);
    scene.install(&[], 0).await?;
    let written = scene.secret(SECRET, "alertmanager.yaml").await?;
    assert_eq!(written, filled(template, 1)?);

    // Another value of the chart: only what follows from it changes.
    let values = "values/prod-e1-1.yaml";
    scene.edit(values, "schedule: 17 * * * *", "schedule: 18 * * * *")?;
    let planned = scene.install(&["--plan", "-o", "json"], 0).await?;
    let planned: Value = serde_json::from_str(&planned.stdout)?;
    assert_eq!(planned["helm"]["does"], "upgrade");
    let objects = planned["objects"].as_array().unwrap();
    let changed: Vec<_> = objects
        .iter()
        .filter(|it| it["action"] == "change")
        .collect();
    let named: Vec<_> = changed
        .iter()
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    assert!(named.contains(&"rotate-credentials"), "{changed:?}");
    let rotation = changed.iter().find(|it| it["name"] == "rotate-credentials");
    let fields = rotation.unwrap()["fields"].to_string();
    assert!(fields.contains(".spec.schedule"), "{fields}");
    scene.install(&[], 0).await?;
    let again = scene.install(&["--plan"], 0).await?;
    assert!(again.stdout.contains("nothing changes"), "{}", again.stdout);
    Ok(())
}

#[tokio::test]
async fn grafana_gets_its_google_client_from_aws_and_its_own_release() -> Result<()> {
    const GOOGLE: &str = "/api/v1/namespaces/monitoring/secrets/grafana-google-sign-in";
    const DEPLOYMENT: &str = "/apis/apps/v1/namespaces/monitoring/deployments/prod-grafana";
    let scene = Scene::start().await?;
    let mark = scene.cluster.audit_mark()?;
    scene.run(&["grafana"], &["--plan"], 0).await?;
    assert_eq!(scene.writes_since(mark)?, []);
    let installed = scene.run(&["grafana"], &["-o", "json"], 0).await?;
    let account: Value = serde_json::from_str(&installed.stdout)?;
    let done = json!([
        "making the namespace",
        "filling the Secret grafana-google-sign-in",
        "bringing the release prod-grafana about",
        "noting which Google client Grafana reads",
    ]);
    assert_eq!(account["done"], done, "{account:#}");
    assert_eq!(account["plan"]["pod"], "starts", "{account:#}");
    assert!(account["problem"].is_null(), "{account:#}");
    let member = |name: &str| MEMBERS.iter().find(|(key, _)| *key == name).unwrap().1;
    for (key, name) in [
        ("client_id", "grafana-google-client-id"),
        ("client_secret", "grafana-google-client-secret"),
    ] {
        assert_eq!(scene.secret(GOOGLE, key).await?, member(name));
    }
    let again = scene.run(&["grafana"], &[], 0).await?;
    assert!(again.stdout.contains("nothing changes"), "{}", again.stdout);

    // Another client: its pod reads the Secret once, at its start, so it starts anew, and only once.
    let admin = scene.admin().await?;
    let before = admin.get(DEPLOYMENT).await?;
    let another = ["--client-secret", "deadmanssnitch"];
    let changed = scene.run(&["grafana"], &another, 0).await?;
    assert!(
        changed.stdout.contains("Grafana restarts"),
        "{}",
        changed.stdout
    );
    assert_eq!(
        scene.secret(GOOGLE, "client_secret").await?,
        member("deadmanssnitch")
    );
    let after = admin.get(DEPLOYMENT).await?;
    let secret = admin.get(GOOGLE).await?;
    let read = |deployment: &Value| {
        let annotations = deployment.pointer("/spec/template/metadata/annotations");
        annotations.map(|all| all["monitoring-jobs.toolchain.private/google-sign-in"].clone())
    };
    let version = &secret["metadata"]["resourceVersion"];
    assert_eq!(read(&after).as_ref(), Some(version), "{after:#}");
    assert_ne!(read(&before).as_ref(), Some(version), "{before:#}");
    let again = scene.run(&["grafana"], &another, 0).await?;
    assert!(again.stdout.contains("nothing changes"), "{}", again.stdout);
    assert!(!again.stdout.contains("restarts"), "{}", again.stdout);
    let now = admin.get(DEPLOYMENT).await?;
    let generation = &after["metadata"]["generation"];
    assert_eq!(&now["metadata"]["generation"], generation, "{now:#}");

    let refused = scene
        .run(&["grafana"], &["--client-id", "nobody"], 2)
        .await?;
    assert!(refused.stderr.contains("`nobody`"), "{}", refused.stderr);
    Ok(())
}

/// The template with one of the pairs, by the rotation's own code.
fn filled(template: &str, pair: usize) -> Result<String> {
    let (id, secret) = KEYS[pair];
    let login = SmtpLogin {
        username: id.to_owned(),
        password: smtp_password(&SecretString::from(secret), "us-east-1"),
    };
    let member = |name: &str| MEMBERS.iter().find(|(key, _)| *key == name);
    let template = Template::parse("template", template)?;
    let filled = template.fill(&login, |name| member(name).map(|(_, it)| (*it).into()))?;
    Ok(filled.expose().to_owned())
}
