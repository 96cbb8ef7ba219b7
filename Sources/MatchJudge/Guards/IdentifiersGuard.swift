import CacheModel

/// Refuses pairs whose identifiers differ: error codes, addresses, paths, part numbers, dotted versions.
struct IdentifiersGuard: MatchGuard {
    let name = "identifiers"

    func check(_ pair: TextPair) -> Judgement.Veto? {
        missing(pair.query, in: pair.candidate) ?? missing(pair.candidate, in: pair.query)
    }

    private func missing(_ text: TextAnalysis, in other: TextAnalysis) -> Judgement.Veto? {
        for identifier in text.identifiers {
            if other.identifiers.contains(where: { $0.hash == identifier.hash }) || other.contains(identifier.hash) {
                continue
            }
            let token = text.tokens[Int(identifier.token)]
            if isJoined(token, text, in: other) || isShortened(token, text, in: other) { continue }
            return veto("\"\(text.text(of: token))\" stands on one side only")
        }
        return nil
    }

    /// "gpt4" is "gpt 4", "node.js" is "nodejs": the letters and digits of neighbouring words run together.
    private func isJoined(_ token: Token, _ text: TextAnalysis, in other: TextAnalysis) -> Bool {
        let bytes = text.folded[Int(token.start)..<Int(token.start) + Int(token.length)].filter(Self.counts)
        guard bytes.count >= 2 else { return false }
        for start in other.tokens.indices {
            var matched = 0
            var index = start
            while index < other.tokens.count, matched < bytes.count {
                let next = other.tokens[index]
                for byte in other.folded[Int(next.start)..<Int(next.start) + Int(next.length)] where Self.counts(byte) {
                    guard matched < bytes.count, bytes[matched] == byte else {
                        matched = Int.max
                        break
                    }
                    matched += 1
                }
                if matched == Int.max { break }
                index += 1
            }
            if matched == bytes.count { return true }
        }
        return false
    }

    /// "node.js" is "node" where the other side has no dotted name of its own.
    private func isShortened(_ token: Token, _ text: TextAnalysis, in other: TextAnalysis) -> Bool {
        let bytes = text.folded[Int(token.start)..<Int(token.start) + Int(token.length)]
        guard other.identifiers.isEmpty, let dot = bytes.firstIndex(of: UInt8(ascii: ".")), dot - bytes.startIndex >= 3,
            bytes.endIndex - dot <= 5, bytes.allSatisfy({ ByteClass.of($0) == .letter || $0 == UInt8(ascii: ".") })
        else { return false }
        return other.contains(WordHash.of(bytes[..<dot]))
    }

    private static func counts(_ byte: UInt8) -> Bool {
        byte >= 0x80 || ByteClass.of(byte) == .letter || ByteClass.of(byte) == .digit || byte == UInt8(ascii: "+")
            || byte == UInt8(ascii: "#")
    }
}
