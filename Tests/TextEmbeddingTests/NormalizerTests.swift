import Testing

@testable import TextEmbedding

@Suite struct NormalizerTests {
    private let normalizer = Normalizer()

    @Test func spellingsOfOnePromptFoldAlike() {
        for text in [
            "How do I reset my password?", "  how do I  reset\n my password", "HOW DO I RESET MY PASSWORD?!?",
            "Ｈｏｗ do I reset my password ...", "how do I reset my\u{A0}password。",
        ] {
            #expect(normalizer.fold(text) == "how do i reset my password", "\(text)")
        }
    }

    @Test func codeStaysByteForByte() {
        #expect(normalizer.fold("Explain `Foo  BAR`.") == "explain `Foo  BAR`")
        #expect(normalizer.fold("Fix:\n```swift\nLet  X = 1\n```\nPlease!") == "fix: ```swift\nLet  X = 1\n``` please")
        #expect(normalizer.fold("Fix ```Let  X.") == "fix ```Let  X.")
        #expect(normalizer.fold("Use ``a ` B``  NOW") == "use ``a ` B`` now")
    }

    @Test func quotedStringsStayByteForByte() {
        #expect(normalizer.fold("Translate \"Good  Morning!\"!") == "translate \"Good  Morning!\"")
        #expect(normalizer.fold("Translate “Good  Morning”") == "translate “Good  Morning”")
        #expect(normalizer.fold("Say 'Hello  There' NOW") == "say 'Hello  There' now")
        #expect(normalizer.fold("Übersetze „Guten  Morgen“") == "übersetze „Guten  Morgen“")
    }

    @Test func apostrophesQuoteNothing() {
        #expect(normalizer.fold("What's the DOGS' Name? It's") == "what's the dogs' name? it's")
    }

    @Test func numbersStayByteForByte() {
        #expect(normalizer.fold("Is 5MB  5Mb?") == "is 5MB 5Mb")
        #expect(normalizer.fold("10² or １０²") == "10² or １０²")
        #expect(normalizer.fold("½ CUP") == "½ cup")
        #expect(normalizer.fold("Pay 1,234.50.") == "pay 1,234.50")
        #expect(normalizer.fold("GPT4 H₂O") == "gpt4 h₂o")
    }

    @Test func decomposedAndComposedAccentsFoldAlike() {
        #expect(normalizer.fold("cafe\u{301} Ångstro\u{308}m") == normalizer.fold("café A\u{30A}ngström"))
        #expect(normalizer.fold("Straße") == "strasse")
    }

    @Test func punctuationAloneIsKept() {
        #expect(normalizer.fold("???") == "???")
        #expect(normalizer.fold("") == "")
        #expect(normalizer.fold("  \n") == "")
    }

    @Test func foldingTwiceChangesNothing() {
        for text in GoldenFile.texts {
            let once = normalizer.fold(text)
            #expect(normalizer.fold(once) == once)
        }
    }

    @Test func invalidUTF8BecomesReplacementCharacters() {
        let bytes: [UInt8] = [0x41, 0xFF, 0x42]
        let folded = bytes.withUnsafeBufferPointer { normalizer.fold(utf8: $0) }
        #expect(String(decoding: folded, as: UTF8.self) == "a\u{FFFD}b")
    }
}
