/// A command's arguments, checked against its options.
struct Arguments {
    /// The command's name, for messages.
    let command: String
    private(set) var values: [String: [String]] = [:]
    private(set) var operands: [String] = []

    /// Reads `words`: `--name value`, `--name=value`, `--switch`, operands, and `--` before operands that start with
    /// dashes.
    ///
    /// - Throws: `UsageError` that names the word and the nearest option there is.
    init(_ words: [String], command: String, options: [Option]) throws(UsageError) {
        self.command = command
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" {
                operands += rest
                break
            }
            guard word.hasPrefix("--") || (word.hasPrefix("-") && word.count == 2 && word != "-") else {
                operands.append(word)
                continue
            }
            try read(option: word == "-h" ? "--help" : word, rest: &rest, options: options)
        }
    }

    private mutating func read(option word: String, rest: inout ArraySlice<String>, options: [Option])
        throws(UsageError)
    {
        let pieces = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(pieces.first ?? "")
        guard let option = options.first(where: { $0.name == name }) else {
            let near = Spelling.nearest(to: name, among: options.map(\.name)).map { "; did you mean '--\($0)'?" } ?? ""
            throw UsageError("unknown option '\(word)'\(near)")
        }
        if values[name] != nil && !option.isRepeatable { throw UsageError("'--\(name)' is given twice") }
        guard option.placeholder != nil else {
            if pieces.count == 2 { throw UsageError("'--\(name)' takes no value") }
            values[name] = [""]
            return
        }
        guard let value = pieces.count == 2 ? String(pieces[1]) : rest.popFirst() else {
            throw UsageError("'--\(name)' needs a value: \(option.placeholder!)")
        }
        values[name, default: []].append(value)
    }

    /// Whether a switch is given.
    func has(_ name: String) -> Bool { values[name] != nil }

    /// An option's value.
    func value(_ name: String) -> String? { values[name]?.last }

    /// A number.
    func double(_ name: String, in range: ClosedRange<Double>) throws(UsageError) -> Double? {
        guard let text = value(name) else { return nil }
        guard let number = Double(text), range.contains(number) else {
            throw UsageError(
                "'--\(name)' must be a number from \(range.lowerBound) to \(range.upperBound), found '\(text)'")
        }
        return number
    }

    /// A whole number.
    func integer(_ name: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
        guard let text = value(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw UsageError(
                "'--\(name)' must be a whole number from \(range.lowerBound) to \(range.upperBound), found '\(text)'")
        }
        return number
    }

    /// The only operand.
    func onlyOperand(_ what: String) throws(UsageError) -> String {
        guard operands.count == 1 else {
            throw UsageError(operands.isEmpty ? "\(what) is missing" : "expected one \(what), found \(operands.count)")
        }
        return operands[0]
    }

    /// Refuses operands.
    func expectNoOperands() throws(UsageError) {
        if let first = operands.first { throw UsageError("unexpected argument '\(first)'") }
    }
}

/// Guesses what a misspelt word was meant to be.
enum Spelling {
    /// The word of `words` with the smallest edit distance to `word`, if it is near enough to be meant; among equals the
    /// one whose length differs least.
    static func nearest(to word: String, among words: [String]) -> String? {
        let ranked = words.map { (distance($0, word), abs($0.count - word.count), $0) }.min { $0 < $1 }
        guard let (distance, _, nearest) = ranked, distance <= max(1, word.count / 3) else { return nil }
        return nearest
    }

    /// Insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b` (the restricted
    /// Damerau–Levenshtein distance).
    static func distance(_ a: String, _ b: String) -> Int {
        let (a, b) = (Array(a.utf8), Array(b.utf8))
        var rows = [Array(0...b.count)]
        for i in 0..<a.count {
            var row = [i + 1]
            for j in 0..<b.count {
                var best = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, rows[i - 1][j - 1] + 1) }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}
