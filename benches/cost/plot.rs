//! The plot: bars with their numbers, drawn so that they can be read on light and on dark pages.

use std::fmt::Write;

use crate::figures::{DELAYS, Figures, NEEDS, Who, millis};
use crate::page;
use testkit::measure::Usage;

const WIDTH: f64 = 860.0;
const COLUMN: f64 = 430.0;
const LABELS: f64 = 146.0;
const BARS: f64 = 200.0;
const LINE: f64 = 24.0;
const HEAD: f64 = 52.0;

const STYLE: &str = "
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600 }
  .note { fill: #59636e; font-size: 12px }
  .ours { fill: #0969da } .other { fill: #afb8c1 } .limit { fill: none; stroke: #59636e; stroke-dasharray: 3 2 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .note { fill: #9198a1 }
    .ours { fill: #4493f8 } .other { fill: #656c76 } .limit { stroke: #9198a1 }
  }
";

struct Panel {
    title: &'static str,
    note: &'static str,
    unit: &'static str,
    bars: Vec<(&'static str, String, Option<f64>)>,
}

/// Draws the figures.
pub fn write(figures: &Figures) {
    let panels = panels(figures);
    let tallest = |pair: &[Panel]| pair.iter().map(|panel| panel.bars.len()).max().unwrap_or(0);
    let heights: Vec<_> = panels.chunks(2).map(|pair| HEAD + LINE * count(tallest(pair)) + 20.0).collect();
    let height: f64 = heights.iter().sum();
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" role=\"img\">\n\
         <title>What a check costs: hf-token-check, curl and the Python client</title>\n<style>{STYLE}</style>\n"
    );
    let mut top = 0.0;
    for (pair, height) in panels.chunks(2).zip(heights) {
        for (left, panel) in [0.0, COLUMN].into_iter().zip(pair) {
            draw(&mut svg, panel, left, top);
        }
        top += height;
    }
    svg += "</svg>\n";
    std::fs::write(page::docs().join("performance.svg"), svg).expect("the plot can be written");
}

fn panels(figures: &Figures) -> Vec<Panel> {
    let (near, far) = (DELAYS[0], DELAYS[3]);
    let of = |who, delay, needs, value: &dyn Fn(Usage) -> f64| figures.cost(who, delay, needs).map(value);
    let wall = |cost: Usage| millis(cost.wall);
    let rivals = |value: &dyn Fn(Usage) -> f64, delay| {
        vec![
            ("ours", "hf-token-check".into(), of(Who::Ours, delay, 2, value)),
            ("other", "curl, whoami alone".into(), of(Who::CurlWhoami, delay, 0, value)),
            ("other", "curl, in sequence".into(), of(Who::CurlSequence, delay, 2, value)),
            ("other", "Python client".into(), of(Who::Python, delay, 2, value)),
        ]
    };
    let mut times = vec![("limit", "three round trips".to_owned(), Some(far.limit() as f64))];
    times.extend(rivals(&wall, far));
    let mut growth = vec![("limit", "three round trips".to_owned(), Some(far.limit() as f64))];
    growth.extend(NEEDS.map(|needs| ("ours", format!("needs: {needs}"), of(Who::Ours, far, needs, &wall))));
    vec![
        Panel { title: "Wall time", note: "2 needs, 50 ms a round trip", unit: "ms", bars: times },
        Panel {
            title: "Wall time of hf-token-check",
            note: "50 ms a round trip, 12 at a time",
            unit: "ms",
            bars: growth,
        },
        Panel {
            title: "CPU time",
            note: "2 needs, no delay",
            unit: "ms",
            bars: rivals(&|cost| millis(cost.cpu), near),
        },
        Panel {
            title: "Peak memory",
            note: "2 needs, no delay",
            unit: "MiB",
            bars: rivals(&|cost| cost.peak_kib as f64 / 1024.0, near),
        },
    ]
}

fn draw(svg: &mut String, panel: &Panel, left: f64, top: f64) {
    let longest = panel.bars.iter().filter_map(|(_, _, value)| *value).fold(0.0, f64::max);
    let _ = writeln!(
        svg,
        "<text class=\"title\" x=\"{left}\" y=\"{}\">{}</text><text class=\"note\" x=\"{left}\" y=\"{}\">{}</text>",
        top + 18.0,
        panel.title,
        top + 36.0,
        panel.note
    );
    for (at, (class, label, value)) in panel.bars.iter().enumerate() {
        let Some(value) = value else { continue };
        let y = top + HEAD + LINE * count(at);
        let width = (value / longest * BARS).max(1.0);
        let digits = usize::from(*value < 100.0 && *class != "limit");
        let (x, number) = (left + LABELS, left + LABELS + width + 6.0);
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{label}</text>\
             <rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width:.1}\" height=\"16\" rx=\"2\"/>\
             <text x=\"{number:.1}\" y=\"{}\">{value:.digits$} {}</text>",
            x - 8.0,
            y + 12.5,
            y + 12.5,
            panel.unit
        );
    }
}

fn count(number: usize) -> f64 {
    number as f64
}
