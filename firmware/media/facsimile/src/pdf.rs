use crate::page::Page;
use std::fmt::Write;

/// PDF's unit is a 72nd of an inch.
const POINTS_AN_INCH: f64 = 72.0;
/// 8 columns a millimetre.
const COLUMNS_AN_INCH: f64 = 8.0 * 25.4;

/// The pages as a PDF file: each a picture in Group 4, in its true size.
pub fn write_pdf(pages: &[Page]) -> Vec<u8> {
    let mut file = b"%PDF-1.4\n%\xe4\xf6\xfc\xdf\n".to_vec();
    let mut places = Vec::new();
    let kids: String = (0..pages.len()).fold(String::new(), |mut kids, index| {
        // Writing to a string cannot fail.
        let _ok = write!(kids, "{} 0 R ", 3 + 3 * index);
        kids
    });
    object(&mut file, &mut places, "<< /Type /Catalog /Pages 2 0 R >>", None);
    let count = pages.len();
    object(&mut file, &mut places, &format!("<< /Type /Pages /Kids [ {kids}] /Count {count} >>"), None);
    for (index, page) in pages.iter().enumerate() {
        let (width, height) = (f64::from(page.width()), f64::from(page.height()));
        let across = width / COLUMNS_AN_INCH * POINTS_AN_INCH;
        let down = height / f64::from(page.resolution().rows_an_inch()) * POINTS_AN_INCH;
        let (content, picture) = (4 + 3 * index, 5 + 3 * index);
        let leaf = format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [ 0 0 {across:.2} {down:.2} ] /Contents {content} 0 R /Resources << /XObject << \
             /P {picture} 0 R >> >> >>"
        );
        object(&mut file, &mut places, &leaf, None);
        let drawing = format!("q {across:.2} 0 0 {down:.2} 0 0 cm /P Do Q");
        object(&mut file, &mut places, &format!("<< /Length {} >>", drawing.len()), Some(drawing.as_bytes()));
        let octets = page.encode();
        let picture = format!(
            "<< /Type /XObject /Subtype /Image /Width {width} /Height {height} /BitsPerComponent 1 /ColorSpace /DeviceGray /Filter \
             /CCITTFaxDecode /DecodeParms << /K -1 /Columns {width} /Rows {height} >> /Length {} >>",
            octets.len()
        );
        object(&mut file, &mut places, &picture, Some(&octets));
    }
    let table_at = file.len();
    let size = places.len() + 1;
    let mut table = format!("xref\n0 {size}\n0000000000 65535 f \n");
    for place in places {
        let _ok = writeln!(table, "{place:010} 00000 n ");
    }
    let _ok = write!(table, "trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{table_at}\n%%EOF\n");
    file.extend(table.as_bytes());
    file
}

fn object(file: &mut Vec<u8>, places: &mut Vec<usize>, dictionary: &str, stream: Option<&[u8]>) {
    places.push(file.len());
    file.extend(format!("{} 0 obj\n{dictionary}\n", places.len()).as_bytes());
    if let Some(octets) = stream {
        file.extend(b"stream\n");
        file.extend(octets);
        file.extend(b"\nendstream\n");
    }
    file.extend(b"endobj\n");
}
