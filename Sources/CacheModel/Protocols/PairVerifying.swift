/// Reads two prompts together and says how likely one answer serves both: slower than any cosine, and better.
public protocol PairVerifying: Sendable {
    /// Names the model and its content.
    var identifier: String { get }
    /// Reads both orders of a pair. `isLate` is asked now and then; where it says so the work ends.
    func verify(_ a: String, _ b: String, isLate: () -> Bool) -> Verification
}

/// What came of verifying a pair.
public enum Verification: Sendable, Equatable {
    /// Log-odds that one answer serves both: as (a, b) and as (b, a).
    case verdict(forward: Float, backward: Float)
    /// The pair cannot be read whole: too long, or a side without words.
    case unread
    /// The time was up.
    case late
}
