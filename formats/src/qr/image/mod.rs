//! Pictures of codes: drawn for a screen or for paper, and read from photographs and camera frames.

mod draw;
mod read;

pub use draw::{Code, Level, MAX_MODULE_PX, QUIET_ZONE, render};
pub use read::{MAX_FILE_BYTES, MAX_PIXELS, read, read_grey};

use thiserror::Error;

/// Why a code cannot be drawn, or none can be read.
#[derive(Debug, Error)]
pub enum ImageError {
    /// No version of QR holds the text at this level.
    #[error("{got} characters do not fit one code at level {level:?}; send them as a sequence of codes")]
    TooLong {
        /// Characters in the text.
        got: usize,
        /// The level of error correction asked for.
        level: Level,
    },
    /// A module of no pixels, or of so many that the picture would be huge.
    #[error("a module is drawn with 1 to {limit} pixels a side, not {got}")]
    ModuleSize {
        /// Pixels asked for.
        got: u32,
        /// [`MAX_MODULE_PX`].
        limit: u32,
    },
    /// The picture could not be written.
    #[error("the picture of the code could not be written: {source}")]
    Write {
        /// What the writer of PNG says.
        source: image::ImageError,
    },
    /// The file is longer than any photograph.
    #[error("the picture has {got} bytes where at most {limit} are read; take it at a lower resolution")]
    FileSize {
        /// Bytes in the file.
        got: usize,
        /// [`MAX_FILE_BYTES`].
        limit: usize,
    },
    /// Neither PNG nor JPEG.
    #[error("the file is neither a PNG nor a JPEG picture; give a photograph or a screenshot of the code")]
    Format,
    /// More pixels than any camera takes, or none.
    #[error(
        "the picture has {width} x {height} pixels where 1 to {limit} are read; take it at a lower resolution"
    )]
    Dimensions {
        /// Pixels a row.
        width: u32,
        /// Rows.
        height: u32,
        /// [`MAX_PIXELS`].
        limit: u64,
    },
    /// A frame whose pixels are not as many as its dimensions say.
    #[error("a grey frame of this size has {expected} bytes, one a pixel, this one has {got}")]
    FrameLength {
        /// Width times height.
        expected: u64,
        /// Bytes given.
        got: usize,
    },
    /// A PNG or JPEG that is damaged or cut short.
    #[error("the picture is damaged: {source}; take it again")]
    Damaged {
        /// What the reader of the format says.
        source: image::ImageError,
    },
    /// A picture without a code that can be read.
    #[error(
        "no code could be read in the picture; bring the whole code into view, closer, sharp and evenly lit"
    )]
    NoCode,
}

#[cfg(test)]
mod tests;
