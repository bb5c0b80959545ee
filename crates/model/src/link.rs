//! Links between records, and from records to what stands in other tools.

use crate::{Reading, Value};
use std::cmp::Ordering;
use std::sync::Arc;

macro_rules! link_types {
    ($($variant:ident = $name:literal, inverse $inverse:ident, $doc:literal;)*) => {
        /// What a record is to what it is linked with, read from the record: `blocked_by` says that the other one blocks it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum LinkType { $(#[doc = $doc] $variant),* }

        impl LinkType {
            /// All.
            pub const ALL: &'static [LinkType] = &[$(Self::$variant),*];

            /// The names of all, in their order.
            pub const NAMES: &'static [&'static str] = &[$($name),*];

            /// The name in mappings, events and documents.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// The same link read from its other end.
            pub fn inverse(self) -> Self {
                match self { $(Self::$variant => Self::$inverse),* }
            }
        }
    };
}

// The words of the unified record model, each beside its inverse.
link_types! {
    CausedBy = "caused_by", inverse Causes, "The other one caused it.";
    Causes = "causes", inverse CausedBy, "It caused the other one.";
    ResolvedByChange = "resolved_by_change", inverse Resolves, "The other one is the change that resolved it.";
    Resolves = "resolves", inverse ResolvedByChange, "It is the change that resolved the other one.";
    HasProblem = "has_problem", inverse ExplainsIncident, "The other one is the problem behind it.";
    ExplainsIncident = "explains_incident", inverse HasProblem, "It is the problem behind the other one.";
    DuplicateOf = "duplicate_of", inverse DuplicatedBy, "It repeats the other one.";
    DuplicatedBy = "duplicated_by", inverse DuplicateOf, "The other one repeats it.";
    ParentOf = "parent_of", inverse ChildOf, "The other one is a part of it.";
    ChildOf = "child_of", inverse ParentOf, "It is a part of the other one.";
    CounterpartOf = "counterpart_of", inverse CounterpartOf, "Both are the same case, in two tools.";
    HandedToSupplier = "handed_to_supplier", inverse HandedByCustomer, "The other one is what its supplier was given.";
    HandedByCustomer = "handed_by_customer", inverse HandedToSupplier, "It is what the other one's supplier was given.";
    Blocks = "blocks", inverse BlockedBy, "The other one waits for it.";
    BlockedBy = "blocked_by", inverse Blocks, "It waits for the other one.";
    DependsOn = "depends_on", inverse DependedOnBy, "It needs the other one.";
    DependedOnBy = "depended_on_by", inverse DependsOn, "The other one needs it.";
    Covers = "covers", inverse CoveredBy, "It is an agreement over the other one, a service or component.";
    CoveredBy = "covered_by", inverse Covers, "The other one is an agreement over it.";
    Supports = "supports", inverse SupportedBy, "It is an agreement that the other one rests on: the edge of the cascade.";
    SupportedBy = "supported_by", inverse Supports, "The other one is an agreement that it rests on.";
    Affects = "affects", inverse AffectedBy, "The other one is a configuration item or service that it concerns.";
    AffectedBy = "affected_by", inverse Affects, "It is a configuration item or service that the other one concerns.";
    Implements = "implements", inverse ImplementedBy, "It is a part of the work on the other one.";
    ImplementedBy = "implemented_by", inverse Implements, "The other one is a part of the work on it.";
    RelatedTo = "related_to", inverse RelatedTo, "They have to do with each other; how, nobody says.";
}

impl LinkType {
    /// The type with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|link_type| link_type.name() == name)
    }
}

/// What a record is linked with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum LinkTarget {
    /// A record of the same instance, whether or not it is held.
    Inside {
        /// The source's immutable id of it.
        native_id: Arc<str>,
        /// What people called it when the source wrote the link; keys change.
        key: Option<Arc<str>>,
    },
    /// Something in another tool.
    Outside {
        /// Where it can be opened.
        url: Arc<str>,
        /// What the source knows it by, where it has more than the address.
        global_id: Option<Arc<str>>,
        /// The tool it stands in, in the source's words.
        application: Option<Arc<str>>,
        /// What it is called there.
        title: Option<Arc<str>>,
    },
}

/// A link as the source asserts it, read from its record.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// What the record is to its target: a word of [`LinkType::NAMES`], or why there is none.
    pub link_type: Reading,
    /// The source's name of the type.
    pub native_type: Option<Arc<str>>,
    /// The words in which the source reads the link from this record: `is blocked by`.
    pub native_words: Option<Arc<str>>,
    /// What it is linked with.
    pub target: LinkTarget,
}

impl Link {
    /// The canonical type, when it is known.
    pub fn known_type(&self) -> Option<LinkType> {
        match self.link_type.known() {
            Some(Value::Word(word)) => LinkType::parse(word),
            _ => None,
        }
    }

    /// Whether the target stands in another tool.
    pub fn is_outside(&self) -> bool {
        matches!(self.target, LinkTarget::Outside { .. })
    }

    /// The order in which a record keeps its links. It does not depend on that of the source, which may give them in another
    /// one every time.
    pub fn compare(&self, other: &Self) -> Ordering {
        fn key(link: &Link) -> (&LinkTarget, &str, &str, Option<&str>, Option<&str>) {
            let word = match &link.link_type {
                Reading::Known(Value::Word(word)) => *word,
                Reading::Unmapped(raw) | Reading::Unreadable(raw) => raw.as_ref(),
                Reading::Known(_) | Reading::Missing => "",
            };
            let (native_type, native_words) = (link.native_type.as_deref(), link.native_words.as_deref());
            (&link.target, link.link_type.name(), word, native_type, native_words)
        }
        key(self).cmp(&key(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_one_name_and_is_the_inverse_of_its_inverse() {
        for (link_type, name) in LinkType::ALL.iter().zip(LinkType::NAMES) {
            assert_eq!((LinkType::parse(name), link_type.name()), (Some(*link_type), *name));
            assert_eq!(link_type.inverse().inverse(), *link_type);
        }
        assert_eq!(LinkType::parse("frobnicates"), None);
    }
}
