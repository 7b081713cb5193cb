//! What the protocols accept and write, byte by byte where clients are strict.

use std::borrow::Cow;

use jiff::Timestamp;

use crate::aws::node::Node;
use crate::aws::protocol::{cbor, json, query};
use crate::aws::shape::Writer;

fn text(text: &str) -> Node<'_> {
    Node::Text(Cow::Borrowed(text))
}

fn structure<'a>(members: Vec<(&'a str, Node<'a>)>) -> Node<'a> {
    Node::Structure(
        members
            .into_iter()
            .map(|(key, node)| (Cow::Borrowed(key), node))
            .collect(),
    )
}

/// A response with every kind of value, in whichever protocol.
fn write_all(w: &mut impl Writer) {
    w.structure(|w| {
        w.text_member("Text", "a<b & \"c\" é");
        w.member("Double", |w| w.double(3.0));
        w.member("Flag", |w| w.boolean(false));
        w.member("At", |w| w.instant(1_700_000_000));
        w.member("Empty", |w| w.list([0.0; 0], Writer::double));
        w.member("Values", |w| w.list([1.5, -2.0], Writer::double));
        w.member("Map", |w| w.map([("p99", 0.25)], Writer::double));
        w.member("Pairs", |w| w.pairs("Name", "Value", [("k", "v")]));
        w.optional_text("Absent", None);
    });
}

#[test]
fn cbor_reads_definite_indefinite_and_chunked_items_alike() {
    let expected = structure(vec![("N", Node::List(vec![text("ab"), Node::Integer(60)]))]);
    let definite = b"\xa1\x61N\x82\x62ab\x18\x3c".as_slice();
    let indefinite = b"\xbf\x61N\x9f\x7f\x61a\x61b\xff\x18\x3c\xff\xff".as_slice();
    assert_eq!(cbor::decode(definite).unwrap(), expected);
    assert_eq!(cbor::decode(indefinite).unwrap(), expected);
    assert_eq!(cbor::decode(b"").unwrap(), structure(vec![]));
}

#[test]
fn cbor_reads_timestamps_of_every_number_type_and_floats_of_every_width() {
    let at = |millis| Node::Instant(Timestamp::from_millisecond(millis).unwrap());
    for (body, expected) in [
        (
            b"\xc1\x1a\x65\x53\xf1\x00".as_slice(),
            at(1_700_000_000_000),
        ),
        (
            b"\xc1\xfb\x41\xd9\x54\xfc\x40\x20\x00\x00",
            at(1_700_000_000_500),
        ),
        (b"\xf9\x3e\x00", Node::Double(1.5)),
        (b"\xfa\x3f\xc0\x00\x00", Node::Double(1.5)),
        (b"\xf6", Node::Null),
        (b"\xf5", Node::Boolean(true)),
        (
            b"\x3b\x00\x00\x00\x01\x00\x00\x00\x00",
            Node::Integer(-4_294_967_297),
        ),
    ] {
        assert_eq!(cbor::decode(body).unwrap(), expected, "{body:02x?}");
    }
}

#[test]
fn broken_cbor_is_malformed_and_never_a_panic() {
    let deep = [0x81; 5_000];
    for body in [
        b"\xa1\x61N".as_slice(),
        b"\xa1\x61N\x01\x02",
        b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\xc2\x41\x01",
        b"\x42ab",
        b"\xff",
        &deep,
    ] {
        let refused = cbor::decode(body).unwrap_err();
        assert_eq!(refused.code.name, "MalformedInput", "{body:02x?}");
    }
}

#[test]
fn cbor_writes_doubles_as_floats_and_instants_with_their_tag() {
    let mut w = cbor::CborWriter::with_capacity(0);
    w.structure(|w| {
        w.member("V", |w| w.double(3.0));
        w.member("T", |w| w.instant(1_700_000_000));
    });
    let expected = b"\xbf\x61V\xfb\x40\x08\x00\x00\x00\x00\x00\x00\
                     \x61T\xc1\xfb\x41\xd9\x54\xfc\x40\x00\x00\x00\xff";
    assert_eq!(w.into_bytes(), expected);
}

#[test]
fn what_cbor_and_json_write_reads_back_as_what_was_meant() {
    let expected = |at: Node<'static>, double: fn(f64) -> Node<'static>| {
        structure(vec![
            ("Text", text("a<b & \"c\" é")),
            ("Double", double(3.0)),
            ("Flag", Node::Boolean(false)),
            ("At", at),
            ("Empty", Node::List(vec![])),
            ("Values", Node::List(vec![double(1.5), double(-2.0)])),
            ("Map", structure(vec![("p99", double(0.25))])),
            (
                "Pairs",
                Node::List(vec![structure(vec![
                    ("Name", text("k")),
                    ("Value", text("v")),
                ])]),
            ),
        ])
    };
    let mut w = cbor::CborWriter::with_capacity(0);
    write_all(&mut w);
    let at = Node::Instant(Timestamp::from_second(1_700_000_000).unwrap());
    assert_eq!(
        cbor::decode(&w.into_bytes()).unwrap(),
        expected(at, Node::Double)
    );

    let mut w = json::JsonWriter::with_capacity(0);
    write_all(&mut w);
    let at = Node::Integer(1_700_000_000);
    assert_eq!(
        json::decode(&w.into_bytes()).unwrap(),
        expected(at, Node::Double)
    );
}

#[test]
fn query_writes_the_elements_that_the_reference_names() {
    let mut w = query::XmlWriter::with_capacity(0);
    write_all(&mut w);
    assert_eq!(
        String::from_utf8(w.into_bytes()).unwrap(),
        "<Text>a&lt;b &amp; &quot;c&quot; é</Text><Double>3</Double><Flag>false</Flag>\
         <At>2023-11-14T22:13:20Z</At><Empty></Empty>\
         <Values><member>1.5</member><member>-2</member></Values>\
         <Map><entry><key>p99</key><value>0.25</value></entry></Map>\
         <Pairs><member><Name>k</Name><Value>v</Value></member></Pairs>"
    );
}

#[test]
fn query_lists_keep_the_order_of_their_numbers_and_fields_become_what_is_asked_for() {
    let form = "Names.member.10=j&Names.member.2=b&Names.member.1=a+1&Dims.member.1.Name=x\
                &Dims.member.1.Value=%3C%26%3E&None=&Period=60&Flag=true&At=2023-11-14T22%3A13%3A20Z";
    let node = query::decode(form.as_bytes()).unwrap();
    assert_eq!(node.texts("Names").unwrap(), ["a 1", "b", "j"]);
    let dims = node.list("Dims").unwrap();
    assert_eq!(dims[0].text("Value").unwrap(), Some("<&>"));
    assert_eq!(node.list("None").unwrap(), []);
    assert_eq!(node.integer("Period").unwrap(), Some(60));
    assert_eq!(node.boolean("Flag").unwrap(), Some(true));
    assert_eq!(
        node.required_instant("At").unwrap().as_second(),
        1_700_000_000
    );
    assert_eq!(node.integer("Absent").unwrap(), None);
    assert_eq!(
        node.required_text("Absent").unwrap_err().code.name,
        "MissingParameter"
    );
}

#[test]
fn a_member_of_the_wrong_type_is_malformed() {
    let node = json::decode(br#"{"Period": "60", "Name": 1, "List": {}, "At": "now"}"#).unwrap();
    assert!(node.integer("Period").is_err());
    assert!(node.text("Name").is_err());
    assert!(node.list("List").is_err());
    assert!(node.required_instant("At").is_err());
    assert!(json::decode(b"{").is_err());
    assert!(json::decode(b"{} {}").is_err());
}
