import CacheModel

/// The sets of the exam, by their names in the data folder.
public struct ExamData: Sendable {
    /// Sets that models learn from; only groups of the test part are measured on. Mirrors `models/training` (sets.py).
    public static let learned = [
        "qqp.dev", "gptcache_qqp_full", "paws_wiki.dev", "pawsx_en.dev", "pawsx_de.dev", "pawsx_es.dev", "pawsx_fr.dev",
        "pawsx_ja.dev", "pawsx_ko.dev", "pawsx_zh.dev", "stsb.train", "stsb.dev", "msrp.train", "msrp.val", "msrp.test",
        "sick.train", "sick.trial", "mqr.dev", "text2sql_geography", "text2sql_atis", "parade.train",
        "parade.validation",
        "bq_corpus.dev", "atec.train", "cannot_negated", "semeval_cqa.train2", "canard_refs", "covid_faq_sim_de",
        "overnight_basketball.train", "overnight_basketball.test", "overnight_blocks.train", "overnight_blocks.test",
        "tatoeba_deu_en", "tatoeba_fra_en", "tatoeba_spa_en", "tatoeba_cmn_en", "tatoeba_jpn_en", "semantoneg.dev",
    ]
    /// Whole domains that no model learns from.
    public static let heldOut = [
        "medical_rqe.train", "gptcache_mock", "checklist_qqp_mft", "checklist_qqp_real.dev", "text2sql_restaurants",
        "text2sql_scholar", "overnight_calendar.train", "overnight_calendar.test", "overnight_housing.train",
        "overnight_housing.test", "lcqmc.dev",
    ]
    /// Clusters of domains that no model learns from.
    public static let heldOutClusters = ["banking77.train", "hint3_curekart.train", "hint3_curekart.test"]
    /// Fewer test pairs than this are not worth a line.
    static let fewestPairs = 50

    /// By name: all pairs of the held-out sets, the test pairs of the others.
    public private(set) var pairs: [String: PairSet] = [:]
    /// Questions of `qqp_clusters.dev` of the test part, and of the development part.
    public private(set) var questions: (test: [ClusteredText], development: [ClusteredText]) = ([], [])
    /// Reuse decisions made of the held-out clusters.
    public private(set) var reuse: [PairSet] = []
    /// Maths problems.
    public private(set) var problems: [String] = []
    /// Prompts that have nothing to do with one another.
    public private(set) var unrelated: [String] = []

    /// Reads the sets below `folder`.
    ///
    /// - Throws: `DataError` for a set that is missing or not as it should be.
    public init(
        folder: String, source: ByteSource, hasher: any ContentHasher, progress: (String) -> Void = { _ in }
    ) throws(DataError) {
        var split = QuestionSplit(hasher: hasher)
        var learned: [PairSet] = []
        for name in Self.learned {
            progress("reading \(name)")
            let set = try Self.pairs(name, folder, source)
            split.link(set, linksDifferent: name.contains("qqp"))
            learned.append(set)
        }
        for set in learned {
            progress("splitting \(set.name)")
            let test = split.testPairs(set)
            if test.pairs.count >= Self.fewestPairs { pairs[set.name] = test }
        }
        for name in Self.heldOut { pairs[name] = try Self.pairs(name, folder, source) }
        try readQuestions(folder, source, &split)
        for name in Self.heldOutClusters {
            let path = "\(folder)/clusters/\(name).tsv.gz"
            let set = try ClusterSet.parse(try source(path), file: path)
            reuse.append(ReusePairs.make(set, limit: 1500, seed: 1))
        }
        problems = try Self.prompts("gsm8k_train", folder, source)
        for name in ["alpaca_eval", "code_alpaca_2k", "self_instruct_user", "ifeval"] {
            unrelated += try Self.prompts(name, folder, source)
        }
    }

    private static func pairs(_ name: String, _ folder: String, _ source: ByteSource) throws(DataError) -> PairSet {
        let path = "\(folder)/pairs/\(name).tsv.gz"
        return try PairSet.parse(try source(path), file: path)
    }

    private static func prompts(_ name: String, _ folder: String, _ source: ByteSource) throws(DataError) -> [String] {
        let path = "\(folder)/prompts/\(name).jsonl.gz"
        return try PromptSet.parse(try source(path), file: path).prompts.map(\.text)
    }

    private mutating func readQuestions(
        _ folder: String, _ source: ByteSource, _ split: inout QuestionSplit
    ) throws(DataError) {
        let path = "\(folder)/clusters/qqp_clusters.dev.tsv.gz"
        let set = try ClusterSet.parse(try source(path), file: path)
        // A cluster is measured on whole or not at all.
        var parts: [String: QuestionSplit.Part] = [:]
        for text in set.texts {
            let part = split.part(of: text.text)
            parts[text.cluster] = parts[text.cluster, default: part] == part ? part : .training
        }
        questions.test = set.texts.filter { parts[$0.cluster] == .test }
        questions.development = set.texts.filter { parts[$0.cluster] == .development }
    }

    /// The pairs of `names` in one set; what is missing is left out.
    func merged(_ name: String, _ names: [String], where isWanted: (LabelledPair) -> Bool = { _ in true }) -> PairSet {
        PairSet(name: name, pairs: names.flatMap { pairs[$0]?.pairs.filter(isWanted) ?? [] })
    }
}
