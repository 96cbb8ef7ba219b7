import Testing

@testable import TextEmbedding

@Suite struct TokenizerTests {
    @Test func wordsAreFolded() {
        #expect(
            Tokenizer.tokenize("How do I RESET my Café's password?").words == [
                "how", "do", "i", "reset", "my", "cafe", "password",
            ])
    }

    @Test func contractionsReadLikeTheirFullForms() {
        for (short, long) in [
            ("I don't know", "i do not know"), ("it's what I can't do", "it is what i can not do"),
            ("won't shan't ain't", "will not shall not is not"),
            ("we're they've he'd I'll I'm", "we are they have he would i will i am"),
            ("let's go", "let us go"), ("dont cant cannot im whats", "do not can not can not i am what is"),
            ("it’s", "it is"), ("the dog's bone", "the dog bone"),
        ] {
            #expect(Tokenizer.tokenize(short).words == long.split(separator: " ").map(String.init), "\(short)")
        }
    }

    @Test func otherApostrophesSeparate() {
        #expect(
            Tokenizer.tokenize("o'clock l'eau 'quoted' rock'n'roll").words == [
                "o", "clock", "l", "eau", "quoted", "rock", "n", "roll",
            ])
    }

    @Test func numbersStayWhole() {
        let tokens = Tokenizer.tokenize("At 10:30 pay 1,234.50, not 3. 2fa v2 10km")
        #expect(tokens.words == ["at", "10:30", "pay", "1,234.50", "not", "3", "2fa", "v2", "10km"])
        #expect(
            tokens.all.map(\.kind) == [
                .word, .number, .word, .number, .word, .number, .quantity, .word, .quantity,
            ])
    }

    @Test func programmingLanguagesKeepTheirSigns() {
        #expect(
            Tokenizer.tokenize("C++ C# F# .NET a#b foo++").words == ["c++", "c#", "f#", "net", "a", "b", "foo", "+"])
    }

    @Test func chineseAndJapaneseCharactersAreWordsOfTheirOwn() {
        let tokens = Tokenizer.tokenize("我怎么 カ한국어")
        #expect(tokens.words == ["我", "怎", "么", "カ", "한국어"])
        #expect(tokens.all.map(\.kind) == [.ideograph, .ideograph, .ideograph, .ideograph, .word])
    }

    @Test func symbolsAreWordsAndRepeatsCountOnce() {
        #expect(Tokenizer.tokenize("50% == 👍👍🏽 $5").words == ["50", "%", "=", "👍", "$", "5"])
    }

    @Test func eachWordKnowsItsBytesInTheText() {
        let text = "Ça coûte 5 € — don't ask! ﬁne let's"
        let utf8 = Array(text.utf8)
        let sources = Tokenizer.tokenize(text).all.map { String(decoding: utf8[$0.source], as: UTF8.self) }
        #expect(sources == ["Ça", "coûte", "5", "€", "do", "n't", "ask", "ﬁne", "let", "'s"])
        let bare = Tokenizer.tokenize("I dont")
        #expect(bare.all.map(\.source) == [0..<1, 2..<4, 4..<6])
    }

    @Test func invalidUTF8SeparatesWordsAndNothingElse() {
        let bytes: [UInt8] = Array("one".utf8) + [0xFF, 0xE2, 0x82] + Array("two".utf8) + [0xF0, 0x9F]
        let tokens = bytes.withUnsafeBufferPointer { Tokenizer.tokenize($0) }
        #expect(tokens.words == ["one", "two"])
        #expect(tokens.all.map(\.source) == [0..<3, 6..<9])
    }

    @Test func invalidUTF8IsReadAsTheStandardLibraryReadsIt() {
        var state: UInt64 = 9
        for _ in 0..<2000 {
            let bytes = (0..<12).map { _ -> UInt8 in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return [0x61, 0x20, 0xC3, 0xA9, 0xE2, 0x82, 0xAC, 0xF0, 0x9F, 0x91, 0x8D, 0xED, 0xA0, 0xFF][
                    Int(state >> 60) % 14]
            }
            var codes: [UInt32] = []
            bytes.withUnsafeBufferPointer { buffer in
                var position = 0
                while position < buffer.count {
                    let (code, next) = FoldedText.decode(buffer, position)
                    codes.append(code)
                    position = next
                }
            }
            #expect(codes == String(decoding: bytes, as: UTF8.self).unicodeScalars.map(\.value))
        }
    }

    @Test func textWithoutWordsHasNone() {
        for text in ["", " \n", "?!…", "\u{0}", "\u{200B}\u{FE0F}"] { #expect(Tokenizer.tokenize(text).count == 0) }
    }
}
