// SPDX-License-Identifier: BSD-3-Clause
//! shim.h in Rust.

use std::os::raw::{c_char, c_int, c_void};

/// A window, of which only the address is known.
#[repr(C)]
pub struct DaxShim {
    opaque: [u8; 0],
}

pub const STRICT: u32 = 1 << 0;

/// What a window holds and has done: see `DaxwinUsage` in daxwin/window.h.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    pub mappings: u64,
    pub bytes_mapped: u64,
    pub areas: u64,
    pub area_budget: u64,
    pub maps: u64,
    pub unmaps: u64,
    pub replaced: u64,
    pub refused: u64,
    pub contained_pages: u64,
    pub containments: u64,
    pub lost: u64,
}

#[link(name = "dax-shim", kind = "static")]
extern "C" {
    pub fn dax_shim_create(size: u64, guest: u32, flags: u32, out: *mut *mut DaxShim) -> c_int;
    pub fn dax_shim_destroy(shim: *mut DaxShim);
    pub fn dax_shim_slot(shim: *mut DaxShim, host_address: *mut u64, size: *mut u64);
    pub fn dax_shim_add(
        shim: *mut DaxShim,
        offset: u64,
        size: u64,
        fd: c_int,
        file_offset: u64,
        protection: u32,
    ) -> c_int;
    pub fn dax_shim_remove(shim: *mut DaxShim, offset: u64, size: u64) -> c_int;
    pub fn dax_shim_clear(shim: *mut DaxShim) -> c_int;
    pub fn dax_shim_sync(shim: *mut DaxShim, offset: u64, size: u64) -> c_int;
    pub fn dax_shim_answer_map(
        shim: *mut DaxShim,
        shmid: u8,
        payload: *const c_void,
        length: usize,
        fd: c_int,
    ) -> c_int;
    pub fn dax_shim_answer_unmap(
        shim: *mut DaxShim,
        shmid: u8,
        payload: *const c_void,
        length: usize,
    ) -> c_int;
    pub fn dax_shim_contain(shim: *mut DaxShim, address: u64) -> c_int;
    pub fn dax_shim_contain_truncated(shim: *mut DaxShim, pages: *mut u64) -> c_int;
    pub fn dax_shim_usage(shim: *mut DaxShim, out: *mut Usage);
    pub fn dax_shim_reason() -> *const c_char;
}
