import CacheModel

/// What a namespace in shadow would have done.
public struct ShadowTally: Sendable, Equatable {
    /// Lookups that would have hit by exact key.
    public var exactHits = 0
    /// Lookups that would have hit by meaning.
    public var semanticHits = 0
    /// Tokens that would not have been used.
    public var tokens = 0
    /// Money that would not have been spent, where the price is known.
    public var cost = NanoDollars(0)
    /// Of the exact ones: what the model's answer then was.
    public var exactAnswers = AgreementTally()
    /// Of the semantic ones.
    public var semanticAnswers = AgreementTally()

    /// Nothing counted.
    public init() {}
}

/// How often an answer that would have been served was the model's.
public struct AgreementTally: Sendable, Equatable {
    /// It was.
    public var same = 0
    /// It was another.
    public var other = 0
    /// It could not be told.
    public var unclear = 0

    /// Nothing counted.
    public init() {}

    mutating func add(_ outcome: ResponseComparer.Outcome) {
        switch outcome {
        case .same: same += 1
        case .other: other += 1
        case .unclear: unclear += 1
        }
    }
}

/// How an arm that runs in shadow beside the judge in force decided, and with what success.
public struct ArmTally: Sendable, Equatable {
    /// What the arm is called.
    public var arm: String
    /// Lookups on which both would serve the same entry.
    public var bothSame = 0
    /// Lookups on which both would serve, but not the same.
    public var bothOther = 0
    /// Lookups on which only the judge in force would serve.
    public var onlyInForce = 0
    /// Lookups on which only the arm would serve.
    public var onlyArm = 0
    /// Lookups on which neither would.
    public var neither = 0
    /// What the model's answer then was, where the arm would have served and the judge in force did not.
    public var answers = AgreementTally()

    init(arm: String) { self.arm = arm }
}

/// Counts what shadows would have done, by namespace; at most so many namespaces are told apart.
final class ShadowCounters: Sendable {
    private struct State {
        var shadows: [String: ShadowTally] = [:]
        var arms: [String: ArmTally] = [:]
    }

    private let state = Locked(State())

    /// The counts so far.
    var shadows: [String: ShadowTally] { state.withLock { $0.shadows } }
    /// The counts so far.
    var arms: [String: ArmTally] { state.withLock { $0.arms } }

    /// Changes the tally of a namespace in shadow.
    func count(_ namespace: String, _ change: (inout ShadowTally) -> Void) {
        state.withLock { state in
            guard state.shadows[namespace] != nil || state.shadows.count < EvidenceBook.namespaceCount else { return }
            change(&state.shadows[namespace, default: ShadowTally()])
        }
    }

    /// Changes the tally of a namespace's arm.
    func count(_ namespace: String, arm: String, _ change: (inout ArmTally) -> Void) {
        state.withLock { state in
            guard state.arms[namespace] != nil || state.arms.count < EvidenceBook.namespaceCount else { return }
            change(&state.arms[namespace, default: ArmTally(arm: arm)])
        }
    }
}
