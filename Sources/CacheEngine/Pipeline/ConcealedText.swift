/// Tells prompts that hold what a model reads and a person does not see, or sees as something else.
///
/// Folding drops invisible characters, so that a prompt with instructions written in them ("ASCII smuggling" by tag
/// characters) would have the folded key of the harmless prompt that one sees, and its answer would be served for that
/// one. Such a prompt therefore matches exactly, as given, or not at all. Sources: Unicode's Default_Ignorable_Code_Point
/// and Bidi_Control, UTS #39 (mixed-script confusables).
enum ConcealedText {
    /// Whether `text` conceals anything. O(bytes); ASCII is looked at once.
    static func isPresent(in text: String) -> Bool {
        let bytes = text.utf8
        guard bytes.contains(where: { $0 >= 0x80 || $0 < 0x20 || $0 == 0x7F }) else { return false }
        var word = Word()
        var previous: Unicode.Scalar?
        for (offset, scalar) in text.unicodeScalars.enumerated() {
            if isHidden(scalar, first: offset == 0) { return true }
            if isJoiner(scalar) {
                // One of them shapes a letter or an emoji; several in a row, or one within an English word, carry
                // something else.
                guard let previous, !isJoiner(previous), !isASCIILetter(previous) else { return true }
            } else if word.add(scalar) {
                return true
            }
            previous = scalar
        }
        return false
    }

    private static func isHidden(_ scalar: Unicode.Scalar, first isFirst: Bool) -> Bool {
        switch scalar.value {
        // Backspace, escape and other controls that terminals act on; tab and line ends are white space.
        case 0...0x08, 0x0E...0x1F, 0x7F...0x84, 0x86...0x9F: true
        // A byte order mark belongs in front.
        case 0xFEFF: !isFirst
        // Soft hyphen, zero-width space, embeddings and overrides of direction, invisible operators, fillers,
        // interlinear annotations, tags and supplementary selectors.
        case 0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B...0x180F, 0x200B, 0x202A...0x202E,
            0x2060...0x206F, 0x3164, 0xFFA0, 0xFFF0...0xFFFB, 0x1BCA0...0x1BCA3, 0x1D173...0x1D17A, 0xE0000...0xE0FFF:
            true
        default: false
        }
    }

    /// Zero-width joiners, marks of direction, and the selectors of a character's look.
    private static func isJoiner(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x200C...0x200F, 0xFE00...0xFE0F: true
        default: false
        }
    }

    private static func isASCIILetter(_ scalar: Unicode.Scalar) -> Bool {
        (0x41...0x5A).contains(scalar.value) || (0x61...0x7A).contains(scalar.value)
    }

    /// The word that is being read: whether it mixes Latin letters with look-alikes of another script.
    private struct Word {
        private var latin = 0
        private var alike = 0

        /// Takes a scalar; returns whether the word is a disguise by now.
        mutating func add(_ scalar: Unicode.Scalar) -> Bool {
            switch scalar.value {
            case 0x41...0x5A, 0x61...0x7A, 0xC0...0x24F: latin += 1
            // Cyrillic, Cherokee and Armenian letters, and the Greek ones that look like Latin.
            case 0x400...0x52F, 0x13A0...0x13FF, 0x530...0x58F, 0x391, 0x392, 0x395...0x397, 0x399, 0x39A, 0x39C,
                0x39D, 0x39F, 0x3A1, 0x3A4, 0x3A5, 0x3A7, 0x3BF, 0x3C1, 0x3C5, 0x3B9, 0x3BD, 0x3F2:
                alike += 1
            case 0x300...0x36F: break
            default: (latin, alike) = (0, 0)
            }
            // "Δx" and "α-helix" are no disguise.
            return alike > 0 && latin > 0 && alike + latin >= 4
        }
    }
}
