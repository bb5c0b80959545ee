//! The estate: what those providers of a world that send files send of it, with deliberate data problems.

mod acme;
mod book;
mod kumo;
mod nordlicht;
mod problem;
mod stage;
mod text;

pub use book::Book;
pub use problem::{Column, Effect, Expected, Problem};
pub use stage::Stage;
pub(crate) use text::windows_1252;

use crate::world::World;
use book::Picks;
use jiff::Timestamp;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// One file of the estate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EstateFile {
    /// Relative to the estate, with `/`.
    pub path: String,
    /// What is in it at the world's now.
    pub bytes: Vec<u8>,
    /// How it grew: the moment, and how many bytes there were from then on. The last is all of them.
    pub growth: Vec<(Timestamp, usize)>,
}

/// What the providers send, held in memory: some megabytes at the default scale. Much data comes from [`crate::bulk`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Estate {
    /// The files, ordered by path.
    pub files: Vec<EstateFile>,
    /// What is wrong with them on purpose.
    pub problems: Vec<Problem>,
    /// What every instance should count; one entry per book, in the order of [`Book::ALL`].
    pub expected: Vec<Expected>,
    /// Which book tells which incident, in the order of the world; none for those of a provider that sends no files.
    pub books: Vec<Option<Book>>,
    /// A `counterfoil.toml` for a config file that stands in the folder of the estate.
    pub config: String,
}

/// Writes the estate into a folder. A file that already has its bytes is not touched, so that its time stays as it is.
pub fn write_estate(folder: &Path, world: &World) -> io::Result<Estate> {
    let estate = Estate::of(world);
    estate.write(folder)?;
    Ok(estate)
}

impl Estate {
    /// What the providers send of this world.
    pub fn of(world: &World) -> Self {
        let books = book::books(world);
        let picks = Picks::of(world, &books);
        let mut draft = Draft { world, books: &books, picks: &picks, files: Vec::new(), problems: Vec::new() };
        let mut expected = Vec::new();
        expected.extend(acme::write(&mut draft));
        expected.push(nordlicht::write(&mut draft));
        expected.extend(kumo::write(&mut draft));
        let Draft { mut files, problems, .. } = draft;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Self { files, problems, expected, config: CONFIG.to_owned(), books }
    }

    /// Writes every file whose bytes are not there yet, each under another name first and then renamed.
    /// Gives the paths.
    pub fn write(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        self.files.iter().map(|file| stage::put(folder, &file.path, &file.bytes)).collect()
    }

    /// The steps in which the estate grew, oldest first.
    ///
    /// When all are written, the folder is as [`Estate::write`] leaves it.
    pub fn stages(&self) -> Vec<Stage<'_>> {
        stage::stages(&self.files)
    }

    /// The file with this path.
    pub fn file(&self, path: &str) -> Option<&EstateFile> {
        self.files.iter().find(|file| file.path == path)
    }
}

/// Where a file of the estate stands; its folder is made if need be.
fn target(folder: &Path, path: &str) -> io::Result<PathBuf> {
    let target = path.split('/').fold(folder.to_path_buf(), |target, part| target.join(part));
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent)?;
    }
    Ok(target)
}

/// What the writers of the providers add to.
struct Draft<'a> {
    pub(crate) world: &'a World,
    pub(crate) books: &'a [Option<Book>],
    pub(crate) picks: &'a Picks,
    pub(crate) files: Vec<EstateFile>,
    pub(crate) problems: Vec<Problem>,
}

impl Draft<'_> {
    /// The positions of the incidents of a book.
    pub(crate) fn of(&self, book: Book) -> Vec<usize> {
        (0..self.books.len()).filter(|at| self.books[*at] == Some(book)).collect()
    }

    /// A file that appeared at once.
    pub(crate) fn file(&mut self, path: &str, bytes: Vec<u8>, at: Timestamp) {
        let growth = vec![(at, bytes.len())];
        self.files.push(EstateFile { path: path.to_owned(), bytes, growth });
    }
}

const CONFIG: &str = concat!(
    include_str!("files/config/title.toml"),
    include_str!("files/config/parties.toml"),
    include_str!("files/config/acme.toml"),
    include_str!("files/config/nordlicht.toml"),
    include_str!("files/config/kumo.toml"),
);

/// The parties, and the instances that read what Kumo sends.
pub(crate) const CONFIG_OF_KUMO: &str =
    concat!(include_str!("files/config/parties.toml"), include_str!("files/config/kumo.toml"));

#[cfg(test)]
mod tests;
