/// The costs of one key in slots of a sixtieth of the window.
///
/// A slot counts until all of it has left the window: so never more than the limit passes in any span of the window's
/// length, and a call may be held up for a sixtieth of it longer than a log of every call would. At most 61 numbers a key,
/// however many calls.
public struct SlidingWindow: Sendable {
    /// Slots of a window.
    public static let slotCount: Int64 = 60

    /// Milliseconds of a slot.
    public let width: Int64
    /// Costs by slot: slot `n` begins at `n · width` milliseconds since 1970.
    public private(set) var slots: [Int64: Int]

    /// What `slots` holds of a key's window of `window` seconds.
    public init(window: Double, slots: [Int64: Int] = [:]) {
        width = Self.width(window: window)
        self.slots = slots
    }

    /// Milliseconds of a slot of a window.
    public static func width(window: Double) -> Int64 {
        max(1, Int64((window * 1000 / Double(slotCount)).rounded(.up)))
    }

    /// When the last of what counts stops counting, milliseconds since 1970.
    public var expiry: Int64 { ((slots.keys.max() ?? 0) + Self.slotCount + 1) * width }

    /// Counts `request` if it fits.
    public mutating func take(_ request: RateLimitRequest, now: Timestamp) -> RateLimitOutcome {
        let present = now.milliseconds / width
        // What a clock far ahead has left behind would hold everybody up.
        slots = slots.filter { $0.key + Self.slotCount >= present && $0.key <= present + Self.slotCount }
        // A clock a little behind another's goes by the other's.
        let current = max(present, slots.keys.max() ?? present)
        let used = slots.values.reduce(0, +)
        let isAllowed = used + request.cost <= request.limit
        if isAllowed && request.cost > 0 { slots[current, default: 0] += request.cost }
        let after = isAllowed ? used + request.cost : used
        func seconds(untilEndOf slot: Int64) -> Double {
            Double(max(0, (slot + Self.slotCount + 1) * width - now.milliseconds)) / 1000
        }
        var outcome = RateLimitOutcome(
            isAllowed: isAllowed, remaining: max(0, request.limit - after), retryAfter: nil,
            resetAfter: slots.keys.max().map(seconds) ?? 0)
        guard !isAllowed else { return outcome }
        var freed = 0
        for (slot, cost) in slots.sorted(by: { $0.key < $1.key }) {
            freed += cost
            guard used - freed + request.cost <= request.limit else { continue }
            outcome.retryAfter = seconds(untilEndOf: slot)
            break
        }
        return outcome
    }
}
