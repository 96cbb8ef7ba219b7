import XCTest

@testable import MatchJudge

/// Who does what to whom decides the answer, however it is worded.
final class RolesGuardTests: XCTestCase {
    func testWhoDoesItAgainstWhoSuffersIt() {
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

    func testTheGoalOnOneSideIsWhatComesOnTheOther() {
        assertVetoed("direction", "formula for turning pounds into dollars", "How do I convert dollars to pounds?")
        assertVetoed("direction", "merge the release branch into main", "How do I bring main into the release branch?")
        assertVetoed("direction", "average number of authors per paper", "average number of papers for each author")
        assertVetoed("direction", "60 is what percent of 15", "15 is what percent of 60")
        assertVetoed(
            "direction", "formula to convert pounds into dollars", "the formula for converting dollars to pounds")
        assertVetoed("direction", "a reference for my tenant by a friend", "a reference from my tenant for a friend")
        assertVetoed("direction", "From whom can a donor get blood?", "To whom can a donor give blood?")
        assertVetoed("direction", "Subtract 18 from 45.", "Take 45 away from 18.")
        assertBenign("formula for turning pounds into dollars", "How do I convert pounds to dollars?")
        assertBenign("Is there an end to the universe?", "does the universe have an end to it")
    }

    func testAllowedIsNotDemanded() {
        assertVetoed("modality", "May the tenant paint the walls?", "Must the tenant paint the walls?")
        assertVetoed("modality", "Are tenants allowed to paint the walls?", "Do tenants have to paint the walls?")
        assertVetoed("modality", "Can I file taxes jointly?", "Am I required to file taxes jointly?")
        assertBenign("Do I have to file taxes jointly?", "Must I file taxes jointly?")
        assertBenign("May I paint the walls?", "Am I allowed to paint the walls?")
    }

    func testBothOppositesMayTradePlaces() {
        assertVetoed("antonyms", "thicken a sauce that is too thin", "thin a sauce that is too thick")
        assertVetoed("antonyms", "Who pays for parcels sent abroad?", "Who pays for parcels I receive from abroad?")
    }

    func testAShareIsNoAmount() {
        assertVetoed("numbers", "What is 15 percent of 60?", "15 is what percent of 60?")
    }

    func testOneIsNotAll() {
        assertVetoed("alternatives", "mute one group chat", "mute every group chat")
        assertBenign("mute all group chats", "mute every group chat")
    }

    func testWhichNumberItIsMatters() {
        assertVetoed("alternatives", "Where is my customer number?", "Where is my tracking number?")
        assertBenign("What is your phone number?", "What is your contact number?")
        assertVetoed("alternatives", "definition of irony", "example of irony")
    }
}
