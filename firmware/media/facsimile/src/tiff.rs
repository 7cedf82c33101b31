use crate::page::{MOST_PAGES, MOST_ROWS, Page, Resolution, octets};
use std::fmt;

/// Wider pages are taken for a mistake.
const MOST_WIDTH: u32 = 10_000;
const ENTRY: usize = 12;
/// The tags that a page's directory has here, in their order.
const TAGS_WRITTEN: usize = 13;

/// TIFF 6.0's tags, as far as a fax needs them.
mod tag {
    pub const SUBFILE: u16 = 254;
    pub const WIDTH: u16 = 256;
    pub const HEIGHT: u16 = 257;
    pub const BITS: u16 = 258;
    pub const COMPRESSION: u16 = 259;
    pub const PHOTOMETRIC: u16 = 262;
    pub const FILL_ORDER: u16 = 266;
    pub const STRIPS: u16 = 273;
    pub const SAMPLES: u16 = 277;
    pub const ROWS_A_STRIP: u16 = 278;
    pub const STRIP_OCTETS: u16 = 279;
    pub const X_RESOLUTION: u16 = 282;
    pub const Y_RESOLUTION: u16 = 283;
    pub const T4_OPTIONS: u16 = 292;
    pub const UNIT: u16 = 296;
    pub const PAGE: u16 = 297;
}

/// Why a file cannot be faxed. `page` counts from 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TiffFault {
    NotTiff,
    NoPages,
    TooManyPages,
    /// The file is shorter than its directory says, or its directory is damaged.
    Truncated,
    /// Not black and white.
    NotBilevel {
        page: usize,
    },
    /// Another compression than none, Group 3 in one dimension or Group 4.
    Compression {
        page: usize,
        number: u32,
    },
    Size {
        page: usize,
        width: u32,
        height: u32,
    },
    Damaged {
        page: usize,
    },
}

impl fmt::Display for TiffFault {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            TiffFault::NotTiff => write!(to, "this is not a TIFF file"),
            TiffFault::NoPages => write!(to, "the TIFF file has no page"),
            TiffFault::TooManyPages => write!(to, "the TIFF file has more than {MOST_PAGES} pages"),
            TiffFault::Truncated => write!(to, "the TIFF file ends too early: upload it again"),
            TiffFault::NotBilevel { page } => {
                write!(to, "page {page} is not black and white: save it with 1 bit a pixel")
            }
            TiffFault::Compression { page, number } => {
                write!(to, "page {page} has compression {number}: save it as CCITT Group 4 (fax)")
            }
            TiffFault::Size { page, width, height } => {
                write!(to, "page {page} is {width} x {height} pixels: at most {MOST_WIDTH} x {MOST_ROWS} can be faxed")
            }
            TiffFault::Damaged { page } => write!(to, "page {page} is damaged"),
        }
    }
}

impl std::error::Error for TiffFault {}

/// Octets in the file's order.
#[derive(Clone, Copy)]
struct Reader<'a> {
    file: &'a [u8],
    big: bool,
}

impl Reader<'_> {
    fn u16(&self, at: usize) -> Result<u16, TiffFault> {
        let octets: [u8; 2] = self.take(at)?;
        Ok(if self.big { u16::from_be_bytes(octets) } else { u16::from_le_bytes(octets) })
    }

    fn u32(&self, at: usize) -> Result<u32, TiffFault> {
        let octets: [u8; 4] = self.take(at)?;
        Ok(if self.big { u32::from_be_bytes(octets) } else { u32::from_le_bytes(octets) })
    }

    fn take<const N: usize>(&self, at: usize) -> Result<[u8; N], TiffFault> {
        let end = at.checked_add(N).ok_or(TiffFault::Truncated)?;
        self.file.get(at..end).and_then(|octets| octets.try_into().ok()).ok_or(TiffFault::Truncated)
    }
}

/// A directory's fields that a page needs.
#[derive(Default)]
struct Fields {
    width: u32,
    height: u32,
    bits: Option<u32>,
    samples: Option<u32>,
    compression: Option<u32>,
    /// 0: white is 0.
    photometric: u32,
    low_bit_first: bool,
    two_dimensions: bool,
    rows_a_strip: Option<u32>,
    strips: Vec<u32>,
    strip_octets: Vec<u32>,
    /// Rows a unit, and whether the unit is a centimetre.
    y_resolution: u32,
    centimetres: bool,
}

