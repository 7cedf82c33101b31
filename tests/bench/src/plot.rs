//! A plot as an SVG file: lines over a common axis, from zero, so that what grows linearly is a straight line.

use std::fmt::Write;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 150.0;
const TOP: f64 = 24.0;
const BOTTOM: f64 = 52.0;
/// Told apart by people who see few colours, too.
const COLOURS: [&str; 4] = ["#666666", "#0072b2", "#d55e00", "#009e73"];

pub struct Line {
    pub name: &'static str,
    pub points: Vec<(f64, f64)>,
}

/// A round step that divides `most` into about five.
fn step(most: f64) -> f64 {
    let rough = (most / 5.0).max(f64::MIN_POSITIVE);
    let power = 10f64.powf(rough.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|n| n * power).find(|step| *step >= rough).unwrap_or(10.0 * power)
}

/// How far below each other names stand at least, and how long they are.
const NAME: f64 = 14.0;
const NAMES: f64 = 90.0;

/// Where names stand whose lines end at these points: beside the point, or below another name that is there already.
fn names_at(ends: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut order: Vec<usize> = (0..ends.len()).collect();
    order.sort_by(|a, b| ends[*a].1.total_cmp(&ends[*b].1));
    let mut places: Vec<(f64, f64)> = ends.iter().map(|(x, y)| (x + 8.0, y + 4.0)).collect();
    for (nth, name) in order.iter().enumerate() {
        for above in &order[..nth] {
            let (above, own) = (places[*above], &mut places[*name]);
            if (above.0 - own.0).abs() < NAMES {
                own.1 = own.1.max(above.1 + NAME);
            }
        }
    }
    places
}

/// Axes named in words, `note` below.
pub fn svg(across: &str, up: &str, note: &str, lines: &[Line]) -> String {
    let points = || lines.iter().flat_map(|line| line.points.iter());
    let most_x = points().map(|(x, _)| *x).fold(1.0, f64::max);
    let most_y = points().map(|(_, y)| *y).fold(0.0, f64::max) * 1.1;
    let x = |value: f64| LEFT + value / most_x * (WIDTH - LEFT - RIGHT);
    let y = |value: f64| HEIGHT - BOTTOM - value / most_y * (HEIGHT - TOP - BOTTOM);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>\n"
    );
    let mut put = |text: String| {
        // Writing to a string does not fail.
        writeln!(out, "{text}").ok();
    };
    let (floor, right) = (y(0.0), x(most_x));
    let mut value = 0.0;
    while value <= most_y {
        let at = y(value);
        put(format!("<path d=\"M{LEFT} {at:.1}H{right:.1}\" stroke=\"#dddddd\"/>"));
        put(format!("<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{value}</text>", LEFT - 6.0, at + 4.0));
        value += step(most_y);
    }
    let mut ticks: Vec<f64> = points().map(|(x, _)| *x).collect();
    ticks.sort_by(f64::total_cmp);
    ticks.dedup();
    for tick in ticks {
        put(format!("<path d=\"M{:.1} {floor:.1}v5\" stroke=\"black\"/>", x(tick)));
        put(format!("<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{tick}</text>", x(tick), floor + 18.0));
    }
    put(format!("<path d=\"M{LEFT} {TOP}V{floor:.1}H{right:.1}\" fill=\"none\" stroke=\"black\"/>"));
    let ends: Vec<(f64, f64)> =
        lines.iter().filter_map(|line| line.points.last()).map(|(px, py)| (x(*px), y(*py))).collect();
    let mut names = names_at(&ends).into_iter();
    for (line, colour) in lines.iter().zip(COLOURS.iter().cycle()) {
        let path: Vec<String> = line.points.iter().map(|(px, py)| format!("{:.1} {:.1}", x(*px), y(*py))).collect();
        put(format!("<path d=\"M{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>", path.join("L")));
        for (px, py) in &line.points {
            put(format!("<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\" fill=\"{colour}\"/>", x(*px), y(*py)));
        }
        if let Some((name_x, name_y)) = line.points.last().and_then(|_| names.next()) {
            put(format!("<text x=\"{name_x:.1}\" y=\"{name_y:.1}\" fill=\"{colour}\">{}</text>", line.name));
        }
    }
    put(format!("<text x=\"{LEFT}\" y=\"{:.1}\">{up}</text>", TOP - 8.0));
    put(format!("<text x=\"{right:.1}\" y=\"{:.1}\" text-anchor=\"end\">{across}</text>", floor + 36.0));
    put(format!("<text x=\"{LEFT}\" y=\"{:.1}\" fill=\"#666666\" font-size=\"10\">{note}</text>", HEIGHT - 6.0));
    out.push_str("</svg>\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names of lines that end at one place stand below each other; one that ends elsewhere stays beside its line.
    #[test]
    fn names_do_not_cover_each_other() {
        let places = names_at(&[(400.0, 203.0), (400.0, 206.0), (570.0, 55.0), (400.0, 204.0)]);
        assert_eq!(places, [(408.0, 207.0), (408.0, 235.0), (578.0, 59.0), (408.0, 221.0)]);
    }

    /// What grows linearly is drawn as a straight line from the corner, and every name stands beside its line.
    #[test]
    fn lines_are_straight() {
        let points = vec![(0.0, 0.0), (50.0, 5.0), (100.0, 10.0)];
        let drawn = svg("calls", "share", "note", &[Line { name: "bare", points }]);
        assert!(drawn.contains(&format!("M{LEFT:.1} {:.1}L", HEIGHT - BOTTOM)) && drawn.contains(">bare</text>"));
        let at = |n: usize| -> Vec<f64> {
            let circle = drawn.split("<circle cx=\"").nth(n).expect("a point");
            circle.split('"').step_by(2).take(2).map(|number| number.parse().expect("a number")).collect()
        };
        let (first, middle, last) = (at(1), at(2), at(3));
        assert!((middle[0] - (first[0] + last[0]) / 2.0).abs() < 0.2);
        assert!((middle[1] - (first[1] + last[1]) / 2.0).abs() < 0.2);
    }
}
