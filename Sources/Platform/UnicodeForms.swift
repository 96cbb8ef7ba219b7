import CShims

/// Unicode normalisation through ICU.
public enum UnicodeForms {
    /// A normalisation form.
    public enum Form: Sendable {
        /// Canonical composition.
        case nfc
        /// Compatibility decomposition.
        case nfkd
        /// Compatibility composition with case folding (`NFKC_Casefold`).
        case nfkcCasefold
    }

    /// The UTF-8 bytes of `text` in `form`; `nil` when `text` is not valid UTF-8.
    public static func normalize(_ text: UnsafeBufferPointer<UInt8>, to form: Form) -> [UInt8]? {
        guard text.count > 0 else { return [] }
        var capacity = text.count + 16
        while true {
            var needed: Int64 = -1
            let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
                needed = text.withMemoryRebound(to: CChar.self) { input in
                    buffer.withMemoryRebound(to: CChar.self) { output in
                        switch form {
                        case .nfc: deja_icu_nfc(input.baseAddress, input.count, output.baseAddress, output.count)
                        case .nfkd: deja_icu_nfkd(input.baseAddress, input.count, output.baseAddress, output.count)
                        case .nfkcCasefold:
                            deja_icu_nfkc_casefold(input.baseAddress, input.count, output.baseAddress, output.count)
                        }
                    }
                }
                count = needed >= 0 && Int(needed) <= buffer.count ? Int(needed) : 0
            }
            if needed < 0 { return nil }
            if Int(needed) <= capacity { return bytes }
            capacity = Int(needed)
        }
    }
}
