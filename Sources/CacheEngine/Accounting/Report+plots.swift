import CacheModel

/// The plots of the page: SVG, with every figure in a title that shows when pointed at.
extension Report {
    /// Lookups of each moment, hits below misses, with the hit rate as a line.
    var trendPlot: String {
        guard trend.count > 1, let most = trend.map(\.counts.lookups).max(), most > 0 else { return "" }
        let frame = PlotFrame(count: trend.count)
        var marks = ""
        var line: [String] = []
        for (index, moment) in trend.enumerated() {
            let counts = moment.counts
            let (hits, all) = (frame.height(counts.hits, of: most), frame.height(counts.lookups, of: most))
            let title =
                "\(ReportTime.text(hour: moment.hour)): \(counts.hits) of \(counts.lookups) lookups hit "
                + "(\(ReportText.percent(counts.hitRate)))"
            marks += frame.bar(index, from: 0, to: hits, kind: "hits", title: title)
            marks += frame.bar(index, from: hits, to: all, kind: "misses", title: title)
            if counts.lookups > 0 { line.append("\(frame.middle(index)),\(frame.y(counts.hitRate))") }
        }
        marks += "<polyline class=\"rate\" points=\"\(line.joined(separator: " "))\"/>"
        return Self.figure(
            "Lookups: hits (blue) and misses (grey), and the hit rate as a line from 0 to 100 %",
            frame.svg(marks, first: trend[0].hour, last: trend.last!.hour, most: "\(most)", name: "Lookups over time"))
    }

    /// Money avoided and charged in each moment.
    var moneyPlot: String {
        let amounts = trend.flatMap { [$0.counts.avoided.amount, $0.counts.charged.amount] }
        guard trend.count > 1, let most = amounts.max(), most > 0 else { return "" }
        let frame = PlotFrame(count: trend.count)
        var marks = ""
        for (index, moment) in trend.enumerated() {
            let (avoided, charged) = (moment.counts.avoided, moment.counts.charged)
            let title =
                "\(ReportTime.text(hour: moment.hour)): $\(ReportText.dollars(avoided)) avoided, "
                + "$\(ReportText.dollars(charged)) charged"
            marks += frame.bar(
                index, from: 0, to: frame.height(avoided.amount, of: most), kind: "hits", part: 0, title: title)
            marks += frame.bar(
                index, from: 0, to: frame.height(charged.amount, of: most), kind: "charged", part: 1, title: title)
        }
        return Self.figure(
            "Dollars avoided (blue) and charged (brown)",
            frame.svg(
                marks, first: trend[0].hour, last: trend.last!.hour,
                most: "$\(ReportText.dollars(NanoDollars(most)))", name: "Dollars over time"))
    }

    /// Why lookups missed, as bars.
    var reasonPlot: String {
        let misses = total.reasons.filter { $0.key.hasPrefix("miss:") }
            .sorted { ($0.value, $1.key) > ($1.value, $0.key) }.prefix(12)
        guard let most = misses.first?.value, most > 0 else { return "" }
        var marks = ""
        for (index, reason) in misses.enumerated() {
            let y = 22 * index
            let width = (Double(reason.value) / Double(most) * 4800).rounded() / 10
            marks +=
                "<text x=\"190\" y=\"\(y + 14)\" text-anchor=\"end\">\(Self.escaped(String(reason.key.dropFirst(5))))</text>"
            marks += "<rect class=\"misses\" x=\"200\" y=\"\(y + 4)\" width=\"\(width)\" height=\"12\"/>"
            marks += "<text x=\"\(206 + width)\" y=\"\(y + 14)\">\(reason.value)</text>"
        }
        return Self.figure(
            "Misses by reason",
            "<svg viewBox=\"0 0 760 \(22 * misses.count)\" role=\"img\" aria-label=\"Misses by reason\">\(marks)</svg>")
    }

    private static func figure(_ caption: String, _ svg: String) -> String {
        "<figure><figcaption>\(caption)</figcaption>\(svg)</figure>"
    }
}

/// Where marks stand in a plot over time.
private struct PlotFrame {
    let count: Int
    private let left = 70.0
    private let width = 690.0
    private let bottom = 150.0
    private let tall = 135.0

    func height(_ value: Int64, of most: Int64) -> Double { Double(value) / Double(most) }
    func middle(_ index: Int) -> Double { rounded(left + width * (Double(index) + 0.5) / Double(count)) }
    func y(_ share: Double) -> Double { rounded(bottom - tall * share) }

    /// A bar of the moment at `index`; of two beside each other the one of place `part`.
    func bar(_ index: Int, from: Double, to: Double, kind: String, part: Int? = nil, title: String) -> String {
        guard to > from else { return "" }
        let space = width / Double(count)
        let gap = min(2, space * 0.15)
        let whole = space - gap
        let start = left + space * Double(index) + gap / 2 + (part == 1 ? whole / 2 : 0)
        let wide = rounded(part == nil ? whole : whole / 2)
        return "<rect class=\"\(kind)\" x=\"\(rounded(start))\" y=\"\(y(to))\" width=\"\(wide)\" "
            + "height=\"\(rounded(tall * (to - from)))\"><title>\(title)</title></rect>"
    }

    func svg(_ marks: String, first: Int64, last: Int64, most: String, name: String) -> String {
        """
        <svg viewBox="0 0 780 175" role="img" aria-label="\(name)">\
        <line class="axis" x1="\(left)" x2="\(left + width)" y1="\(bottom)" y2="\(bottom)"/>\
        <text x="\(left - 6)" y="\(bottom - tall + 10)" text-anchor="end">\(most)</text>\
        <text x="\(left)" y="\(bottom + 18)">\(ReportTime.text(hour: first).prefix(10))</text>\
        <text x="\(left + width)" y="\(bottom + 18)" text-anchor="end">\(ReportTime.text(hour: last).prefix(10))</text>\
        \(marks)</svg>
        """
    }

    private func rounded(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}
