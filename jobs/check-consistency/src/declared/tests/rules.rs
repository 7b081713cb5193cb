use super::{
    LABEL, PROMETHEUS, distinct, ignore, ignore_whole, only_in, pattern, rule, template, today,
    vars,
};
use crate::declared::What;

#[test]
fn rules_are_told_on_one_line() {
    let same_secret = |path: Option<&str>| {
        let what = What::SameSecret {
            namespace: "monitoring".to_owned(),
            name: "mail".to_owned(),
            key: "x.yaml".to_owned(),
            path: path.map(pattern),
        };
        rule(path.unwrap_or("whole text"), what)
    };
    let rules = [
        only_in(&[0, 1]),
        template(PROMETHEUS, LABEL, "{{cluster}}"),
        distinct(PROMETHEUS, LABEL),
        same_secret(Some("/global/password")),
        same_secret(None),
        ignore(LABEL),
        ignore_whole(),
    ];
    let uses = today(&rules);
    uses.count(&rules[3]);
    uses.count(&rules[3]);
    // What is not about Secrets is counted where it is applied.
    uses.count(&rules[2]);
    let table = uses.table(&vars(2));
    let lines: Vec<_> = table
        .iter()
        .map(|it| (it.summary.as_str(), it.used))
        .collect();
    assert_eq!(
        lines,
        [
            ("Prometheus/monitoring/main only in a and b", 0),
            (
                "`/spec/externalLabels/cluster` of Prometheus/monitoring/main is `{{cluster}}`",
                0
            ),
            (
                "`/spec/externalLabels/cluster` of Prometheus/monitoring/main is different in every cluster",
                0
            ),
            (
                "`/global/password` in `x.yaml` of Secret monitoring/mail is the same everywhere",
                1
            ),
            (
                "`x.yaml` of Secret monitoring/mail is the same everywhere",
                0
            ),
            (
                "`/spec/externalLabels/cluster` of Prometheus/*/* is not compared",
                0
            ),
            ("Prometheus/*/*: not compared", 0),
        ]
    );
}