/// The pages of a TIFF file of black and white pages.
pub fn read_tiff(file: &[u8]) -> Result<Vec<Page>, TiffFault> {
    let big = match file.get(..4) {
        Some([b'I', b'I', 42, 0]) => false,
        Some([b'M', b'M', 0, 42]) => true,
        _ => return Err(TiffFault::NotTiff),
    };
    let reader = Reader { file, big };
    let mut pages = Vec::new();
    let mut at = reader.u32(4)? as usize;
    while at != 0 {
        // A directory that points to an earlier one is caught by this, too.
        if pages.len() == MOST_PAGES {
            return Err(TiffFault::TooManyPages);
        }
        let entries = reader.u16(at)? as usize;
        let fields = directory(&reader, at + 2, entries)?;
        pages.push(page(&reader, &fields, pages.len() + 1)?);
        at = reader.u32(at + 2 + entries * ENTRY)? as usize;
    }
    if pages.is_empty() { Err(TiffFault::NoPages) } else { Ok(pages) }
}

fn directory(reader: &Reader<'_>, from: usize, entries: usize) -> Result<Fields, TiffFault> {
    let mut fields = Fields { y_resolution: 196, ..Fields::default() };
    for entry in (from..).step_by(ENTRY).take(entries) {
        let number = || values(reader, entry, 1).map(|values| values.first().copied().unwrap_or(0));
        match reader.u16(entry)? {
            tag::WIDTH => fields.width = number()?,
            tag::HEIGHT => fields.height = number()?,
            tag::BITS => fields.bits = Some(number()?),
            tag::SAMPLES => fields.samples = Some(number()?),
            tag::COMPRESSION => fields.compression = Some(number()?),
            tag::PHOTOMETRIC => fields.photometric = number()?,
            tag::FILL_ORDER => fields.low_bit_first = number()? == 2,
            tag::T4_OPTIONS => fields.two_dimensions = number()? & 1 != 0,
            tag::ROWS_A_STRIP => fields.rows_a_strip = Some(number()?),
            tag::STRIPS => fields.strips = values(reader, entry, MOST_ROWS)?,
            tag::STRIP_OCTETS => fields.strip_octets = values(reader, entry, MOST_ROWS)?,
            tag::Y_RESOLUTION => {
                let place = reader.u32(entry + 8)? as usize;
                let (over, under) = (reader.u32(place)?, reader.u32(place.saturating_add(4))?);
                fields.y_resolution = over.checked_div(under).unwrap_or(196);
            }
            tag::UNIT => fields.centimetres = number()? == 3,
            _ => {}
        }
    }
    Ok(fields)
}

/// A field's numbers, at most so many; of kinds that are not numbers none.
fn values(reader: &Reader<'_>, entry: usize, most: u32) -> Result<Vec<u32>, TiffFault> {
    let size = match reader.u16(entry + 2)? {
        3 => 2,
        4 => 4,
        _ => return Ok(Vec::new()),
    };
    let count = reader.u32(entry + 4)?.min(most) as usize;
    let place = if count * size <= 4 { entry + 8 } else { reader.u32(entry + 8)? as usize };
    (0..count)
        .map(|index| {
            let at = place.checked_add(index * size).ok_or(TiffFault::Truncated)?;
            if size == 2 { reader.u16(at).map(u32::from) } else { reader.u32(at) }
        })
        .collect()
}

fn page(reader: &Reader<'_>, fields: &Fields, number: usize) -> Result<Page, TiffFault> {
    let &Fields { width, height, .. } = fields;
    if fields.bits.unwrap_or(1) != 1 || fields.samples.unwrap_or(1) != 1 {
        return Err(TiffFault::NotBilevel { page: number });
    }
    if width == 0 || height == 0 || width > MOST_WIDTH || height > MOST_ROWS {
        return Err(TiffFault::Size { page: number, width, height });
    }
    let rows_an_inch =
        if fields.centimetres { fields.y_resolution.saturating_mul(254) / 100 } else { fields.y_resolution };
    let mut page = Page::blank(width, 0, Resolution::from_rows_an_inch(rows_an_inch));
    for (&place, &size) in fields.strips.iter().zip(&fields.strip_octets) {
        let missing = height - page.height();
        let rows = fields.rows_a_strip.unwrap_or(height).min(missing);
        let place = place as usize;
        let end = place.checked_add(size as usize).ok_or(TiffFault::Truncated)?;
        let octets = reader.file.get(place..end).ok_or(TiffFault::Truncated)?;
        strip(fields, octets, rows, number, &mut page)?;
    }
    if page.height() == height { Ok(page) } else { Err(TiffFault::Damaged { page: number }) }
}

