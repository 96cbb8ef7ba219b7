import CacheModel

/// Refuses pairs in which one is the other's here, and the other the one's there: "my wife's brother" against "the wife of my
/// brother".
struct PossessionGuard: MatchGuard {
    let name = "possession"

    func check(_ pair: TextPair) -> Judgement.Veto? {
        guard pair.tellsOneThing else { return nil }
        return differing(pair.query, pair.candidate) ?? differing(pair.candidate, pair.query)
    }

    private func differing(_ here: TextAnalysis, _ there: TextAnalysis) -> Judgement.Veto? {
        let (these, those) = (here.possessions, there.possessions)
        guard !those.isEmpty else { return nil }
        for possession in these where !those.contains(possession) {
            if those.contains(possession.turned), !these.contains(possession.turned) {
                return veto("whose trades places with what is theirs")
            }
            if asksWhose(those, possession), there.tokens.contains(where: { $0.stem == possession.owner }) {
                return veto("whose it is against what is theirs")
            }
            if tradesWithSpeaker(possession, these, those) {
                return veto("what is mine and what is theirs trade places")
            }
        }
        return nil
    }

    /// "Hadrian's father" against "whose father was Hadrian".
    private func asksWhose(_ those: [Possession], _ possession: Possession) -> Bool {
        those.contains(Possession(owner: Possession.asked, owned: possession.owned))
    }

    /// "The neighbour's tree fell on my fence" against "my tree fell on the neighbour's fence".
    private func tradesWithSpeaker(_ possession: Possession, _ these: [Possession], _ those: [Possession]) -> Bool {
        let mine = Possession(owner: Possession.speaker, owned: possession.owned)
        guard possession != mine, those.contains(mine), !these.contains(mine) else { return false }
        return those.contains { other in
            other.owner == possession.owner && other.owned != possession.owned
                && these.contains(Possession(owner: Possession.speaker, owned: other.owned))
        }
    }
}
