use super::*;
use crate::config::tests::settings;
use rust_xlsxwriter::{ExcelDateTime as WrittenDate, Format, Workbook};
use std::path::Path;

fn book() -> Vec<u8> {
    let mut workbook = Workbook::new();
    workbook.add_worksheet().set_name("Cover").unwrap().set_hidden(true).write(0, 0, "hello").unwrap();
    let sheet = workbook.add_worksheet().set_name("Tickets").unwrap();
    sheet.set_active(true);
    let date = Format::new().set_num_format("dd/mm/yyyy hh:mm");
    let duration = Format::new().set_num_format("[h]:mm:ss");
    let moment = WrittenDate::from_ymd(2016, 2, 29).unwrap().and_hms(1, 16, 0).unwrap();
    for (column, name) in ["number", "opened", "count", "share", "done", "took", "note"].iter().enumerate() {
        sheet.write(2, column as u16, *name).unwrap();
    }
    sheet.write(4, 0, "INC1").unwrap();
    sheet.write_datetime_with_format(4, 1, &moment, &date).unwrap();
    sheet.write(4, 2, 5).unwrap();
    sheet.write(4, 3, 0.1).unwrap();
    sheet.write(4, 4, true).unwrap();
    sheet.write_with_format(4, 5, 1.1041666666666667, &duration).unwrap();
    sheet.write(4, 6, "a,\"b\"\nc").unwrap();
    sheet.write(5, 0, 4711.0).unwrap();
    sheet.write(6, 0, "wide").unwrap();
    sheet.write(6, 8, "x").unwrap();
    workbook.add_worksheet().set_name("Other").unwrap().write(0, 0, "x").unwrap();
    workbook.save_to_buffer().unwrap()
}

fn written(bytes: &[u8], more: &str, change: impl Fn(&mut Settings)) -> Result<(String, Sheet), Refusal> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    let mut settings = settings(Path::new(""), &format!("path = 'p'\nkey = 'number'\n{more}"), None, None);
    change(&mut settings);
    match write_out(&file, &settings) {
        Ok(mut sheet) => {
            let mut text = String::new();
            sheet.text.seek(SeekFrom::Start(0)).unwrap();
            sheet.text.read_to_string(&mut text).unwrap();
            Ok((text, sheet))
        }
        Err(NotOpened::Refused(mut refusals)) => Err(refusals.remove(0)),
        Err(NotOpened::Failed(error)) => panic!("{error}"),
    }
}

#[test]
fn cells_become_texts_and_rows_keep_their_numbers() {
    let (text, sheet) = written(&book(), "", |_| {}).unwrap();
    assert_eq!(
        text,
        "3,number,opened,count,share,done,took,note\n\
         5,INC1,2016-02-29T01:16:00,5,0.1,TRUE,26:30:00,\"a,\"\"b\"\"\nc\"\n\
         6,4711,,,,,,\n\
         7,wide,,,,,,,,x\n"
    );
    assert_eq!(sheet.name, "Tickets");
    assert!(sheet.notes.contains(&"not read: sheets `Other`".to_owned()), "{:?}", sheet.notes);
}

#[test]
fn a_sheet_is_chosen_by_name_and_a_wrong_name_is_answered() {
    assert_eq!(written(&book(), "sheet = 'Other'", |_| {}).unwrap().0, "1,x\n");
    let refusal = written(&book(), "sheet = 'Tickts'", |_| {}).err().unwrap();
    assert_eq!((refusal.code, refusal.remedy.as_str()), (SHEET_MISSING, "did you mean `Tickets`?"));
}

#[test]
fn a_workbook_that_was_cut_or_changed_is_refused() {
    let book = book();
    for length in [0, 10, 1000, book.len() / 2, book.len() - 1] {
        let refusal = written(&book[..length], "", |_| {}).err().unwrap();
        assert_eq!(refusal.code, WORKBOOK_DAMAGED, "{length} of {} bytes", book.len());
    }
    let mut found = 0;
    for at in (40..book.len() - 200).step_by(101) {
        let mut damaged = book.clone();
        damaged[at] ^= 0x55;
        // Some bytes carry nothing (times of parts, names of other parts): those may pass, and nothing may panic.
        found += u32::from(written(&damaged, "", |_| {}).is_err());
    }
    assert!(found > 10, "{found} changed bytes were found");
}

#[test]
fn a_workbook_that_unpacks_to_too_much_is_refused_before_it_is_held() {
    let refusal = written(&book(), "", |settings| settings.limits.unpacked_bytes = 2000).err().unwrap();
    assert_eq!(refusal.code, WORKBOOK_TOO_BIG);
    let refusal = written(&book(), "", |settings| settings.limits.shared_bytes = 20).err().unwrap();
    assert_eq!(refusal.code, WORKBOOK_TOO_BIG);
    let refusal = written(&book(), "", |settings| settings.limits.columns = 8).err().unwrap();
    assert_eq!((refusal.code, refusal.position.as_str()), (TOO_MANY_COLUMNS, "row 7"));
}
