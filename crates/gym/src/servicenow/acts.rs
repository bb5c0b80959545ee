//! What a test lets happen on purpose: one deed on one record, by the instance's clock. Nothing random is here.

use super::id::Id;
use super::instance::{Deed, Instance};

impl Instance {
    /// A new incident with these values, and those that every new one has. Gives its `sys_id`.
    pub fn create(&mut self, values: &[(&'static str, &str)]) -> String {
        let id = self.new_id();
        self.commit(id, "desk", Deed::Create(owned(values)));
        id.text().to_owned()
    }

    /// An update that the system notes: `sys_updated_on`, `sys_mod_count`, `sys_audit`.
    pub fn update(&mut self, sys_id: &str, values: &[(&'static str, &str)]) {
        self.deed(sys_id, Deed::Update(owned(values)));
    }

    /// An update that nothing notes: `autoSysFields(false)` and `setWorkflow(false)`.
    pub fn update_quietly(&mut self, sys_id: &str, values: &[(&'static str, &str)]) {
        self.deed(sys_id, Deed::Quietly(owned(values)));
    }

    /// An entry of the journal `comments` or `work_notes`.
    pub fn write(&mut self, sys_id: &str, element: &'static str, text: &str) {
        self.deed(sys_id, Deed::Write { element, text: text.to_owned() });
    }

    /// Gone, with a row in `sys_audit_delete` unless that is switched off.
    pub fn delete(&mut self, sys_id: &str) {
        self.deed(sys_id, Deed::Delete);
    }

    /// It becomes something else than an incident, under the same id.
    pub fn reclassify(&mut self, sys_id: &str) {
        self.deed(sys_id, Deed::Reclassify);
    }

    /// A new record of a table with these values, and those that every new one has. Gives its `sys_id`.
    pub fn create_in(&mut self, table: &'static str, values: &[(&'static str, &str)]) -> String {
        let id = self.new_id_for(table);
        self.commit_in(table, id, "desk", Deed::Create(owned(values)));
        id.text().to_owned()
    }

    /// An update of a record of a table that the system notes.
    pub fn update_in(&mut self, table: &'static str, sys_id: &str, values: &[(&'static str, &str)]) {
        self.deed_in(table, sys_id, Deed::Update(owned(values)));
    }

    /// A record of a table is gone, with a row in `sys_audit_delete` unless that is switched off.
    pub fn delete_in(&mut self, table: &'static str, sys_id: &str) {
        self.deed_in(table, sys_id, Deed::Delete);
    }

    /// One item stands to another as the name of the type says: `Depends on::Used by`.
    pub fn relate(&mut self, parent: &str, kind: &str, child: &str) -> String {
        let kind = self.named("cmdb_rel_type", kind);
        self.create_in("cmdb_rel_ci", &[("parent", parent), ("child", child), ("type", &kind)])
    }

    /// The `sys_id` of the group of this name, which is made when there is none.
    pub fn group_id(&mut self, name: &str) -> String {
        self.group(name)
    }

    /// The `sys_id` of the person of this name, who is made when there is none.
    pub fn person_id(&mut self, name: &str) -> String {
        self.person(name)
    }

    /// Another label of a choice in both languages, or another choice.
    pub fn set_choice(&mut self, element: &str, value: &str, label: &str) {
        super::choices::add(self, element, value, [label; 2], 0);
    }

    /// Another label of a choice of a table, or another choice.
    pub fn set_choice_of(&mut self, table: &str, element: &str, value: &str, label: &str) {
        super::choices::add_to(self, table, element, value, [label; 2], 0);
    }

    fn deed(&mut self, sys_id: &str, deed: Deed) {
        self.deed_in("incident", sys_id, deed);
    }

    fn deed_in(&mut self, table: &'static str, sys_id: &str, deed: Deed) {
        if let Some(id) = Id::parse(sys_id.as_bytes()) {
            self.commit_in(table, id, "desk", deed);
        }
    }
}

fn owned(values: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    values.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deeds_are_noted_as_they_should_be() {
        let mut instance = Instance::empty(crate::world::NOW);
        let group = instance.group_id("A^B");
        let id = instance.create(&[("number", "INC1"), ("state", "1"), ("assignment_group", &group)]);
        instance.advance(5);
        instance.update(&id, &[("state", "2")]);
        instance.update_quietly(&id, &[("short_description", "quiet")]);
        instance.write(&id, "comments", "hello");
        let truth = instance.oracle_within("assignment_group.name=A^^B");
        let one = &truth.incidents[&id];
        assert_eq!((one.sys_mod_count, one.sys_updated_on), (2, instance.now()));
        let last = one.changes.last().unwrap();
        assert_eq!((last.column.as_str(), last.old.as_str(), last.new.as_str()), ("state", "1", "2"));
        assert_eq!((one.columns["short_description"].as_str(), one.journal[0].text.as_str()), ("quiet", "hello"));
        let other = instance.create(&[("number", "INC2")]);
        instance.delete(&id);
        instance.reclassify(&other);
        let truth = instance.oracle();
        assert!(truth.incidents.is_empty() && truth.deleted.contains(&id) && truth.reclassified.contains(&other));
        assert_eq!(instance.rows("sys_audit_delete"), 1);
    }
}
