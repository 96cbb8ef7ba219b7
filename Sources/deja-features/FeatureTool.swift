import CacheModel
import Foundation
import MatchJudge
import Platform
import TextEmbedding
import Transformer

/// Computes for training what the judge computes for serving, so that there is one definition of every feature.
///
/// ```
/// deja-features names
/// deja-features vocabulary < texts.tsv > counts.tsv
/// deja-features evidence [--vocabulary FILE] < pairs.tsv > keys.tsv
/// deja-features explain [--vocabulary FILE] < pairs.tsv
/// deja-features pairs [--vocabulary FILE] [--evidence FILE] [--embedder DIR] --out FILE < pairs.tsv
/// deja-features verify --verifier DIR [--threads N] --out FILE < pairs.tsv
/// deja-features judge --model DIR [--embedder DIR] [--verifier DIR] < pairs.tsv
/// ```
/// `pairs.tsv` has the columns text_a and text_b. Cosines come from `--embedder`, or from plain hashed n-grams. `--out` receives one record a
/// pair: the features as 32-bit floats and a 32-bit mask of the guards that refuse it, little-endian.
@main
struct FeatureTool {
    static func main() {
        do {
            try run(Array(CommandLine.arguments.dropFirst()))
        } catch {
            FileHandle.standardError.write(Data("deja-features: \(error)\n".utf8))
            exit(2)
        }
    }

    struct Usage: Error, CustomStringConvertible {
        var description: String
    }

    static func run(_ arguments: [String]) throws {
        guard let mode = arguments.first else { throw Usage(description: "no mode given") }
        let options = try Options(Array(arguments.dropFirst()))
        switch mode {
        case "names":
            for feature in PairFeature.allCases { print(feature.name) }
            for name in Guards.names { print("guard:\(name)") }
        case "vocabulary": countWords()
        case "evidence": listEvidence(options)
        case "explain": explain(options)
        case "pairs": try computeFeatures(options)
        case "verify": try verify(options)
        case "judge": try judge(options)
        default: throw Usage(description: "there is no mode \(mode)")
        }
    }

