/// What the judge knows of words without any model: opposites, alternatives, function words, numbers, units, places.
///
/// Words are looked up by the hash of their folded bytes (lower case, marks dropped); opposites by stem as well.
struct Lexicon: Sendable {
    /// What is known of one word.
    struct Entry: Sendable {
        var traits: Token.Traits.RawValue = 0
        var role = Role.none
        /// The value of a number word, ordinal, month or weekday.
        var value = 0.0
        var meaning = Meaning.word
        var unit = Unit.none
        /// The index into `expansions`, plus one.
        var expansion = 0
    }

    /// What kind of figure a word stands for.
    enum Meaning: UInt8, Sendable { case word, cardinal, multiplier, ordinal, month, weekday, unit }

    /// One word of an expansion.
    typealias Expansion = [[UInt8]]

    private(set) var entries: WordMap<Entry> = [:]
    /// Antonym groups by word hash and by stem.
    private(set) var polarities: WordMap<Polarity> = [:]
    /// The group's name by the word's stem.
    private var synonyms: WordMap<UInt64> = [:]
    /// Membership in sets of alternatives by stem, or by the stem's group of synonyms.
    private(set) var alternatives: WordMap<Alternatives> = [:]
    /// Units that count only when glued to their number.
    private(set) var gluedUnits: WordMap<(unit: Unit, factor: Double)> = [:]
    /// Contractions without apostrophe.
    private(set) var expansions: [Expansion] = []
    /// How many antonym groups there are.
    private(set) var antonymGroupCount = 0

    /// The one lexicon.
    static let shared = Lexicon()

    private init() {
        loadTraits()
        loadRoles()
        loadNumbers()
        loadUnits()
        loadExpansions()
        loadAntonyms()
        loadSynonyms()
        loadAlternatives()
    }

    /// What is known of the word with this hash.
    @inline(__always)
    subscript(hash: UInt64) -> Entry? { entries[hash] }

    /// The name of the group of synonyms that a stem belongs to; the stem itself where it has none.
    @inline(__always)
    func group(of stem: UInt64) -> UInt64 { synonyms[stem] ?? stem }

    private mutating func loadTraits() {
        for (trait, words) in Self.traitLines {
            for word in words.split(whereSeparator: \.isWhitespace) {
                entries[WordHash.of(word), default: Entry()].traits |= trait.rawValue | Token.Traits.known.rawValue
            }
        }
    }

    private mutating func loadRoles() {
        let roles: [(Role, String)] = [
            (.from, "from leaving departing von aus de depuis desde"),
            (.to, "to into onto toward towards arriving nach zu vers hacia"),
            (.than, "than als"), (.versus, "vs versus"), (.before, "before prior"), (.after, "after following"),
            (.by, "by"), (.with, "with"), (.of, "of"), (.inside, "in within inside"), (.on, "on"), (.at, "at"),
            (.for_, "for"), (.over, "over above"), (.under, "under below"), (.and, "and & und et"), (.or, "or oder ou"),
            (.like, "as"), (.about, "about regarding"), (.since, "since"), (.until, "until till"),
        ]
        for (role, words) in roles {
            for word in words.split(separator: " ") {
                entries[WordHash.of(word), default: Entry()].role = role
            }
        }
    }

    private mutating func loadNumbers() {
        let tables: [(Meaning, String)] = [
            (.cardinal, Self.numberLines), (.multiplier, Self.multiplierLines), (.ordinal, Self.ordinalLines),
            (.month, Self.monthLines), (.weekday, Self.weekdayLines),
        ]
        for (meaning, lines) in tables {
            for line in lines.split(separator: "\n") {
                let words = line.split(separator: " ")
                for word in words.dropFirst() {
                    var entry = entries[WordHash.of(word)] ?? Entry()
                    entry.meaning = meaning
                    entry.value = Double(words[0])!
                    entry.traits |= Token.Traits.known.rawValue
                    if meaning == .month || meaning == .weekday { entry.traits |= Token.Traits.calendar.rawValue }
                    entries[WordHash.of(word)] = entry
                }
            }
        }
    }

    private mutating func loadUnits() {
        for line in Self.unitLines.split(separator: "\n") {
            let words = line.split(separator: " ")
            let unit = Unit(name: String(words[0]))
            let factor = Double(words[1])!
            for word in words.dropFirst(2) {
                let isGlued = word.hasPrefix("*")
                let hash = WordHash.of(isGlued ? word.dropFirst() : word)
                gluedUnits[hash] = (unit, factor)
                if isGlued { continue }
                var entry = entries[hash] ?? Entry()
                if entry.meaning == .word {
                    entry.meaning = .unit
                    entry.value = factor
                }
                entry.unit = unit
                entry.traits |= Token.Traits.known.rawValue | Token.Traits.unit.rawValue
                entries[hash] = entry
            }
        }
    }

