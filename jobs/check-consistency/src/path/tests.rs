use proptest::prelude::*;

use super::{Glob, Path, Pattern, PatternError, Segment};

/// Reads a path.
fn path(text: &str) -> Path {
    text.parse().expect(text)
}

fn pattern(text: &str) -> Pattern {
    Pattern::parse(text).expect(text)
}

#[test]
fn a_path_is_written_as_its_grammar_says() {
    let item = |key: &str, value: &str| Segment::Item(vec![(key.to_owned(), value.to_owned())]);
    let root = Path::default();
    for (path, text) in [
        (root.clone(), ""),
        (
            root.field("spec")
                .field("groups")
                .with(item("name", "./core-dns"))
                .field("rules")
                .with(item("alert", "CoreDNSDown"))
                .field("for"),
            "/spec/groups[name=./core-dns]/rules[alert=CoreDNSDown]/for",
        ),
        (
            root.field("tolerations")
                .with(Segment::Index(0))
                .field("key"),
            "/tolerations/0/key",
        ),
        (
            root.field("data")
                .field("alertmanager.yaml")
                .with(Segment::Document)
                .field("route"),
            "/data/alertmanager.yaml#/route",
        ),
        (
            root.field("eks.amazonaws.com/role-arn").field("a~b#c[d]"),
            "/eks.amazonaws.com~1role-arn/a~0b~2c~3d]",
        ),
        (
            root.with(item("a=b", "c=d]e,f~g/[#")),
            "[a~6b=c=d~4e~5f~0g/[#]",
        ),
        (
            root.with(Segment::Item(vec![
                ("alert".to_owned(), "X".to_owned()),
                ("severity".to_owned(), "page".to_owned()),
            ])),
            "[alert=X,severity=page]",
        ),
        (root.field(""), "/"),
    ] {
        assert_eq!(path.to_string(), text);
        assert_eq!(text.parse(), Ok(path), "{text}");
    }
}

#[test]
fn a_pattern_means_a_place_and_everything_below_it() {
    for (text, fits, others) in [
        ("", vec!["", "/spec", "/data/x#/y"], vec![]),
        (
            "/metadata/labels",
            vec!["/metadata/labels", "/metadata/labels/x"],
            vec![
                "",
                "/metadata",
                "/metadata/labels2",
                "/spec/metadata/labels",
            ],
        ),
        (
            "/metadata/annotations/alb.*",
            vec!["/metadata/annotations/alb.ingress.kubernetes.io~1scheme"],
            vec!["/metadata/annotations/nlb.x", "/metadata/annotations"],
        ),
        (
            "/metadata/annotations/eks.amazonaws.com~1role-arn",
            vec!["/metadata/annotations/eks.amazonaws.com~1role-arn"],
            vec!["/metadata/annotations/eks.amazonaws.com"],
        ),
        (
            "/spec/*/x",
            vec!["/spec/a/x", "/spec[k=v]/x", "/spec/0/x/y"],
            vec!["/spec/a/b/x", "/spec/x", "/spec#/x"],
        ),
        (
            "/rules[alert=Core*]/for",
            vec![
                "/rules[alert=CoreDNSDown]/for",
                "/rules[alert=Core,severity=page]/for",
            ],
            vec![
                "/rules[alert=Kube]/for",
                "/rules[record=Core]/for",
                "/rules/0/for",
                "/rules",
            ],
        ),
        (
            "/rules[alert=A,severity=*]",
            vec![
                "/rules[alert=A,severity=page]",
                "/rules[severity=x,alert=A]/for",
            ],
            vec!["/rules[alert=A]", "/rules[alert=B,severity=page]"],
        ),
        (
            "/list[*]/x",
            vec!["/list[a=b]/x", "/list/7/x"],
            vec!["/list/a/x"],
        ),
        (
            "/list/7",
            vec!["/list/7", "/list/7/x"],
            vec!["/list/8", "/list/77"],
        ),
        (
            "/data/*#/route",
            vec!["/data/alertmanager.yaml#/route/group_wait"],
            vec!["/data/alertmanager.yaml/route", "/data/alertmanager.yaml"],
        ),
    ] {
        let pattern = pattern(text);
        assert_eq!(pattern.to_string(), text);
        for fitting in fits {
            assert!(pattern.matches(&path(fitting)), "`{text}` and `{fitting}`");
        }
        for other in others {
            assert!(!pattern.matches(&path(other)), "`{text}` and `{other}`");
        }
    }
}

#[test]
fn a_number_in_a_pattern_is_a_place_and_a_name() {
    let field = Path::default().field("data").field("0");
    assert!(pattern("/data/0").matches(&field));
    assert!(pattern("/data/0").matches(&path("/data/0")));
    assert!(!pattern("/data/00").matches(&path("/data/0")));
}

