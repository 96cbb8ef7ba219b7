/// Finds secrets and personal data by their form, in the bytes as they are.
///
/// One pass from left to right: a table tells the few bytes at which something could begin, and every look ahead is
/// bounded, so that the time is linear in the bytes whatever they are. It is made against accidents, such as a key
/// pasted into a prompt; who wants to get a secret past it can write it apart.
public struct SensitiveScan {
    /// Something that was found, and the bytes that it takes.
    public typealias Finding = (kind: SensitiveKind, range: Range<Int>)

    let text: UnsafeBufferPointer<UInt8>
    /// Whether the bytes are JSON: then escapes such as `\n` are no part of words.
    let isJSON: Bool
    let wanted: SensitiveKinds

    init(_ text: UnsafeBufferPointer<UInt8>, isJSON: Bool, wanted: SensitiveKinds) {
        (self.text, self.isJSON, self.wanted) = (text, isJSON, wanted)
    }

    /// The first kind of `kinds` that `text` holds.
    public static func first(in text: String, of kinds: SensitiveKinds) -> SensitiveKind? {
        if kinds.isEmpty { return nil }
        var text = text
        return text.withUTF8 { SensitiveScan($0, isJSON: false, wanted: kinds).first()?.kind }
    }

    /// The first kind of `kinds` that a JSON value holds.
    public static func first(in value: RawJSON, of kinds: SensitiveKinds) -> SensitiveKind? {
        if kinds.isEmpty { return nil }
        return value.bytes.withUnsafeBufferPointer { SensitiveScan($0, isJSON: true, wanted: kinds).first()?.kind }
    }

    private func first() -> Finding? {
        var found: Finding?
        forEach { finding in
            found = finding
            return false
        }
        return found
    }

    // MARK: The pass

    /// Calls `body` with what is found, in order and without overlap, until it returns `false`.
    func forEach(_ body: (Finding) -> Bool) {
        var index = 0
        // Whether a word may begin here.
        var isBoundary = true
        // Where the last finding ended: an address reaches back no further.
        var floor = 0
        while index < text.count {
            let byte = text[index]
            if isJSON && byte == UInt8(ascii: "\\") {
                index += index + 1 < text.count && text[index + 1] == UInt8(ascii: "u") ? 6 : 2
                isBoundary = true
                continue
            }
            guard isBoundary || Self.isPunctuation[Int(byte)], Self.isTrigger[Int(byte)],
                let finding = finding(at: index, isBoundary: isBoundary, floor: floor),
                wanted.contains(SensitiveKinds(finding.kind))
            else {
                isBoundary = !Self.isWord[Int(byte)]
                index += 1
                continue
            }
            if !body(finding) { return }
            index = finding.range.upperBound
            floor = index
            isBoundary = true
        }
    }

    /// What begins at `index`, or around it from `floor` on; `isBoundary` says that no word goes on there.
    private func finding(at index: Int, isBoundary: Bool, floor: Int) -> Finding? {
        switch text[index] {
        case UInt8(ascii: "-"): privateKey(at: index)
        case UInt8(ascii: "@"): email(at: index, floor: floor)
        case UInt8(ascii: ":"): userInfo(at: index)
        case UInt8(ascii: "+"), UInt8(ascii: "("): isBoundary ? phone(at: index) : nil
        case 0x30...0x39: card(at: index) ?? phone(at: index)
        default: key(at: index) ?? named(at: index) ?? iban(at: index)
        }
    }

    // MARK: Bytes

    /// The byte at `index`; 0 behind the end.
    func byte(_ index: Int) -> UInt8 { index >= 0 && index < text.count ? text[index] : 0 }

    /// Where the run of bytes of `table` that begins at `start` ends, at most `limit` bytes on.
    func end(of table: [Bool], from start: Int, limit: Int = .max) -> Int {
        let bound = limit < text.count - start ? start + limit : text.count
        var index = start
        while index < bound, table[Int(text[index])] { index += 1 }
        return index
    }

    /// Whether `word` (lower case) stands at `index`, in either case where `foldsCase`.
    func stands(_ word: StaticString, at index: Int, foldsCase: Bool = false) -> Bool {
        let count = word.utf8CodeUnitCount
        guard index >= 0, index + count <= text.count else { return false }
        for offset in 0..<count {
            let byte = text[index + offset]
            let folded = foldsCase && byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
            if folded != word.utf8Start[offset] { return false }
        }
        return true
    }

    static func table(_ isMember: (UInt8) -> Bool) -> [Bool] { (0...255).map { isMember(UInt8($0)) } }

    static let isDigit = table { $0 >= 0x30 && $0 <= 0x39 }
    static let isLetter = table { ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A }
    /// Letters, digits, the underscore, and the bytes of other scripts.
    static let isWord = table { isDigit[Int($0)] || isLetter[Int($0)] || $0 == UInt8(ascii: "_") || $0 >= 0x80 }
    /// What keys are written with: base64url and the dot.
    static let isKeyByte = table { ($0 < 0x80 && isWord[Int($0)]) || $0 == UInt8(ascii: "-") }
    /// What may stand at the beginning of something without a boundary before it.
    private static let isPunctuation = table { "-@:+(".utf8.contains($0) }
    /// What something can begin with.
    private static let isTrigger = table { byte in
        isPunctuation[Int(byte)] || isDigit[Int(byte)] || isLetter[Int(byte)]
    }
}
