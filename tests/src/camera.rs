//! A camera for tests: grey frames of a code as a phone takes them, each spoilt in one way.
//!
//! The code lies on a plane before a pinhole camera. What a pixel sees is averaged over the pixel, so small
//! modules blur as they do on a sensor; then come lens blur, light and noise. Equal seeds give equal frames.

#![expect(
    clippy::indexing_slicing,
    reason = "pixels are addressed by the dimensions of the frame they were made for"
)]

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use hati_formats::qr::image::{Code, QUIET_ZONE};

/// Pixels a row of a frame.
pub const WIDTH: u32 = 1280;
/// Rows of a frame.
pub const HEIGHT: u32 = 720;

/// Samples a pixel, along each side.
const SAMPLES: u32 = 3;
/// Focal length in pixels: the 60 degree field of view of a phone.
const FOCAL: f32 = 1100.0;
const DARK: f32 = 40.0;
const LIGHT: f32 = 215.0;
/// The table behind the code.
const TABLE: f32 = 120.0;

/// What spoils a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Degradation {
    /// Held too far away: 30 to 95 % of the frame's height.
    Scale,
    /// Out of focus: a Gaussian of 0.7 to 2.4 pixels.
    Blur,
    /// A dark room: Gaussian noise of 5 to 60 grey levels.
    Noise,
    /// Turned by any angle.
    Rotation,
    /// Seen aslant, 10 to 40 degrees about any axis.
    Perspective,
    /// A shadow across the code: one side gets 15 to 60 % of the light.
    UnevenLight,
}

impl Degradation {
    /// All six.
    pub const ALL: [Self; 6] =
        [Self::Scale, Self::Blur, Self::Noise, Self::Rotation, Self::Perspective, Self::UnevenLight];
}

/// A grey frame, one byte a pixel, row by row.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Pixels a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// The pixels.
    pub pixels: Vec<u8>,
}

/// Takes a picture of `code`, spoilt by `degradation` as badly as `seed` decides.
#[must_use]
pub fn photograph(code: &Code, degradation: Degradation, seed: u64) -> Frame {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let shot = Shot::draw(degradation, &mut rng);
    let mut picture = shot.expose(code);
    blur(&mut picture, shot.blur);
    let pixels = picture.iter().map(|value| (value + shot.noise * normal(&mut rng)).clamp(0.0, 255.0) as u8);
    Frame { width: WIDTH, height: HEIGHT, pixels: pixels.collect() }
}

/// How one picture is taken: a good one, but for what [`Degradation`] changes.
struct Shot {
    /// Share of the frame's height that the code takes with its quiet zone.
    fill: f32,
    /// Turn in the plane of the code, radians.
    turn: f32,
    /// Tilt against the camera, radians, and the direction of its axis.
    tilt: (f32, f32),
    blur: f32,
    noise: f32,
    /// Light lost at the dark side, and the direction in which it falls.
    shadow: (f32, f32),
}

impl Shot {
    fn draw(degradation: Degradation, rng: &mut ChaCha8Rng) -> Self {
        let mut between =
            |low: f32, high: f32| low + (high - low) * (rng.next_u32() as f32 / u32::MAX as f32);
        let turn = std::f32::consts::TAU;
        let good =
            Self { fill: 0.80, turn: 0.0, tilt: (0.0, 0.0), blur: 0.7, noise: 4.0, shadow: (0.0, 0.0) };
        match degradation {
            Degradation::Scale => Self { fill: between(0.30, 0.95), ..good },
            Degradation::Blur => Self { blur: between(0.7, 2.4), ..good },
            Degradation::Noise => Self { noise: between(5.0, 60.0), ..good },
            // A square that fits the frame at every angle.
            Degradation::Rotation => Self { fill: 0.68, turn: between(0.0, turn), ..good },
            Degradation::Perspective => {
                Self { fill: 0.75, tilt: (between(0.17, 0.70), between(0.0, turn)), ..good }
            }
            Degradation::UnevenLight => Self { shadow: (between(0.40, 0.85), between(0.0, turn)), ..good },
        }
    }

    /// What the sensor sees before blur and noise.
    fn expose(&self, code: &Code) -> Vec<f32> {
        let modules = code.modules();
        let side = code.side();
        let across = (side + 2 * QUIET_ZONE) as f32;
        let plane = Plane::new(self);
        let reflectance = |u: f32, v: f32| {
            // From the plane, where the code is one unit wide, to modules with the quiet zone.
            let (column, row) = ((u + 0.5) * across, (v + 0.5) * across);
            if !(0.0..across).contains(&column) || !(0.0..across).contains(&row) {
                return TABLE;
            }
            let module = |at: f32| (at as u32).checked_sub(QUIET_ZONE).filter(|at| *at < side);
            match (module(column), module(row)) {
                (Some(column), Some(row)) if modules[(row * side + column) as usize] => DARK,
                _ => LIGHT,
            }
        };
        let mut picture = Vec::with_capacity((WIDTH * HEIGHT) as usize);
        for y in 0..HEIGHT {
            for x in 0..WIDTH {
                let seen = plane.average(x, y, reflectance);
                picture.push(seen * self.light(x, y));
            }
        }
        picture
    }

