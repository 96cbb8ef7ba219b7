import CacheEngine
import CacheModel

extension ShadowTally {
    /// Writes the counts.
    func write(to writer: inout JSONWriter) {
        writer.member("exact_hits", exactHits)
        writer.member("semantic_hits", semanticHits)
        writer.member("avoided_tokens", tokens)
        writer.member("avoided_cost_usd", dollars: cost)
        writer.member("exact_answers") { exactAnswers.write(to: &$0) }
        writer.member("semantic_answers") { semanticAnswers.write(to: &$0) }
    }
}

extension AgreementTally {
    /// Writes the counts.
    func write(to writer: inout JSONWriter) {
        writer.member("same", same)
        writer.member("other", other)
        writer.member("unclear", unclear)
    }
}

extension ArmTally {
    /// Writes the counts.
    func write(to writer: inout JSONWriter) {
        writer.member("arm", arm)
        writer.member("both_same_entry", bothSame)
        writer.member("both_other_entry", bothOther)
        writer.member("only_in_force", onlyInForce)
        writer.member("only_arm", onlyArm)
        writer.member("neither", neither)
        writer.member("only_arm_answers") { answers.write(to: &$0) }
    }
}
