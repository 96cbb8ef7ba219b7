import Foundation
import Testing

@testable import MatchJudge

/// A change of order that changes nothing is undone before anything is judged; every other one stays.
struct CommutedTextTests {
    private static let commuted = [
        ("difference between TCP and UDP", "difference between UDP and TCP"),
        ("TCP vs UDP", "UDP vs TCP"),
        ("Which is better, Python or Ruby?", "which is better: Ruby or Python"),
        ("How do I compare Postgres with MySQL?", "How do I compare MySQL with Postgres?"),
        ("What is the distance from Rome to Oslo?", "what is the distance from Oslo to Rome?"),
        ("How far is Kyiv from Lviv?", "How far is Lviv from Kyiv?"),
        ("Is Java similar to C#?", "Is C# similar to Java?"),
        ("Is Melissa married to Sophia?", "Is Sophia married to Melissa?"),
        ("Is Anna the same age as Paul?", "Is Paul the same age as Anna?"),
        ("Is Anna related to Bob?", "Is Bob related to Anna?"),
        (
            "What are the differences between a linked list and an array in C?",
            "What are the differences between an array and a linked list in C?"
        ),
    ]

    @Test(arguments: commuted)
    func readsCommutedPhrasesInThePromptsOrder(prompt: String, candidate: String) throws {
        let told = try #require(CommutedText.undone(candidate, against: prompt))
        #expect(words(told) == words(prompt))
        let back = try #require(CommutedText.undone(prompt, against: candidate))
        #expect(words(back) == words(candidate))
    }

    /// What the judge looks at first, without a string, must not keep it from looking.
    @Test(arguments: commuted)
    func aPairIsReadSo(prompt: String, candidate: String) {
        let pair = TextPair(query: Shared.analyzer.analyze(prompt))
        let told = pair.read(candidate, of: prompt, by: Shared.analyzer, into: TextAnalysis())
        #expect(told == CommutedText.undone(candidate, against: prompt))
    }

    @Test(arguments: [
        ("Is TCP faster than UDP?", "Is UDP faster than TCP?"),
        ("flights from Rome to Oslo", "flights from Oslo to Rome"),
        ("How do I convert CSV to JSON?", "How do I convert JSON to CSV?"),
        ("exchange rate between USD and EUR", "exchange rate between EUR and USD"),
        ("ratio of cats and dogs", "ratio of dogs and cats"),
        ("10 apples and 5 pears", "5 apples and 10 pears"),
        ("Is Anna and Paul Smith at home?", "Is Paul and Anna Smith at home?"),
        ("Is the guitar of Anna close to Bob?", "Is the guitar of Bob close to Anna?"),
        ("How is Anna related to Bob?", "How is Bob related to Anna?"),
        ("a junior developer and a senior engineer", "a senior developer and a junior engineer"),
        ("Does Anna love Bob?", "Does Bob love Anna?"),
        ("open the big door and close the window", "close the window and open the big door"),
        ("Do I eat and then sleep?", "Do I sleep and then eat?"),
        ("TCP and UDP", "TCP and UDP"),
        ("and", "and and and"),
        ("", "or"),
    ])
    func leavesOtherOrdersAlone(prompt: String, candidate: String) {
        #expect(CommutedText.undone(candidate, against: prompt) == nil)
        #expect(CommutedText.undone(prompt, against: candidate) == nil)
    }

    @Test func keepsTheMarksOfThePlaces() {
        #expect(
            CommutedText.undone(
                "Which is better: Ruby or Python? Be brief.", against: "Which is better, Python or Ruby?")
                == "Which is better: Python or Ruby? Be brief.")
    }

    @Test func longTextsAreLeftAloneAndCostLittle() {
        let page = String(repeating: "word ", count: 200_000)
        #expect(CommutedText.undone(page + "TCP and UDP", against: page + "UDP and TCP") == nil)
    }

    private func words(_ text: String) -> [String] {
        text.lowercased().split(whereSeparator: \.isWhitespace).map {
            $0.trimmingCharacters(in: .init(charactersIn: "?,:."))
        }
    }
}
