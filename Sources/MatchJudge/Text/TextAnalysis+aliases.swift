extension TextAnalysis {
    /// Reads "United States" as one name, and with it the few others that have a common short form.
    func readAliases() {
        guard tokens.count > 1 else { return }
        for position in 1..<tokens.count {
            guard let name = Self.aliases[WordHash.pair(tokens[position - 1].hash, tokens[position].hash)] else {
                continue
            }
            tokens[position].stem = name
            tokens[position].traits.formUnion([.place, .known])
            tokens[position].polarity = Polarity()
            tokens[position - 1].traits.formUnion([.filler, .known])
            tokens[position - 1].traits.subtract([.capital, .place])
            tokens[position - 1].polarity = Polarity()
        }
    }

    private static let aliases: WordMap<UInt64> = {
        var names: WordMap<UInt64> = [:]
        for (first, second, name) in [
            ("united", "states", "usa"), ("united", "kingdom", "uk"), ("great", "britain", "uk"),
            ("los", "angeles", "la"),
            ("hong", "kong", "hongkong"), ("new", "york", "ny"), ("san", "francisco", "sf"), ("saudi", "arabia", "ksa"),
            ("south", "korea", "korea"), ("new", "delhi", "delhi"), ("vereinigte", "staaten", "usa"),
        ] {
            let stem = Stemmer.stem(name)
            names[WordHash.pair(WordHash.of(first), WordHash.of(second))] = Lexicon.shared.group(of: stem)
        }
        return names
    }()
}
