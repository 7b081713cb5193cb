//! The page in a real browser: its own script works and nothing else does, nothing is loaded, and without
//! scripts everything can be read.

use std::io::Read as _;
use std::net::TcpListener;
use std::path::Path;

use anyhow::{Context as _, Result};
use common::env::Env;
use sandbox::monitoring::{HOME, object, rule};
use scenarios::browser::{self, Browser, Scripts};
use serde_json::{Value, json};

use super::{OTHER, World, assert_ended, told};

/// What somebody who writes objects could try.
const ATTACK: &str = "<img src=x onerror=alert(1)></td><script>console.log('run')</script>";

/// A difference that is declared, and a Secret that the job may not read: a gap.
const DECLARED: &str = "  ignore:
    - objects: [Service/monitoring/prod-monitoring-prometheus-alertmanager]
      path: /spec/ports[port=9093,protocol=TCP]/targetPort
      reason: moves to `9094` with the next release
  same_secret:
    - {name: alertmanager-prod-monitoring, key: alertmanager.yaml, reason: one login}
";

/// Plants differences of several kinds: fields of two objects, an object too few, one under the other
/// cluster's name, and one that is declared.
async fn plant(world: &World) -> Result<()> {
    let stage = &world.stage;
    let core = rule("core-alerts-rules");
    let mut groups = stage.get(OTHER, &core).await?["spec"]["groups"].clone();
    groups[0]["rules"][2]["for"] = json!("10m");
    groups[0]["rules"][1]["expr"] = json!(
        "histogram_quantile(0.99, sum(rate(coredns_dns_request_duration_seconds_bucket[5m])) by (le)) > 5"
    );
    let changed = json!({"metadata": {"annotations": {"odd": ATTACK}}, "spec": {"groups": groups}});
    stage.patch(OTHER, &core, &changed).await?;
    let operator = "prod-monitoring-prometheus-operator";
    let operator = object("apis/apps/v1", "deployments", operator);
    let mut containers = stage.get(HOME, &operator).await?["spec"]["template"]["spec"].clone();
    containers["containers"][0]["resources"]["limits"]["memory"] = json!("512Mi");
    let changed = json!({"spec": {"template": {"spec": containers}}});
    stage.patch(HOME, &operator, &changed).await?;
    stage
        .delete(OTHER, &rule("external-dns-alerts-rules"))
        .await?;
    let prometheus = "prod-monitoring-prometheus-prometheus";
    let prometheus = object("apis/monitoring.coreos.com/v1", "prometheuses", prometheus);
    let changed = json!({"spec": {"externalLabels": {"cluster": HOME}}});
    stage.patch(OTHER, &prometheus, &changed).await?;
    let service = "prod-monitoring-prometheus-alertmanager";
    let service = object("api/v1", "services", service);
    let mut spec = stage.get(OTHER, &service).await?["spec"].clone();
    spec["ports"][0]["targetPort"] = json!(9094);
    let changed = json!({"spec": {"ports": spec["ports"]}});
    stage.patch(OTHER, &service, &changed).await?;
    Ok(())
}

#[tokio::test]
async fn the_page_is_read_in_a_browser_with_scripts_and_without() -> Result<()> {
    let Some(file) = browser::locate(&Env::from_process())? else {
        return Ok(());
    };
    let world = World::start().await?;
    plant(&world).await?;
    let config = world.configured(DECLARED)?;
    let (document, _) = world.look(&config).await?;
    let made = world.run(&["run", "-o", "html"], &config).await?;
    assert_ended(&made, 4, Some("incomplete-denied"));
    let page = world.stage.directory().join("page.html");
    std::fs::write(&page, &made.stdout)?;
    let mut browser = Browser::start(&file).await?;

    let url = format!("file://{}", page.display());
    browser.open(&url, Scripts::On).await?;
    with_scripts(&mut browser, &document).await?;
    assert_eq!(browser.requests(), [&url]);
    assert_eq!(browser.console(), [""; 0]);

    browser.open(&url, Scripts::Off).await?;
    without_scripts(&mut browser, &document).await?;
    assert_eq!(browser.requests(), [&url]);
    assert_eq!(browser.console(), [""; 0]);

    on_a_phone(&mut browser, &page, &made.stdout).await?;
    hostile(&mut browser, &page, &made.stdout).await
}

/// The texts of the rows that are shown, as a person sees them.
async fn rows(browser: &mut Browser) -> Result<Vec<String>> {
    let rows = "[...document.querySelectorAll('#matrix tbody')].filter(it => it.checkVisibility()) \
                .map(it => it.innerText)";
    Ok(serde_json::from_value(browser.evaluate(rows).await?)?)
}