    /// Prints how many lines hold each word, by key.
    static func countWords() {
        let analyzer = TextAnalyzer()
        let analysis = TextAnalysis()
        var counts: [UInt32: Int] = [:]
        var lines = 0
        while let line = readLine() {
            lines += 1
            analyzer.analyze(line, into: analysis)
            for key in Set(analysis.vocabularyKeys) { counts[key, default: 0] += 1 }
        }
        print("lines\t\(lines)")
        for (key, count) in counts.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) { print("\(key)\t\(count)") }
    }

    /// Prints the evidence keys of each pair.
    static func listEvidence(_ options: Options) {
        let analyzer = TextAnalyzer(vocabulary: options.vocabulary)
        while let line = readLine() {
            let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
            let prompt = String(columns[0])
            let pair = TextPair(query: analyzer.analyze(prompt))
            pair.read(String(columns[1]), of: prompt, by: analyzer, into: TextAnalysis())
            print(pair.evidenceKeys.map(String.init).joined(separator: " "))
        }
    }

    /// Prints each guard's refusal of each pair.
    static func explain(_ options: Options) {
        let analyzer = TextAnalyzer(vocabulary: options.vocabulary)
        while let line = readLine() {
            let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
            let prompt = String(columns[0])
            let pair = TextPair(query: analyzer.analyze(prompt))
            pair.read(String(columns[1]), of: prompt, by: analyzer, into: TextAnalysis())
            let vetoes = Guards.all.compactMap { $0.check(pair) }
            print(vetoes.map { "\($0.guardName): \($0.detail)" }.joined(separator: "; "))
        }
    }

    /// Prints the probability of each pair, "nan" where it is vetoed, the cosine and the refusal.
    static func judge(_ options: Options) throws {
        guard let folder = options.model else { throw Usage(description: "--model is missing") }
        let judge = CalibratedJudge(
            model: try JudgeModel(folder: folder, hasher: OpenSSLHasher()),
            configuration: .init(verifier: options.verifier))
        let threshold = judge.requiredProbability(maximumFalseHitRateVerified: 0.01)
        print("# \(judge.identifier) \(threshold)")
        var spent: UInt64 = 0
        var pairs = 0
        while let line = readLine() {
            let columns = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            let similarity = options.cosine(columns[0], columns[1])
            let query = judge.begin(columns[0])
            let start = DispatchTime.now().uptimeNanoseconds
            let judgement = judge.verified(
                query.judge(columns[1], similarity: similarity, explain: false), columns[0], columns[1],
                similarity: similarity)
            spent += DispatchTime.now().uptimeNanoseconds - start
            pairs += 1
            let refusal = query.refusal.map { "refused: \($0.rawValue)" }
            let veto = judgement.veto.map { "\($0.guardName): \($0.detail)" }
            print("\(judgement.probability ?? .nan)\t\(similarity)\t\(refusal ?? veto ?? "")")
        }
        FileHandle.standardError.write(
            Data("\(pairs) pairs, \(Double(spent) / 1000 / Double(max(1, pairs))) µs each\n".utf8))
    }

    static func computeFeatures(_ options: Options) throws {
        guard let out = options.out else { throw Usage(description: "--out is missing") }
        guard let file = fopen(out, "wb") else { throw Usage(description: "cannot write \(out)") }
        defer { fclose(file) }
        let analyzer = TextAnalyzer(vocabulary: options.vocabulary)
        let candidate = TextAnalysis()
        var features = PairFeatures(evidence: options.evidence)
        var spent: UInt64 = 0
        var pairs = 0
        while let line = readLine() {
            let columns = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            let pair = TextPair(query: analyzer.analyze(columns[0]))
            let similarity = options.cosine(columns[0], columns[1])
            let start = DispatchTime.now().uptimeNanoseconds
            pair.read(columns[1], of: columns[0], by: analyzer, into: candidate)
            features.compute(pair, similarity: similarity)
            var mask: UInt32 = 0
            for (index, rule) in Guards.all.enumerated() where rule.check(pair) != nil { mask |= 1 << UInt32(index) }
            spent += DispatchTime.now().uptimeNanoseconds - start
            pairs += 1
            features.values.withUnsafeBytes { _ = fwrite($0.baseAddress, 1, $0.count, file) }
            withUnsafeBytes(of: mask.littleEndian) { _ = fwrite($0.baseAddress, 1, $0.count, file) }
        }
        FileHandle.standardError.write(
            Data("\(pairs) pairs, \(Double(spent) / 1000 / Double(max(1, pairs))) µs each\n".utf8))
    }
}

/// The tool's options.
struct Options {
    var vocabulary = Vocabulary()
    var evidence = Evidence()
    var out: String?
    var model: String?
    var verifier: CrossEncoder?
    var threads = 2
    var embedder: any Embedder = HashedNGramEmbedder()

    /// The cosine of two texts' embeddings.
    func cosine(_ a: String, _ b: String) -> Double {
        let (x, y) = (embedder.embed(a), embedder.embed(b))
        var dot: Float = 0
        for index in x.indices { dot += x[index] * y[index] }
        return Double(dot)
    }

    init(_ arguments: [String]) throws {
        var rest = arguments[...]
        while let option = rest.popFirst() {
            guard let value = rest.popFirst() else { throw FeatureTool.Usage(description: "\(option) has no value") }
            switch option {
            case "--vocabulary": vocabulary = try Self.readVocabulary(value)
            case "--evidence": evidence = Evidence(entries: try Self.readTable(value).entries)
            case "--out": out = value
            case "--model": model = value
            case "--verifier": verifier = try CrossEncoder(folder: value)
            case "--threads": threads = max(1, Int(value) ?? 2)
            case "--embedder": embedder = try ModelLoader.load(value)
            default: throw FeatureTool.Usage(description: "there is no option \(option)")
            }
        }
    }

    private static func readVocabulary(_ path: String) throws -> Vocabulary {
        let (entries, unknown) = try readTable(path)
        return Vocabulary(entries: entries, unknownRarity: unknown)
    }

    /// Lines of key and level; a line "unknown" gives the rarity of words that are not listed.
    private static func readTable(_ path: String) throws -> (entries: [(key: UInt32, level: UInt8)], unknown: Float) {
        var entries: [(key: UInt32, level: UInt8)] = []
        var unknown: Float = 8
        for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
            let columns = line.split(separator: "\t")
            if columns[0] == "unknown" {
                unknown = Float(columns[1])!
            } else {
                entries.append((UInt32(columns[0])!, UInt8(columns[1])!))
            }
        }
        return (entries, unknown)
    }
}
