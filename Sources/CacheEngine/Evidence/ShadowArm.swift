import CacheModel

/// Another way to decide about candidates, which runs beside the judge in force and serves nothing.
public struct ShadowArm: Sendable {
    /// What it is called in counts.
    public let name: String
    /// How it decides.
    public let judge: any MatchJudging
    /// The share of hits that may be wrong, in place of the policy's.
    public let maximumFalseHitRate: Double?

    /// An arm.
    public init(name: String, judge: any MatchJudging, maximumFalseHitRate: Double? = nil) {
        self.name = name
        self.judge = judge
        self.maximumFalseHitRate = maximumFalseHitRate
    }
}

extension CacheEngine {
    /// What the arm of a namespace would serve among the candidates; counted beside the judge in force.
    func runShadowArm(
        _ pass: LookupPass, candidates: [EntryDirectory.Candidate], inForce: Match?
    ) -> EntryReference? {
        guard let name = pass.policy.shadowArm, let arm = parts.shadowArms[name] else { return nil }
        var request = pass.request
        request.explain = false
        if let budget = arm.maximumFalseHitRate { request.controls.maximumFalseHitRate = budget }
        let match = MatchDecision(judge: arm.judge, request: request, policy: pass.policy)
            .decide(prompt: pass.keys.prompt, candidates: candidates) { $0.isExpired(at: pass.now) ? .expired : nil }
            .match
        shadow.count(request.namespace, arm: arm.name) { tally in
            switch (inForce, match) {
            case (let ours?, let its?) where ours.record.id == its.record.id: tally.bothSame += 1
            case (_?, _?): tally.bothOther += 1
            case (_?, nil): tally.onlyInForce += 1
            case (nil, _?): tally.onlyArm += 1
            case (nil, nil): tally.neither += 1
            }
        }
        return inForce == nil ? match?.record.reference : nil
    }
}
