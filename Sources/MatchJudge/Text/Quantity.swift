/// A figure in a prompt, in its unit's base.
struct Quantity {
    /// What kind of figure it is.
    enum Kind: UInt8 { case cardinal, ordinal, month, weekday, clock, version }

    /// The figure, converted to the base of its unit.
    var value: Double
    /// The figure as it was written, before conversion.
    var written: Double
    var unit: Unit
    var kind: Kind
    /// Whether it was written in digits, or with a unit: such figures are never an idiom.
    var isStrong: Bool
    /// The token that carries it.
    var token: Int32

    /// Whether two figures say the same.
    func agrees(with other: Quantity) -> Bool {
        guard kind == other.kind else {
            // "version 3" is also just 3, the third world war World War 3.
            return
                (kind == .cardinal && (other.kind == .version || other.kind == .ordinal)
                || other.kind == .cardinal && (kind == .version || kind == .ordinal)) && near(written, other.written)
        }
        if kind == .clock {
            // Half past three is written with or without its half of the day.
            return near(value, other.value)
                || (unit == .none || other.unit == .none)
                    && near(
                        value.truncatingRemainder(dividingBy: 720), other.value.truncatingRemainder(dividingBy: 720))
        }
        if unit == other.unit { return near(value, other.value) }
        // Pounds are weighed and spent.
        if unit == .mass && other.unit == .sterling || unit == .sterling && other.unit == .mass {
            return near(written, other.written)
        }
        if unit == .none || other.unit == .none { return near(written, other.written) }
        return false
    }

    /// Equal to nine parts in a million: conversions round.
    private func near(_ a: Double, _ b: Double) -> Bool {
        a == b || abs(a - b) <= 9e-6 * max(abs(a), abs(b))
    }
}
