// SPDX-License-Identifier: BSD-3-Clause
//! Files with marks, and ways to look at a window: as a vCPU does, and as the kernel does.

use crate::window::{Guest, Protection, Result, Rules, Slot, Window};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::raw::{c_int, c_long, c_ulong, c_void};
use std::os::unix::fs::FileExt;
use std::os::unix::io::AsFd;
use std::path::PathBuf;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

pub const WINDOW_PAGES: u64 = 16;
pub const FILE_PAGES: u64 = 8;

extern "C" {
    fn sysconf(name: c_int) -> c_long;
    fn process_vm_readv(
        process: c_int,
        to: *const Piece,
        to_count: c_ulong,
        from: *const Piece,
        from_count: c_ulong,
        flags: c_ulong,
    ) -> isize;
}

/// `struct iovec`
#[repr(C)]
struct Piece {
    address: *const c_void,
    length: usize,
}

/// Where files are made, and how long a page is.
pub struct Place {
    pub directory: PathBuf,
    pub page: u64,
}

impl Place {
    pub fn new(directory: PathBuf) -> Place {
        const SC_PAGESIZE: c_int = 30;
        // Safety: it has no preconditions.
        let page = unsafe { sysconf(SC_PAGESIZE) } as u64;
        Place { directory, page }
    }

    pub fn pages(&self, n: u64) -> u64 {
        n * self.page
    }

    /// A file without a name, of which each page begins with its mark.
    pub fn file(&self, number: u64) -> io::Result<File> {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let (process, count) = (process::id(), MADE.fetch_add(1, SeqCst));
        let path = self
            .directory
            .join(format!("crosvm-window-{process}-{count}"));
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path)?;
        fs::remove_file(&path)?;
        file.set_len(self.pages(FILE_PAGES))?;
        for page in 0..FILE_PAGES {
            file.write_all_at(&mark(number, page).to_ne_bytes(), self.pages(page))?;
        }
        Ok(file)
    }

    pub fn window(&self, rules: Rules) -> Result<Window> {
        Window::new(self.pages(WINDOW_PAGES), Guest::Native, rules)
    }

    /// Maps `n` pages for reading and writing.
    pub fn add(&self, window: &Window, page: u64, n: u64, file: &File) -> Result<()> {
        let (offset, size) = (self.pages(page), self.pages(n));
        window.add(offset, size, file.as_fd(), 0, Protection::READ_WRITE)
    }

    pub fn remove(&self, window: &Window, page: u64, n: u64) -> Result<()> {
        window.remove(self.pages(page), self.pages(n))
    }

    pub fn address(&self, window: &Window, page: u64) -> u64 {
        window.slot().host_address + self.pages(page)
    }

    /// The start of a page as the kernel finds it; None where a guest would fault.
    pub fn peek(&self, window: &Window, page: u64) -> Option<u64> {
        let mut word = 0u64;
        let address = self.address(window, page) as *const c_void;
        let to = Piece {
            address: &mut word as *mut u64 as *const c_void,
            length: 8,
        };
        let from = Piece { address, length: 8 };
        // Safety: the kernel writes to `word` only, and fails where it cannot read.
        let length = unsafe { process_vm_readv(process::id() as c_int, &to, 1, &from, 1, 0) };
        (length == 8).then_some(word)
    }

    /// The start of a page as a vCPU finds it, which must be mapped.
    pub fn load(&self, window: &Window, page: u64) -> u64 {
        // Safety: other threads and processes may change it, so it is volatile.
        unsafe { (self.address(window, page) as *const u64).read_volatile() }
    }

    pub fn store(&self, window: &Window, page: u64, word: u64) {
        // Safety: nothing of this program is there.
        unsafe { (self.address(window, page) as *mut u64).write_volatile(word) }
    }
}

/// What a page of a file begins with; never 0.
pub fn mark(number: u64, page: u64) -> u64 {
    number << 32 | page
}

/// How many kernel areas reach into a slot. The text has room beforehand, so that reading it maps
/// nothing.
pub fn count_areas(text: &mut String, slot: Slot) -> io::Result<usize> {
    let end_of_slot = slot.host_address + slot.size;
    let number = |digits: &str| u64::from_str_radix(digits, 16).ok();
    let reaches_in = |line: &str| {
        let (first, rest) = line.split_once('-')?;
        let (end, _) = rest.split_once(' ')?;
        Some(number(first)? < end_of_slot && number(end)? > slot.host_address)
    };
    text.clear();
    File::open("/proc/self/maps")?.read_to_string(text)?;
    Ok(text
        .lines()
        .filter(|line| reaches_in(line) == Some(true))
        .count())
}
