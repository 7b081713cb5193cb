//! `mail`: the sender, and the mail server with the region that its passwords depend on.

use std::cell::Cell;

use common::config_file::names;
use common::fault::Fault as _;
use common::ses::{Region, RegionError, Smarthost, SmarthostError, TlsMode, region_of};
use common::yaml::{Cursor, Fields, Problem};

use super::MailConfig;
use crate::smtp::Mailbox;

/// What `mail` says.
#[derive(Debug)]
pub(super) struct Mail<'d> {
    /// Absent when it was refused.
    pub(super) config: Option<MailConfig>,
    pub(super) general: General<'d>,
}

/// The mail server of all clusters that have none of their own.
#[derive(Debug)]
pub(super) struct General<'d> {
    server: Server,
    /// The section, or its region if it names one.
    place: Cursor<'d>,
    /// Whether it was told that its region is wrong: once, not for each cluster.
    told: Cell<bool>,
}

impl General<'_> {
    fn tell(&self, error: &RegionError) {
        if self.told.replace(true) {
            return;
        }
        let problem = match &self.server.region {
            Setting::Given(_) => self
                .place
                .problem(format_args!("contradicts `smarthost`: {error}")),
            Setting::Absent | Setting::Refused => self
                .place
                .problem(format_args!("needs a `region`: {error}")),
        };
        let told = error.hint().into_iter().fold(problem, Problem::hint);
        self.place.report(told);
    }
}

/// A mail server as far as the file names it: for all clusters, or for one.
#[derive(Debug, Clone, Default)]
pub(super) struct Server {
    smarthost: Setting<Smarthost>,
    region: Setting<Region>,
}

/// One value of the file.
#[derive(Debug, Clone, Default)]
enum Setting<T> {
    /// The key is not there.
    #[default]
    Absent,
    /// It was refused, which has been told.
    Refused,
    Given(T),
}

impl<T> Setting<T> {
    fn read(cursor: Option<Cursor<'_>>, read: impl FnOnce(&Cursor<'_>) -> Option<T>) -> Self {
        match cursor.map(|cursor| read(&cursor)) {
            None => Self::Absent,
            Some(None) => Self::Refused,
            Some(Some(value)) => Self::Given(value),
        }
    }

    fn or<'s>(&'s self, other: &'s Self) -> &'s Self {
        match self {
            Self::Absent => other,
            Self::Refused | Self::Given(_) => self,
        }
    }
}

pub(super) fn read<'d>(fields: &mut Fields<'d>) -> Option<Mail<'d>> {
    let mut fields = fields.required("mail")?.fields()?;
    let from = fields.required("from").and_then(|from| sender(&from));
    let server = Server::read(&mut fields);
    let region = fields.get("region");
    let place = region.unwrap_or_else(|| fields.cursor().clone());
    fields.deny_unknown();
    Some(Mail {
        config: from.map(|from| MailConfig { from }),
        general: General {
            server,
            place,
            told: Cell::new(false),
        },
    })
}

/// An address, with or without a name before it.
fn sender(cursor: &Cursor<'_>) -> Option<Mailbox> {
    if let Ok(from) = cursor.string()?.parse() {
        return Some(from);
    }
    let problem = cursor.problem("is not a sender");
    cursor.report(problem.hint("write an address like alerts@example.com"));
    None
}

impl Server {
    /// One that was given and not understood.
    pub(super) fn refused() -> Self {
        Self {
            smarthost: Setting::Refused,
            region: Setting::Refused,
        }
    }

    /// The keys `smarthost`, `tls` and `region`.
    pub(super) fn read(fields: &mut Fields<'_>) -> Self {
        let tls = Setting::read(fields.get("tls"), |cursor| {
            let modes = [
                ("starttls", TlsMode::StartTls),
                ("wrapper", TlsMode::Wrapper),
            ];
            names::choice(cursor, &modes)
        });
        let host = fields.get("smarthost");
        if let (None, Some(key)) = (&host, fields.key("tls")) {
            let message = "`tls` belongs to a `smarthost`, and none is given here";
            fields
                .cursor()
                .report(Problem::error(key.position, message));
        }
        Self {
            smarthost: Setting::read(host, |cursor| smarthost(cursor, &tls)),
            region: Setting::read(fields.get("region"), names::region),
        }
    }

    /// The mail server of one cluster: what the cluster says, and what it leaves to all.
    pub(super) fn within(
        &self,
        all: Option<&General<'_>>,
        cluster: &Cursor<'_>,
    ) -> Option<(Smarthost, Region)> {
        let refused = Self::refused();
        let general = all.map_or(&refused, |all| &all.server);
        let smarthost = match self.smarthost.or(&general.smarthost) {
            Setting::Given(smarthost) => smarthost.clone(),
            Setting::Refused => return None,
            Setting::Absent => {
                let problem = cluster.problem("has no mail server");
                cluster.report(problem.hint("set `mail.smarthost`, for all clusters or here"));
                return None;
            }
        };
        // A server of its own that names its region does not stand in the general one's.
        let own = matches!(self.smarthost, Setting::Given(_));
        let inherits = !(own && region_of(smarthost.host()).is_some());
        let region = match (&self.region, &general.region) {
            (Setting::Given(region), _) => Some(region),
            (Setting::Absent, Setting::Given(region)) if inherits => Some(region),
            (Setting::Refused, _) => return None,
            (Setting::Absent, Setting::Refused) if inherits => return None,
            (Setting::Absent, _) => None,
        };
        match smarthost.region(region.map(Region::as_str)) {
            Ok(region) => Some((smarthost, region)),
            Err(error) => {
                let names_neither = matches!(
                    (&self.smarthost, &self.region),
                    (Setting::Absent, Setting::Absent)
                );
                if let Some(all) = all.filter(|_| names_neither) {
                    all.tell(&error);
                    return None;
                }
                let problem = cluster.problem(format_args!("has an unusable mail server: {error}"));
                cluster.report(error.hint().into_iter().fold(problem, Problem::hint));
                None
            }
        }
    }
}

fn smarthost(cursor: &Cursor<'_>, tls: &Setting<TlsMode>) -> Option<Smarthost> {
    let text = cursor.string()?;
    let read = match tls {
        Setting::Given(mode) => Smarthost::with_tls(&text, *mode),
        Setting::Refused => return None,
        Setting::Absent => text.parse(),
    };
    match read {
        Ok(smarthost) => Some(smarthost),
        Err(error) => {
            let problem = cursor.problem(format_args!("is not a mail server: {error}"));
            let hint = match error {
                SmarthostError::UnknownPort { .. } => {
                    "use 587 (STARTTLS) or 465 (TLS at once), or add `tls: starttls` or `tls: wrapper`"
                        .to_owned()
                }
                SmarthostError::Malformed { .. } => error.hint().unwrap_or_default(),
            };
            cursor.report(problem.hint(hint));
            None
        }
    }
}
