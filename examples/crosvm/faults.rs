// SPDX-License-Identifier: BSD-3-Clause
//! A handler of SIGBUS that keeps pages which their files have lost from ending the process.

use crate::ffi::{dax_shim_contain, DaxShim};
use crate::window::{Error, Result, Window};
use std::mem::{size_of, transmute};
use std::os::raw::{c_int, c_void};
use std::ptr;
use std::sync::atomic::{AtomicI32, AtomicPtr, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Once};
use std::thread;

#[cfg(any(target_arch = "mips", target_arch = "mips64", target_arch = "s390x"))]
compile_error!("the structures of sigaction() have another layout here");

const SIGBUS: c_int = 7;
const BUS_MCEERR_AO: c_int = 5;
const SA_SIGINFO: c_int = 4;
const SA_ONSTACK: c_int = 0x0800_0000;
const SIG_DFL: usize = 0;
const SIG_IGN: usize = 1;
const ENOSPC: i32 = 28;

/// `struct sigaction`
#[repr(C)]
struct Action {
    handler: usize,
    _mask: [usize; 128 / size_of::<usize>()],
    flags: c_int,
    _restorer: usize,
}

/// The start of `siginfo_t`, as it is for a fault.
#[repr(C)]
struct Info {
    _signal: c_int,
    _errno: c_int,
    code: c_int,
    address: *const c_void,
}

extern "C" {
    fn sigaction(signal: c_int, action: *const Action, old_action: *mut Action) -> c_int;
}

type Handler = extern "C" fn(c_int, *const Info, *mut c_void);
type PlainHandler = extern "C" fn(c_int);

impl Action {
    const fn new(handler: usize, flags: c_int) -> Action {
        Action {
            handler,
            _mask: [0; 128 / size_of::<usize>()],
            flags,
            _restorer: 0,
        }
    }

    /// Makes this the handler of SIGBUS.
    fn install(&self) {
        // Safety: the handler is one of those below, which do only what is safe in a handler.
        unsafe { sigaction(SIGBUS, self, ptr::null_mut()) };
    }

    fn installed() -> Action {
        let mut action = Action::new(SIG_DFL, 0);
        // Safety: the pointer is good for the time of the call.
        unsafe { sigaction(SIGBUS, ptr::null(), &mut action) };
        action
    }
}

pub const MAX_GUARDS: usize = 16;
#[allow(clippy::declare_interior_mutable_const)] // it only fills the array
const NO_WINDOW: AtomicPtr<DaxShim> = AtomicPtr::new(ptr::null_mut());

static GUARDED: [AtomicPtr<DaxShim>; MAX_GUARDS] = [NO_WINDOW; MAX_GUARDS];
static LOOKING: AtomicUsize = AtomicUsize::new(0); // threads that may use a pointer of GUARDED
static PREVIOUS_HANDLER: AtomicUsize = AtomicUsize::new(SIG_DFL);
static PREVIOUS_FLAGS: AtomicI32 = AtomicI32::new(0);

/// As long as it lives, a thread that touches a page of the window that its file has lost reads
/// zeros. Faults elsewhere go to whoever handled them before.
#[derive(Debug)]
pub struct FaultGuard {
    place: &'static AtomicPtr<DaxShim>,
    _window: Arc<Window>, // lives as long as the handler may ask it
}

impl FaultGuard {
    pub fn new(window: &Arc<Window>) -> Result<FaultGuard> {
        static INSTALLED: Once = Once::new();
        INSTALLED.call_once(install_handler);
        let takes = |place: &&AtomicPtr<_>| {
            place
                .compare_exchange(ptr::null_mut(), window.as_ptr(), SeqCst, SeqCst)
                .is_ok()
        };
        match GUARDED.iter().find(takes) {
            Some(place) => Ok(FaultGuard {
                place,
                _window: Arc::clone(window),
            }),
            None => Err(Error::new(
                ENOSPC,
                format!("all {MAX_GUARDS} guards are taken"),
            )),
        }
    }
}

impl Drop for FaultGuard {
    fn drop(&mut self) {
        self.place.store(ptr::null_mut(), SeqCst);
        while LOOKING.load(SeqCst) != 0 {
            thread::yield_now();
        }
    }
}

/// What was there before has to be known when the first signal arrives.
fn install_handler() {
    let previous = Action::installed();
    PREVIOUS_HANDLER.store(previous.handler, SeqCst);
    PREVIOUS_FLAGS.store(previous.flags, SeqCst);
    Action::new(
        handle_bus_error as Handler as usize,
        SA_SIGINFO | SA_ONSTACK,
    )
    .install();
}

extern "C" fn handle_bus_error(signal: c_int, info: *const Info, context: *mut c_void) {
    // Safety: the kernel gives a good one.
    let (code, address) = unsafe { ((*info).code, (*info).address as u64) };
    if code != BUS_MCEERR_AO && !contain(address) {
        pass_on(signal, info, context);
    }
}

fn contain(address: u64) -> bool {
    // Safety: a guard takes its pointer away, and then waits for us, before it lets the window go.
    let contains =
        |place: &AtomicPtr<DaxShim>| unsafe { dax_shim_contain(place.load(SeqCst), address) == 0 };
    LOOKING.fetch_add(1, SeqCst);
    let is_contained = GUARDED.iter().any(contains);
    LOOKING.fetch_sub(1, SeqCst);
    is_contained
}

fn pass_on(signal: c_int, info: *const Info, context: *mut c_void) {
    let handler = PREVIOUS_HANDLER.load(SeqCst);
    let flags = PREVIOUS_FLAGS.load(SeqCst);
    if handler == SIG_DFL || handler == SIG_IGN {
        Action::new(SIG_DFL, 0).install(); // the access is made again, and ends the process
    } else if flags & SA_SIGINFO != 0 {
        // Safety: that is what it was installed as.
        unsafe { transmute::<usize, Handler>(handler)(signal, info, context) }
    } else {
        // Safety: likewise.
        unsafe { transmute::<usize, PlainHandler>(handler)(signal) }
    }
}
