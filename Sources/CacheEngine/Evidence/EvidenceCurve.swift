import CacheModel
import Foundation

/// What is known, by the judge's probability, of the answers of a scope or an entry, and the least probability that this
/// knowledge allows within a budget.
///
/// In the manner of vCache (Schroeder et al., arXiv 2502.03771), whose entries each learn a threshold of their own with an
/// error bound; it differs where the promise differs: vCache bounds wrong answers over all lookups by letting uncertain
/// hits through at random, Deja bounds them over hits by refusing what has not proved itself. docs/judge.md has the
/// formulas.
struct EvidenceCurve: Sendable, Equatable {
    /// Lower edges of the bins of probability; finer where budgets have their thresholds.
    static let edges: [Double] = [
        0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.67, 0.74, 0.8, 0.84, 0.88, 0.93, 0.97,
    ]
    /// No probability reaches it.
    static let refuseAll = 2.0
    /// The most comparisons that count in full: beyond them what is older counts half, so that the curve follows the times.
    static let memory = 4096
    /// The confidence of a certificate, as that of the judge's own thresholds.
    static let confidence = 0.95
    /// The share of truly other answers that a comparison may call the same; measured below it (docs/judge.md).
    static let comparisonError = 0.05

    /// Candidates whose answers were compared with the model's.
    private(set) var same = SIMD16<UInt16>(repeating: 0)
    private(set) var other = SIMD16<UInt16>(repeating: 0)
    /// Hits that feedback spoke about.
    private(set) var praised = SIMD16<UInt16>(repeating: 0)
    private(set) var blamed = SIMD16<UInt16>(repeating: 0)
    /// Hits among which that feedback was, at the bin of the feedback.
    private(set) var served = SIMD16<UInt32>(repeating: 0)

    /// Takes in evidence, in place of what was `replaced` (an opposite verdict on the same lookup).
    mutating func add(_ evidence: Evidence, served count: Int, replaced: Verdict?) {
        let bin = Self.bin(evidence.lookup.probability)
        switch evidence.source {
        case .feedback:
            if replaced == .right { praised[bin] -= min(1, praised[bin]) }
            if replaced == .wrong { blamed[bin] -= min(1, blamed[bin]) }
            if evidence.verdict == .right { praised[bin] += 1 } else { blamed[bin] += 1 }
            if replaced == nil { served[bin] += UInt32(clamping: min(count, 1 << 24)) }
        case .exploration, .nearMiss:
            if evidence.verdict == .right { same[bin] += 1 } else { other[bin] += 1 }
        }
        if total(same) + total(other) > Self.memory || total(praised) + total(blamed) > Self.memory { halve() }
    }

    /// The least probability at which a hit may be served, where the judge's own certificate says `base`.
    ///
    /// From the highest bin down: a bin stays open as long as all that is known at its probability or above is within the
    /// budget (`isTolerable`), and below `base` only while a certificate says so. So evidence takes hits away at once and
    /// gives them only when it is strong. O(bins).
    func requiredProbability(base: Double, budget: Double) -> Double {
        guard budget > 0 else { return base }
        var threshold = Self.refuseAll
        var (known, below) = (Known(), Known())
        for bin in Self.edges.indices.reversed() {
            known.add(self, bin)
            let lower = Self.edges[bin]
            let upper = bin + 1 < Self.edges.count ? Self.edges[bin + 1] : 1.000_001
            guard known.isTolerable(budget) else { break }
            if upper > base { threshold = max(lower, base) }
            guard lower < base else { continue }
            // What is above has the judge's certificate; what is below needs one of its own. The bin in which `base` lies
            // is opened together with the next.
            below.add(self, bin)
            if upper > base { continue }
            let compared = Double(same[bin]) + Double(other[bin])
            guard compared >= max(5, 0.25 / budget), below.isCertified(budget) else { break }
            threshold = lower
        }
        return threshold
    }

    /// Whether nothing is known.
    var isEmpty: Bool { total(same) + total(other) + total(praised) + total(blamed) == 0 }

    private static func bin(_ probability: Double) -> Int { edges.lastIndex { probability >= $0 } ?? 0 }

    private func total(_ counts: SIMD16<UInt16>) -> Int { Int(SIMD16<UInt32>(truncatingIfNeeded: counts).wrappedSum()) }

    private mutating func halve() {
        (same, other, praised, blamed) = (same &>> 1, other &>> 1, praised &>> 1, blamed &>> 1)
        served = served &>> 1
    }
}

extension EvidenceCurve {
    /// What is known from some probability on.
    private struct Known {
        var same = 0.0
        var other = 0.0
        var praised = 0.0
        var blamed = 0.0
        var served = 0.0

        mutating func add(_ curve: EvidenceCurve, _ bin: Int) {
            same += Double(curve.same[bin])
            other += Double(curve.other[bin])
            praised += Double(curve.praised[bin])
            blamed += Double(curve.blamed[bin])
            served += Double(curve.served[bin])
        }

        /// Whether the share of wrong answers, estimated with a prior, is within the budget b.
        ///
        /// The prior stands for the judge's certificate: 1/(2b) hits of which b/2 are wrong. So one wrong answer needs
        /// 75 right ones beside it at 1 %. Comparisons are a sample of all candidates; feedback is not, so complaints are
        /// held against all hits that they could have been about.
        func isTolerable(_ budget: Double) -> Bool {
            let slack = 0.25
            return other <= budget * (same + other) + slack
                && blamed <= budget * (max(served, praised + blamed) + same) + slack
        }

        /// Whether the hypothesis that the budget or more of the answers are wrong is refuted, however often one looks.
        ///
        /// The likelihood ratio of wrong shares q below b against b itself is a supermartingale whenever at least b are
        /// wrong, and so is a mixture over q; by Ville's inequality it ever reaches 1/α with probability α at most (H.
        /// Robbins, Ann. Math. Stat. 41, 1970; I. Waudby-Smith and A. Ramdas, JRSS B 86, 2024). b is lowered by the share
        /// of other answers that a comparison may miss. Praise does not count: people praise what they like.
        func isCertified(_ budget: Double) -> Bool {
            let bound = min(0.99, budget * (1 - EvidenceCurve.comparisonError))
            let wrong = other + blamed
            let ratios = [0, bound / 4, bound / 2].map { share in
                let odds = wrong == 0 ? 0 : wrong * log(share / bound)
                return exp(odds + same * log((1 - share) / (1 - bound)))
            }
            return ratios.reduce(0, +) / 3 >= 1 / (1 - EvidenceCurve.confidence)
        }
    }
}
