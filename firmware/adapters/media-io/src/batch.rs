//! Many datagrams in one system call, with the kernel's arrival times.

use std::io;
use std::mem;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};

/// Datagrams a call: a socket has one or two a tick, and a header made ready in vain costs as well.
const MANY: usize = 4;
/// Octets kept of each: RTP of 60 ms is 492, a compound report below 1,500.
const ROOM: usize = 1500;
/// Room for one timestamp control message.
const CONTROL: usize = 64;

/// Memory for one call of `recvmmsg`, taken once.
pub(crate) struct Batch {
    octets: Box<[[u8; ROOM]; MANY]>,
    names: Box<[libc::sockaddr_storage; MANY]>,
    control: Box<[Control; MANY]>,
}

#[derive(Clone, Copy)]
#[repr(C, align(8))]
struct Control([u8; CONTROL]);

/// One datagram of a batch.
pub(crate) struct Datagram<'a> {
    pub(crate) from: SocketAddr,
    pub(crate) octets: &'a [u8],
    /// Microseconds of UTC when the kernel got it.
    pub(crate) real_micros: Option<u64>,
}

impl Batch {
    pub(crate) fn new() -> Batch {
        // SAFETY: all zeroes is a valid, empty address.
        let name: libc::sockaddr_storage = unsafe { mem::zeroed() };
        Batch {
            octets: Box::new([[0; ROOM]; MANY]),
            names: Box::new([name; MANY]),
            control: Box::new([Control([0; CONTROL]); MANY]),
        }
    }

    /// Reads what is there, up to [`MANY`], without waiting. Returns how many there were: fewer than asked for means empty.
    pub(crate) fn receive(&mut self, socket: BorrowedFd, mut take: impl FnMut(Datagram)) -> io::Result<bool> {
        // SAFETY: all zeroes is a valid header with null pointers; each is filled below before use.
        let mut headers: [libc::mmsghdr; MANY] = unsafe { mem::zeroed() };
        let mut vectors: [libc::iovec; MANY] =
            std::array::from_fn(|i| libc::iovec { iov_base: self.octets[i].as_mut_ptr().cast(), iov_len: ROOM });
        for (i, header) in headers.iter_mut().enumerate() {
            header.msg_hdr.msg_iov = &mut vectors[i];
            header.msg_hdr.msg_iovlen = 1;
            header.msg_hdr.msg_name = (&raw mut self.names[i]).cast();
            header.msg_hdr.msg_namelen = mem::size_of::<libc::sockaddr_storage>() as libc::socklen_t;
            header.msg_hdr.msg_control = self.control[i].0.as_mut_ptr().cast();
            header.msg_hdr.msg_controllen = CONTROL as _;
        }
        // SAFETY: the headers, and the memory they point to, outlive the call and are large as they say.
        let count = unsafe {
            libc::recvmmsg(
                socket.as_raw_fd(),
                headers.as_mut_ptr(),
                MANY as libc::c_uint,
                libc::MSG_DONTWAIT,
                std::ptr::null_mut(),
            )
        };
        if count < 0 {
            let error = io::Error::last_os_error();
            return if error.kind() == io::ErrorKind::WouldBlock { Ok(false) } else { Err(error) };
        }
        for (i, header) in headers.iter().take(count as usize).enumerate() {
            let Some(from) = address(&self.names[i]) else { continue };
            let length = (header.msg_len as usize).min(ROOM);
            let real_micros = arrival(&header.msg_hdr);
            take(Datagram { from, octets: &self.octets[i][..length], real_micros });
        }
        Ok(count as usize == MANY)
    }
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
