//! What the tables say of themselves: `sys_db_object` and `sys_dictionary`. It is written once.

use super::id::Id;
use super::instance::Instance;
use super::schema::{Kind, TABLES, is_audited};

pub(crate) fn load(instance: &mut Instance) {
    let stamp = instance.now_secs;
    for definition in TABLES {
        let id = Id::of_words(&["table", definition.name]);
        let objects = instance.tables.of_mut("sys_db_object");
        let row = objects.compose(id, stamp, &[("name", definition.name), ("label", definition.name)]);
        objects.load(row);
        for column in definition.columns() {
            let audit = definition.is_audited && is_audited(&column);
            let reference = match column.kind {
                Kind::Reference(table) | Kind::List(table) => table,
                _ => "",
            };
            let values = [
                ("name", definition.name),
                ("element", &*column.name),
                ("internal_type", internal_type(column.kind)),
                ("reference", reference),
                ("audit", if audit { "true" } else { "false" }),
            ];
            let dictionary = instance.tables.of_mut("sys_dictionary");
            let row = dictionary.compose(Id::of_words(&["column", definition.name, &column.name]), stamp, &values);
            dictionary.load(row);
        }
    }
    instance.tables.settle();
}

fn internal_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Id => "GUID",
        Kind::Stamp | Kind::Moment => "glide_date_time",
        Kind::Text => "string",
        Kind::Integer | Kind::Choice => "integer",
        Kind::Boolean => "boolean",
        Kind::Reference(_) => "reference",
        Kind::Journal => "journal_input",
        Kind::List(_) => "glide_list",
        Kind::Duration => "glide_duration",
    }
}
