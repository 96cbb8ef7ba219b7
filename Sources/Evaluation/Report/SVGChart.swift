/// A chart as an SVG element: named series of points in the unit square, axes from 0 to `xMaximum` and `yMaximum`.
///
/// Series differ in dashes as well as in colour; a title and a description say in words what is drawn.
struct SVGChart {
    /// One series.
    struct Series {
        var name: String
        var points: [(x: Double, y: Double)]
        /// Drawn as dots of this size instead of a line.
        var dotRadius: Double?
    }

    let id: String
    let title: String
    let description: String
    let xLabel: String
    let yLabel: String
    var xMaximum = 1.0
    var yMaximum = 1.0
    /// Whether to draw the line from the origin to the far corner.
    var hasDiagonal = false
    var series: [Series]

    private static let (width, height) = (420.0, 300.0)
    private static let (left, top, right, bottom) = (58.0, 12.0, 12.0, 44.0)
    private static let dashes = ["", "7 4", "2 3", "9 3 2 3", "12 4"]
    /// More points than pixels across help nobody.
    private static let pointLimit = 400

    /// The element.
    var element: String {
        var parts = [
            "<svg viewBox=\"0 0 \(Int(Self.width)) \(Int(Self.height))\" role=\"img\" aria-labelledby=\"\(id)-t \(id)-d\">",
            "<title id=\"\(id)-t\">\(HTML.escaped(title))</title>",
            "<desc id=\"\(id)-d\">\(HTML.escaped(description))</desc>",
        ]
        parts += grid
        if hasDiagonal {
            parts.append("<path class=\"diagonal\" d=\"M\(place(0, 0)) L\(place(xMaximum, yMaximum))\"/>")
        }
        parts += series.enumerated().map(draw)
        parts.append("</svg>")
        return parts.joined(separator: "\n")
    }

    /// The names of the series beside the strokes they are drawn with; empty for one series.
    var legend: String {
        guard series.count > 1 else { return "" }
        let items = series.enumerated().map { number, series in
            "<span><svg width=\"30\" height=\"10\" aria-hidden=\"true\"><path class=\"line s\(number % 5)\" "
                + "stroke-dasharray=\"\(Self.dashes[number % 5])\" d=\"M0 5 H30\"/></svg> \(HTML.escaped(series.name))</span>"
        }
        return "<p class=\"legend\">\(items.joined(separator: " "))</p>"
    }

    private func place(_ x: Double, _ y: Double) -> String {
        let across = Self.left + min(1, max(0, x / xMaximum)) * (Self.width - Self.left - Self.right)
        let down = Self.height - Self.bottom - min(1, max(0, y / yMaximum)) * (Self.height - Self.top - Self.bottom)
        return "\(Figure.fixed(across, 1)) \(Figure.fixed(down, 1))"
    }

    private var grid: [String] {
        var parts: [String] = []
        for step in 0...4 {
            let (x, y) = (xMaximum * Double(step) / 4, yMaximum * Double(step) / 4)
            parts.append("<path class=\"grid\" d=\"M\(place(0, y)) L\(place(xMaximum, y))\"/>")
            parts.append("<path class=\"grid\" d=\"M\(place(x, 0)) L\(place(x, yMaximum))\"/>")
            let across = place(x, 0).split(separator: " ")[0]
            let down = place(0, y).split(separator: " ")[1]
            parts.append(
                "<text x=\"\(across)\" y=\"\(Int(Self.height - Self.bottom) + 16)\" text-anchor=\"middle\">\(label(x, xMaximum))</text>"
            )
            parts.append(
                "<text x=\"\(Int(Self.left) - 6)\" y=\"\(down)\" dy=\"4\" text-anchor=\"end\">\(label(y, yMaximum))</text>"
            )
        }
        let middle = Int((Self.left + Self.width - Self.right) / 2)
        parts.append(
            "<text x=\"\(middle)\" y=\"\(Int(Self.height) - 8)\" text-anchor=\"middle\">\(HTML.escaped(xLabel))</text>")
        let half = Int((Self.top + Self.height - Self.bottom) / 2)
        parts.append(
            "<text transform=\"translate(14 \(half)) rotate(-90)\" text-anchor=\"middle\">\(HTML.escaped(yLabel))</text>"
        )
        return parts
    }

    private func label(_ value: Double, _ maximum: Double) -> String { Figure.percent(value, maximum < 0.2 ? 1 : 0) }

    private func draw(_ number: Int, _ series: Series) -> String {
        if let radius = series.dotRadius {
            return series.points.map { point in
                let centre = place(point.x, point.y).split(separator: " ")
                return "<circle class=\"dot s\(number % 5)\" cx=\"\(centre[0])\" cy=\"\(centre[1])\" r=\"\(radius)\"/>"
            }.joined()
        }
        let stride = max(1, series.points.count / Self.pointLimit)
        let kept = series.points.enumerated().filter {
            $0.offset % stride == 0 || $0.offset == series.points.count - 1
        }.map { place($0.element.x, $0.element.y) }
        guard let first = kept.first else { return "" }
        let path = "M\(first)" + kept.dropFirst().map { " L\($0)" }.joined()
        return "<path class=\"line s\(number % 5)\" stroke-dasharray=\"\(Self.dashes[number % 5])\" d=\"\(path)\"/>"
    }
}

/// Text inside HTML.
enum HTML {
    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }

    /// A table of texts with a header row and a caption.
    static func table(_ caption: String, _ header: [String], _ rows: [[String]]) -> String {
        let head = header.map { "<th scope=\"col\">\(escaped($0))</th>" }.joined()
        let body = rows.map { row in
            "<tr>"
                + row.enumerated().map { column, cell in
                    column == 0 ? "<th scope=\"row\">\(escaped(cell))</th>" : "<td>\(escaped(cell))</td>"
                }.joined() + "</tr>"
        }.joined(separator: "\n")
        return "<div class=\"scroll\"><table><caption>\(escaped(caption))</caption><thead><tr>\(head)</tr></thead>"
            + "<tbody>\n\(body)\n</tbody></table></div>"
    }
}
