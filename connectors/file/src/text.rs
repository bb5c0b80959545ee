//! Bytes of a file as UTF-8 text: which encoding, and a stream that decodes.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// How the text of a file is written, and how that is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct TextForm {
    pub(crate) encoding: &'static Encoding,
    /// Bytes of the byte order mark, 0 without one.
    pub(crate) mark_bytes: u64,
    how: How,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Mark,
    Stated,
    Valid,
    Guessed,
}

impl TextForm {
    /// UTF-8 without a mark.
    pub(crate) const PLAIN: Self = Self { encoding: UTF_8, mark_bytes: 0, how: How::Valid };

    /// A byte order mark decides; else what is stated; else UTF-8 if all bytes are that; else the bytes are looked at.
    pub(crate) fn find(file: &mut File, stated: Option<&'static Encoding>, is_utf8: bool) -> io::Result<Self> {
        let mut head = [0; 3];
        file.seek(SeekFrom::Start(0))?;
        let read = read_up_to(file, &mut head)?;
        if let Some((encoding, mark)) = Encoding::for_bom(&head[..read]) {
            return Ok(Self { encoding, mark_bytes: mark as u64, how: How::Mark });
        }
        let (encoding, how) = match stated {
            Some(encoding) => (encoding, How::Stated),
            None if is_utf8 => (UTF_8, How::Valid),
            None => (guess(file)?, How::Guessed),
        };
        Ok(Self { encoding, mark_bytes: 0, how })
    }

    pub(crate) fn is_utf8(&self) -> bool {
        self.encoding == UTF_8
    }

    /// For people: `windows-1252 (guessed from its bytes)`.
    pub(crate) fn note(&self) -> String {
        let how = match self.how {
            How::Mark => " with a byte order mark",
            How::Stated => " as stated",
            How::Valid => "",
            How::Guessed => " (guessed from its bytes; state `encoding` if that is wrong)",
        };
        format!("{}{how}", self.encoding.name())
    }

    /// The text from the first character on, as UTF-8. Invalid bytes stay in UTF-8, and become U+FFFD elsewhere.
    pub(crate) fn decoded(&self, mut file: File) -> io::Result<Box<dyn Read + Send>> {
        file.seek(SeekFrom::Start(self.mark_bytes))?;
        if self.is_utf8() {
            return Ok(Box::new(file));
        }
        let decoder = self.encoding.new_decoder_without_bom_handling();
        Ok(Box::new(Decoding {
            file,
            decoder,
            raw: vec![0; CHUNK],
            filled: 0,
            used: 0,
            last: false,
            done: false,
            spare: [0; 16],
            spare_filled: 0,
            spare_used: 0,
        }))
    }

    /// The text from a place that an earlier stream had reached, in bytes of UTF-8.
    pub(crate) fn decoded_from(&self, mut file: File, byte: u64) -> io::Result<Box<dyn Read + Send>> {
        if self.is_utf8() {
            file.seek(SeekFrom::Start(self.mark_bytes + byte))?;
            return Ok(Box::new(file));
        }
        let mut text = self.decoded(file)?;
        io::copy(&mut (&mut text).take(byte), &mut io::sink())?;
        Ok(text)
    }

    /// Bytes of the decoded text as they stand in the file.
    pub(crate) fn original(&self, text: &[u8]) -> Vec<u8> {
        let big_endian = self.encoding == UTF_16BE;
        if self.is_utf8() {
            text.to_vec()
        } else if big_endian || self.encoding == UTF_16LE {
            let units = |unit: u16| if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() };
            String::from_utf8_lossy(text).encode_utf16().flat_map(units).collect()
        } else {
            self.encoding.encode(&String::from_utf8_lossy(text)).0.into_owned()
        }
    }
}

const CHUNK: usize = 64 << 10;

/// Reads until the buffer is full or the file ends.
pub(crate) fn read_up_to(file: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..])? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(filled)
}

/// Says of a stream of bytes whether all of it is UTF-8.
#[derive(Debug, Default)]
pub(crate) struct Utf8Check {
    carried: Vec<u8>,
    broken: bool,
}

impl Utf8Check {
    pub(crate) fn see(&mut self, mut bytes: &[u8]) {
        if self.broken {
            return;
        }
        // A character that a chunk cut in two: at most three bytes of it stand before the cut.
        while !self.carried.is_empty() && !bytes.is_empty() {
            self.carried.push(bytes[0]);
            bytes = &bytes[1..];
            match std::str::from_utf8(&self.carried) {
                Ok(_) => self.carried.clear(),
                Err(error) if error.error_len().is_some() => self.broken = true,
                Err(_) => {}
            }
            if self.broken {
                return;
            }
        }
        if let Err(error) = std::str::from_utf8(bytes) {
            self.broken = error.error_len().is_some();
            self.carried.extend_from_slice(&bytes[error.valid_up_to()..]);
        }
    }

    pub(crate) fn all_valid(&self) -> bool {
        !self.broken && self.carried.is_empty()
    }
}

