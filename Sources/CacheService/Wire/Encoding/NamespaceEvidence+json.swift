import CacheEngine
import CacheModel

extension NamespaceEvidence {
    /// Writes the counts, and the running false-hit rate where there is any, with its interval.
    func write(to writer: inout JSONWriter) {
        writer.member("feedback_right", praised)
        writer.member("feedback_wrong", blamed)
        writer.member("explored_same", exploredSame)
        writer.member("explored_other", exploredOther)
        writer.member("near_miss_same", nearMissSame)
        writer.member("near_miss_other", nearMissOther)
        writer.member("unclear", unclear)
        guard let rate = falseHits.share, let interval = falseHits.wilsonInterval() else { return }
        writer.member("false_hit_rate") { writer in
            writer.member("share", figure: rate)
            writer.member("low", figure: interval.lowerBound)
            writer.member("high", figure: interval.upperBound)
            writer.member("of", falseHits.trials)
        }
    }
}
