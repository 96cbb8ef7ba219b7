/// Gives a file's bytes, decompressed where its name ends in `.gz`. The program supplies it, so that this module reads
/// no files itself.
public typealias ByteSource = @Sendable (_ path: String) throws(DataError) -> [UInt8]

/// The lines of a text file, one after the other, checked to be UTF-8; no line is copied before it is asked for.
struct TextLines {
    /// The file's name, for messages.
    let file: String
    private let bytes: [UInt8]

    /// Checks what can be told from the start of the file.
    init(_ bytes: [UInt8], file: String) throws(DataError) {
        self.bytes = bytes
        self.file = file
        let head = Array(bytes.prefix(2))
        if head == [0xFF, 0xFE] || head == [0xFE, 0xFF] {
            throw DataError(
                file: file, "is UTF-16; wanted UTF-8: convert it, for instance with 'iconv -f UTF-16 -t UTF-8'")
        }
        if head == [0x1F, 0x8B] {
            throw DataError(file: file, "is compressed by gzip although its name does not end in .gz")
        }
    }

    /// Calls `body` with each line that is not blank and its number, from 1. A byte-order mark and carriage returns
    /// before line ends are dropped.
    func forEach(_ body: (_ line: UnsafeBufferPointer<UInt8>, _ number: Int) throws(DataError) -> Void)
        throws(DataError)
    {
        try bytes.withUnsafeBufferPointer { buffer throws(DataError) in
            var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
            var number = 0
            while start < buffer.count {
                number += 1
                var end = buffer[start...].firstIndex(of: 0x0A) ?? buffer.count
                let next = end + 1
                if end > start, buffer[end - 1] == 0x0D { end -= 1 }
                let line = UnsafeBufferPointer(rebasing: buffer[start..<end])
                if line.contains(where: { $0 != 0x20 && $0 != 0x09 }) { try body(line, number) }
                start = next
            }
        }
    }

    /// The text of part of a line.
    ///
    /// - Throws: `DataError` that names the column and the byte which is not UTF-8.
    func text(_ part: UnsafeBufferPointer<UInt8>, offset: Int, line: Int) throws(DataError) -> String {
        if let text = String(validating: part, as: UTF8.self) { return text }
        let valid = Self.validPrefix(part)
        let byte = String(part[valid.bytes], radix: 16, uppercase: true)
        throw DataError(
            file: file, line: line,
            "column \(offset + valid.bytes + 1): byte 0x\(byte) after \(valid.characters) characters of the field is not UTF-8; "
                + "the file mixes encodings or is not UTF-8 (Latin-1?)")
    }

    /// How much of `part` decodes before the first error.
    private static func validPrefix(_ part: UnsafeBufferPointer<UInt8>) -> (bytes: Int, characters: Int) {
        var decoder = UTF8()
        var input = part.makeIterator()
        var (bytes, characters) = (0, 0)
        while case .scalarValue(let scalar) = decoder.decode(&input) {
            bytes += UTF8.width(scalar)
            characters += 1
        }
        return (min(bytes, part.count - 1), characters)
    }
}
