// SPDX-License-Identifier: BSD-3-Clause
//! What windows have to do with real files.

use crate::faults::{FaultGuard, MAX_GUARDS};
use crate::place::{count_areas, mark, Place, FILE_PAGES, WINDOW_PAGES};
use crate::window::{
    self, reply_word, FileSource, Guest, Protection, Region, Rules, SharedMemoryMapper, Usage,
    Window,
};
use std::error::Error;
use std::fmt::Debug;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::os::unix::io::{AsFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::Arc;
use std::thread;

const ENOENT: i32 = 2;
const SIGBUS: i32 = 7;
const EBADF: i32 = 9;
const EACCES: i32 = 13;
const EEXIST: i32 = 17;
const ENODEV: i32 = 19;
const EINVAL: i32 = 22;
const ENOSPC: i32 = 28;
const EBADMSG: i32 = 74;

type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

pub struct Test {
    pub name: &'static str,
    pub run: fn(&Place) -> Outcome,
}

macro_rules! tests {
    ($($name:ident)*) => { &[$(Test { name: stringify!($name), run: $name }),*] };
}

pub const ALL: &[Test] = tests![
    a_file_is_seen
    idle_memory_is_closed_but_for_ppc64
    a_later_map_replaces
    a_part_can_be_removed
    strict_windows_take_no_overlap
    bad_requests_change_nothing
    a_region_maps_for_a_device
    payloads_are_answered
    a_cleared_window_is_empty
    usage_counts
    a_dropped_window_is_given_back
    lost_pages_are_contained
    other_faults_end_the_process
    guards_are_limited
    threads_share_a_window
    a_vcpu_sees_one_file_or_the_other
];

fn expect<T: Debug + PartialEq>(what: &str, actual: T, wanted: T) -> Outcome {
    if actual == wanted {
        return Ok(());
    }
    Err(format!("{what}: {actual:?} instead of {wanted:?}").into())
}

fn ensure(what: &str, is_so: bool) -> Outcome {
    expect(what, is_so, true)
}

fn expect_errno(what: &str, result: window::Result<()>, errno: i32) -> Outcome {
    let refused = result.err().filter(|error| !error.to_string().is_empty());
    expect(what, refused.map(|error| error.errno()), Some(errno))
}

fn a_file_is_seen(place: &Place) -> Outcome {
    let file = place.file(1)?;
    let window = place.window(Rules::VirtioFs)?;
    let (offset, size, from) = (place.pages(2), place.pages(4), place.pages(1));
    window.add(offset, size, file.as_fd(), from, Protection::READ_WRITE)?;
    for page in 2..6 {
        expect("mapped page", place.load(&window, page), mark(1, page - 1))?;
    }
    expect("page before", place.peek(&window, 1), None)?;
    expect("page after", place.peek(&window, 6), None)?;
    let mut bytes = [0; 8];
    place.store(&window, 3, 42);
    file.read_exact_at(&mut bytes, place.pages(2))?;
    expect("file after a store", u64::from_ne_bytes(bytes), 42)?;
    file.write_all_at(&43u64.to_ne_bytes(), place.pages(2))?;
    expect("page after a write", place.load(&window, 3), 43)?;
    window.sync(0, window.slot().size)?;
    drop(file);
    expect("page of a closed file", place.load(&window, 2), mark(1, 1))
}

fn idle_memory_is_closed_but_for_ppc64(place: &Place) -> Outcome {
    for guest in [Guest::X86_64, Guest::Aarch64, Guest::Ppc64, Guest::Riscv64] {
        let window = Window::new(place.pages(1), guest, Rules::VirtioFs)?;
        let wanted = (guest == Guest::Ppc64).then_some(0);
        expect(&format!("{guest:?}"), place.peek(&window, 0), wanted)?;
    }
    Ok(())
}

fn a_later_map_replaces(place: &Place) -> Outcome {
    let (one, two) = (place.file(1)?, place.file(2)?);
    let window = place.window(Rules::VirtioFs)?;
    window.add(0, place.pages(3), one.as_fd(), 0, Protection::READ)?;
    place.add(&window, 1, 1, &two)?;
    expect("page before", place.load(&window, 0), mark(1, 0))?;
    expect("page replaced", place.load(&window, 1), mark(2, 0))?;
    expect("page after", place.load(&window, 2), mark(1, 2))?;
    place.add(&window, 0, 3, &one)?; // as a guest does that wants to write, too
    place.store(&window, 1, 42);
    expect("page to be written", place.load(&window, 1), 42)
}

fn a_part_can_be_removed(place: &Place) -> Outcome {
    let file = place.file(1)?;
    let window = place.window(Rules::VirtioFs)?;
    place.add(&window, 0, 4, &file)?;
    place.remove(&window, 1, 2)?;
    let seen = [0, 1, 2, 3].map(|page| place.peek(&window, page));
    let wanted = [Some(mark(1, 0)), None, None, Some(mark(1, 3))];
    expect("pages", seen, wanted)?;
    expect("mappings", window.usage().mappings, 2)?;
    place.remove(&window, 0, WINDOW_PAGES)?;
    expect("mappings", window.usage().mappings, 0)
}

fn strict_windows_take_no_overlap(place: &Place) -> Outcome {
    let (one, two) = (place.file(1)?, place.file(2)?);
    let window = place.window(Rules::Shmem)?;
    place.add(&window, 0, 4, &one)?;
    expect_errno("overlap", place.add(&window, 3, 2, &two), EEXIST)?;
    expect_errno("the same again", place.add(&window, 0, 4, &one), EEXIST)?;
    expect_errno("part of a mapping", place.remove(&window, 0, 2), ENOENT)?;
    expect_errno("more than a mapping", place.remove(&window, 0, 5), ENOENT)?;
    expect("page", place.load(&window, 3), mark(1, 3))?;
    place.remove(&window, 0, 4)?;
    expect("removed page", place.peek(&window, 3), None)
}

fn bad_requests_change_nothing(place: &Place) -> Outcome {
    let file = place.file(1)?;
    let window = place.window(Rules::VirtioFs)?;
    let (page, last) = (place.page, place.pages(WINDOW_PAGES - 1));
    place.add(&window, 0, 2, &file)?;
    let bad = [
        ("odd offset", 1, page, 0, 3),
        ("odd size", 0, page + 1, 0, 3),
        ("odd file offset", 0, page, 1, 3),
        ("nothing", 0, 0, 0, 3),
        ("beyond the end", last, 2 * page, 0, 3),
        ("a sum that wraps", 0u64.wrapping_sub(page), 2 * page, 0, 3),
        ("no protection", 0, page, 0, 0),
        ("an executable mapping", 0, page, 0, 7),
    ];
    for (what, offset, size, from, bits) in bad {
        let protection = Protection::from_bits(bits);
        let result = window.add(offset, size, file.as_fd(), from, protection);
        expect_errno(what, result, EINVAL)?;
    }
    let folder = File::open(&place.directory)?;
    expect_errno("a directory", place.add(&window, 0, 1, &folder), EACCES)?;
    let read_only = File::open("/proc/self/exe")?;
    expect_errno("to write", place.add(&window, 0, 1, &read_only), EACCES)?;
    expect("page", place.load(&window, 1), mark(1, 1))?;
    expect("mappings", window.usage().mappings, 1)?;
    expect("refused", window.usage().refused, 10)?;
    for size in [0, page - 1, 3 * page] {
        let result = Window::new(size, Guest::Native, Rules::VirtioFs).map(drop);
        expect_errno(&format!("window of {size}"), result, EINVAL)?;
    }
    Ok(())
}

fn a_region_maps_for_a_device(place: &Place) -> Outcome {
    let region = Region::new(place.pages(WINDOW_PAGES), Guest::Native)?;
    let window = Arc::clone(region.window());
    let mut mapper: Box<dyn SharedMemoryMapper> = Box::new(region);
    let source = |number| {
        place.file(number).map(|file| FileSource {
            descriptor: OwnedFd::from(file),
            offset: place.pages(1),
            size: place.pages(2),
        })
    };
    mapper.add_mapping(source(1)?, place.pages(4), Protection::READ)?;
    expect("page", place.load(&window, 5), mark(1, 2))?;
    let again = mapper.add_mapping(source(2)?, place.pages(5), Protection::READ);
    expect_errno("overlap", again, EEXIST)?;
    expect_errno("the midst", mapper.remove_mapping(place.pages(5)), ENOENT)?;
    mapper.remove_mapping(place.pages(4))?;
    expect("removed page", place.peek(&window, 5), None)?;
    expect_errno("again", mapper.remove_mapping(place.pages(4)), ENOENT)?;
    mapper.add_mapping(source(2)?, place.pages(5), Protection::READ)?;
    expect("page", place.load(&window, 5), mark(2, 1))
}

/// The payload of SHMEM_MAP and SHMEM_UNMAP, for a mapping that may be written to.
fn payload(shmid: u8, file_offset: u64, offset: u64, size: u64) -> Vec<u8> {
    let mut bytes = vec![shmid, 0, 0, 0, 0, 0, 0, 0];
    for number in [file_offset, offset, size, 1] {
        bytes.extend(number.to_ne_bytes());
    }
    bytes
}

fn payloads_are_answered(place: &Place) -> Outcome {
    let file = place.file(1)?;
    let fd = || Some(file.as_fd());
    let mut region = Region::new(place.pages(WINDOW_PAGES), Guest::Native)?;
    let window = Arc::clone(region.window());
    let good = payload(1, place.pages(1), place.pages(2), place.pages(2));
    let answer = window.answer_map(1, &good, fd());
    expect("reply", reply_word(&answer), 0)?;
    expect("page", place.load(&window, 3), mark(1, 2))?;
    let again = window.answer_map(1, &good, fd());
    expect("reply", reply_word(&again), -i64::from(EEXIST) as u64)?;
    expect_errno("overlap", again, EEXIST)?;
    expect_errno("no file", window.answer_map(1, &good, None), EBADF)?;
    expect_errno("another region", window.answer_map(0, &good, fd()), ENODEV)?;
    let short = &good[1..];
    expect_errno("short payload", window.answer_map(1, short, fd()), EBADMSG)?;
    expect_errno("short payload", window.answer_unmap(1, short), EBADMSG)?;
    let part = payload(1, 0, place.pages(2), place.pages(1));
    expect_errno("part of a mapping", window.answer_unmap(1, &part), ENOENT)?;
    window.answer_unmap(1, &good)?;
    expect("removed page", place.peek(&window, 3), None)?;
    window.answer_map(1, &good, fd())?;
    region.reset()?;
    expect("page after a reset", place.peek(&window, 3), None)
}

fn a_cleared_window_is_empty(place: &Place) -> Outcome {
    let mut listing = String::with_capacity(1 << 20);
    let (one, two) = (place.file(1)?, place.file(2)?);
    let window = place.window(Rules::VirtioFs)?;
    place.add(&window, 0, 4, &one)?;
    place.add(&window, 8, 4, &two)?;
    let slot = window.slot();
    ensure("areas", count_areas(&mut listing, slot)? >= 4)?;
    window.clear()?;
    for page in 0..WINDOW_PAGES {
        expect("cleared page", place.peek(&window, page), None)?;
    }
    expect("mappings", window.usage().mappings, 0)?;
    expect("areas after clear", count_areas(&mut listing, slot)?, 1)
}

fn usage_counts(place: &Place) -> Outcome {
    let file = place.file(1)?;
    let window = Arc::new(place.window(Rules::VirtioFs)?);
    place.add(&window, 0, 8, &file)?;
    place.add(&window, 8, 8, &file)?;
    place.add(&window, 1, 1, &file)?;
    place.remove(&window, 2, 1)?;
    let refused = place.remove(&window, WINDOW_PAGES, 1);
    expect_errno("beyond the end", refused, EINVAL)?;
    file.set_len(place.pages(6))?;
    expect("pages covered", window.contain_truncated()?, 4)?;
    place.add(&window, 15, 1, &file)?;
    let usage = window.usage();
    let wanted = Usage {
        mappings: 5,
        bytes_mapped: place.pages(15),
        maps: 4,
        unmaps: 1,
        replaced: 2,
        refused: 1,
        contained_pages: 3,
        containments: 4,
        lost: 0,
        ..usage // kernel areas depend on the kernel and the rest of the process
    };
    expect("usage", usage, wanted)?;
    ensure("areas", usage.areas > usage.mappings)?;
    ensure("area budget", usage.area_budget > usage.areas)
}

fn a_dropped_window_is_given_back(place: &Place) -> Outcome {
    let mut listing = String::with_capacity(1 << 20);
    let file = place.file(1)?;
    let window = place.window(Rules::VirtioFs)?;
    let slot = window.slot();
    place.add(&window, 0, 4, &file)?;
    ensure("areas", count_areas(&mut listing, slot)? > 0)?;
    drop(window);
    expect("areas after drop", count_areas(&mut listing, slot)?, 0)
}

fn lost_pages_are_contained(place: &Place) -> Outcome {
    let file = place.file(1)?;
    let window = Arc::new(place.window(Rules::VirtioFs)?);
    let other = Arc::new(place.window(Rules::VirtioFs)?);
    place.add(&window, 0, 4, &file)?;
    let _other_guard = FaultGuard::new(&other)?;
    let guard = FaultGuard::new(&window)?;
    file.set_len(place.pages(2))?;
    expect("page that is left", place.load(&window, 1), mark(1, 1))?;
    expect("lost page", place.load(&window, 3), 0)?;
    place.store(&window, 2, 42);
    expect("pages contained", window.usage().contained_pages, 2)?;
    drop(guard);
    file.set_len(place.pages(FILE_PAGES))?;
    place.add(&window, 0, 4, &file)?;
    file.write_all_at(&mark(1, 3).to_ne_bytes(), place.pages(3))?;
    expect("page mapped again", place.load(&window, 3), mark(1, 3))?;
    expect("stores into lost pages", place.load(&window, 2), 0)
}

/// Does not return if all is well: the page is of a window that is guarded no more.
pub fn touch_lost(place: &Place) -> Outcome {
    let file = place.file(1)?;
    let window = Arc::new(place.window(Rules::VirtioFs)?);
    let other = Arc::new(place.window(Rules::VirtioFs)?);
    place.add(&other, 0, 4, &file)?;
    let _guard = FaultGuard::new(&window)?;
    drop(FaultGuard::new(&other)?);
    file.set_len(place.pages(2))?;
    expect("lost page", place.peek(&other, 3), None)?;
    Err(format!("the lost page reads as {}", place.load(&other, 3)).into())
}

fn other_faults_end_the_process(place: &Place) -> Outcome {
    let program = std::env::current_exe()?;
    let mut command = Command::new(program);
    command.arg("--touch-lost");
    command.arg("--directory").arg(&place.directory);
    let status = command.stderr(Stdio::null()).status()?;
    expect("signal", status.signal(), Some(SIGBUS))
}

fn guards_are_limited(place: &Place) -> Outcome {
    let window = Arc::new(place.window(Rules::VirtioFs)?);
    let mut guards = Vec::new();
    for _ in 0..MAX_GUARDS {
        guards.push(FaultGuard::new(&window)?);
    }
    let refused = FaultGuard::new(&window).map(drop);
    expect_errno("one too many", refused, ENOSPC)?;
    guards.pop();
    Ok(FaultGuard::new(&window).map(drop)?)
}

fn threads_share_a_window(place: &Place) -> Outcome {
    const THREADS: u64 = 4;
    const ROUNDS: u64 = 250;
    let window = place.window(Rules::Shmem)?;
    let work = |number| -> Outcome {
        let file = place.file(number)?;
        let first = (number - 1) * WINDOW_PAGES / THREADS;
        for round in 0..ROUNDS {
            let page = first + round % 3;
            place.add(&window, page, 2, &file)?;
            expect("page", place.load(&window, page + 1), mark(number, 1))?;
            place.remove(&window, page, 2)?;
        }
        Ok(())
    };
    thread::scope(|scope| -> Outcome {
        let spawn = |number| scope.spawn(move || work(number));
        let threads: Vec<_> = (1..=THREADS).map(spawn).collect();
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().unwrap_or(Err("a panic".into())))
    })?;
    expect("maps", window.usage().maps, THREADS * ROUNDS)?;
    expect("mappings", window.usage().mappings, 0)
}

fn a_vcpu_sees_one_file_or_the_other(place: &Place) -> Outcome {
    let files = [place.file(1)?, place.file(2)?];
    let window = place.window(Rules::VirtioFs)?;
    let is_over = AtomicBool::new(false);
    place.add(&window, 0, 2, &files[0])?;
    let watch = || -> Outcome {
        while !is_over.load(SeqCst) {
            let found = place.load(&window, 1);
            ensure("a mark", found == mark(1, 1) || found == mark(2, 1))?;
        }
        Ok(())
    };
    thread::scope(|scope| -> Outcome {
        let watcher = scope.spawn(watch);
        let changes = (0..500).try_for_each(|i| place.add(&window, 0, 2, &files[i % 2]));
        is_over.store(true, SeqCst);
        changes?;
        watcher.join().unwrap_or(Err("a panic".into()))
    })
}
