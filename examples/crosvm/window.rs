// SPDX-License-Identifier: BSD-3-Clause
//! A DAX window as a safe type, and the mapper that a device of crosvm is given.

use crate::ffi;
use std::collections::BTreeMap;
use std::ffi::CStr;
use std::fmt;
use std::os::raw::{c_int, c_void};
use std::os::unix::io::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::ptr;
use std::sync::Arc;

pub use crate::ffi::Usage;

const ENOENT: i32 = 2;

/// Why a request was refused: an errno for the peer, a sentence for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    errno: i32,
    reason: String,
}

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub fn new(errno: i32, reason: String) -> Error {
        Error { errno, reason }
    }

    pub fn errno(&self) -> i32 {
        self.errno
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str(&self.reason)
    }
}

impl std::error::Error for Error {}

/// What a function of the shim has returned.
fn check(result: c_int) -> Result<()> {
    if result == 0 {
        return Ok(());
    }
    // Safety: the text belongs to this thread, which makes no other call before it is copied.
    let reason = unsafe { CStr::from_ptr(ffi::dax_shim_reason()) };
    Err(Error::new(-result, reason.to_string_lossy().into_owned()))
}

/// The word of the reply to a vhost-user request.
pub fn reply_word(outcome: &Result<()>) -> u64 {
    match outcome {
        Ok(()) => 0,
        Err(error) => -i64::from(error.errno) as u64,
    }
}

/// The architecture of the guest, which decides who may read idle memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guest {
    Native = 0,
    X86_64 = 1,
    Aarch64 = 2,
    Ppc64 = 4,
    Riscv64 = 7,
}

/// Which maps may overlap, and what may be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    /// A map may cover older ones, and any range may be removed.
    VirtioFs = 0,
    /// A map has to find its range free, and only whole mappings are removed.
    Shmem = ffi::STRICT as isize,
}

/// What the guest may do with a mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protection(u32);

impl Protection {
    pub const READ: Protection = Protection(1);
    pub const READ_WRITE: Protection = Protection(3);

    /// From bits of `mmap()`; which of them are good is the window's to say.
    pub fn from_bits(bits: u32) -> Protection {
        Protection(bits)
    }
}

/// What the memory slot of a window consists of, as KVM_SET_USER_MEMORY_REGION wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    pub host_address: u64,
    pub size: u64,
}

/// A window. Its address space is given back when it is dropped: remove its slot before.
#[derive(Debug)]
pub struct Window {
    shim: *mut ffi::DaxShim,
}

// Safety: all functions may be called from any thread at any time but for dax_shim_destroy(), which
// is called when nobody else has the window.
unsafe impl Send for Window {}
unsafe impl Sync for Window {}

impl Window {
    pub fn new(size: u64, guest: Guest, rules: Rules) -> Result<Window> {
        let mut shim = ptr::null_mut();
        // Safety: the pointer is good for the time of the call.
        check(unsafe { ffi::dax_shim_create(size, guest as u32, rules as u32, &mut shim) })?;
        Ok(Window { shim })
    }

    pub fn slot(&self) -> Slot {
        let mut slot = Slot {
            host_address: 0,
            size: 0,
        };
        // Safety: as for all calls below, the window lives as long as `self`, and the other
        // pointers are good for the time of the call.
        unsafe { ffi::dax_shim_slot(self.as_ptr(), &mut slot.host_address, &mut slot.size) };
        slot
    }

    pub fn add(
        &self,
        offset: u64,
        size: u64,
        file: BorrowedFd,
        file_offset: u64,
        protection: Protection,
    ) -> Result<()> {
        let fd = file.as_raw_fd();
        check(unsafe {
            ffi::dax_shim_add(self.as_ptr(), offset, size, fd, file_offset, protection.0)
        })
    }

    pub fn remove(&self, offset: u64, size: u64) -> Result<()> {
        check(unsafe { ffi::dax_shim_remove(self.as_ptr(), offset, size) })
    }