    fn light(&self, x: u32, y: u32) -> f32 {
        let (loss, direction) = self.shadow;
        let (x, y) = (x as f32 / WIDTH as f32 - 0.5, y as f32 / HEIGHT as f32 - 0.5);
        let along = x * direction.cos() + y * direction.sin() + 0.5;
        1.0 - loss * along.clamp(0.0, 1.0)
    }
}

/// The plane of the code: its centre is straight ahead.
struct Plane {
    distance: f32,
    /// Unit vectors along the code's rows, along its columns, and out of it.
    axes: [[f32; 3]; 3],
}

impl Plane {
    fn new(shot: &Shot) -> Self {
        let (tilt, axis) = shot.tilt;
        let k = [axis.cos(), axis.sin(), 0.0];
        let (turn_sin, turn_cos) = shot.turn.sin_cos();
        let axes = [[turn_cos, turn_sin, 0.0], [-turn_sin, turn_cos, 0.0], [0.0, 0.0, 1.0]];
        Self { distance: FOCAL / (shot.fill * HEIGHT as f32), axes: axes.map(|axis| rotate(axis, k, tilt)) }
    }

    /// The mean of what the samples of a pixel see, each at its place on the plane.
    fn average(&self, x: u32, y: u32, reflectance: impl Fn(f32, f32) -> f32) -> f32 {
        let mut sum = 0.0;
        for sample in 0..SAMPLES * SAMPLES {
            let offset = |index: u32| (index as f32 + 0.5) / SAMPLES as f32;
            let ray = [
                (x as f32 + offset(sample % SAMPLES) - WIDTH as f32 / 2.0) / FOCAL,
                (y as f32 + offset(sample / SAMPLES) - HEIGHT as f32 / 2.0) / FOCAL,
                1.0,
            ];
            let [along, down, out] = self.axes;
            let reach = self.distance * out[2] / dot(ray, out);
            let hit = [ray[0] * reach, ray[1] * reach, ray[2] * reach - self.distance];
            sum += reflectance(dot(hit, along), dot(hit, down));
        }
        sum / (SAMPLES * SAMPLES) as f32
    }
}

/// Rodrigues' rotation of `v` about the unit vector `k`.
fn rotate(v: [f32; 3], k: [f32; 3], angle: f32) -> [f32; 3] {
    let (sin, cos) = angle.sin_cos();
    let cross = [k[1] * v[2] - k[2] * v[1], k[2] * v[0] - k[0] * v[2], k[0] * v[1] - k[1] * v[0]];
    let along = dot(k, v) * (1.0 - cos);
    [0, 1, 2].map(|i| v[i] * cos + cross[i] * sin + k[i] * along)
}

fn dot(a: [f32; 3], b: [f32; 3]) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// A Gaussian blur, along the rows and then along the columns.
fn blur(picture: &mut [f32], sigma: f32) {
    let radius = (3.0 * sigma).ceil() as i64;
    let weights: Vec<f32> =
        (-radius..=radius).map(|x| (-((x * x) as f32) / (2.0 * sigma * sigma)).exp()).collect();
    let total: f32 = weights.iter().sum();
    for (length, stride, lines, next) in [
        (i64::from(WIDTH), 1, HEIGHT as usize, WIDTH as usize),
        (i64::from(HEIGHT), WIDTH as usize, WIDTH as usize, 1),
    ] {
        let mut line = vec![0.0; length as usize];
        for start in (0..lines).map(|line| line * next) {
            for (i, value) in line.iter_mut().enumerate() {
                let reach = (-radius..=radius).zip(&weights);
                let at = |offset: i64| (i as i64 + offset).clamp(0, length - 1) as usize;
                *value =
                    reach.map(|(o, weight)| picture[start + at(o) * stride] * weight).sum::<f32>() / total;
            }
            for (i, value) in line.iter().enumerate() {
                picture[start + i * stride] = *value;
            }
        }
    }
}

/// Nearly normal, mean 0 and deviation 1: the sum of eight bytes.
fn normal(rng: &mut ChaCha8Rng) -> f32 {
    let sum: u32 = rng.next_u64().to_le_bytes().into_iter().map(u32::from).sum();
    (sum as f32 - 8.0 * 127.5) / 209.0
}
