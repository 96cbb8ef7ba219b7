/// Reads two prompts together and says how likely one answer serves both: slower than any cosine, and better.
public protocol PairVerifying: Sendable {
    /// Names the model and its content.
    var identifier: String { get }
    /// Reads a pair as (a, b) and, where the log-odds of that reach `least`, as (b, a) too; below `least` the first
    /// reading stands for both. `isLate` is asked now and then; where it says so the work ends.
    func verify(_ a: String, _ b: String, bothFrom least: Float, isLate: () -> Bool) -> Verification
}

/// What came of verifying a pair.
public enum Verification: Sendable, Equatable {
    /// Log-odds that one answer serves both: as (a, b) and as (b, a); the same ones twice where only (a, b) was read.
    case verdict(forward: Float, backward: Float)
    /// The pair cannot be read whole: too long, or a side without words.
    case unread
    /// The time was up.
    case late
}
