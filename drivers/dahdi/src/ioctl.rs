//! The one place where the kernel is handed a pointer.

use crate::abi::{Plain, Request};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

/// Makes a request. What the kernel writes stands in `argument` afterwards.
pub(crate) fn request<T: Plain>(fd: BorrowedFd<'_>, request: &Request<T>, argument: &mut T) -> io::Result<i32> {
    // SAFETY: the descriptor is open while it is borrowed. `Request<T>` fixes the type that belongs to the number, and the number holds its
    // size, so that the kernel reads and writes within `argument`; `Plain` says that whatever it writes is a value of the type.
    let answer =
        unsafe { nix::libc::ioctl(fd.as_raw_fd(), request.code as nix::libc::Ioctl, std::ptr::from_mut(argument)) };
    if answer < 0 { Err(io::Error::last_os_error()) } else { Ok(answer) }
}