#[test]
fn what_is_wrong_with_a_pattern_is_said() {
    for (text, said) in [
        ("spec/replicas", "`spec/replicas` is no step"),
        ("/data/x#route", "`route` is no step"),
        ("/a[b=c]d", "`d` is no step"),
        ("/metadata/labels/", "without a `/` at the end"),
        ("/groups/[name=x]", "without a `/` before `[`"),
        ("//x", "a field has no name"),
        ("/groups[name=x", "`[name=x` is not closed"),
        ("/groups[x]", "`[x]` names no item"),
        ("/groups[]", "`[]` names no item"),
        ("/groups[a=b,c]", "`[a=b,c]` names no item"),
        ("/a~b", "`a~b` has a `~` that stands for nothing"),
        ("/a~", "stands for nothing"),
        ("/a[b=~9]", "`~9` has a `~`"),
    ] {
        let error = Pattern::parse(text).expect_err(text).to_string();
        assert!(error.contains(said), "{text}: {error}");
    }
    assert_eq!(
        "/list[*]".parse::<Path>(),
        Err(PatternError::Item {
            item: "*".to_owned()
        })
    );
}

#[test]
fn patterns_that_deserve_a_warning_are_known() {
    for (text, index, broad) in [
        ("", false, true),
        ("/spec", false, true),
        ("/data", false, true),
        ("/metadata", false, true),
        ("/*", false, true),
        ("/spec/*", false, true),
        ("/*/*", false, true),
        ("/data/*#", false, true),
        ("/m*", false, true),
        ("[*]", false, true),
        ("/status", false, false),
        ("/*/labels", false, false),
        ("/metadata/annotations/*", false, false),
        ("/data/*#/route", false, false),
        ("/spec/tolerations/0", true, false),
        ("/spec/tolerations/-", true, false),
        ("/spec/a-b", false, false),
        ("/spec/groups[name=0]", false, false),
    ] {
        let pattern = pattern(text);
        assert_eq!(
            (pattern.has_index(), pattern.is_broad()),
            (index, broad),
            "{text}"
        );
    }
}

#[test]
fn only_a_pattern_without_stars_and_numbers_names_one_place() {
    for text in ["", "/a/b[c=d,e=f]#/g~1h"] {
        assert_eq!(pattern(text).literal(), Some(path(text)));
    }
    for text in ["/a/*", "/a/b*", "/a[*]", "/a[b=*]", "/a/0"] {
        assert_eq!(pattern(text).literal(), None, "{text}");
    }
}

#[test]
fn stars_stand_for_any_characters_and_the_ends_are_fixed() {
    for (glob, text, fits) in [
        ("", "", true),
        ("", "a", false),
        ("*", "", true),
        ("a", "a", true),
        ("a", "ab", false),
        ("a", "ba", false),
        ("a*", "a", true),
        ("*a", "ba", true),
        ("*a", "ab", false),
        ("a*a", "a", false),
        ("a*a", "aa", true),
        ("a*b*c", "a-b-b-c", true),
        ("a*b*c", "a-c-b", false),
        ("**a**", "xay", true),
        ("*ab*ab", "ab", false),
        ("*ab*ab", "abab", true),
    ] {
        assert_eq!(Glob::new(glob).matches(text), fits, "`{glob}` and `{text}`");
    }
}

/// Segments with every character that is special somewhere.
fn segment() -> impl Strategy<Value = Segment> {
    let text = "[a~/#\\[\\],=*0 é]{0,4}";
    prop_oneof![
        // A name that is a number reads as a place.
        text.prop_filter("a number", |name| super::parse::index(name).is_none())
            .prop_map(Segment::Field),
        prop::collection::vec((text, text), 1..3).prop_map(Segment::Item),
        (0_usize..20).prop_map(Segment::Index),
        Just(Segment::Document),
    ]
}

proptest! {
    #[test]
    fn a_path_reads_as_it_was_written(segments in prop::collection::vec(segment(), 0..5)) {
        let path = Path(segments);
        prop_assert_eq!(path.to_string().parse(), Ok(path));
    }

    #[test]
    fn a_path_is_a_pattern_for_itself_and_what_is_below(
        segments in prop::collection::vec(segment(), 0..5),
        below in prop::collection::vec(segment(), 0..3),
    ) {
        // A pattern says `*` for a field without a name.
        let nameless = Segment::Field(String::new());
        let path = Path(segments.into_iter().filter(|it| *it != nameless).collect());
        let pattern = Pattern::parse(&path.to_string()).unwrap();
        prop_assert!(pattern.matches(&path));
        let mut longer = path.clone();
        longer.0.extend(below);
        prop_assert!(pattern.matches(&longer));
        if let Some((_, above)) = path.0.split_last() {
            prop_assert!(!pattern.matches(&Path(above.to_vec())));
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,20}") {
        let path = text.parse::<Path>();
        if let Ok(path) = path {
            prop_assert_eq!(path.to_string().parse(), Ok(path));
        }
        drop(Pattern::parse(&text));
    }
}
