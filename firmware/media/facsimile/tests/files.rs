//! Files of pages: what is written is read again, and what others write; nothing that is uploaded does harm.

use facsimile::{Page, Resolution, TiffFault, read_tiff, write_pdf, write_tiff};
use proptest::prelude::*;

fn any_page() -> impl Strategy<Value = Page> {
    let strokes = prop::collection::vec((0..60u32, 0..1800u32, 1..900u32), 0..80);
    (prop::sample::select(vec![1728u32, 2048, 2432, 13]), 1..60u32, strokes).prop_map(|(width, rows, strokes)| {
        let mut page = Page::blank(width, rows, Resolution::Fine);
        strokes.into_iter().for_each(|(row, from, length)| page.blacken(row, from..from + length));
        page
    })
}

proptest! {
    #[test]
    fn pages_come_back_from_their_file(pages in prop::collection::vec(any_page(), 1..4)) {
        prop_assert_eq!(read_tiff(&write_tiff(&pages)).unwrap(), pages);
    }

    /// An upload may be anything.
    #[test]
    fn any_octets_are_read_or_refused(octets in prop::collection::vec(any::<u8>(), 0..300), big in any::<bool>()) {
        let mut file = if big { b"MM\0*".to_vec() } else { b"II*\0".to_vec() };
        file.extend(octets);
        if let Ok(pages) = read_tiff(&file) {
            prop_assert!(!pages.is_empty());
        }
    }

    /// A file that was damaged on its way.
    #[test]
    fn a_damaged_file_is_read_or_refused(page in any_page(), at in any::<prop::sample::Index>(), with in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let mut file = write_tiff(&[page]);
        let place = at.index(file.len());
        file[place] = with;
        let _either = read_tiff(&file);
        file.truncate(cut.index(file.len()));
        prop_assert!(read_tiff(&file).is_err() || file.len() > 8);
    }
}

#[test]
fn what_cannot_be_faxed_is_told() {
    assert_eq!(read_tiff(b"%PDF-1.4 and more"), Err(TiffFault::NotTiff));
    assert_eq!(read_tiff(b"II*\0\0\0\0\0"), Err(TiffFault::NoPages));
    assert_eq!(read_tiff(b"II*\0\xff\xff\xff\x7f"), Err(TiffFault::Truncated));
    let mut colour = write_tiff(&[Page::blank(1728, 10, Resolution::Fine)]);
    let bits = colour.windows(4).position(|octets| octets == [2, 1, 3, 0]).unwrap();
    colour[bits + 8] = 8;
    assert_eq!(read_tiff(&colour), Err(TiffFault::NotBilevel { page: 1 }));
    assert!(TiffFault::NotBilevel { page: 1 }.to_string().contains("1 bit a pixel"));
}

/// Whatever the width of an upload, it is faxed: white is added, or it is made smaller, and lines stay.
#[test]
fn pages_are_fitted_to_a_fax() {
    let mut narrow = Page::blank(1000, 20, Resolution::Fine);
    narrow.blacken(3, 10..900);
    let fitted = narrow.clone().fitted();
    assert_eq!((fitted.width(), fitted.height()), (1728, 20));
    assert!(fitted.is_black(3, 899) && !fitted.is_black(3, 900) && !fitted.is_black(3, 1700));
    let mut wide = Page::blank(3456, 40, Resolution::Fine);
    wide.blacken(21, 0..3456);
    let fitted = wide.fitted();
    assert_eq!((fitted.width(), fitted.height()), (1728, 20));
    assert!((0..1728).all(|column| fitted.is_black(10, column) && !fitted.is_black(9, column)));
}

/// A directory that points to itself.
#[test]
fn a_ring_of_directories_ends() {
    let mut file = write_tiff(&[Page::blank(13, 1, Resolution::Fine)]);
    let first = file[4..8].to_vec();
    let end = file.len();
    file[end - 4..].copy_from_slice(&first);
    assert_eq!(read_tiff(&file), Err(TiffFault::TooManyPages));
}

/// Debian's own tools agree: libtiff's `tiffinfo` is not at hand everywhere, but the table of places of a PDF can be counted.
#[test]
fn each_object_of_a_pdf_lies_where_its_table_says() {
    let mut page = Page::blank(1728, 2200, Resolution::Fine);
    page.blacken(100, 100..1000);
    let file = write_pdf(&[page.clone(), page]);
    let text = String::from_utf8_lossy(&file).into_owned();
    let start: usize = text.rsplit("startxref\n").next().unwrap().lines().next().unwrap().parse().unwrap();
    let table = String::from_utf8_lossy(&file[start..]).into_owned();
    assert!(table.starts_with("xref\n0 9\n"));
    for (number, line) in table.lines().skip(3).take(8).enumerate() {
        let place: usize = line[..10].parse().unwrap();
        assert!(file[place..].starts_with(format!("{} 0 obj\n", number + 1).as_bytes()));
    }
    // A4 is 595 points across: 1,728 columns of an eighth of a millimetre are 216 mm.
    assert!(text.contains("/MediaBox [ 0 0 612.28 808.16 ]"), "{}", &text[..400]);
}
