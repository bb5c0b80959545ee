//! One page: what the configuration says now, less what was delivered already.

use crate::position::Delivered;
use crate::sections::Sections;
use counterfoil_record::{Census, Gone, Page, Position, RawRecord};
use counterfoil_sdk::PullErrorKind;

pub(crate) fn page(sections: &Sections, from: &Position, most: usize) -> Result<Page, PullErrorKind> {
    let mut delivered = Delivered::read(from)?;
    let most = most.max(1);
    let mut page = Page::default();
    for path in sections.paths() {
        let Some(mark) = sections.mark(path) else { continue };
        if delivered.sections.get(path) == Some(&mark) {
            continue;
        }
        if page.records.len() == most {
            page.more = true;
            break;
        }
        page.records.extend(sections.record(path));
        delivered.sections.insert(path.to_owned(), mark);
    }
    let gone: Vec<String> = delivered.sections.keys().filter(|path| sections.mark(path).is_none()).cloned().collect();
    for path in gone {
        if page.records.len() == most {
            page.more = true;
            break;
        }
        // The file without the section is all the evidence there is.
        let evidence = r#"{"section":"removed"}"#;
        page.records.push(RawRecord::gone(path.clone(), Gone::Deleted, evidence, sections.place(&path)));
        delivered.sections.remove(&path);
    }
    if !page.more {
        let counted = sections.paths().count() as u64;
        page.census = Some(Census { counted, delivered: counted });
    }
    page.next = delivered.position();
    Ok(page)
}
