//! Reads the links of a record back.

use crate::decode::{Text, Unknowns, parsed};
use counterfoil_model::{Link, LinkTarget, LinkType, Reading, Value};
use serde::Deserialize;
use serde::de::Error;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkText<'a> {
    #[serde(borrow)]
    target: TargetText<'a>,
    #[serde(borrow, rename = "type")]
    link_type: Option<Text<'a>>,
    #[serde(borrow, default)]
    unknown: Unknowns<'a>,
    #[serde(borrow)]
    native_type: Option<Text<'a>>,
    #[serde(borrow)]
    native_words: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TargetText<'a> {
    #[serde(borrow)]
    native_id: Option<Text<'a>>,
    #[serde(borrow)]
    key: Option<Text<'a>>,
    #[serde(borrow)]
    url: Option<Text<'a>>,
    #[serde(borrow)]
    global_id: Option<Text<'a>>,
    #[serde(borrow)]
    application: Option<Text<'a>>,
    #[serde(borrow)]
    title: Option<Text<'a>>,
}

impl LinkText<'_> {
    pub(crate) fn link<E: Error>(self) -> Result<Link, E> {
        let known = self.link_type.map(|name| parsed(&name, LinkType::parse)).transpose()?;
        let mut link_type = known.map_or(Reading::Missing, |known| Value::Word(known.name()).into());
        for (name, reading) in self.unknown.0 {
            if name.0 != "type" {
                return Err(E::custom(format_args!("unknown member `{}` of a link", name.0)));
            }
            link_type = reading;
        }
        let (native_type, native_words) = (shared(self.native_type), shared(self.native_words));
        Ok(Link { link_type, native_type, native_words, target: self.target.target()? })
    }
}

impl TargetText<'_> {
    fn target<E: Error>(self) -> Result<LinkTarget, E> {
        let Self { native_id, key, url, global_id, application, title } = self;
        match (native_id, url) {
            (Some(native_id), None) if global_id.is_none() && application.is_none() && title.is_none() => {
                Ok(LinkTarget::Inside { native_id: Arc::from(native_id.0), key: shared(key) })
            }
            (None, Some(url)) if key.is_none() => Ok(LinkTarget::Outside {
                url: Arc::from(url.0),
                global_id: shared(global_id),
                application: shared(application),
                title: shared(title),
            }),
            _ => Err(E::custom("a link leads to an id or to an address")),
        }
    }
}

fn shared(text: Option<Text<'_>>) -> Option<Arc<str>> {
    text.map(|text| Arc::from(text.0))
}
