//! Drawing: one code, in the smallest version that holds its text.

use std::fmt;
use std::io::Cursor;

use image::{GrayImage, ImageFormat, Luma};
use qrcode::render::unicode::Dense1x2;
use qrcode::{Color, EcLevel, QrCode, Version};

use super::ImageError;

/// Light modules around a code (ISO/IEC 18004, section 6.3.8).
pub const QUIET_ZONE: u32 = 4;
/// The largest module drawn: a version 40 code is then 3,700 pixels wide, enough for a poster.
pub const MAX_MODULE_PX: u32 = 20;

/// How much of a code may be lost: 7, 15 or 25 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// For screens: nothing covers them, and larger modules help a camera more than redundancy.
    L,
    /// For paper.
    M,
    /// For paper that is folded and carried.
    Q,
}

impl From<Level> for EcLevel {
    fn from(level: Level) -> Self {
        match level {
            Level::L => Self::L,
            Level::M => Self::M,
            Level::Q => Self::Q,
        }
    }
}

/// A code as modules, before it becomes a picture.
#[derive(Clone)]
pub struct Code {
    code: QrCode,
}

impl Code {
    /// The smallest code that holds `text`. Texts of [`qr::text`](crate::qr::text) take 5.5 bits a character.
    ///
    /// # Errors
    /// [`ImageError::TooLong`].
    pub fn new(text: &str, level: Level) -> Result<Self, ImageError> {
        let code = QrCode::with_error_correction_level(text, level.into())
            .map_err(|_| ImageError::TooLong { got: text.chars().count(), level })?;
        Ok(Self { code })
    }

    /// The version, 1 to 40.
    #[must_use]
    pub fn version(&self) -> u8 {
        match self.code.version() {
            Version::Normal(version) | Version::Micro(version) => version.unsigned_abs() as u8,
        }
    }

    /// Modules a side, without the quiet zone.
    #[must_use]
    pub fn side(&self) -> u32 {
        self.code.width() as u32
    }

    /// The modules, row by row; `true` is dark.
    #[must_use]
    pub fn modules(&self) -> Vec<bool> {
        self.code.to_colors().into_iter().map(|colour| colour == Color::Dark).collect()
    }

    /// A PNG with `module_px` pixels a module and the quiet zone around.
    ///
    /// # Errors
    /// [`ImageError::ModuleSize`], [`ImageError::Write`].
    pub fn png(&self, module_px: u32) -> Result<Vec<u8>, ImageError> {
        if !(1..=MAX_MODULE_PX).contains(&module_px) {
            return Err(ImageError::ModuleSize { got: module_px, limit: MAX_MODULE_PX });
        }
        let side = (self.side() + 2 * QUIET_ZONE) * module_px;
        let mut picture = GrayImage::from_pixel(side, side, Luma([255]));
        for (row, modules) in (QUIET_ZONE..).zip(self.modules().chunks(self.code.width())) {
            for (column, _) in (QUIET_ZONE..).zip(modules).filter(|(_, dark)| **dark) {
                fill_module(&mut picture, column * module_px, row * module_px, module_px);
            }
        }
        let mut png = Cursor::new(Vec::new());
        picture.write_to(&mut png, ImageFormat::Png).map_err(|source| ImageError::Write { source })?;
        Ok(png.into_inner())
    }

    /// A preview for a terminal with light text on a dark ground: half a character a module.
    #[must_use]
    pub fn terminal(&self) -> String {
        self.code
            .render::<Dense1x2>()
            .dark_color(Dense1x2::Light)
            .light_color(Dense1x2::Dark)
            .module_dimensions(1, 1)
            .build()
    }
}

impl fmt::Debug for Code {
    /// What a code shows may be personal, so it stays out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Code").field("version", &self.version()).finish_non_exhaustive()
    }
}

/// The PNG of the smallest code that holds `text`.
///
/// # Errors
/// [`ImageError::TooLong`], [`ImageError::ModuleSize`], [`ImageError::Write`].
pub fn render(text: &str, level: Level, module_px: u32) -> Result<Vec<u8>, ImageError> {
    Code::new(text, level)?.png(module_px)
}

fn fill_module(picture: &mut GrayImage, left: u32, top: u32, module_px: u32) {
    for y in top..top + module_px {
        for x in left..left + module_px {
            picture.put_pixel(x, y, Luma([0]));
        }
    }
}