/// Kind and name of everything that is not consistent, with the paths of its fields.
fn drifted(document: &Value) -> Vec<(String, Vec<String>)> {
    let told = told(document).into_iter();
    told.map(|(object, _, paths)| {
        let name = object.split_once('/').map_or("", |(_, name)| name);
        (name.to_owned(), paths)
    })
    .collect()
}

async fn with_scripts(browser: &mut Browser, document: &Value) -> Result<()> {
    let drifted = drifted(document);
    let shown = rows(browser).await?;
    assert_eq!(shown.len(), drifted.len(), "{shown:#?}");

    // Everything can be opened at once, and then every field can be seen.
    assert_fields(browser, &drifted, false).await?;
    browser.click("#expand").await?;
    assert_fields(browser, &drifted, true).await?;
    browser.click("#expand").await?;
    assert_fields(browser, &drifted, false).await?;
    // A click on a row opens it alone.
    browser.click("#matrix .is-not-distinct tr").await?;
    let open = "document.querySelectorAll('#matrix details[open]').length";
    assert_eq!(browser.evaluate(open).await?, 1);

    // The search finds by values that are folded away, words in any order.
    browser.click("#search").await?;
    browser.write("512mi OPERATOR").await?;
    let found = rows(browser).await?;
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(
        found[0].contains("prod-monitoring-prometheus-operator"),
        "{found:?}"
    );
    browser.write(" no-such-word").await?;
    assert_eq!(rows(browser).await?, [""; 0]);
    let nothing = "document.getElementById('nothing').checkVisibility()";
    assert_eq!(browser.evaluate(nothing).await?, true);
    let clear = "document.getElementById('search').select()";
    browser.evaluate(clear).await?;
    browser.write(" ").await?;
    assert_eq!(rows(browser).await?.len(), drifted.len());

    by_standing(browser, document).await
}

/// Each check box shows and hides the rows that stand so, with scripts and without.
async fn by_standing(browser: &mut Browser, document: &Value) -> Result<()> {
    let objects = document["objects"].as_array().unwrap().iter();
    let standings: Vec<_> = objects.map(|it| it["standing"].as_str().unwrap()).collect();
    for standing in [
        "different",
        "missing",
        "not-distinct",
        "unknown",
        "explained",
        "equal",
    ] {
        let count = standings.iter().filter(|it| **it == standing).count();
        assert!(count > 0, "nothing is {standing}");
        let before = rows(browser).await?.len();
        let check_box = format!("#show-{standing}");
        let checked = format!("document.querySelector('{check_box}').checked");
        let shown = browser.evaluate(&checked).await? == true;
        browser.click(&check_box).await?;
        let expected = if shown {
            before - count
        } else {
            before + count
        };
        assert_eq!(rows(browser).await?.len(), expected, "{standing}");
        browser.click(&check_box).await?;
        assert_eq!(rows(browser).await?.len(), before, "{standing}");
    }
    Ok(())
}

/// Every object is shown; its fields are when it is open, each in the row of its object.
async fn assert_fields(
    browser: &mut Browser,
    drifted: &[(String, Vec<String>)],
    open: bool,
) -> Result<()> {
    let rows = "[...document.querySelectorAll('#matrix tbody')].filter(it => it.checkVisibility()) \
                .map(it => [it.querySelector('.name b').innerText, \
                [...it.querySelectorAll('.path')].filter(it => it.checkVisibility()) \
                .map(it => it.firstChild.innerText)])";
    let shown: Vec<(String, Vec<String>)> = serde_json::from_value(browser.evaluate(rows).await?)?;
    for (name, paths) in drifted {
        let row = shown.iter().find(|(shown, _)| shown == name);
        let (_, fields) = row.with_context(|| format!("no {name} in {shown:#?}"))?;
        if open {
            let lost: Vec<_> = paths.iter().filter(|path| !fields.contains(path)).collect();
            assert_eq!(lost, [""; 0], "of {name} in {fields:#?}");
        } else {
            assert_eq!(fields, &[""; 0], "{name} is folded");
        }
    }
    Ok(())
}

async fn without_scripts(browser: &mut Browser, document: &Value) -> Result<()> {
    let drifted = drifted(document);
    let ran = "document.getElementById('tools').checkVisibility()";
    assert_eq!(
        browser.evaluate(ran).await?,
        false,
        "what needs scripts is not there"
    );
    let fields = "[...document.querySelectorAll('#matrix details > summary')].length";
    let fields = browser.evaluate(fields).await?.as_u64().unwrap();
    assert!(fields > 0);
    let marks = "document.querySelectorAll('#matrix details > summary').forEach((it, place) => \
                 it.id = 'fold-' + place)";
    browser.evaluate(marks).await?;
    for place in 0..fields {
        let summary = format!("#fold-{place}");
        let seen = format!("document.querySelector('{summary}').checkVisibility()");
        if browser.evaluate(&seen).await? == true {
            browser.click(&summary).await?;
        }
    }
    assert_fields(browser, &drifted, true).await?;
    let text = browser.evaluate("document.body.innerText").await?;
    let text = text.as_str().unwrap();
    // Both values of a field, the attack as what it is, the rule with its reason, and the gap.
    for part in [
        "20m",
        "10m",
        ATTACK,
        "moves to 9094 with the next release",
        "forbidden",
        "external-dns-alerts-rules",
        HOME,
        OTHER,
    ] {
        assert!(text.contains(part), "no {part} in {text}");
    }
    by_standing(browser, document).await
}

