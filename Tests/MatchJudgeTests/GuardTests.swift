import XCTest

@testable import MatchJudge

/// What no similarity may excuse. Every case names the guard that has to refuse it, so that a test fails when that
/// guard is removed or loses its eyes.
final class GuardTests: XCTestCase {
    func testAnotherNumberIsAnotherQuestion() {
        assertVetoed("numbers", "What is 15% of 240?", "What is 15% of 250?")
        assertVetoed("numbers", "best laptops of 2024", "best laptops of 2025")
        assertVetoed("numbers", "how long to boil 3 eggs", "how long to boil three dozen eggs")
        assertVetoed("numbers", "is 5 kg of rice enough", "is 5 lb of rice enough")
        assertVetoed("numbers", "Is the shop open on Monday?", "Is the shop open on Tuesday?")
        assertVetoed("numbers", "events on 3 May", "events on 3 June")
        assertVetoed("numbers", "wake me at 7 am", "wake me at 7 pm")
        assertVetoed("numbers", "flights under $300", "flights under $500")
        assertVetoed("numbers", "changes in Python 3.1", "changes in Python 3.10")
        assertVetoed("numbers", "what does the second law of motion say", "what does the third law of motion say")
    }

    func testWhatLooksLikeHarmlessButIsNotIsRefused() {
        assertVetoed(
            "direction", "Is the red hat bigger than the blue shirt?", "Is the blue hat bigger than the red shirt?")
        assertVetoed("direction", "Alice: did Bob pay Carol?", "Bob: did Alice pay Carol?")
        assertVetoed("roles", "Was the dog chased by the postman?", "Did the dog chase the postman?")
        assertVetoed("form", "write a song about autumn", "write a story about autumn")
        assertVetoed("form", "a haiku about the sea", "facts about the sea")
        assertVetoed("form", "write a complaint about my late parcel", "write a polite complaint about my late parcel")
        assertVetoed("direction", "meetings that Ada attends, or Finn does", "meetings with both Ada and Finn")
        assertVetoed("form", "deep dive into how vaccines work", "tl;dr of how vaccines work")
        assertVetoed(
            "negation", "how to stop email notifications from the app", "how to get email notifications from the app")
        assertVetoed("negation", "Why doesn't the bot know how to book?", "Why does the bot know how to book?")
        assertVetoed("negation", "is the union against the law", "is the union for the law")
        assertVetoed("question", "How tall is the tower?", "Is the tower tall?")
        assertVetoed("question", "How do I get a refund?", "Can I get a refund?")
    }

    func testWordsWithMarksAreReadWhole() {
        assertVetoed("form", "traduce al inglés: \"hace mucho frío\"", "traduce al alemán: \"hace mucho frío\"")
        assertVetoed("direction", "Züge von Köln nach Bonn", "Züge von Bonn nach Köln")
        for text in ["cómo", "Köln", "mañana", "déjà", "São"] {
            XCTAssertEqual(Shared.analyzer.analyze(text).tokens.count, 1, "\(text) is one word")
        }
    }

    func testEndsOfAJourneyTradePlacesInRomanceLanguages() {
        assertVetoed("direction", "Trains de Lille à Nantes samedi matin", "Trains de Nantes à Lille samedi matin")
        assertVetoed("direction", "vuelos de Madrid a Sevilla", "vuelos de Sevilla a Madrid")
        assertVetoed("direction", "treni da Milano a Roma", "treni da Roma a Milano")
    }

    func testTheSameFiguresOfOtherThingsAreRefused() {
        assertVetoed(
            "numbers", "Anna has 3 apples and buys 5. How many has she got now?",
            "Anna has 5 apples and eats 3 of them. How many does she have now?")
        assertVetoed(
            "numbers", "2 adults with 3 children, which ticket?", "which ticket for 3 adults with 2 children?")
        assertVetoed(
            "form", "is a tomato a fruit? just yes or no", "Answer with a full explanation: is a tomato a fruit?")
    }

    func testASpeedIsOneHoweverItIsWritten() {
        assertBenign("How far do I get in 3 hours at 60 mph?", "How far do I get in 3 hours at 60 miles per hour?")
        assertBenign("braking distance at 60 miles an hour", "braking distance at 60 mph")
        assertVetoed("numbers", "braking distance at 60 km an hour", "braking distance at 60 mph")
    }

    func testFiguresInAnotherOrderAreNot() {
        assertBenign("which ticket for 2 adults and 3 children", "which ticket for 3 children and 2 adults")
        assertBenign("a full list of planets", "a list of planets")
        assertBenign("trenes de Madrid a Sevilla el sábado", "el sábado, trenes de Madrid a Sevilla")
    }

