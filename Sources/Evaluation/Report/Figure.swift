import CacheModel

/// Figures as people read them.
public enum Figure {
    /// `value` with `places` decimal places.
    public static func fixed(_ value: Double, _ places: Int) -> String {
        guard value.isFinite, abs(value) < 1e12 else { return "\(value)" }
        let scale = (0..<places).reduce(1) { scale, _ in scale * 10 }
        let scaled = Int((abs(value) * Double(scale)).rounded())
        let sign = value < 0 && scaled > 0 ? "-" : ""
        if places == 0 { return "\(sign)\(scaled)" }
        let digits = "\(scaled % scale)"
        return "\(sign)\(scaled / scale).\(String(repeating: "0", count: places - digits.count))\(digits)"
    }

    /// A value or a dash.
    public static func fixed(_ value: Double?, _ places: Int) -> String { value.map { fixed($0, places) } ?? "-" }

    /// A share as a percentage, or a dash.
    public static func percent(_ share: Double?, _ places: Int = 1) -> String {
        share.map { "\(fixed($0 * 100, places)) %" } ?? "-"
    }

    /// A share as a percentage with its 95 % interval.
    public static func percent(_ share: Proportion, _ places: Int = 1) -> String {
        guard let interval = share.wilsonInterval() else { return "-" }
        return "\(percent(share.share, places)) [\(fixed(interval.lowerBound * 100, places)), "
            + "\(fixed(interval.upperBound * 100, places))]"
    }

    /// One line of a text, cut to `width` characters.
    static func excerpt(_ text: String, _ width: Int = 100) -> String {
        let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return line.count > width ? "\(line.prefix(width - 1))…" : line
    }
}

/// Columns of text, set for a terminal or as Markdown.
struct TextTable {
    private let header: [String]
    private var rows: [[String]] = []

    init(_ header: [String]) { self.header = header }

    mutating func add(_ row: [String]) {
        precondition(row.count == header.count, "a row has a cell for each column")
        rows.append(row)
    }

    /// Aligned by spaces: the first column to the left, the others to the right.
    var plain: String {
        let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max()! }
        return ([header] + rows).map { row in
            row.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + space : space + cell
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }

    /// A table of GitHub's Markdown.
    var markdown: String {
        let rule = header.enumerated().map { $0.offset == 0 ? "---" : "---:" }
        return ([header, rule] + rows).map {
            "| \($0.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ")) |"
        }
        .joined(separator: "\n")
    }
}
