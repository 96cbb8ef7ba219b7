import CacheModel
import Evaluation

/// Tells a replay as it happens: some hits and refusals of each kind, with their reasons, between a progress bar.
struct DemoNarrator {
    /// Refusals of candidates less similar than this teach nothing.
    private static let instructiveSimilarity = 0.6
    /// How many examples of each kind are told; wrong hits are always told.
    private let examplesPerKind: Int
    private var told: [String: Int] = [:]
    private var titles: [String: String] = [:]
    private var progress: ProgressLine

    init(requests: Int, examplesPerKind: Int = 2) {
        self.examplesPerKind = examplesPerKind
        progress = ProgressLine("replaying", total: requests)
    }

    /// Tells one request, if it is worth it.
    mutating func tell(_ outcome: TrafficReplay.Outcome, number: Int, tally: ReplayTally) {
        if let id = outcome.stored?["entry_id"]?.string { titles[id] = outcome.event.title }
        if let text = sentence(for: outcome) {
            progress.clear()
            Console.line(text)
        }
        progress.update(number, note: "hits \(tally.hits)  wrong \(tally.wrongHits.count)")
    }

    /// Ends the telling.
    func finish() { progress.clear() }

    private mutating func sentence(for outcome: TrafficReplay.Outcome) -> String? {
        let kind = self.kind(of: outcome)
        let isWrong = outcome.isWrongHit == true
        guard let kind, isWrong || told[kind, default: 0] < examplesPerKind else { return nil }
        told[kind, default: 0] += 1
        return outcome.isHit ? hit(outcome, isWrong) : refusal(outcome)
    }

    /// What the request is an example of; `nil` for what needs no telling (a first question, most plain misses).
    private func kind(of outcome: TrafficReplay.Outcome) -> String? {
        if outcome.isHit { return outcome.reply["hit_type"]?.string }
        if let reason = outcome.stored?["reason"]?.string { return "refused:\(reason)" }
        guard let reason = outcome.reply["reason"]?.string else { return nil }
        if reason == "scope" || reason == "follow_up" { return reason }
        let similarity = outcome.reply["nearest"]?["similarity"]?.double ?? 0
        return similarity >= Self.instructiveSimilarity ? reason : nil
    }

    private func hit(_ outcome: TrafficReplay.Outcome, _ isWrong: Bool) -> String {
        let type = outcome.reply["hit_type"]?.string ?? ""
        let head = "\(isWrong ? "WRONG" : "hit  ") \(type.padded(to: 9))\(figures(outcome.reply))"
        let source = outcome.source.map { $0.title == outcome.event.title ? "" : "  <- \(quoted($0.title))" } ?? ""
        return "\(head) \(quoted(outcome.event.title))\(source)"
    }

    private func refusal(_ outcome: TrafficReplay.Outcome) -> String {
        if let reason = outcome.stored?["reason"]?.string {
            return "kept out  \(reason.padded(to: 24)) \(quoted(outcome.event.title))"
        }
        let nearest = outcome.reply["nearest"]
        let other = nearest?["entry_id"]?.string.flatMap { titles[$0] }.map { "  <> \(quoted($0))" } ?? ""
        let reason = (outcome.reply["reason"]?.string ?? "").padded(to: 20)
        return "miss  \(reason)\(nearest.map(figures) ?? "") \(quoted(outcome.event.title))\(other)"
    }

    private func figures(_ reply: JSONValue) -> String {
        let similarity = reply["similarity"]?.double.map { "sim \(Format.fixed($0, 2))" } ?? ""
        let probability = reply["probability"]?.double.map { " p \(Format.fixed($0, 3))" } ?? ""
        return (similarity + probability).padded(to: 17)
    }

    private func quoted(_ text: String) -> String {
        let line = text.replacing("\n", with: " ")
        return "\"\(line.count > 64 ? line.prefix(63) + "…" : line)\""
    }
}

/// Figures as people read them.
enum Format {
    /// `value` with `places` decimal places.
    static func fixed(_ value: Double, _ places: Int) -> String {
        var scale = 1
        for _ in 0..<places { scale *= 10 }
        let scaled = (abs(value) * Double(scale)).rounded()
        guard scaled < 9e18 else { return "\(value)" }
        let whole = Int(scaled)
        let sign = value < 0 && whole > 0 ? "-" : ""
        if places == 0 { return "\(sign)\(whole)" }
        let fraction = "\(whole % scale)".leftPaddedWithZeros(to: places)
        return "\(sign)\(whole / scale).\(fraction)"
    }

    /// A share as a percentage.
    static func percent(_ share: Double?, _ places: Int = 1) -> String {
        share.map { "\(fixed($0 * 100, places)) %" } ?? "-"
    }

    /// An integer with commas between thousands.
    static func grouped(_ value: Int) -> String {
        let digits = Array("\(abs(value))")
        var text = value < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0 && (digits.count - index).isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return text
    }
}

extension String {
    fileprivate func leftPaddedWithZeros(to width: Int) -> String {
        String(repeating: "0", count: Swift.max(0, width - count)) + self
    }
}
