//! Writes bulk incidents as JSON lines, for measurements of the binary: `bulk FILE RECORDS [BYTES_PER_RECORD]`.
#![expect(clippy::print_stdout, reason = "it is what this program is for")]
#![expect(clippy::unwrap_used, reason = "a measurement stops at the first error")]

use counterfoil_gym::bulk;
use std::fs::File;
use std::io::BufWriter;

fn main() {
    let mut args = std::env::args().skip(1);
    let path = args.next().expect("a file");
    let records: u64 = args.next().expect("how many records").parse().unwrap();
    let bytes: usize = args.next().map_or(1_200, |bytes| bytes.parse().unwrap());
    let written = bulk::jsonl(1, records, BufWriter::new(File::create(path).unwrap()), bytes).unwrap();
    println!("{records} records, {} MB", written / 1_000_000);
}
