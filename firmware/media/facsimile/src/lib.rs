//! Faxes: what is on a page and in which file it lies, how T.38's packets travel, what a fax terminal is told and tells.
//!
//! It sends and receives nothing: the modems and the T.30 conversation are a terminal's (`adapters/fax`), which runs in a process of its own.
//! It does no I/O.
//!
//! | module | standard | what |
//! |---|---|---|
//! | [`Page`] | ITU-T T.4 clause 2 | a black and white page, its resolution |
//! | [`read_tiff`], [`write_tiff`] | TIFF 6.0, RFC 3949 profile F | files of pages, Group 4 (ITU-T T.6) |
//! | [`write_pdf`] | PDF 1.4 (ISO 32000-1, 7.4.6 `CCITTFaxDecode`) | the same pages for people |
//! | [`UdptlSender`], [`UdptlReceiver`] | ITU-T T.38 9.1 (2010) | IFP packets in UDP with copies of the ones before |
//! | [`Order`], [`Report`] | | lines between the daemon and a terminal |
//!
//! ```
//! use facsimile::{Page, Resolution, read_tiff, write_pdf, write_tiff};
//! let mut page = Page::blank(1728, 100, Resolution::Fine);
//! page.blacken(10, 20..300);
//! let file = write_tiff(std::slice::from_ref(&page));
//! assert_eq!(read_tiff(&file).unwrap(), [page.clone()]);
//! assert!(write_pdf(&[page]).starts_with(b"%PDF-1.4"));
//! ```

mod order;
mod page;
mod pdf;
mod tiff;
mod udptl;

pub use order::{Kind, Order, Outcome, Report};
pub use page::{MOST_PAGES, MOST_ROWS, Page, Resolution, WIDTHS};
pub use pdf::write_pdf;
pub use tiff::{TiffFault, read_tiff, write_tiff};
pub use udptl::{MOST_DATAGRAM, MOST_IFP, Received, UdptlFault, UdptlReceiver, UdptlSender};
