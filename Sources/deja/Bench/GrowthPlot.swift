import CacheModel
import Foundation
import VectorSearch

/// How the cost of a search grows with the number of vectors: a table, and a plot with logarithmic axes.
struct GrowthPlot {
    /// A number of vectors and what a search among them takes, microseconds.
    struct Point {
        let count: Int
        let flat: Double
        let inverted: Double?
    }

    private(set) var points: [Point] = []

    /// Takes what `bench` measured: the flat index as it comes, and the inverted file at its default reach.
    mutating func add(_ bench: IndexBench) {
        guard let flat = bench.rows.first(where: { $0.name.hasPrefix("flat") }) else { return }
        let inverted = bench.rows.first { $0.name.hasSuffix("reach \(IndexBench.standardReach)") }
        points.append(
            Point(
                count: bench.vectors.count, flat: flat.microseconds.all, inverted: inverted?.microseconds.all))
    }

    var table: String {
        let lines = points.map { point in
            let inverted = point.inverted.map { Format.fixed($0, 1) } ?? "-"
            return
                "  \(Format.grouped(point.count).leftPadded(to: 12))\(Format.fixed(point.flat, 1).leftPadded(to: 12))"
                + inverted.leftPadded(to: 12)
        }
        let head = "  " + ["vectors", "flat us", "inverted us"].map { $0.leftPadded(to: 12) }.joined()
        return (["how cost grows", head] + lines).joined(separator: "\n")
    }

    var json: JSONValue {
        .array(
            points.map { point in
                [
                    "count": .integer(Int64(point.count)), "flat_us": .number(point.flat),
                    "inverted_us": point.inverted.map(JSONValue.number) ?? .null,
                ]
            })
    }

    // MARK: The plot

    private static let (width, height) = (560.0, 360.0)
    private static let (left, top, right, bottom) = (64.0, 24.0, 100.0, 48.0)

    /// The decades that hold all values.
    private static func decades(_ values: [Double]) -> ClosedRange<Int> {
        let low = Int(Logarithm.ten(values.min() ?? 1).rounded(.down))
        let high = Int(Logarithm.ten(values.max() ?? 10).rounded(.up))
        return low...max(high, low + 1)
    }

    /// A document of its own.
    var svg: String {
        let xs = Self.decades(points.map { Double($0.count) })
        let ys = Self.decades(points.flatMap { [$0.flat] + ($0.inverted.map { [$0] } ?? []) })
        func x(_ value: Double) -> Double {
            Self.left + (Logarithm.ten(value) - Double(xs.lowerBound)) / Double(xs.count - 1)
                * (Self.width - Self.left - Self.right)
        }
        func y(_ value: Double) -> Double {
            Self.height - Self.bottom - (Logarithm.ten(value) - Double(ys.lowerBound)) / Double(ys.count - 1)
                * (Self.height - Self.top - Self.bottom)
        }
        var parts = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(Int(Self.width)) \(Int(Self.height))\" "
                + "font-family=\"sans-serif\" font-size=\"12\" role=\"img\">",
            "<title>Microseconds a search by number of vectors</title>",
            "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>",
        ]
        for decade in xs {
            let place = Format.fixed(x(Logarithm.power(decade)), 1)
            parts.append(line(place, Format.fixed(Self.top, 1), place, Format.fixed(Self.height - Self.bottom, 1)))
            parts.append(text(place, Format.fixed(Self.height - Self.bottom + 18, 1), "middle", label(decade)))
        }
        for decade in ys {
            let place = Format.fixed(y(Logarithm.power(decade)), 1)
            parts.append(line(Format.fixed(Self.left, 1), place, Format.fixed(Self.width - Self.right, 1), place))
            parts.append(text(Format.fixed(Self.left - 8, 1), place, "end", label(decade)))
        }
        parts.append(text(Format.fixed(Self.width / 2, 0), Format.fixed(Self.height - 10, 0), "middle", "vectors"))
        parts.append(text("8", "16", "start", "us a search, one core"))
        let series: [(String, String, [(Double, Double)])] = [
            ("flat", "#1b6ca8", points.map { (Double($0.count), $0.flat) }),
            ("inverted", "#b3521e", points.compactMap { point in point.inverted.map { (Double(point.count), $0) } }),
        ]
        for (name, colour, values) in series where !values.isEmpty {
            let places = values.map { "\(Format.fixed(x($0.0), 1)),\(Format.fixed(y($0.1), 1))" }
            parts.append(
                "<polyline fill=\"none\" stroke=\"\(colour)\" stroke-width=\"2\" points=\"\(places.joined(separator: " "))\"/>"
            )
            for place in places {
                let at = place.split(separator: ",")
                parts.append("<circle cx=\"\(at[0])\" cy=\"\(at[1])\" r=\"3.5\" fill=\"\(colour)\"/>")
            }
            if let last = values.last {
                let words = "\(name), \(Format.fixed(last.1, 0)) us"
                parts.append(text(Format.fixed(x(last.0) + 8, 1), Format.fixed(y(last.1), 1), "start", words))
            }
        }
        return (parts + ["</svg>"]).joined(separator: "\n") + "\n"
    }

    private func line(_ x1: String, _ y1: String, _ x2: String, _ y2: String) -> String {
        "<line x1=\"\(x1)\" y1=\"\(y1)\" x2=\"\(x2)\" y2=\"\(y2)\" stroke=\"#dddddd\"/>"
    }

    private func text(_ x: String, _ y: String, _ anchor: String, _ words: String) -> String {
        "<text x=\"\(x)\" y=\"\(y)\" dy=\"4\" text-anchor=\"\(anchor)\">\(words)</text>"
    }

    private func label(_ decade: Int) -> String { Format.grouped(Int(Logarithm.power(decade))) }
}

/// Powers of ten and their inverse.
private enum Logarithm {
    static func ten(_ value: Double) -> Double { log10(max(value, 1e-9)) }
    static func power(_ decade: Int) -> Double { pow(10, Double(decade)) }
}
