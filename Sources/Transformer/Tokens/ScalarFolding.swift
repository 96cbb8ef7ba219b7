import Foundation

/// What BERT's basic tokeniser makes of one Unicode scalar: lower case, decomposed, without marks.
///
/// Canonical decomposition goes scalar by scalar: marks are dropped, so the order that normalisation would give them does
/// not matter. The rules are those of `words` in models/training/verifier/tokens.py.
enum ScalarFolding {
    /// What a folded scalar does to the word that is being read.
    enum Kind: UInt8 { case dropped, space, mark, letter }

    /// Scalars below this are looked up: Latin to Kana. Building the table takes some 20 ms, once, at the first text that
    /// is not ASCII.
    private static let tableEnd: UInt32 = 0x3100

    private static let table: (starts: [UInt32], scalars: [UInt32], kinds: [Kind]) = {
        var (starts, scalars, kinds): ([UInt32], [UInt32], [Kind]) = ([0], [], [])
        for value in 0..<tableEnd {
            if let scalar = Unicode.Scalar(value) {
                each(of: scalar) {
                    scalars.append($0)
                    kinds.append($1)
                }
            }
            starts.append(UInt32(scalars.count))
        }
        return (starts, scalars, kinds)
    }()

    /// Hands on what `scalar` becomes: most often one scalar, sometimes none or several.
    @inline(__always)
    static func fold(_ scalar: Unicode.Scalar, _ body: (UInt32, Kind) -> Void) {
        let value = scalar.value
        if value < tableEnd {
            for index in Int(table.starts[Int(value)])..<Int(table.starts[Int(value) + 1]) {
                body(table.scalars[index], table.kinds[index])
            }
        } else if 0x4E00 <= value && value <= 0x9FFF {
            body(value, .mark)
        } else if 0xAC00 <= value && value <= 0xD7A3 {
            hangul(value, body)
        } else {
            each(of: scalar, body)
        }
    }

    /// The letters of a Hangul syllable (the Unicode standard, section 3.12).
    private static func hangul(_ value: UInt32, _ body: (UInt32, Kind) -> Void) {
        let index = value - 0xAC00
        body(0x1100 + index / 588, .letter)
        body(0x1161 + index % 588 / 28, .letter)
        if index % 28 != 0 { body(0x11A7 + index % 28, .letter) }
    }

    /// Folds by the standard library's and Foundation's tables.
    private static func each(of scalar: Unicode.Scalar, _ body: (UInt32, Kind) -> Void) {
        for folded in scalar.properties.lowercaseMapping.decomposedStringWithCanonicalMapping.unicodeScalars {
            let kind = kind(of: folded)
            if kind != .dropped { body(folded.value, kind) }
        }
    }

    private static func kind(of scalar: Unicode.Scalar) -> Kind {
        switch scalar.value {
        case 9, 10, 13, 32: return .space
        case 0, 0xFFFD: return .dropped
        case 33...47, 58...64, 91...96, 123...126: return .mark
        default: break
        }
        switch scalar.properties.generalCategory {
        case .spaceSeparator: return .space
        case .control, .format, .nonspacingMark: return .dropped
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
            .finalPunctuation, .otherPunctuation:
            return .mark
        default: return isIdeograph(scalar.value) ? .mark : .letter
        }
    }

    /// The blocks that BERT calls CJK: each character is a word.
    private static func isIdeograph(_ value: UInt32) -> Bool {
        switch value {
        case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F,
            0x2B820...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F:
            return true
        default: return false
        }
    }
}
