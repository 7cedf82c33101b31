//! One datagram by one system call, with the kernel's arrival time.
//!
//! The C library's own functions for it are points where a thread can be cancelled, which costs each call two atomic operations: the
//! calls are made without them.

use std::io;
use std::mem::{self, MaybeUninit};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::RawFd;

/// Octets kept of a datagram: RTP of 60 ms is 492, a compound report below 1,500.
const ROOM: usize = 1500;
/// Room for one timestamp control message.
const CONTROL: usize = 64;

#[repr(C, align(8))]
struct Control([u8; CONTROL]);

/// Memory for a datagram, taken once.
pub(crate) struct Letter {
    octets: Box<[u8; ROOM]>,
    control: Box<Control>,
}

/// What the kernel says of a datagram.
pub(crate) struct Postmark {
    /// `None` on a connected socket: the far end's.
    pub(crate) from: Option<SocketAddr>,
    pub(crate) length: usize,
    /// Microseconds of UTC when the kernel got it.
    pub(crate) real_micros: Option<u64>,
}

impl Letter {
    pub(crate) fn new() -> Letter {
        Letter { octets: Box::new([0; ROOM]), control: Box::new(Control([0; CONTROL])) }
    }

    pub(crate) fn octets(&mut self, length: usize) -> &mut [u8] {
        &mut self.octets[..length.min(ROOM)]
    }

    /// Reads a datagram if there is one, without waiting. `named`: who sent it is wanted.
    pub(crate) fn receive(&mut self, socket: RawFd, named: bool) -> io::Result<Option<Postmark>> {
        let mut name = MaybeUninit::<libc::sockaddr_storage>::uninit();
        // SAFETY: all zeroes is a valid header with null pointers; what the kernel needs is filled in.
        let mut header: libc::msghdr = unsafe { mem::zeroed() };
        let mut vector = libc::iovec { iov_base: self.octets.as_mut_ptr().cast(), iov_len: ROOM };
        header.msg_iov = &mut vector;
        header.msg_iovlen = 1;
        header.msg_control = self.control.0.as_mut_ptr().cast();
        header.msg_controllen = CONTROL as _;
        if named {
            // SAFETY: zeroes are a valid address: the kernel may write less than all of it.
            unsafe { name.as_mut_ptr().write(mem::zeroed()) };
            header.msg_name = name.as_mut_ptr().cast();
            header.msg_namelen = mem::size_of::<libc::sockaddr_storage>() as libc::socklen_t;
        }
        // SAFETY: the header, and the memory it points to, outlive the call and are large as they say.
        let length = unsafe { libc::syscall(libc::SYS_recvmsg, socket, &raw mut header, libc::MSG_DONTWAIT) };
        if length < 0 {
            return nothing_or(io::Error::last_os_error());
        }
        // SAFETY: it was written above, as it is wanted.
        let from = if named { address(unsafe { name.assume_init_ref() }) } else { None };
        Ok(Some(Postmark { from, length: length as usize, real_micros: arrival(&header) }))
    }

    /// The same from a connected socket, without the time of arrival: a shorter call.
    pub(crate) fn receive_plainly(&mut self, socket: RawFd) -> io::Result<Option<Postmark>> {
        let nobody = std::ptr::null_mut::<libc::sockaddr>();
        let begin = self.octets.as_mut_ptr();
        // SAFETY: the memory is as large as is said and outlives the call; no address is asked for.
        let length =
            unsafe { libc::syscall(libc::SYS_recvfrom, socket, begin, ROOM, libc::MSG_DONTWAIT, nobody, nobody) };
        if length < 0 {
            return nothing_or(io::Error::last_os_error());
        }
        Ok(Some(Postmark { from: None, length: length as usize, real_micros: None }))
    }
}

fn nothing_or(error: io::Error) -> io::Result<Option<Postmark>> {
    if error.kind() == io::ErrorKind::WouldBlock { Ok(None) } else { Err(error) }
}

/// Sends a datagram from a connected socket, without waiting.
pub(crate) fn send(socket: RawFd, octets: &[u8]) -> io::Result<()> {
    let (begin, length) = (octets.as_ptr(), octets.len());
    let nobody = std::ptr::null::<libc::sockaddr>();
    let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
    // SAFETY: the kernel reads so many octets, which live over the call; no address is given.
    let sent = unsafe { libc::syscall(libc::SYS_sendto, socket, begin, length, flags, nobody, 0) };
    if sent < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

fn address(name: &libc::sockaddr_storage) -> Option<SocketAddr> {
    match name.ss_family as libc::c_int {
        libc::AF_INET => {
            // SAFETY: the family says that the storage holds a sockaddr_in, which is smaller and no stricter aligned.
            let v4 = unsafe { &*(&raw const *name).cast::<libc::sockaddr_in>() };
            let ip = Ipv4Addr::from(u32::from_be(v4.sin_addr.s_addr));
            Some(SocketAddr::new(IpAddr::V4(ip), u16::from_be(v4.sin_port)))
        }
        libc::AF_INET6 => {
            // SAFETY: as above, sockaddr_in6.
            let v6 = unsafe { &*(&raw const *name).cast::<libc::sockaddr_in6>() };
            let ip = Ipv6Addr::from(v6.sin6_addr.s6_addr);
            // A dual-stack socket names IPv4 peers by mapped addresses: SDP does not.
            Some(SocketAddr::new(ip.to_canonical(), u16::from_be(v6.sin6_port)))
        }
        _ => None,
    }
}

/// SO_TIMESTAMPNS of a received message.
fn arrival(header: &libc::msghdr) -> Option<u64> {
    // SAFETY: the kernel filled in the control memory and its length; the macros walk it within that length.
    unsafe {
        let mut message = libc::CMSG_FIRSTHDR(header);
        while let Some(control) = message.as_ref() {
            if control.cmsg_level == libc::SOL_SOCKET && control.cmsg_type == libc::SCM_TIMESTAMPNS {
                let time: libc::timespec = libc::CMSG_DATA(message).cast::<libc::timespec>().read_unaligned();
                return Some(time.tv_sec as u64 * 1_000_000 + time.tv_nsec as u64 / 1000);
            }
            message = libc::CMSG_NXTHDR(header, message);
        }
    }
    None
}

/// Sets an integer option of a socket.
pub(crate) fn set_option(socket: RawFd, level: libc::c_int, name: libc::c_int, value: libc::c_int) -> io::Result<()> {
    // SAFETY: the pointer is to a live integer of the length given.
    let done = unsafe {
        libc::setsockopt(
            socket,
            level,
            name,
            (&raw const value).cast(),
            mem::size_of::<libc::c_int>() as libc::socklen_t,
        )
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Takes back a `connect`: packets from anybody are taken again.
pub(crate) fn disconnect(socket: RawFd) -> io::Result<()> {
    // SAFETY: all zeroes is a valid address, of the family AF_UNSPEC; it lives over the call.
    let done = unsafe {
        let nobody: libc::sockaddr = mem::zeroed();
        libc::connect(socket, &nobody, mem::size_of::<libc::sockaddr>() as libc::socklen_t)
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
