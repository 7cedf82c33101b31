use std::ops::Range;

/// Widths of a fax page in picture elements (T.4 2.2: A4, B4, A3 at 8 a millimetre).
pub const WIDTHS: [u32; 3] = [1728, 2048, 2432];
/// Rows of the longest page that is taken: almost 3 m at the fine resolution.
pub const MOST_ROWS: u32 = 24_000;
/// Pages of the longest document.
pub const MOST_PAGES: usize = 1000;

/// Rows a millimetre (T.4 2.2). A column is an eighth of a millimetre in each.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Resolution {
    /// 3.85 rows a millimetre, 98 dots an inch.
    Standard,
    /// 7.7 rows a millimetre, 196 dots an inch.
    #[default]
    Fine,
    /// 15.4 rows a millimetre, 391 dots an inch.
    SuperFine,
}

impl Resolution {
    /// Rows an inch, as TIFF's profile F writes it (RFC 3949 3.3).
    pub fn rows_an_inch(self) -> u32 {
        match self {
            Resolution::Standard => 98,
            Resolution::Fine => 196,
            Resolution::SuperFine => 391,
        }
    }

    /// The nearest one.
    pub fn from_rows_an_inch(rows: u32) -> Resolution {
        match rows {
            0..=147 => Resolution::Standard,
            148..=293 => Resolution::Fine,
            _ => Resolution::SuperFine,
        }
    }
}

/// One page, black on white. Rows are octets, the leftmost element in the highest bit, black is 1.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page {
    width: u32,
    resolution: Resolution,
    rows: Vec<Box<[u8]>>,
}

impl Page {
    pub fn blank(width: u32, rows: u32, resolution: Resolution) -> Page {
        let row = vec![0; octets(width)].into_boxed_slice();
        Page { width, resolution, rows: vec![row; rows.min(MOST_ROWS) as usize] }
    }

    pub fn width(&self) -> u32 {
        self.width
    }

    pub fn height(&self) -> u32 {
        self.rows.len() as u32
    }

    pub fn resolution(&self) -> Resolution {
        self.resolution
    }

    /// A row's octets.
    pub fn row(&self, row: u32) -> Option<&[u8]> {
        self.rows.get(row as usize).map(|row| &row[..])
    }

    pub fn is_black(&self, row: u32, column: u32) -> bool {
        column < self.width && self.row(row).is_some_and(|row| row[(column / 8) as usize] & (0x80 >> (column % 8)) != 0)
    }

    /// Makes columns of a row black; what is outside the page is left out.
    pub fn blacken(&mut self, row: u32, columns: Range<u32>) {
        let width = self.width;
        let Some(row) = self.rows.get_mut(row as usize) else { return };
        for column in columns.start..columns.end.min(width) {
            row[(column / 8) as usize] |= 0x80 >> (column % 8);
        }
    }

    /// Adds a row of octets; elements past the width are cut off.
    pub(crate) fn push_row(&mut self, octets: &[u8]) {
        let mut row = vec![0; self::octets(self.width)].into_boxed_slice();
        let count = row.len().min(octets.len());
        row[..count].copy_from_slice(&octets[..count]);
        if let (Some(last), 1..) = (row.last_mut(), self.width % 8) {
            *last &= 0xff << (8 - self.width % 8);
        }
        self.rows.push(row);
    }

    /// The page as a fax has it: of one of the [`WIDTHS`]. A narrower one gets white on its right, a wider one is made smaller.
    pub fn fitted(self) -> Page {
        let fitting = WIDTHS.into_iter().find(|width| *width >= self.width);
        let Some(width) = fitting else { return self.shrunk(WIDTHS[0]) };
        let mut page = Page::blank(width, 0, self.resolution);
        self.rows.iter().for_each(|row| page.push_row(row));
        page
    }

    /// Smaller by the same in both directions; what is black anywhere in a new element's place is black.
    fn shrunk(&self, width: u32) -> Page {
        let scaled = |value: u32| (u64::from(value) * u64::from(width) / u64::from(self.width)) as u32;
        let mut page = Page::blank(width, scaled(self.height()).max(1), self.resolution);
        for row in 0..self.height() {
            let black = (0..self.width).filter(|column| self.is_black(row, *column));
            let down = scaled(row).min(page.height() - 1);
            black.for_each(|column| page.blacken(down, scaled(column)..scaled(column) + 1));
        }
        page
    }

    /// Group 4 (T.6), the first bit of an octet the highest.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut encoder = fax::encoder::Encoder::new(fax::VecWriter::new());
        for row in &self.rows {
            let elements = (0..self.width).map(|column| {
                if row[(column / 8) as usize] & (0x80 >> (column % 8)) == 0 {
                    fax::Color::White
                } else {
                    fax::Color::Black
                }
            });
            // Writing to memory cannot fail.
            let Ok(()) = encoder.encode_line(elements, self.width);
        }
        let Ok(writer) = encoder.finish();
        writer.finish()
    }
}

pub(crate) fn octets(width: u32) -> usize {
    width.div_ceil(8) as usize
}
