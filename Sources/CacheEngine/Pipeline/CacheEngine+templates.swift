import CacheModel

/// Prompts made from a template are found by their payloads.
extension CacheEngine {
    /// The vector to find a record by, where that of its whole prompt is `whole`.
    func templatedVector(of record: EntryRecord, whole: [Float]) -> [Float] {
        let text = templates.text(of: record.prompt, scope: record.scope)
        if text.utf8.count == record.prompt.utf8.count { return whole }
        let vector = parts.embedder.embed(text)
        return vector.contains { $0 != 0 } ? vector : whole
    }

    /// Learns from a new entry's prompt. When a template becomes known, the entries that are made from it get new vectors.
    func learnTemplate(from record: EntryRecord) {
        guard parts.limits.learnsTemplates, templates.add(record.prompt, scope: record.scope) else { return }
        // Those of waiting lookups were made without it.
        embeddings.removeAll()
        refit(directory.records { $0.scope == record.scope && $0.prompt.utf8.count >= PayloadPair.leastPrompt })
    }

    /// Learns the templates of all entries, and finds those by their payloads that are made from one: after the directory
    /// was filled, in its order. O(entries).
    func learnTemplates() {
        guard parts.limits.learnsTemplates else { return }
        var hasLearnt = false
        forEachPage { page in
            for record in page { hasLearnt = templates.add(record.prompt, scope: record.scope) || hasLearnt }
        }
        guard hasLearnt else { return }
        embeddings.removeAll()
        forEachPage { page in refit(page) }
    }

    private func forEachPage(_ body: ([EntryRecord]) -> Void) {
        var slot: Int? = 0
        while let start = slot {
            let page = directory.records(from: start, count: 1024)
            body(page.records)
            slot = page.next
        }
    }

    /// Gives records that are made from templates the vectors of their payloads.
    private func refit(_ records: [EntryRecord]) {
        for record in records where record.prompt.utf8.count >= PayloadPair.leastPrompt {
            let text = templates.text(of: record.prompt, scope: record.scope)
            if text.utf8.count == record.prompt.utf8.count { continue }
            let vector = parts.embedder.embed(text)
            if vector.contains(where: { $0 != 0 }) { directory.replaceVector(of: record.id, by: vector) }
        }
    }
}
