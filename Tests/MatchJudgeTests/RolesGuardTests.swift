import LinearAlgebra
import XCTest

@testable import MatchJudge

/// Who does what to whom decides the answer, however it is worded.
final class RolesGuardTests: XCTestCase {
    func testWhoDoesItAgainstWhoSuffersIt() {
        assertVetoed("roles", "Was James used by the book?", "Did James use the book?")
        assertVetoed("roles", "Did Christopher need the boat?", "Was Christopher needed by the boat?")
        assertVetoed("roles", "Did Zachary want the newspaper?", "Was Zachary wanted by the newspaper?")
        assertVetoed("roles", "Did Ashley leave the painting?", "Was Ashley left by the painting?")
        assertVetoed("roles", "Whom did Aristotle teach?", "aristotle's teacher was who")
        assertVetoed("roles", "What causes anaemia?", "What does anaemia cause?")
        assertVetoed("roles", "what is anaemia caused by", "what is caused by anaemia")
        assertVetoed("roles", "effects of anaemia", "causes of anaemia")
        assertVetoed("roles", "Who succeeded Queen Anne?", "Whom did Queen Anne succeed?")
        assertVetoed("roles", "Which painters influenced Monet?", "By Monet, which painters were influenced?")
        assertVetoed("roles", "By which painters was Monet influenced?", "Which painters did Monet influence?")
        assertVetoed("roles", "callers of the mail service", "callees of the mail service")
        assertVetoed("roles", "what does the payer enter", "what does the payee enter")
        assertVetoed("roles", "which birds snakes eat", "which birds eat snakes")
        assertVetoed("roles", "What does a host give a guest?", "What is a host given by a guest?")
        assertVetoed("roles", "accounts followed by me", "accounts that are following me")
        assertVetoed("roles", "painters who admired Monet", "painters that Monet admired")
        assertVetoed("roles", "tables that reference the users table", "tables that the users table references")
    }

    func testTheSpeakerAndAnotherTradePlaces() {
        assertVetoed("roles", "Is my landlord allowed to sue me?", "Am I allowed to sue my landlord?")
        assertVetoed("roles", "Can my landlord sue me?", "Can I sue my landlord?")
        assertVetoed("roles", "Does the bank owe me interest?", "Do I owe the bank interest?")
        assertVetoed("roles", "I lent my sister money, what now?", "My sister lent me money, what now?")
        assertVetoed("roles", "My tenant wants to sue me", "I want to sue my tenant")
        assertVetoed("roles", "A neighbour's dog bit my dog.", "My dog bit a neighbour's dog.")
        assertVetoed("roles", "Does it pay if I cancel the trip?", "does it pay, trip cancelled by the airline")
        assertVetoed("roles", "Does my uncle inherit from me?", "Do I inherit from my uncle?")
        assertVetoed("roles", "who pays, my friend crashed my car", "who pays, I crashed my friend's car")
        assertVetoed("roles", "a colleague recommended by my boss", "my boss recommended by a colleague")
    }

    func testAnotherOneDoesIt() {
        assertVetoed(
            "roles", "I hit someone's parked car, whom do I tell?", "another driver hit my parked car, whom do I tell?")
        assertVetoed("roles", "does it pay, flight cancelled by me", "Does it pay if the airline cancels my flight?")
    }

    func testTheSamePartsInOtherWordsPass() {
        assertBenign("Who taught Aristotle?", "Who was Aristotle taught by?")
        assertBenign("Which painters influenced Monet?", "By which painters was Monet influenced?")
        assertBenign("What causes anaemia?", "what are the causes of anaemia")
        assertBenign("What does anaemia cause?", "What is caused by anaemia?")
        assertBenign("Can adults catch measles?", "Can grown-ups catch measles?")
        assertBenign("Does Lena teach Omar?", "Is Omar taught by Lena?")
        assertBenign("callers of the mail service", "Who calls the mail service?")
        assertBenign("Is my landlord allowed to sue me?", "Can my landlord sue me?")
    }

    func testWhatMovesByItselfIsNoReversal() {
        assertBenign("How do I open the file?", "How does the file open?")
        assertBenign("Can my cat give me a cold?", "Can I catch a cold from my cat?")
    }

    func testWordsThatTurnADeedRound() {
        assertVetoed("roles", "How does stress lead to headaches?", "How do headaches lead to stress?")
        assertVetoed("roles", "How does stress cause headaches?", "how stress is brought on by headaches")
        assertVetoed("roles", "headaches that stem from stress", "headaches that cause stress")
        assertVetoed("roles", "What does low iron cause?", "low iron causes")
        assertVetoed("roles", "my dog got bitten by the neighbour's", "A neighbour's dog was bitten by my dog.")
        assertVetoed("roles", "May my doctor refuse to treat me?", "may treatment by my doctor be refused by me")
        assertVetoed("roles", "a gift for the colleague mentoring me", "a gift for the colleague I'm mentoring")
        assertBenign("How does stress lead to headaches?", "How does stress bring on headaches?")
        assertBenign("How does stress lead to headaches?", "In what way are headaches brought on by stress?")
        assertBenign("the things I should check before I rent a flat", "What should I check before renting a flat?")
    }

    func testWhatIsTypedIntoASearchBox() {
        assertVetoed("roles", "On what grounds can a beneficiary sue a trustee?", "trustee sues beneficiary grounds")
        assertVetoed("roles", "My cat bit my dog, what now?", "dog bit cat what now")
        assertVetoed("roles", "orcas killing great white sharks", "great white sharks killing orcas")
        assertVetoed("roles", "worn shocks cause uneven tyre wear?", "uneven tyre wear cause worn shocks?")
        assertVetoed("roles", "Does omeprazole affect clopidogrel?", "clopidogrel effect on omeprazole")
        assertVetoed("roles", "groups that contain the admins group", "groups contained in the admins group")
        assertVetoed("roles", "Which targets depend on compile?", "Which targets does compile depend on?")
        assertBenign("On what grounds can a beneficiary sue a trustee?", "beneficiary sues trustee grounds")
        assertBenign("dog training tips", "How do I train a dog?")
        XCTAssertNil(veto(of: "roles", "employee training plan", "How do I train an employee?"))
    }

    func testATextMayTellOfADeedTwice() {
        for text in [
            "Who taught Aristotle, and whom did Aristotle teach?", "What did Plato's teacher teach Plato?",
            "Does my landlord sue me, or do I sue my landlord?",
        ] {
            assertBenign(text, text)
        }
    }

    func testAnyOrderOfWordsIsRead() {
        let words = """
            who whom what which that does did is was by of to from a the my me i and not often , ? teach taught teacher
            trainee aristotle plato student students dog landlord sue sued allowed eat prey predator cause causes effects
            lead bring on got about aristotle's students' whose twice as than times 3
            """.split(whereSeparator: \.isWhitespace).map(String.init)
        var random = SplitMix64(seed: 7)
        for _ in 0..<1_000 {
            let text = (0..<Int.random(in: 1...14, using: &random)).map { _ in words.randomElement(using: &random)! }
                .joined(separator: " ")
            for name in ["roles", "possession", "ratio"] {
                XCTAssertNil(veto(of: name, text, text)?.detail, "\(name): \(text)")
            }
        }
    }
}
