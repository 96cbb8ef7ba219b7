import XCTest

/// What differs on paper only: no guard may refuse it.
final class BenignPairTests: XCTestCase {
    func testFiguresWrittenOtherwiseServe() {
        assertBenign("is 1.5 kg of flour enough", "is 1500 g of flour enough")
        assertBenign("meetings in the next 2 weeks", "meetings in the next 14 days")
        assertBenign("can I buy two tickets", "can I buy 2 tickets")
        assertBenign("the population of 1,000 villages", "the population of 1000 villages")
        assertBenign("wake up at 7:00 am tips", "wake up at 7 am tips")
        assertBenign("does a 2000 W heater trip the fuse", "does a 2 kW heater trip the fuse")
        assertBenign("is 7½ hours of sleep enough", "is 7.5 hours of sleep enough")
        assertBenign("events of the 20th century", "events of the twentieth century")
        assertBenign("Is World War 3 coming?", "Is World War III coming?")
        assertBenign("what happened on 5 January 2024", "what happened on 2024-01-05")
        assertBenign("a loan of 50k dollars", "a loan of $50,000")
    }

    func testContractionsServe() {
        assertBenign("why don't magnets work on copper", "why do not magnets work on copper")
        assertBenign("I can't log in to the portal", "I cannot log in to the portal")
        assertBenign("What's the capital of Peru?", "What is the capital of Peru?")
        assertBenign("I’m allergic to nuts, what can I eat", "I am allergic to nuts, what can I eat")
        assertBenign("why wont my printer print", "why won't my printer print")
    }

    func testCasePunctuationAndPolitenessServe() {
        assertBenign("Is Slack down", "is slack down??")
        assertBenign("HOW DO I RESET MY PASSWORD", "how do i reset my password")
        assertBenign("How do I bake bread?", "Hi, could you please tell me how I bake bread? Thanks!")
        assertBenign("how to  knit a scarf", "How to knit a scarf.")
    }

    func testTypingSlipsServe() {
        assertBenign("How do I recieve my refund?", "How do I receive my refund?")
        assertBenign("What is the captial of Norway?", "What is the capital of Norway?")
        assertBenign("tickets to Barcelona", "tickets to Barcelone")
        assertBenign("the organisation of the libary", "the organization of the library")
    }

    func testOrderThatDoesNotMatterServes() {
        assertBenign("flights from Boston to Denver", "flights to Denver from Boston")
        assertBenign("difference between Java and Kotlin", "difference between Kotlin and Java")
        assertBenign("Is Lisa recognized by Kevin?", "Does Kevin recognize Lisa?")
        assertBenign("In Python, how do I sort a list?", "How do I sort a list in Python?")
    }

    func testNamesWrittenOtherwiseServe() {
        assertBenign("presidents of the USA", "presidents of the United States")
        assertBenign("hotels in Denver", "hotels in denver")
        assertBenign("install node.js on a server", "install Node on a server")
        assertBenign("hot food on LH454", "hot food on LH 454")
    }

    func testWhatHoldsBothWaysServes() {
        assertBenign(
            "What is the difference between alternating current and direct current?",
            "What is the difference between direct current and alternating current?")
        assertBenign("Will Andromeda collide with the Milky Way?", "Will the Milky Way collide with Andromeda?")
        assertBenign(
            "Is PCA equivalent to MCA for binary variables?", "Is MCA equivalent to PCA for binary variables?")
    }

    func testATopicThatLeadsServes() {
        assertBenign("Minecraft: how do I breed villagers?", "How do I breed villagers in Minecraft?")
        assertBenign("OpenLayers - select features by polygon", "How to select features by polygon in OpenLayers?")
    }

    func testByWithAVerbIsNoAgent() {
        assertBenign("How can I make money from a blog?", "How can I start making money by starting a blog?")
        assertBenign("What is the database used by Quora?", "What is the database used for Quora?")
        assertBenign("Where does the rename command come from?", "Where does the command rename come from?")
    }

    func testASongIsNoFormOfAnswerUnlessOneIsAskedFor() {
        assertBenign("What are the best love songs of all time?", "What's the best love song of all time?")
        assertBenign("Which is the best poem collection in Spanish?", "What is the best poetry collection in Spanish?")
        assertBenign("the most elaborate hoaxes ever", "most famous elaborate hoax ever")
    }

    func testStoppingOnTheWayTurnsNothing() {
        assertBenign("flights to Denver with a stop in Dallas", "flights to Denver that go through Dallas")
        assertBenign("how to fight against laziness", "how do you fight laziness")
        assertBenign("the leak killed at least some of them", "the leak killed some of them")
    }

    func testNotKnowingHowAsksHow() {
        assertBenign("I don't know how to export my report", "How do I export my report?")
        assertBenign("can't figure out how to play local music", "How can I play local music?")
        assertBenign("I am not sure how to add a seat", "How do I add a seat?")
        assertBenign("Is tea healthy? Why or why not?", "Is tea healthy, and why?")
        assertBenign("Is this plugin free? If not, what does it cost?", "Is this plugin free? What does it cost?")
    }

    func testDegreesAndFrequenciesServe() {
        assertBenign("How often should I wash my hair?", "How frequently should I wash my hair?")
        assertBenign("How many times a week should I train?", "How often a week should I train?")
        assertBenign("How safe is it to eat raw eggs?", "Is it safe to eat raw eggs?")
        assertBenign("Is there any way to export a report?", "How can I export a report?")
        assertBenign("How much words are in this book?", "How many words are in this book?")
    }

    func testDoubleTurnsServe() {
        assertBenign("We are not open on holidays", "We are closed on holidays")
        assertBenign("the least expensive hotel in town", "the cheapest hotel in town")
        assertBenign("Isn't there a way to mute a chat?", "Is there a way to mute a chat?")
    }

    func testQuotesWithoutTheirMarksServe() {
        assertBenign("what does \"carpe diem\" mean", "what does carpe diem mean")
        assertBenign("what does `ls -la` do", "what does ls -la do")
    }
}
