import CacheModel

/// Decides among the candidates of a search: similarity proposes, the judge disposes.
///
/// By the first stage alone the most similar candidate that no guard vetoes is the only one whose probability counts: it
/// knows words, and several near misses would each get a chance to be wrong. The verifier knows better: it reads the few
/// most similar that are in doubt (`verdict`, on a thread that may block), and the one that it is surest of decides. A near
/// miss shares more words with the prompt than the rewording beside it does, so the nearest is often not the right one.
struct MatchDecision: Sendable {
    let judge: any MatchJudging
    /// What a hit needs, before evidence; where candidates in doubt are verified, the threshold of that policy.
    let requiredProbability: Double
    /// What a hit needs that could not be verified.
    private let unverifiedProbability: Double
    private let verifies: Bool
    /// How many candidates without a veto may be verified.
    private let mostVerified: Int
    let requiredSimilarity: Double
    let explain: Bool
    private let budget: Double
    private let evidence: EvidenceBook?
    private let query: Digest256?
    private let isAdaptive: Bool

    /// - Parameters:
    ///   - evidence: what is known of the candidates' answers; `nil` where nothing shall count but the judge.
    ///   - query: the folded key of the prompt.
    ///   - mostVerified: how many candidates without a veto may be verified.
    init(
        judge: any MatchJudging, request: CacheRequest, policy: NamespacePolicy, evidence: EvidenceBook? = nil,
        query: Digest256? = nil, mostVerified: Int = 1
    ) {
        self.judge = judge
        self.mostVerified = mostVerified
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
        /// The candidate that decided, whatever came of it.
        var judged: Match?
        /// Why there is no match: what the best candidate failed by.
        var reason: MissReason?
        var nearest: NearestCandidate?
        var candidates: [ExplainedCandidate] = []
        /// The candidates that are to be verified before there is an outcome, nearest first.
        var doubts: [Doubt] = []
        var requiredProbability: Double
        var requiredSimilarity: Double
    }

    /// A candidate that the first stage is not sure of.
    struct Doubt: Sendable {
        var candidate: EntryDirectory.Candidate
        /// What the first stage makes of it.
        var probability: Double
    }

    /// What is known of a candidate in doubt.
    enum Reading {
        case verdict(Judgement)
        /// The verifier was asked and cannot tell, or there is no time to ask it: the first stage's own threshold counts.
        case silent
        case unasked
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
        var nearestPassed: Doubt?
        var passed = 0
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
            let found = Doubt(candidate: candidate, probability: judgement.probability ?? 0)
            let isDoubtful = verifies && judgement.isDoubtful && similarity >= requiredSimilarity
            if isDoubtful { outcome.doubts.append(found) }
            // Of the first stage's own probabilities the nearest one's counts alone.
            if nearestPassed == nil {
                nearestPassed = found
                if !isDoubtful && found.probability >= requiredProbability { break }
            }
            passed += 1
            if !verifies || passed >= mostVerified { break }
        }
        if outcome.doubts.isEmpty, let found = nearestPassed {
            settle(found, found.probability, required: requiredProbability, &outcome)
        }
        return outcome
    }

    /// What the verifier makes of the candidate in doubt; `nil` where it cannot read it, or not in time. Takes milliseconds.
    func verdict(on doubt: Doubt, prompt: String) -> Judgement? {
        judge.verify(
            prompt, doubt.candidate.record.prompt, similarity: Double(doubt.candidate.similarity), explain: explain)
    }

    /// The outcome once the candidates in doubt were verified: the surest of them decides. `nil` where `read` knows nothing
    /// yet of one.
    func settled(_ outcome: Outcome, by read: (Doubt) -> Reading) -> Outcome? {
        var outcome = outcome
        var best: (doubt: Doubt, probability: Double, required: Double)?
        for doubt in outcome.doubts {
            var (probability, required) = (doubt.probability, unverifiedProbability)
            switch read(doubt) {
            case .unasked: return nil
            case .silent: break
            case .verdict(let verdict):
                (probability, required) = (verdict.probability ?? 0, requiredProbability)
                let entry = doubt.candidate.record.id
                if let index = outcome.candidates.firstIndex(where: { $0.entryID == entry }) {
                    outcome.candidates[index].judgement = verdict
                }
            }
            // What was not verified is measured by another threshold: by how far it stays below or above its own.
            if let best, best.probability - best.required >= probability - required { continue }
            best = (doubt, probability, required)
        }
        outcome.doubts = []
        if let best { settle(best.doubt, best.probability, required: best.required, &outcome) }
        return outcome
    }

    /// The candidate that decides, and what comes of it.
    private func settle(_ found: Doubt, _ probability: Double, required: Double, _ outcome: inout Outcome) {
        let candidate = found.candidate
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
