import CacheModel

/// One setting: the single record that its flag, its environment variable, its key in the file, its help, its check and
/// the README's table are made from.
struct Setting: Sendable {
    /// What values a setting takes.
    enum Kind: Sendable {
        case text
        case integer(ClosedRange<Int>)
        case number(ClosedRange<Double>)
        /// Seconds, or with a unit: `90s`, `15m`, `12h`, `7d`; `never` where the range allows infinity.
        case duration(ClosedRange<Double>)
        /// Bytes, or with a unit: `64KiB`, `256MiB`, `2GiB`.
        case bytes(ClosedRange<Int>)
        case choice([String])
        case context
        case switch_
        /// Dollars a day, a month, or both: `5/day`, `5/day,100/month`; empty for none.
        case budgets
    }

    /// The key in the file; dashes for underscores make the flag, upper case and `DEJA_` the variable.
    let key: String
    let kind: Kind
    /// The default as it would be written; empty for none.
    let fallback: String
    let placeholder: String
    let help: String
    /// Whether the value must never be shown.
    var isSecret = false
    /// Whether it can be set per namespace.
    var isPolicy = false

    var flag: String { key.replacing("_", with: "-") }
    var variable: String { "DEJA_" + key.uppercased() }
    var option: Option { .value(flag, placeholder, help) }
    var fullHelp: String { help + (fallback.isEmpty ? "" : " Default: \(fallback).") }

    /// Checks a value as it was written.
    ///
    /// - Returns: what is wrong with it and what is wanted, or `nil`.
    func problem(with text: String) -> String? {
        switch kind {
        case .text: return nil
        case .integer(let range):
            guard let value = Int(text), range.contains(value) else {
                return "must be a whole number from \(range.lowerBound) to \(range.upperBound), found '\(text)'"
            }
        case .number(let range):
            guard let value = Double(text), range.contains(value) else {
                return "must be a number from \(range.lowerBound) to \(range.upperBound), found '\(text)'"
            }
        case .duration(let range):
            guard let value = SettingValue.seconds(text), range.contains(value) else {
                return
                    "must be a duration such as 90s, 15m, 12h or 7d\(range.upperBound == .infinity ? ", or never" : ""), found '\(text)'"
            }
        case .bytes(let range):
            guard let value = SettingValue.bytes(text), range.contains(value) else {
                return
                    "must be a size such as 64KiB, 256MiB or 2GiB from \(range.lowerBound) to \(range.upperBound) bytes, found '\(text)'"
            }
        case .choice(let words):
            guard words.contains(text) else {
                return "must be one of \(words.joined(separator: ", ")), found '\(text)'"
            }
        case .context:
            guard SettingValue.context(text) != nil else { return "must be strict, none or window:N, found '\(text)'" }
        case .budgets:
            guard SettingValue.budgets(text) != nil else {
                return "must be dollars per day or month such as 5/day or 5/day,100/month, found '\(text)'"
            }
        case .switch_:
            guard ["true", "false"].contains(text) else { return "must be true or false, found '\(text)'" }
        }
        return nil
    }
}

/// Reads values as settings write them.
enum SettingValue {
    /// Seconds of `25ms`, `90`, `90s`, `15m`, `12h`, `7d`; infinity for `never`.
    static func seconds(_ text: String) -> Double? {
        if text == "never" { return .infinity }
        let units: [(String, Double)] = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("d", 86_400)]
        for (suffix, factor) in units where text.hasSuffix(suffix) {
            return Double(text.dropLast(suffix.count)).map { $0 * factor }
        }
        return Double(text)
    }

    /// Bytes of `1024`, `64KiB`, `256MiB`, `2GiB`.
    static func bytes(_ text: String) -> Int? {
        let units: [(String, Int)] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("B", 1)]
        for (suffix, factor) in units where text.hasSuffix(suffix) {
            guard let count = Int(text.dropLast(suffix.count)) else { return nil }
            let (product, overflow) = count.multipliedReportingOverflow(by: factor)
            return overflow ? nil : product
        }
        return Int(text)
    }

    /// Limits of `5/day`, `5/day,100/month`; `nil` for anything else.
    static func budgets(_ text: String) -> [SpendLimit]? {
        var limits: [SpendLimit] = []
        for piece in text.split(separator: ",", omittingEmptySubsequences: false) where !text.isEmpty {
            let parts = piece.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 2, let dollars = Double(parts[0]), let amount = NanoDollars(dollars: dollars),
                let period = SpendLimit.Period(rawValue: String(parts[1])),
                !limits.contains(where: { $0.period == period })
            else { return nil }
            limits.append(SpendLimit(amount, per: period))
        }
        return limits
    }

    /// `strict`, `none` or `window:N`.
    static func context(_ text: String) -> ContextPolicy? {
        if text == "strict" { return .strict }
        if text == "none" { return ContextPolicy.none }
        guard text.hasPrefix("window:"), let count = Int(text.dropFirst(7)), (1...1000).contains(count) else {
            return nil
        }
        return .window(count)
    }
}
