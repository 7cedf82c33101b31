//! LIN-03: the dialogues of `tests/vectors/q931`, octet by octet, each naming the clause it comes from.

mod dialogue;

use dialogue::play_file;

/// En bloc and overlap set-up in both directions, on both sides of the interface.
#[test]
fn set_up() {
    assert!(play_file("set-up.txt") >= 14);
}

/// Every way a call can end.
#[test]
fn clearing() {
    assert!(play_file("clearing.txt") >= 9);
}

/// Each timer of tables 9-1 and 9-2 that a primary rate interface runs, at its default value.
#[test]
fn timers() {
    assert!(play_file("timers.txt") >= 13);
}

/// The errors of 5.8: what a peer may get wrong, and what it hears.
#[test]
fn errors() {
    assert!(play_file("errors.txt") >= 20);
}

/// Restart of channels and interface, and the data link's failure and return.
#[test]
fn restart_and_link() {
    assert!(play_file("restart-and-link.txt") >= 10);
}

/// Suspension and resumption as user and as network, with T307, T318 and T319.
#[test]
fn rearrangement() {
    assert!(play_file("rearrangement.txt") >= 16);
}

/// LIN-04: call references of one octet and channels B1 and B2, as a basic access writes them.
#[test]
fn basic_access() {
    assert!(play_file("basic-access.txt") >= 15);
}