/// Adds a strip's rows to the page.
fn strip(fields: &Fields, octets: &[u8], rows: u32, number: usize, page: &mut Page) -> Result<(), TiffFault> {
    let damaged = TiffFault::Damaged { page: number };
    let inverted = fields.photometric == 1;
    let turned = octets.iter().map(|octet| if fields.low_bit_first { octet.reverse_bits() } else { *octet });
    let width = fields.width;
    let before = page.height();
    match fields.compression.unwrap_or(1) {
        1 => {
            let plain: Vec<u8> = turned.collect();
            for row in plain.chunks_exact(self::octets(width)).take(rows as usize) {
                push(page, row, inverted);
            }
        }
        3 if !fields.two_dimensions => {
            let mut line = |edges: &[u32]| {
                if page.height() - before < rows {
                    push(page, &drawn(edges, width), inverted);
                }
            };
            // The end of a page may lack its six marks: what was read counts.
            let _unmarked_end = fax::decoder::decode_g3(turned, &mut line);
        }
        4 => {
            let line = |edges: &[u32]| push(page, &drawn(edges, width), inverted);
            fax::decoder::decode_g4(turned, width, Some(rows), line).ok_or(damaged)?;
        }
        other => return Err(TiffFault::Compression { page: number, number: other }),
    }
    if page.height() - before == rows { Ok(()) } else { Err(damaged) }
}

fn push(page: &mut Page, row: &[u8], inverted: bool) {
    if inverted {
        let turned: Vec<u8> = row.iter().map(|octet| !octet).collect();
        page.push_row(&turned);
    } else {
        page.push_row(row);
    }
}

/// A row by the columns at which its colour changes, white first.
fn drawn(edges: &[u32], width: u32) -> Vec<u8> {
    let mut row = vec![0u8; octets(width)];
    for pair in edges.chunks(2) {
        let black = match *pair {
            [from, to] => from..to.min(width),
            [from] => from..width,
            _ => continue,
        };
        for column in black {
            row[(column / 8) as usize] |= 0x80 >> (column % 8);
        }
    }
    row
}

/// A file of the pages: profile F of RFC 3949, Group 4, little-endian.
pub fn write_tiff(pages: &[Page]) -> Vec<u8> {
    let mut file = vec![b'I', b'I', 42, 0];
    // The place of the next directory is filled in when it is known.
    let mut link = file.len();
    file.extend([0; 4]);
    for (index, page) in pages.iter().enumerate() {
        let strip = page.encode();
        let strip_at = file.len() as u32;
        file.extend(&strip);
        if !file.len().is_multiple_of(2) {
            file.push(0);
        }
        let resolutions_at = file.len() as u32;
        for (over, under) in [(204, 1), (page.resolution().rows_an_inch(), 1u32)] {
            file.extend(u32::to_le_bytes(over));
            file.extend(under.to_le_bytes());
        }
        let directory_at = file.len() as u32;
        file[link..link + 4].copy_from_slice(&directory_at.to_le_bytes());
        let entries: [(u16, u16, u32, u32); TAGS_WRITTEN] = [
            (tag::SUBFILE, 4, 1, 2),
            (tag::WIDTH, 4, 1, page.width()),
            (tag::HEIGHT, 4, 1, page.height()),
            (tag::BITS, 3, 1, 1),
            (tag::COMPRESSION, 3, 1, 4),
            (tag::PHOTOMETRIC, 3, 1, 0),
            (tag::STRIPS, 4, 1, strip_at),
            (tag::ROWS_A_STRIP, 4, 1, page.height()),
            (tag::STRIP_OCTETS, 4, 1, strip.len() as u32),
            (tag::X_RESOLUTION, 5, 1, resolutions_at),
            (tag::Y_RESOLUTION, 5, 1, resolutions_at + 8),
            (tag::UNIT, 3, 1, 2),
            (tag::PAGE, 3, 2, index as u32 | (pages.len() as u32) << 16),
        ];
        file.extend((TAGS_WRITTEN as u16).to_le_bytes());
        for (tag, kind, count, value) in entries {
            file.extend(tag.to_le_bytes());
            file.extend(kind.to_le_bytes());
            file.extend(count.to_le_bytes());
            file.extend(value.to_le_bytes());
        }
        link = file.len();
        file.extend([0; 4]);
    }
    file
}