    pub fn clear(&self) -> Result<()> {
        check(unsafe { ffi::dax_shim_clear(self.as_ptr()) })
    }

    pub fn sync(&self, offset: u64, size: u64) -> Result<()> {
        check(unsafe { ffi::dax_shim_sync(self.as_ptr(), offset, size) })
    }

    /// Carries out SHMEM_MAP. The file may be missing, for so it may in a request.
    pub fn answer_map(&self, shmid: u8, payload: &[u8], file: Option<BorrowedFd>) -> Result<()> {
        let fd = file.map_or(-1, |file| file.as_raw_fd());
        let (bytes, length) = (payload.as_ptr() as *const c_void, payload.len());
        check(unsafe { ffi::dax_shim_answer_map(self.as_ptr(), shmid, bytes, length, fd) })
    }

    /// Carries out SHMEM_UNMAP.
    pub fn answer_unmap(&self, shmid: u8, payload: &[u8]) -> Result<()> {
        let (bytes, length) = (payload.as_ptr() as *const c_void, payload.len());
        check(unsafe { ffi::dax_shim_answer_unmap(self.as_ptr(), shmid, bytes, length) })
    }

    /// For KVM_RUN that failed with EFAULT: how many pages were covered. If none, the fault had
    /// another cause.
    pub fn contain_truncated(&self) -> Result<u64> {
        let mut pages = 0;
        check(unsafe { ffi::dax_shim_contain_truncated(self.as_ptr(), &mut pages) })?;
        Ok(pages)
    }

    pub fn usage(&self) -> Usage {
        let mut usage = Usage::default();
        unsafe { ffi::dax_shim_usage(self.as_ptr(), &mut usage) };
        usage
    }

    /// For functions of the shim, as long as `self` lives.
    pub fn as_ptr(&self) -> *mut ffi::DaxShim {
        self.shim
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        // Safety: nobody else has the window any more.
        unsafe { ffi::dax_shim_destroy(self.as_ptr()) };
    }
}

/// A piece of a file to be mapped; crosvm calls it `VmMemorySource::Descriptor`.
#[derive(Debug)]
pub struct FileSource {
    pub descriptor: OwnedFd,
    pub offset: u64,
    pub size: u64,
}

/// What a device of crosvm maps and unmaps its shared memory by: crosvm has a trait of this name.
pub trait SharedMemoryMapper: Send {
    fn add_mapping(&mut self, from: FileSource, offset: u64, rights: Protection) -> Result<()>;
    fn remove_mapping(&mut self, offset: u64) -> Result<()>;
}

/// The shared memory region of a device.
#[derive(Debug)]
pub struct Region {
    window: Arc<Window>,
    sizes: BTreeMap<u64, u64>, // of the mappings, which are removed by their offsets alone
}

impl Region {
    pub fn new(size: u64, guest: Guest) -> Result<Region> {
        let window = Arc::new(Window::new(size, guest, Rules::Shmem)?);
        Ok(Region {
            window,
            sizes: BTreeMap::new(),
        })
    }

    pub fn window(&self) -> &Arc<Window> {
        &self.window
    }

    /// For a device that is reset, and for a backend that has gone.
    pub fn reset(&mut self) -> Result<()> {
        self.sizes.clear();
        self.window.clear()
    }
}

impl SharedMemoryMapper for Region {
    fn add_mapping(&mut self, from: FileSource, offset: u64, rights: Protection) -> Result<()> {
        let file = from.descriptor.as_fd();
        self.window
            .add(offset, from.size, file, from.offset, rights)?;
        self.sizes.insert(offset, from.size);
        Ok(())
    }

    fn remove_mapping(&mut self, offset: u64) -> Result<()> {
        match self.sizes.remove(&offset) {
            Some(size) => self.window.remove(offset, size),
            None => Err(Error::new(
                ENOENT,
                format!("no mapping begins at {offset:#x}"),
            )),
        }
    }
}
