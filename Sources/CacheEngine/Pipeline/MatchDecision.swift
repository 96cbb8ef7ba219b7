import CacheModel

/// Decides among the candidates of a search: similarity proposes, the judge disposes.
///
/// The most similar candidate that no guard vetoes is the only one whose probability counts: asking the judge about
/// several gives each of them a chance to be wrong. Where that one is in doubt the verifier reads it, too: `verdict`, on a
/// thread that may block.
struct MatchDecision: Sendable {
    let judge: any MatchJudging
    /// What a hit needs, before evidence; where candidates in doubt are verified, the threshold of that policy.
    let requiredProbability: Double
    /// What a hit needs that could not be verified.
    private let unverifiedProbability: Double
    private let verifies: Bool
    let requiredSimilarity: Double
    let explain: Bool
    private let budget: Double
    private let evidence: EvidenceBook?
    private let query: Digest256?
    private let isAdaptive: Bool

    /// - Parameters:
    ///   - evidence: what is known of the candidates' answers; `nil` where nothing shall count but the judge.
    ///   - query: the folded key of the prompt.
    init(
        judge: any MatchJudging, request: CacheRequest, policy: NamespacePolicy, evidence: EvidenceBook? = nil,
        query: Digest256? = nil
    ) {
        self.judge = judge
        self.evidence = evidence
        self.query = query
        isAdaptive = policy.isAdaptive
        budget = request.controls.maximumFalseHitRate ?? policy.maximumFalseHitRate
        verifies = policy.verify && judge.verifies
        unverifiedProbability = judge.requiredProbability(maximumFalseHitRate: budget)
        requiredProbability =
            verifies ? judge.requiredProbability(maximumFalseHitRateVerified: budget) : unverifiedProbability
        requiredSimilarity = max(policy.minimumSimilarity, request.controls.minimumSimilarity ?? -1)
        explain = request.explain
    }

    /// What came of the candidates.
    struct Outcome: Sendable {
        var match: Match?
        /// The candidate that decided: the first that nothing vetoed, whatever came of it.
        var judged: Match?
        /// Why there is no match: what the best candidate failed by.
        var reason: MissReason?
        var nearest: NearestCandidate?
        var candidates: [ExplainedCandidate] = []
        /// The candidate that is to be verified before there is an outcome.
        var doubt: Doubt?
        var requiredProbability: Double
        var requiredSimilarity: Double
    }

    /// A candidate that the first stage is not sure of.
    struct Doubt: Sendable {
        var candidate: EntryDirectory.Candidate
        /// What the first stage makes of it.
        var probability: Double
    }

    /// Judges `candidates` (best first); `unservable` says why an entry may not be served.
    func decide(
        prompt: String, candidates: [EntryDirectory.Candidate], unservable: (EntryRecord) -> MissReason?
    ) -> Outcome {
        var outcome = Outcome(requiredProbability: requiredProbability, requiredSimilarity: requiredSimilarity)
        let query = judge.begin(prompt)
        if let refusal = query.refusal {
            outcome.reason = refusal
            outcome.nearest = nearest(candidates[0], nil)
            return outcome
        }
        for candidate in candidates {
            if let reason = unservable(candidate.record) {
                outcome.note(reason, nearest(candidate, nil))
                continue
            }
            if let evidence, let key = self.query, evidence.refuses(candidate.record, query: key) {
                outcome.note(.feedback, nearest(candidate, nil))
                continue
            }
            let similarity = Double(candidate.similarity)
            let judgement = query.judge(candidate.record.prompt, similarity: similarity, explain: explain)
            if explain {
                outcome.candidates.append(
                    ExplainedCandidate(entryID: candidate.record.id, similarity: similarity, judgement: judgement))
            }
            if let veto = judgement.veto {
                outcome.note(.guarded(by: veto.guardName), nearest(candidate, judgement.probability))
                continue
            }
            let probability = judgement.probability ?? 0
            if verifies && judgement.isDoubtful && similarity >= requiredSimilarity {
                outcome.doubt = Doubt(candidate: candidate, probability: probability)
            } else {
                settle(candidate, probability, required: requiredProbability, &outcome)
            }
            break
        }
        return outcome
    }

    /// What the verifier makes of the candidate in doubt; `nil` where it cannot read it, or not in time. Takes milliseconds.
    func verdict(on doubt: Doubt, prompt: String) -> Judgement? {
        judge.verify(
            prompt, doubt.candidate.record.prompt, similarity: Double(doubt.candidate.similarity), explain: explain)
    }

    /// The outcome once the candidate in doubt was verified. Without a verdict the first stage's own threshold counts.
    func settled(_ outcome: Outcome, by verdict: Judgement?) -> Outcome {
        guard let doubt = outcome.doubt else { return outcome }
        var outcome = outcome
        outcome.doubt = nil
        guard let verdict, let probability = verdict.probability else {
            settle(doubt.candidate, doubt.probability, required: unverifiedProbability, &outcome)
            return outcome
        }
        if let index = outcome.candidates.firstIndex(where: { $0.entryID == doubt.candidate.record.id }) {
            outcome.candidates[index].judgement = verdict
        }
        settle(doubt.candidate, probability, required: requiredProbability, &outcome)
        return outcome
    }

    /// The first candidate without a veto decides.
    private func settle(
        _ candidate: EntryDirectory.Candidate, _ probability: Double, required: Double, _ outcome: inout Outcome
    ) {
        let similarity = Double(candidate.similarity)
        outcome.requiredProbability = required
        if let evidence, isAdaptive {
            outcome.requiredProbability = evidence.requiredProbability(
                of: candidate.record, base: required, budget: budget)
        }
        let judged = Match(
            record: candidate.record, type: .semantic, similarity: similarity, probability: probability)
        outcome.judged = judged
        if similarity < requiredSimilarity {
            outcome.note(.belowThreshold, nearest(candidate, probability))
        } else if probability < outcome.requiredProbability {
            outcome.note(.unsure, nearest(candidate, probability))
        } else {
            outcome.match = judged
            outcome.nearest = nearest(candidate, probability)
        }
    }

    private func nearest(_ candidate: EntryDirectory.Candidate, _ probability: Double?) -> NearestCandidate {
        NearestCandidate(
            entryID: candidate.record.id, similarity: Double(candidate.similarity), probability: probability)
    }
}

extension MatchDecision.Outcome {
    /// Keeps the first reason: the one that the nearest candidate failed by.
    fileprivate mutating func note(_ reason: MissReason, _ candidate: NearestCandidate) {
        guard self.reason == nil else { return }
        self.reason = reason
        nearest = candidate
    }
}
