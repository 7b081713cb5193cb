//! The output side of a protocol: responses describe themselves once to a [`Writer`], and each
//! protocol brings its own.

/// What a protocol can write. Members of a structure are written in the order of the calls; a
/// member that is absent is simply not written.
pub(crate) trait Writer: Sized {
    fn structure(&mut self, members: impl FnOnce(&mut Self));
    fn member(&mut self, name: &'static str, value: impl FnOnce(&mut Self));
    fn list<I>(&mut self, items: I, item: impl FnMut(&mut Self, I::Item))
    where
        I: IntoIterator,
        I::IntoIter: ExactSizeIterator;
    /// A map from strings.
    fn map<'k, I, V>(&mut self, entries: I, value: impl FnMut(&mut Self, V))
    where
        I: IntoIterator<Item = (&'k str, V)>,
        I::IntoIter: ExactSizeIterator;
    fn text(&mut self, value: &str);
    fn double(&mut self, value: f64);
    fn boolean(&mut self, value: bool);
    /// An instant in whole seconds of the Unix epoch.
    fn instant(&mut self, seconds: i64);

    fn text_member(&mut self, name: &'static str, value: &str) {
        self.member(name, |w| w.text(value));
    }

    fn optional_text(&mut self, name: &'static str, value: Option<&str>) {
        if let Some(value) = value {
            self.text_member(name, value);
        }
    }

    /// A list of pairs, as dimensions, tags and messages are.
    fn pairs<'v, I>(&mut self, key: &'static str, value: &'static str, pairs: I)
    where
        I: IntoIterator<Item = (&'v str, &'v str)>,
        I::IntoIter: ExactSizeIterator,
    {
        self.list(pairs, |w, (left, right)| {
            w.structure(|w| {
                w.text_member(key, left);
                w.text_member(value, right);
            });
        });
    }
}

/// A structure that can be written in any protocol.
pub(crate) trait Shape {
    fn members<W: Writer>(&self, w: &mut W);
}
