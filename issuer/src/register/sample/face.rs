//! A drawn face for a sample person: nobody's, and enough to see what compression does to one.

use image::{Rgb, RgbImage};

use super::Draw;

const WIDTH: u32 = 240;
const HEIGHT: u32 = 300;

const SKINS: [[u8; 3]; 5] = [[70, 44, 32], [92, 58, 40], [120, 78, 52], [150, 105, 75], [58, 38, 30]];
const SHIRTS: [[u8; 3]; 5] = [[30, 60, 120], [140, 30, 40], [236, 236, 230], [20, 90, 60], [200, 150, 40]];

/// Draws a face as a passport picture has it: grey wall, shoulders, head a little above the middle.
pub fn face(draw: &mut Draw) -> RgbImage {
    let skin = draw.pick(&SKINS);
    let shirt = draw.pick(&SHIRTS);
    let head = 46 + draw.below(10);
    let eyes = 17 + draw.below(7);
    let mouth = 14 + draw.below(8);
    let hair = 58 + draw.below(14);
    let mut image = RgbImage::from_pixel(WIDTH, HEIGHT, Rgb([204, 208, 216]));
    let mut oval = |x, y, rx, ry, colour| ellipse(&mut image, [x, y, rx, ry], colour);
    oval(120, 330, 96, 100, shirt);
    oval(120, 210, 24, 44, shade(skin, 75));
    oval(120, 116, head + 8, hair, [20, 15, 12]);
    oval(120 - head, 138, 7, 15, shade(skin, 80));
    oval(120 + head, 138, 7, 15, shade(skin, 80));
    oval(120, 134, head, 72, skin);
    oval(114, 104, head - 18, 30, shade(skin, 118));
    for x in [120 - eyes, 120 + eyes] {
        oval(x, 112, 13, 3, [18, 12, 10]);
        oval(x, 124, 11, 6, [236, 232, 226]);
        oval(x, 124, 5, 5, [32, 20, 12]);
    }
    oval(120, 150, 8, 14, shade(skin, 78));
    oval(120, 180, mouth, 6, [128, 62, 58]);
    oval(120, 180, mouth, 1, [70, 28, 28]);
    grain(&mut image, draw);
    image
}

/// Fills an ellipse: centre and the two half axes, in pixels.
fn ellipse(image: &mut RgbImage, [cx, cy, rx, ry]: [u32; 4], colour: [u8; 3]) {
    let square = |a: u32, b: u32| u64::from(a.abs_diff(b)).pow(2);
    let (rx2, ry2) = (u64::from(rx).pow(2), u64::from(ry).pow(2));
    for (x, y, pixel) in image.enumerate_pixels_mut() {
        if square(x, cx) * ry2 + square(y, cy) * rx2 <= rx2 * ry2 {
            *pixel = Rgb(colour);
        }
    }
}

/// A camera's noise, and light from the left.
fn grain(image: &mut RgbImage, draw: &mut Draw) {
    for (x, _, pixel) in image.enumerate_pixels_mut() {
        let light = 106 + draw.below(5) - x / 16;
        pixel.0 = shade(pixel.0, light);
    }
}

/// A colour at so many hundredths of its light.
fn shade(colour: [u8; 3], hundredths: u32) -> [u8; 3] {
    colour.map(|part| u8::try_from(u32::from(part) * hundredths / 100).unwrap_or(u8::MAX))
}