    func testWhatIsOneStepFromHarmlessIsRefused() {
        assertVetoed("roles", "Was the bishop crowned by king Henry?", "Did the bishop crown king Henry?")
        assertVetoed("roles", "What hunts wolves?", "What do wolves hunt?")
        assertVetoed(
            "direction", "What is the difference when Anna talks to Bob?",
            "What is the difference when Bob talks to Anna?")
        assertVetoed(
            "direction", "difference between a junior developer and a senior engineer",
            "difference between a senior developer and a junior engineer")
        assertVetoed(
            "direction", "What is the difference between 10 apples and 5 pears?",
            "What is the difference between 5 apples and 10 pears?")
        assertVetoed(
            "direction", "Born in Lima, Peru, she died in Quito, Ecuador",
            "Born in Quito, Ecuador, she died in Lima, Peru")
        assertVetoed(
            "direction", "distance between Kampala's central district and Kawempe",
            "distance between Kawempe's central district and Kampala")
        assertVetoed("question", "How much are the tickets?", "How many tickets are there?")
        assertVetoed("question", "How common is sleep paralysis?", "Is sleep paralysis true?")
        assertVetoed("form", "explain how rain forms as a poem", "explain how rain forms")
        assertVetoed("form", "why is the sky blue, in rhyme", "why is the sky blue")
        assertVetoed("form", "elaborate how rain forms", "how does rain form")
        assertVetoed("form", "show me a table of your plans and what they cost", "what do your plans cost")
        assertVetoed("form", "How many bones has a hand? Reply with just a number.", "How many bones has a hand?")
        assertVetoed("negation", "how do I stop in-app ads on my phone", "how do I get in-app ads on my phone")
        assertVetoed(
            "negation", "how do I stop at-home workouts hurting my back", "how do at-home workouts hurt my back")
        assertVetoed("negation", "I don't understand why taxes rise", "I understand why taxes rise")
        assertVetoed("negation", "I'm not sure what you mean", "I'm sure what you mean")
        assertVetoed("negation", "Guilty or not guilty?", "Guilty or guilty?")
        assertVetoed("negation", "Safe or dangerous?", "Safe or not dangerous?")
        assertVetoed(
            "negation", "the night ferry service was stopped in Oslo", "the night ferry service was launched in Oslo")
        assertVetoed("alternatives", "what is their favourite album", "what is the favourite song of theirs")
    }

    func testIdentifiersMustBeTheSame() {
        assertVetoed("identifiers", "What does error 0x80070005 mean?", "What does error 0x80070057 mean?")
        assertVetoed("identifiers", "fix ORA-00942 in my query", "fix ORA-00001 in my query")
        assertVetoed("identifiers", "is https://a.example.com/x down", "is https://a.example.com/y down")
        assertVetoed("identifiers", "permissions of /etc/passwd", "permissions of /etc/shadow")
        assertVetoed("identifiers", "write to bob@example.com", "write to rob@example.com")
        assertVetoed("identifiers", "upgrade to 2.14.1", "upgrade to 2.17.1")
        assertVetoed("identifiers", "what does get_user_name do", "what does set_user_name do")
        assertVetoed("identifiers", "sort a list in C++", "sort a list in C#")
    }

    func testNegationTurnsTheAnswer() {
        assertVetoed("negation", "Why can I log in?", "Why can't I log in?")
        assertVetoed("negation", "How do I get pregnant?", "How do I not get pregnant?")
        assertVetoed("negation", "foods with gluten I like", "foods without gluten I like")
        assertVetoed("negation", "What happens if I never pay taxes?", "What happens if I pay taxes?")
        assertVetoed("negation", "Wie kann ich das Abo kündigen?", "Warum kann ich das Abo nicht kündigen?")
    }

    func testOppositesAreNotSynonyms() {
        assertVetoed("antonyms", "How can my blood pressure go up?", "How can I decrease my blood pressure?")
        assertVetoed("antonyms", "How do I enable 2FA?", "How do I disable 2FA?")
        assertVetoed("antonyms", "Should I eat before a run?", "Should I eat after a run?")
        assertVetoed("antonyms", "how to increase blood pressure", "how to decrease blood pressure")
        assertVetoed("antonyms", "What is the oldest city in Spain?", "What is the newest city in Spain?")
        assertVetoed("antonyms", "What causes hyperphosphatemia?", "What causes hypophosphatemia?")
        assertVetoed("antonyms", "is macroeconomics hard", "is microeconomics hard")
        assertVetoed("antonyms", "Is it acceptable to tip?", "Is it unacceptable to tip?")
        assertVetoed("antonyms", "花呗怎么开通", "花呗怎么关闭")
    }

