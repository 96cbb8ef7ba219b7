import CacheModel

/// Refuses prompts that only their history explains: "why?", "what about tomorrow?", "and on mobile?".
///
/// For the query this is a `refusal` before any candidate is looked at; for the candidate it is a veto.
struct FollowUpGuard: MatchGuard {
    let name = "follow_up"

    func check(_ pair: TextPair) -> Judgement.Veto? {
        pair.query.isFollowUp || pair.candidate.isFollowUp ? veto("only the history tells what is meant") : nil
    }
}