    private mutating func loadExpansions() {
        for line in Self.expansionLines.split(separator: "\n") {
            let sides = line.split(separator: "=")
            expansions.append(sides[1].split(separator: " ").map { Array($0.utf8) })
            entries[WordHash.of(sides[0]), default: Entry()].expansion = expansions.count
        }
    }

    private mutating func loadAntonyms() {
        for (index, line) in Self.antonymLines.split(separator: "\n").enumerated() {
            let sides = line.split(separator: "|")
            precondition(sides.count == 2, "an antonym line has two sides")
            for (side, words) in sides.enumerated() {
                let group = Int16(index + 1) * (side == 0 ? 1 : -1)
                for word in words.split(separator: " ") { insert(word, group) }
            }
            antonymGroupCount = index + 1
        }
    }

    private mutating func insert(_ word: Substring, _ group: Int16) {
        polarities[WordHash.of(word), default: Polarity()].insert(group)
        // The word's inflections share its polarity; short function words have none.
        if word.utf8.count > 4 { polarities[Stemmer.stem(word), default: Polarity()].insert(group) }
        entries[WordHash.of(word), default: Entry()].traits |= Token.Traits.known.rawValue
    }

    /// After the synonyms: a token's stem is the name of their group.
    private mutating func loadAlternatives() {
        for (index, line) in Self.alternativeLines.split(separator: "\n").enumerated() {
            for (member, words) in line.split(separator: "|").enumerated() {
                for word in words.split(separator: " ") {
                    let stem = Stemmer.stem(word)
                    alternatives[group(of: stem), default: Alternatives()].insert(index + 1, member)
                    entries[WordHash.of(word), default: Entry()].traits |= Token.Traits.known.rawValue
                }
            }
        }
    }

    private mutating func loadSynonyms() {
        for line in Self.synonymLines.split(separator: "\n") {
            let words = line.split(separator: " ")
            let name = Stemmer.stem(words[0])
            for word in words.dropFirst() where synonyms[Stemmer.stem(word)] == nil {
                synonyms[Stemmer.stem(word)] = name
            }
            for word in words { entries[WordHash.of(word), default: Entry()].traits |= Token.Traits.known.rawValue }
        }
    }
}

/// To which members of up to eight sets of alternatives a word belongs.
struct Alternatives {
    /// The set's number times 64 plus the member's.
    private var members: SIMD8<UInt16> = .zero

    /// Adds a member, if there is room and it is not there yet.
    fileprivate mutating func insert(_ set: Int, _ member: Int) {
        let value = UInt16(set * 64 + member)
        for lane in 0..<8 where members[lane] == 0 || members[lane] == value {
            members[lane] = value
            return
        }
        preconditionFailure("a word stands in at most eight sets of alternatives")
    }

    /// Whether one word excludes the other: some set holds both as different members, and none as the same.
    func exclude(_ other: Alternatives) -> Bool {
        var isExcluded = false
        for a in 0..<8 where members[a] != 0 {
            for b in 0..<8 where members[a] >> 6 == other.members[b] >> 6 {
                if members[a] == other.members[b] { return false }
                isExcluded = true
            }
        }
        return isExcluded
    }
}

/// What a quantity measures. Values of one unit compare after conversion to its base.
enum Unit: UInt8, Sendable {
    case none, mass, length, time, calendar, data, volume, frequency, power, energy, calorie, voltage, speed
    case celsius, fahrenheit, percent, dollar, euro, sterling, rupee, yen, yuan, age, kilo, pixel, clock, other

    /// The unit by the name in `Lexicon.unitLines`.
    init(name: String) {
        let names: [String: Unit] = [
            "mass": .mass, "length": .length, "time": .time, "calendar": .calendar, "data": .data, "volume": .volume,
            "frequency": .frequency, "power": .power, "energy": .energy, "calorie": .calorie, "voltage": .voltage,
            "speed": .speed, "celsius": .celsius, "fahrenheit": .fahrenheit, "percent": .percent, "dollar": .dollar,
            "euro": .euro, "sterling": .sterling, "rupee": .rupee, "yen": .yen, "yuan": .yuan, "age": .age,
            "kilo": .kilo, "pixel": .pixel,
        ]
        self = names[name] ?? .other
    }
}
