/// Curves as characters, for a terminal.
enum TextPlot {
    /// False-hit rate over hit rate: how much is risked for how much is had.
    static func riskCoverage(_ curve: OperatingCurve, width: Int = 60, height: Int = 10) -> String {
        let points = curve.points.map { (x: $0.hitRate.share ?? 0, y: $0.falseHitRate.share ?? 0) }
        return draw(points, width: width, height: height, x: "hit rate", y: "false-hit rate")
    }

    /// The greatest y of each column, from 0 to the greatest of all.
    static func draw(_ points: [(x: Double, y: Double)], width: Int, height: Int, x: String, y: String) -> String {
        guard let top = points.map(\.y).max(), let end = points.map(\.x).max(), end > 0 else {
            return "(nothing to plot)"
        }
        var columns = [Double?](repeating: nil, count: width)
        for point in points {
            let column = min(width - 1, Int(point.x / end * Double(width)))
            columns[column] = max(columns[column] ?? 0, point.y)
        }
        let scale = top > 0 ? top : 1
        var lines = (0..<height).map { row -> String in
            let level = height - 1 - row
            let cells = columns.map { value -> Character in
                guard let value else { return " " }
                return min(height - 1, Int(value / scale * Double(height))) == level ? "*" : " "
            }
            let label = row == 0 ? Figure.percent(top) : row == height - 1 ? "0 %" : ""
            return String(repeating: " ", count: 8 - min(8, label.count)) + label + " |" + String(cells)
        }
        lines.append(String(repeating: " ", count: 9) + "+" + String(repeating: "-", count: width))
        let right = Figure.percent(end)
        lines.append(
            String(repeating: " ", count: 10) + "0" + String(repeating: " ", count: max(1, width - 1 - right.count))
                + right
                + "  \(x) (across), \(y) (up)")
        return lines.joined(separator: "\n")
    }
}
