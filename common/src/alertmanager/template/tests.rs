use super::Template;
use crate::exit::Exit;
use crate::fault::Fault as _;

/// A login, so that only what a test adds can be wrong.
const LOGIN: &str = "\
global:
  smtp_auth_username: '@@smtp_username@@'
  smtp_auth_password: '@@smtp_password@@'
";

/// What is wrong with the template that has `rest` below the login, one line for each problem.
fn problems(rest: &str) -> Vec<String> {
    let text = format!("{LOGIN}{rest}");
    let error = Template::parse("am.yaml", &text).expect_err(rest);
    assert_eq!(
        (error.exit(), error.code()),
        (Exit::Config, "alertmanager-template")
    );
    let problems = error.invalid().problems().iter();
    problems
        .map(|problem| {
            let hint = problem.hint.as_deref().unwrap_or("no hint");
            let (line, column, message) = (problem.line, problem.column, &problem.message);
            format!("{line}:{column} {message}; {hint}")
        })
        .collect()
}

#[test]
fn the_fields_of_the_secret_are_named_once_each_and_sorted() {
    let text = format!(
        "{LOGIN}a: ['x@@secret/b@@', \"@@secret/a.1@@@@secret/b@@\"]\nb: >-\n  @@secret/Z-z@@\n"
    );
    let template = Template::parse("am.yaml", &text).unwrap();
    assert_eq!(template.fields().collect::<Vec<_>>(), ["Z-z", "a.1", "b"]);
    let template = Template::parse("am.yaml", LOGIN).unwrap();
    assert_eq!(template.fields().count(), 0);
}

#[test]
fn an_unknown_placeholder_is_named_with_what_was_meant() {
    assert_eq!(
        problems("a: 1\nb: ok '@@smtp_pasword@@'\n"),
        ["5:4 unknown placeholder `@@smtp_pasword@@`; did you mean `@@smtp_password@@`?"]
    );
    assert_eq!(
        problems("a: {b: [x, 'a @@deadmanssnitch@@']}\n"),
        [
            "4:12 unknown placeholder `@@deadmanssnitch@@`; did you mean `@@secret/deadmanssnitch@@`?"
        ]
    );
    assert_eq!(
        problems("a: x @@secret/a\nb: '@@secret/b@@'\n"),
        ["4:4 `@@` opens a placeholder that does not end; close it: `@@smtp_password@@`"]
    );
}

#[test]
fn a_placeholder_outside_of_values_is_refused_where_it_stands() {
    assert_eq!(
        problems("'@@secret/a@@': 1\n"),
        ["4:1 a key cannot be filled; use placeholders in values only"]
    );
    assert_eq!(
        problems("? x@@secret/a@@\n: 1\n"),
        ["4:3 a key cannot be filled; use placeholders in values only"]
    );
    let outside = "`@@` stands outside of any value, where nothing is filled in; \
                   write the name without it in a comment";
    assert_eq!(
        problems("# é @@secret/a@@\n"),
        [format!("4:5 {outside}"), format!("4:15 {outside}")]
    );
    assert_eq!(problems("a: 1 # @@\n"), [format!("4:8 {outside}")]);
    assert_eq!(problems("a: &@@ 1\n"), [format!("4:5 {outside}")]);
    assert_eq!(problems("a: | # @@\n  text\n"), [format!("4:8 {outside}")]);
}

#[test]
fn a_bare_value_that_begins_with_a_placeholder_is_not_yaml_and_the_error_says_so() {
    let problems = problems("a: @@secret/a@@\n");
    assert_eq!(problems.len(), 1);
    assert!(
        problems[0].starts_with("4:4 not valid YAML")
            && problems[0].ends_with("`@` or a backquote must be quoted, such as '%d'"),
        "{problems:?}"
    );
}

#[test]
fn what_the_config_reloader_would_replace_is_refused_everywhere() {
    let problem = "`$(` would be replaced from the environment of the config reloader; \
                   write the value without a `(` behind the `$`";
    for (rest, at) in [
        ("a: b$(HOME)\n", "4:5"),
        ("# $(HOME)\n", "4:3"),
        ("$(A): 1\n", "4:1"),
        ("a: \"\\x24(HOME)\"\n", "4:4"),
        ("a: \"$\\\n  (HOME)\"\n", "4:4"),
    ] {
        let found = problems(rest);
        assert!(
            found.contains(&format!("{at} {problem}")),
            "{rest}: {found:?}"
        );
    }
    let text = format!("{LOGIN}a: '$ (x) $x ${{x}} $$'\n");
    assert!(Template::parse("am.yaml", &text).is_ok());
}

#[test]
fn a_template_without_a_whole_login_is_refused() {
    for (present, missing) in [("username", "password"), ("password", "username")] {
        let text = format!("global:\n  smtp_auth_{present}: '@@smtp_{present}@@'\n");
        let error = Template::parse("am.yaml", &text).unwrap_err().to_string();
        let expected = format!(
            "am.yaml:1:1: error: no value holds `@@smtp_{missing}@@`\n  1 | global:\n    | ^\n\
             hint: write smtp_auth_{missing}: \"@@smtp_{missing}@@\" below `global`"
        );
        assert!(error.ends_with(&expected), "{error}");
    }
}

#[test]
fn every_mistake_of_a_file_is_reported_at_once() {
    let found = problems("# @@\na: '@@x@@'\na: $(x)\nb: !foo x\n");
    let places: Vec<&str> = found
        .iter()
        .map(|problem| problem.split(' ').next().unwrap())
        .collect();
    assert_eq!(places, ["4:3", "6:1", "6:4", "7:4"], "{found:?}");
}
