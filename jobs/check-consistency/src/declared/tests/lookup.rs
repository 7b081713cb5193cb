use serde_json::json;

use crate::compare::tests::{document, list, node};
use crate::declared::at;
use crate::declared::lookup::at_path;
use crate::node::Node;
use crate::path::Pattern;

#[test]
fn fields_are_found_by_patterns() {
    let named = vec![json!({"name": "a", "x": 1}), json!({"name": "b", "x": 2})];
    let root = Node::Map(
        [
            ("named".to_owned(), list(named, true, true)),
            ("plain".to_owned(), node(json!([{"x": 3}, {"y": 4}]))),
            ("text".to_owned(), document(json!({"x": 5}), "x: 5")),
        ]
        .into(),
    );
    for (pattern, expected) in [
        ("/named[name=b]/x", vec!["/named[name=b]/x"]),
        ("/named[*]/x", vec!["/named[name=a]/x", "/named[name=b]/x"]),
        (
            "/*/*/x",
            vec!["/named[name=a]/x", "/named[name=b]/x", "/plain/0/x"],
        ),
        ("/plain/1/y", vec!["/plain/1/y"]),
        ("/text#/x", vec!["/text#/x"]),
        ("/text/x", vec![]),
        ("/none", vec![]),
        ("", vec![""]),
    ] {
        let found = at(&root, &Pattern::parse(pattern).unwrap());
        let paths: Vec<_> = found.iter().map(|(path, _)| path.to_string()).collect();
        assert_eq!(paths, expected, "{pattern}");
        for (path, node) in found {
            assert_eq!(at_path(&root, &path), Some(node));
        }
    }
}