/// On a screen as narrow as a phone's nothing of the matrix is cut off, and cells say which cluster they are
/// about.
async fn on_a_phone(browser: &mut Browser, page: &Path, text: &str) -> Result<()> {
    let text = text.replace('&', "&amp;").replace('"', "&quot;");
    let frame = format!("<!doctype html><iframe width=\"390\" srcdoc=\"{text}\"></iframe>");
    let phone = page.with_file_name("phone.html");
    std::fs::write(&phone, frame)?;
    let url = format!("file://{}", phone.display());
    browser.open(&url, Scripts::On).await?;
    let inside = "const page = document.querySelector('iframe').contentDocument";
    let beyond = format!(
        "(() => {{ {inside}; return [...page.querySelectorAll('#matrix *')] \
         .filter(it => it.checkVisibility()) \
         .filter(it => it.getBoundingClientRect().right > page.documentElement.clientWidth) \
         .map(it => it.innerText); }})()"
    );
    assert_eq!(browser.evaluate(&beyond).await?, json!([]));
    let named = format!(
        "(() => {{ {inside}; const view = page.defaultView; \
         return [...page.querySelectorAll('#matrix .at')] \
         .map(it => view.getComputedStyle(it, '::before').content); }})()"
    );
    let named: Vec<String> = serde_json::from_value(browser.evaluate(&named).await?)?;
    for cluster in [HOME, OTHER] {
        let content = format!("\"{cluster} \"");
        assert!(named.contains(&content), "no {content} in {named:?}");
    }
    Ok(())
}

/// A page into which a text got as markup: nothing of it runs, and nothing is loaded or sent.
async fn hostile(browser: &mut Browser, page: &Path, text: &str) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let outside = format!("http://{}", listener.local_addr()?);
    let markup = format!(
        "<main><base href=\"{outside}/\"><img src=\"{outside}/image\" onerror=\"document.title='run'\">\
         <script>document.title = 'run'</script><script src=\"{outside}/script\"></script>\
         <link rel=\"stylesheet\" href=\"{outside}/style\"><iframe src=\"{outside}/frame\"></iframe>\
         <style>body {{ background: url({outside}/style) }}</style>\
         <object data=\"{outside}/object\"></object><video src=\"{outside}/video\" autoplay></video>\
         <form action=\"{outside}/form\"><button id=\"send\">send</button></form>"
    );
    let spoilt = page.with_file_name("spoilt.html");
    std::fs::write(&spoilt, text.replacen("<main>", &markup, 1))?;
    let url = format!("file://{}", spoilt.display());
    browser.open(&url, Scripts::On).await?;
    let title = browser.evaluate("document.title").await?;
    assert!(title.as_str().unwrap().contains("incomplete"), "{title}");
    let sent = "new Promise(done => { \
                document.addEventListener('securitypolicyviolation', it => done(it.effectiveDirective)); \
                document.querySelector('#send').click(); })";
    assert_eq!(browser.evaluate(sent).await?, "form-action");
    let fetched = format!("fetch('{outside}/fetch').then(() => 'sent', () => 'refused')");
    assert_eq!(browser.evaluate(&fetched).await?, "refused");
    assert_eq!(browser.evaluate("document.URL").await?, url.as_str());
    // Our own script goes on.
    browser.click("#expand").await?;
    let open = "document.querySelectorAll('#matrix details:not([open])').length";
    assert_eq!(browser.evaluate(open).await?, 0);
    let violations = browser.console();
    for refused in [
        "base URI",
        "inline event handler",
        "inline script",
        "inline style",
        "the image",
        "the script",
        "the stylesheet",
        "Framing",
        "plugin data",
        "media",
        "Connecting",
    ] {
        let told = violations.iter().any(|it| it.contains(refused));
        assert!(told, "{refused} in {violations:#?}");
    }
    // Chromium connects ahead of what it then refuses; nothing is said there.
    while let Ok((mut connection, _)) = listener.accept() {
        connection.set_nonblocking(true)?;
        let said = connection.read(&mut [0; 1]).unwrap_or(0);
        assert_eq!(said, 0, "something was asked of {outside}");
    }
    Ok(())
}
