import CacheModel

/// A rule that refuses a candidate whatever its similarity: what it looks for must never differ between two prompts
/// that share an answer.
///
/// A guard is a small value without state. To add one, write it in a file of its own and name it in `Guards.all`.
public protocol MatchGuard: Sendable {
    /// The guard's name, as in `guard:numbers`.
    var name: String { get }
    /// The refusal, or `nil` where the guard has nothing against the pair. O(tokens) or O(tokens²) of the few
    /// unmatched ones.
    func check(_ pair: TextPair) -> Judgement.Veto?
}

extension MatchGuard {
    /// A refusal in this guard's name.
    func veto(_ detail: String) -> Judgement.Veto { Judgement.Veto(guardName: name, detail: detail) }
}

/// The guards that a judge asks, in this order.
public enum Guards {
    /// Every guard: cheap and telling ones first.
    public static let all: [any MatchGuard] = [
        NumbersGuard(), IdentifiersGuard(), CodeGuard(), NegationGuard(), AntonymsGuard(), AlternativesGuard(),
        DirectionGuard(), RolesGuard(), PossessionGuard(), RatioGuard(), QuotedGuard(), EntitiesGuard(), FormGuard(),
        QuestionGuard(), ModalityGuard(), ReferenceGuard(), AspectGuard(), FollowUpGuard(), LengthGuard(),
    ]

    /// The names of all guards.
    public static var names: [String] { all.map(\.name) }
}