    func testAlternativesExcludeOneAnother() {
        assertVetoed("alternatives", "How do I delete my account?", "How do I rename my account?")
        assertVetoed("alternatives", "how to disable a backup", "how to delete a backup")
        assertVetoed("alternatives", "team plan price monthly billing", "team plan price yearly billing")
        assertVetoed("alternatives", "enterprise uptime guarantee", "business plan uptime guarantee")
        assertVetoed("alternatives", "what can a guest see", "what can an admin see")
        assertVetoed("alternatives", "symptoms of kidney cancer", "symptoms of lung cancer")
        assertVetoed("alternatives", "export my contacts as csv", "export my contacts as a pdf")
        assertVetoed("alternatives", "average salary by department", "lowest salary by department")
    }

    func testACountIsNotAList() {
        assertVetoed("question", "papers on deep learning", "How many papers are there on deep learning?")
        assertVetoed("question", "open invoices of 2024", "number of open invoices of 2024")
        assertBenign("calories in a banana", "How many calories are in a banana?")
    }

    func testAnotherPersonsThingIsNotMine() {
        assertVetoed("reference", "How do I delete another user's account?", "How do I delete my account?")
        assertVetoed("reference", "can I use someone else's card", "can I use my card")
    }

    func testAlternativesMayBothStandOrMeanTheSame() {
        assertBenign("How do I reset my password?", "How can I recover my password?")
        assertBenign("delete my account please", "How do I remove my account?")
        assertBenign("switch from monthly to yearly billing", "How do I switch from monthly to annual billing?")
        assertBenign("yearly billing price", "price with annual billing")
    }

    func testDirectionIsPartOfTheQuestion() {
        assertVetoed("direction", "flights from Boston to Denver", "flights from Denver to Boston")
        assertVetoed("direction", "Do you ship from Norway?", "Do you ship to Norway?")
        assertVetoed("direction", "Does Lisa recognize Kevin?", "Does Kevin recognize Lisa?")
        assertVetoed("direction", "Is Berlin bigger than Paris?", "Is Paris bigger than Berlin?")
        assertVetoed("roles", "Did the dog chase the postman?", "Was the dog chased by the postman?")
        assertVetoed("roles", "Which animals hunt wolves?", "Which animals do wolves hunt?")
        assertVetoed("direction", "10 apples and 5 pears cost what", "5 apples and 10 pears cost what")
        assertVetoed("direction", "meetings with Ada and Finn", "meetings with Ada or Finn")
        assertVetoed("direction", "convert dollars to euros please", "convert euros to dollars please")
        assertVetoed("direction", "list orders placed since 2023", "list orders placed in 2023")
        assertVetoed("roles", "May my employer read my messages?", "May I read my employer's messages?")
        assertVetoed("roles", "What can I do for my sister?", "What can my sister do for me?")
    }

    func testNamesMustBeTheSame() {
        assertVetoed("entities", "What is the capital of France?", "What is the capital of Spain?")
        assertVetoed("entities", "how old is Angela Merkel", "how old is Angela Lansbury")
        assertVetoed("entities", "what is the biggest city in arizona", "what is the biggest city in louisiana")
        assertVetoed("entities", "Is the NHS free?", "Is the BBC free?")
        assertVetoed("entities", "best universities", "best universities in Canada")
    }

    func testQuotedTextMustBeTheSame() {
        assertVetoed("quoted", "What does \"break a leg\" mean?", "What does \"pull a leg\" mean?")
        assertVetoed("quoted", "Translate “good night”", "Translate “good evening”")
        assertVetoed("quoted", "Is 'affect' a verb?", "Is 'effect' a verb?")
    }

    func testCodeAndFormulasMustBeTheSame() {
        assertVetoed("code", "What does `a && b` do?", "What does `a || b` do?")
        assertVetoed("code", "What is 12 + 7?", "What is 12 * 7?")
        assertVetoed("code", "What is 12 - 7?", "What is 7 - 12?")
        assertVetoed("code", "does {1, 2} == {2, 1} hold", "does [1, 2] == [2, 1] hold")
        assertVetoed("code", "solve x^2 = 4", "solve x = 4^2")
    }

    func testAnotherFormIsAnotherAnswer() {
        assertVetoed("form", "Explain gravity in French", "Explain gravity in German")
        assertVetoed("form", "Explain gravity", "Explain gravity in one sentence")
        assertVetoed("form", "List the planets as JSON", "List the planets as CSV")
        assertVetoed("form", "Summarize the plot briefly", "Summarize the plot in detail")
        assertVetoed("form", "What is DNS? Keep it short.", "What is DNS? Explain at full length")
        assertVetoed("form", "Compare both plans in a table", "Compare both plans")
        assertVetoed("form", "Explain photosynthesis in simple terms", "Explain photosynthesis")
        assertVetoed("form", "How do I reset my password?", "Wie kann ich mein Passwort zurücksetzen?")
    }

