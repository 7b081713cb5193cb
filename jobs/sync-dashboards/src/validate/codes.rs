//! The one table of what checks find in dashboards: code, level, what it means and what to do.

use crate::finding::{Finding, Level};

/// A kind of finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// Stable and kebab-case.
    pub code: &'static str,
    /// How much it matters.
    pub level: Level,
    /// What it means, in one sentence.
    pub meaning: &'static str,
    /// What to do, in one imperative sentence.
    pub remedy: &'static str,
}

impl Code {
    /// A finding of this kind.
    pub fn at(self, at: impl Into<String>, text: impl Into<String>) -> Finding {
        Finding::new(self.level, self.code, at, text).hint(self.remedy)
    }
}

macro_rules! codes {
    ($($name:ident = $code:literal, $level:ident, $meaning:literal, $remedy:literal;)*) => {
        $(
            #[doc = $meaning]
            pub const $name: Code = Code {
                code: $code,
                level: Level::$level,
                meaning: $meaning,
                remedy: $remedy,
            };
        )*
        /// All of them.
        pub const ALL: &[Code] = &[$($name),*];
    };
}

codes! {
    NOT_JSON = "not-json", Error,
        "The text is no JSON object, or has a key twice.",
        "exclude the dashboard or pin another commit";
    TOO_DEEP = "too-deep", Error,
        "The dashboard is nested more than 64 levels deep.",
        "exclude it";
    TOO_LARGE = "too-large", Error,
        "The text is larger than any dashboard should be.",
        "split the dashboard or exclude it";
    SCHEMA_V2 = "schema-v2", Error,
        "The dashboard has the form of Kubernetes objects (schema v2), which sidecars do not bring to Grafana.",
        "export it in the classic form";
    TITLE_MISSING = "title-missing", Error,
        "The dashboard has no title, and Grafana refuses it.",
        "give it a title";
    TITLE_TOO_LONG = "title-too-long", Error,
        "The title has more than 189 characters, and Grafana refuses it.",
        "shorten the title";
    UID_MALFORMED = "uid-malformed", Error,
        "The uid is no text of up to 40 letters, digits, `-` and `_`, and Grafana refuses it.",
        "correct the uid";
    UID_MISSING = "uid-missing", Warning,
        "Grafana makes up a uid for each of its databases, so links break when it is installed anew.",
        "let a transform fill it";
    SCHEMA_VERSION_MISSING = "schema-version-missing", Error,
        "`schemaVersion` is missing or no whole number.",
        "save the dashboard with Grafana once";
    SCHEMA_VERSION_TOO_NEW = "schema-version-too-new", Error,
        "The dashboard was made for a newer Grafana.",
        "pin an older commit, or upgrade Grafana and raise `max_schema_version`";
    PANELS_MALFORMED = "panels-malformed", Error,
        "Panels are no list of objects.",
        "exclude the dashboard";
    PANELS_NONE = "panels-none", Warning,
        "The dashboard has no panels.",
        "look whether it is meant to be empty";
    PANEL_ID_MISSING = "panel-id-missing", Error,
        "A panel has no whole number as its id.",
        "save the dashboard with Grafana once";
    PANEL_ID_TWICE = "panel-id-twice", Error,
        "Two panels have one id: links and repeated rows hit the wrong one.",
        "give one of them another id";
    PANEL_TYPE_MISSING = "panel-type-missing", Warning,
        "A panel has no type.",
        "give it one";
    PANEL_TYPE_UNKNOWN = "panel-type-unknown", Warning,
        "A panel's type is none of Grafana's own.",
        "see that the plug-in is installed";
    PANEL_TYPE_OLD = "panel-type-old", Info,
        "Panels are of types that Grafana 12 does not have; it makes newer ones of them.",
        "pin a newer commit when Grafana is upgraded";
    LIBRARY_PANEL = "library-panel", Warning,
        "A panel is kept in the library of the Grafana that it was made with.",
        "unlink it from the library";
    VARIABLE_INCOMPLETE = "variable-incomplete", Warning,
        "An entry of `templating` has no name or no type.",
        "remove the entry";
    VARIABLE_TWICE = "variable-twice", Warning,
        "Two variables have one name.",
        "rename one of them";
    VARIABLE_TYPE_UNKNOWN = "variable-type-unknown", Warning,
        "A variable's type is none of Grafana's.",
        "correct its type";
    VARIABLE_UNDECLARED = "variable-undeclared", Warning,
        "A variable is used and not declared: it stays as it is written.",
        "declare it, or remove it where it is used";
    INPUTS_PRESENT = "inputs-present", Error,
        "The dashboard was exported for sharing: nobody answers its `__inputs`, and its panels stay empty.",
        "export it without `for sharing externally`, or map its data sources with a transform";
    UNRESOLVED_DATASOURCE = "unresolved-datasource", Error,
        "A data source is a variable that is not declared, has an unknown name, or no form that Grafana knows.",
        "declare the variable or correct the name";
    DATASOURCE_DEFAULT_UNKNOWN = "datasource-default-unknown", Warning,
        "A variable begins with a data source that does not exist; Grafana takes another one.",
        "set `datasource.default`";
    EXPR_NOT_PARSED = "expr-not-parsed", Warning,
        "An expression is not understood by this parser; an error for dashboards of our own.",
        "look at the expression: it is wrong, or newer than this parser";
    SCRIPT = "script", Error,
        "A text panel or a link holds something that a browser would run or embed.",
        "remove it, or exclude the dashboard";
    TEXT_HTML = "text-html", Warning,
        "A text panel holds HTML, of which Grafana shows a part only.",
        "write it in Markdown";
    COLLISION = "collision", Error,
        "Two dashboards have one file name, uid, or title in a folder, and Grafana saves neither.",
        "rename one of them or exclude one";
    LINK_TO_EXCLUDED = "link-to-excluded", Warning,
        "A link leads to a dashboard that is excluded.",
        "include that dashboard, or live with the dead link";
    FILE_NAME = "file-name", Error,
        "A file's name is none that a dashboard can have.",
        "rename it: lower-case letters, digits and `-`, then `.json`";
    FILE_UNREADABLE = "file-unreadable", Error,
        "A file cannot be read as text, or is no file.",
        "mend or remove it";
    ITEM_REFUSED = "item-refused", Error,
        "An item of upstream's file does not hold exactly one dashboard.",
        "pin another commit";
    METRIC_MISSING = "metric-missing", Info,
        "Panels ask for metrics that no given Prometheus has.",
        "see whether their exporter runs, or exclude the dashboard";
    PATCH_WITHOUT_EFFECT = "patch-without-effect", Info,
        "A configured transform finds nothing to change.",
        "remove it from the configuration if upstream has mended what it was for";
    LINK_TO_UNKNOWN = "link-to-unknown", Warning,
        "A link leads to a dashboard that is not in the set.",
        "see that something else brings that dashboard";
}
