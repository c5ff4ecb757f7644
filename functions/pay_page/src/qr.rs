//! A QR code of the page's address, for a payer who opens the page on a desktop and pays on a
//! phone.

use qrcode::{Color, EcLevel, QrCode};

/// A QR code as the `d` of one SVG path. Each module is one unit of a square with `side` units.
#[derive(Clone, Debug)]
pub struct Qr {
    /// Units on a side, including the quiet zone.
    pub side: usize,
    pub path: String,
}

/// Light modules around the code that a reader needs (ISO/IEC 18004).
const QUIET_ZONE: usize = 4;
const MODULE_PIXELS: usize = 8;
/// A reader fails on a screen with less than about 4 pixels a module.
const MODULE_PIXELS_ON_PAGE: usize = 4;

impl Qr {
    /// The width on the page, in pixels.
    pub const fn width_on_page(&self) -> usize {
        self.side * MODULE_PIXELS_ON_PAGE
    }

    /// Returns `None` if `text` is too long for a QR code (2,331 bytes at this level).
    pub fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
        let width = code.width();
        let mut path = String::new();
        for (y, row) in code.into_colors().chunks(width).enumerate() {
            let mut x = QUIET_ZONE;
            for run in row.chunk_by(|left, right| left == right) {
                if run.first() == Some(&Color::Dark) {
                    path.push_str(&format!(
                        "M{x} {}h{length}v1h-{length}z",
                        y + QUIET_ZONE,
                        length = run.len()
                    ));
                }
                x += run.len();
            }
        }
        Some(Self { side: width + 2 * QUIET_ZONE, path })
    }

    /// Returns the code as an SVG file, black on white, with a whole number of pixels a module.
    pub fn to_svg(&self) -> String {
        let Self { side, path } = self;
        format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" width="{size}" height="{size}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{side}v{side}H0z"/><path d="{path}"/></svg>"##,
            size = side * MODULE_PIXELS,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_starts_with_its_corner_inside_the_quiet_zone() {
        let qr = Qr::of("https://pay.example.uz/pay/ORD_1701234567_0123456789abcdefghijklmno").unwrap();
        assert_eq!(qr.side, 33 + 8);
        assert!(qr.path.starts_with("M4 4h7v1h-7z"));
    }

    #[test]
    fn a_file_is_white_with_the_code_on_it() {
        let svg =
            Qr::of("https://pay.example.uz/pay/ORD_1701234567_0123456789abcdefghijklmno").unwrap().to_svg();
        assert!(svg.contains(r##"viewBox="0 0 41 41" width="328""##));
        assert!(svg.contains(r##"<path fill="#fff" d="M0 0h41v41H0z"/><path d="M4 4h7v1h-7z"##));
    }

    #[test]
    fn a_text_that_does_not_fit_has_no_code() {
        assert!(Qr::of(&"a".repeat(3000)).is_none());
    }
}