/// The encoding that the bytes look most like; only what is not ASCII says anything, and 16 MiB of that are enough.
fn guess(file: &mut File) -> io::Result<&'static Encoding> {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let mut chunk = vec![0; CHUNK];
    let mut telling = 0;
    file.seek(SeekFrom::Start(0))?;
    while telling < 16 << 20 {
        let read = read_up_to(file, &mut chunk)?;
        if read == 0 {
            break;
        }
        if !chunk[..read].is_ascii() {
            telling += read;
            detector.feed(&chunk[..read], false);
        }
    }
    detector.feed(&[], true);
    Ok(detector.guess(None, Utf8Detection::Deny))
}

struct Decoding {
    file: File,
    decoder: Decoder,
    raw: Vec<u8>,
    filled: usize,
    used: usize,
    /// Whether the file has ended.
    last: bool,
    /// Whether the decoder has said everything.
    done: bool,
    /// Decoded text that did not fit into a small buffer.
    spare: [u8; 16],
    spare_filled: usize,
    spare_used: usize,
}

impl Read for Decoding {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.spare_used == self.spare_filled {
            if out.len() >= self.spare.len() {
                return self.decode(out);
            }
            // Less room than one character needs would stop the decoder.
            let mut spare = self.spare;
            self.spare_filled = self.decode(&mut spare)?;
            (self.spare, self.spare_used) = (spare, 0);
        }
        let read = (self.spare_filled - self.spare_used).min(out.len());
        out[..read].copy_from_slice(&self.spare[self.spare_used..self.spare_used + read]);
        self.spare_used += read;
        Ok(read)
    }
}

impl Decoding {
    fn decode(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while !self.done {
            if self.used == self.filled && !self.last {
                self.filled = read_up_to(&mut self.file, &mut self.raw)?;
                self.used = 0;
                self.last = self.filled < self.raw.len();
            }
            let (result, read, written, _) =
                self.decoder.decode_to_utf8(&self.raw[self.used..self.filled], out, self.last);
            self.used += read;
            self.done = self.last && matches!(result, CoderResult::InputEmpty);
            if written > 0 {
                return Ok(written);
            }
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write as _;

    fn file(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    fn form(bytes: &[u8], stated: Option<&'static Encoding>) -> (TextForm, String) {
        let mut file = file(bytes);
        let mut check = Utf8Check::default();
        check.see(bytes);
        let form = TextForm::find(&mut file, stated, check.all_valid()).unwrap();
        let mut text = String::new();
        form.decoded(file).unwrap().read_to_string(&mut text).unwrap();
        (form, text)
    }

    #[test]
    fn encodings_are_found_from_marks_and_bytes() {
        let utf16 = |big: bool, text: &str| -> Vec<u8> {
            let bytes = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
            "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(bytes).collect()
        };
        let text = "number;city\n1;Göteborg\n2;Jürgen Müller\n";
        let latin: Vec<u8> = text.chars().map(|c| u32::from(c) as u8).collect();
        let table = [
            (text.as_bytes().to_vec(), "UTF-8"),
            ([b"\xef\xbb\xbf", text.as_bytes()].concat(), "UTF-8 with a byte order mark"),
            (utf16(false, text), "UTF-16LE with a byte order mark"),
            (utf16(true, text), "UTF-16BE with a byte order mark"),
            (latin, "windows-1252 (guessed from its bytes; state `encoding` if that is wrong)"),
        ];
        for (bytes, note) in table {
            let (form, read) = form(&bytes, None);
            assert_eq!((form.note().as_str(), read.as_str()), (note, text));
            assert_eq!(form.original(text.as_bytes()), bytes[form.mark_bytes as usize..], "{note}");
        }
    }

    #[test]
    fn what_is_stated_beats_the_bytes_and_a_mark_beats_what_is_stated() {
        assert_eq!(form("ö".as_bytes(), Some(encoding_rs::WINDOWS_1252)).1, "Ã¶");
        assert_eq!(form("\u{feff}ö".as_bytes(), Some(encoding_rs::WINDOWS_1252)).1, "ö");
    }

    #[test]
    fn a_stream_goes_on_where_an_earlier_one_had_stopped() {
        let text = "ÄÖÜ,äöü\n".repeat(20_000);
        let latin: Vec<u8> = text.chars().map(|c| u32::from(c) as u8).collect();
        let form = TextForm { encoding: encoding_rs::WINDOWS_1252, mark_bytes: 0, how: How::Stated };
        for byte in [0, 2, 70_000, text.len() as u64] {
            let mut rest = String::new();
            form.decoded_from(file(&latin), byte).unwrap().read_to_string(&mut rest).unwrap();
            assert_eq!(rest, text[byte as usize..]);
        }
    }

    proptest! {
        #[test]
        fn chunks_do_not_change_whether_bytes_are_utf8(
            bytes in prop::collection::vec(prop::sample::select(b"a\xc3\xb6\xf0\x9f\x98\x80".to_vec()), 0..40),
            cut in 1usize..7,
        ) {
            let mut check = Utf8Check::default();
            bytes.chunks(cut).for_each(|chunk| check.see(chunk));
            prop_assert_eq!(check.all_valid(), std::str::from_utf8(&bytes).is_ok());
        }
    }
}
