import CacheModel
import CacheService
import Foundation
import TestSupport

/// One client of the soak: asks, stores, invalidates, appends and sends nonsense, in an order that its seed decides, and
/// holds every reply against what it knows. For one thread.
final class SoakWorker: @unchecked Sendable {
    private let socket: String
    private let tenant: String
    private var random: SeededRandom
    private var client: DejaClient
    private var facts: [Int: SoakFact] = [:]
    /// Turns that are in the conversation, those that may be marked.
    private var turns: [(text: String, isCertain: Bool)] = []
    private(set) var counts = SoakCounts()
    private let questions: Int

    init(number: Int, seed: UInt64, socket: String, questions: Int) {
        (self.socket, self.questions) = (socket, questions)
        tenant = "tenant-\(number)"
        random = SeededRandom(seed: seed &+ UInt64(number) &* 7919)
        client = DejaClient(.unix(socket), timeout: 10)
    }

    /// Works until `isOver` says so.
    func run(until isOver: () -> Bool) {
        while !isOver() {
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<68: lookup()
            case 68..<90: store()
            case 90..<93: invalidate()
            case 93..<98: append()
            default: sendNonsense()
            }
        }
    }

    /// Sends; `nil` when no reply came.
    private func send(_ method: String, _ path: String, _ body: JSONValue?) -> DejaClient.Response? {
        do {
            let response = try client.send(method, path, body.map { JSONWriter.encode($0) })
            if response.status >= 500 { counts.serverErrors += 1 }
            return response
        } catch {
            counts.unanswered += 1
            client = DejaClient(.unix(socket), timeout: 10)
            usleep(5_000)
            return nil
        }
    }

    // MARK: Operations

    private func lookup() {
        // Of three lookups one asks for what nobody keeps.
        let index = Int.random(in: 0..<(questions * 3 / 2), using: &random)
        let question = SoakQuestion(index, tenant: tenant)
        let wording = Int.random(in: 0..<3, using: &random)
        ask(question, index, wording)
    }

    /// Asks and checks. Returns whether it was a hit.
    @discardableResult
    private func ask(_ question: SoakQuestion, _ index: Int, _ wording: Int) -> Bool {
        counts.lookups += 1
        guard
            let response = send(
                "POST", "/v1/lookup",
                [
                    "prompt": .string(question.text(wording)), "tenant": .string(tenant), "namespace": "soak",
                    "model": "m",
                ])
        else {
            counts.unansweredLookups += 1
            return false
        }
        guard response.status == 200, let reply = try? response.json() else {
            counts.refusedLookups += 1
            return false
        }
        guard reply["status"]?.string == "hit" else { return false }
        counts.hits += 1
        if reply["hit_type"]?.string == "semantic" { counts.semanticHits += 1 }
        let answer = reply["response"]?.string ?? ""
        guard answer.hasPrefix(question.label), let version = Int(answer.dropFirst(question.label.count)) else {
            counts.wrong.append("asked \(question.text(wording)) of \(tenant), answered \(answer)")
            return true
        }
        if facts[index]?.allowed.contains(version) != true {
            counts.outdated.append(
                "\(question.text(wording)) of \(tenant): version \(version), \(String(describing: facts[index]))")
        }
        return true
    }

    private func store() {
        let index = Int.random(in: 0..<questions, using: &random)
        let question = SoakQuestion(index, tenant: tenant)
        var fact = facts[index] ?? SoakFact()
        fact.version += 1
        counts.stores += 1
        let size = Int.random(in: 0..<40, using: &random) == 0 ? 20_000 : 0
        let response = send(
            "POST", "/v1/store",
            [
                "prompt": .string(question.text(0)), "tenant": .string(tenant), "namespace": "soak", "model": "m",
                "response": .string("\(question.label)\(fact.version)"), "tags": [.string("\(tenant)-\(index)")],
                "usage": ["prompt_tokens": 10, "completion_tokens": 20],
                "metadata": .string(String(repeating: "x", count: size)),
            ])
        fact.note("store", response)
        if let response, response.status == 200 {
            if (try? response.json())?["status"]?.string == "stored" { fact.stored(fact.version) }
        } else if response == nil {
            fact.maybeStored(fact.version)
        }
        facts[index] = fact
    }

    private func invalidate() {
        let index = Int.random(in: 0..<questions, using: &random)
        counts.removals += 1
        var fact = facts[index] ?? SoakFact()
        let response = send(
            "POST", "/v1/invalidate", ["tags": [.string("\(tenant)-\(index)")], "tenant": .string(tenant)])
        fact.note("invalidate", response)
        if response?.status == 200 { fact.removed() } else { fact.maybeRemoved() }
        facts[index] = fact
    }

    private func append() {
        counts.appends += 1
        let text = "turn \(turns.count)"
        let response = send(
            "POST", "/v1/conversations/c-\(tenant)/messages?namespace=soak&tenant=\(tenant)",
            ["role": "user", "content": .string(text)])
        if response?.status == 200 {
            turns.append((text, true))
        } else {
            turns.append((text, false))
        }
    }

    /// What no gateway should send: answered 4xx, and nothing else suffers.
    private func sendNonsense() {
        let bodies: [(String, String)] = [
            ("/v1/lookup", "{"), ("/v1/lookup", #"{"prompt":7}"#), ("/v1/store", #"{"prompt":"x"}"#),
            ("/v1/nowhere", "{}"),
            ("/v1/lookup", #"{"prompt":"x","cache":{"ttl":-1}}"#), ("/v1/invalidate", "{}"),
            ("/v1/lookup/batch", #"{"requests":{}}"#), ("/v1/conversations/x/messages?tenant=%zz", "{}"),
        ]
        let (path, body) = bodies.randomElement(using: &random)!
        counts.bad += 1
        do {
            let status = try client.send("POST", path, Array(body.utf8)).status
            if !(400..<500).contains(status) { counts.wrong.append("\(path) \(body): \(status)") }
        } catch {
            counts.unanswered += 1
            client = DejaClient(.unix(socket), timeout: 10)
        }
    }

    // MARK: The end

    /// Looks everything up once more, with the server in order: what was acknowledged is there.
    func settle() {
        for (index, fact) in facts.sorted(by: { $0.key < $1.key }) {
            let isHit = ask(SoakQuestion(index, tenant: tenant), index, 0)
            if !isHit, !fact.allowed.contains(nil) {
                counts.lost.append("\(SoakQuestion(index, tenant: tenant).text(0)) of \(tenant): \(fact)")
            }
        }
        guard !turns.isEmpty,
            let response = send("GET", "/v1/conversations/c-\(tenant)?namespace=soak&tenant=\(tenant)", nil)
        else { return }
        let kept = (try? response.json())?["messages"]?.array?.compactMap { $0["content"]?.string } ?? []
        // The oldest go at a thousand.
        for turn in turns.suffix(900) where turn.isCertain && !kept.contains(turn.text) {
            counts.lost.append("\(turn.text) of the conversation of \(tenant)")
        }
        let order = kept.compactMap { Int($0.dropFirst(5)) }
        if order != order.sorted() { counts.wrong.append("the turns of \(tenant) are out of order: \(order)") }
    }
}