    func testAnotherKindOfQuestionIsAnotherQuestion() {
        assertVetoed("question", "Who discovered penicillin?", "When was penicillin discovered?")
        assertVetoed("question", "How many moons has Jupiter?", "Why has Jupiter moons?")
        assertVetoed("question", "Can I freeze cooked rice?", "How do I freeze cooked rice?")
        assertVetoed("question", "Where was Frida Kahlo born?", "When was Frida Kahlo born?")
        assertVetoed("question", "Who painted the ceiling?", "What is painted on the ceiling?")
    }

    func testAnotherPersonOrTimeIsAnotherQuestion() {
        assertVetoed("reference", "What's the weather today?", "What's the weather tomorrow?")
        assertVetoed("reference", "show sales of last week", "show sales of next week")
        assertVetoed("reference", "Where is my order?", "Where is his order?")
        assertVetoed("reference", "would he reject her", "would she reject him")
        assertVetoed("reference", "What can she bake for me?", "What can I bake for her?")
    }

    func testWhatTextsOfOtherWordsTellBesideTheirQuestionIsNotRefused() {
        assertBenign(
            "My dishwasher won't drain, what is the matter with it?",
            "What makes the water stay in a dishwashing machine once the programme is over?")
        assertBenign(
            "I lost my library card last week. What do I do now?",
            "Explain how readers get a replacement when theirs has gone missing.")
        assertBenign(
            "My train was badly delayed. How do I get my money back?",
            "Tell me how passengers reclaim their fare after arriving late.")
        // Where they share their words, it is what they differ in.
        assertVetoed("negation", "Why does my dishwasher not drain?", "Why does my dishwasher drain?")
        assertVetoed("reference", "How do I reclaim my train fare?", "How do passengers reclaim their train fare?")
    }

    func testAStateThatIsOverOrComingIsAnotherQuestion() {
        assertVetoed("aspect", "Is Maya Lind a pilot?", "Did Maya Lind use to be a pilot?")
        assertVetoed("aspect", "Is Maya Lind a pilot?", "Is Maya Lind becoming a pilot?")
        assertVetoed("aspect", "Who is the owner of this flat?", "Who is the former owner of this flat?")
        assertVetoed("aspect", "Did we use to be a Team customer?", "Are we a Team customer?")
        for (one, other) in [
            ("What is yeast used to make?", "What do people make with yeast?"),
            ("How do I get used to night shifts?", "How can I adapt to night shifts?"),
            ("Which tool do you use to edit photos?", "Which tool do you edit photos with?"),
        ] {
            XCTAssertNil(veto(of: "aspect", one, other), "\(one) | \(other)")
        }
    }

    func testAFollowUpNeedsItsHistory() {
        for text in [
            "why?", "What about tomorrow?", "and on mobile?", "How does it work?", "ok, and then?", "more", "warum?",
            "et demain ?", "¿y mañana?", "为什么", "那上海呢", "もっと", "continue", "who is she?",
        ] {
            XCTAssertTrue(Shared.analyzer.analyze(text).isFollowUp, text)
        }
        for text in [
            "Why is the sky blue?", "What is it like to be blind?", "Is it safe to eat raw eggs?", "reset password",
            "How does a heat pump work?", "Are there any legitimate psychics?", "And Then There Were None plot summary",
            "怎么更改手机号码", "What are rainbows? How are they formed?",
        ] {
            XCTAssertFalse(Shared.analyzer.analyze(text).isFollowUp, text)
        }
        assertVetoed("follow_up", "What about tomorrow?", "What's the weather tomorrow?")
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

    func testWhatComesFirstAndWhatIsLeftOut() {
        assertVetoed("direction", "clover then wheat rotation", "wheat then clover rotation")
        assertVetoed("direction", "free press without democracy possible?", "democracy without free press possible?")
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

    func testWhoseIsWhose() {
        assertVetoed(
            "possession", "What do I call my husband's cousin's child?", "What do I call my cousin's husband's child?")
        assertVetoed("possession", "the wife of my mother's brother", "my wife's brother's mother")
        assertVetoed("possession", "my boss’s neighbour", "my neighbour’s boss")
        assertVetoed("possession", "Who was Hadrian's adoptive father?", "Whose adoptive father was Hadrian?")
        assertVetoed("possession", "My neighbour's tree fell on my fence.", "My tree fell on my neighbour's fence.")
        assertBenign("the wife of my mother's brother", "my mother's brother's wife")
        assertBenign("date of the signing of the Treaty of Versailles", "When was the Treaty of Versailles signed?")
    }

    func testAMultipleOfWhat() {
        assertVetoed(
            "ratio", "Ann is twice as old as Tom. How old is Ann?", "Tom is twice as old as Ann. How old is Ann?")
        assertVetoed("ratio", "ann is twice tom's age", "tom is two times as old as ann")
        assertVetoed("ratio", "a mile is three times as long as a league", "a league is three times longer than a mile")
        assertBenign("ann is twice tom's age", "Ann is twice as old as Tom.")
    }
}
