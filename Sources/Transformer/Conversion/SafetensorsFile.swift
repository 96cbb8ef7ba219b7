import CacheModel
import Foundation
import ModelFiles

/// A file of tensors in the safetensors format: the length of a JSON header (u64, little-endian), the header with type,
/// shape and place of each tensor, then the numbers.
///
/// Source: https://github.com/huggingface/safetensors, "Format".
struct SafetensorsFile {
    let path: String
    private let data: Data
    private let header: JSONValue
    private let start: Int

    init(path: String) throws(ModelError) {
        self.path = path
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
        } catch {
            throw ModelError(
                .unreadable, path, "cannot be read (\((error as NSError).localizedDescription))",
                "name the folder or the wheel that holds it")
        }
        guard data.count >= 8 else {
            throw ModelError(.truncated, path, "\(data.count) bytes are no safetensors file", "download it again")
        }
        let length = data.prefix(8).enumerated().reduce(UInt64(0)) { $0 | UInt64($1.element) << UInt64(8 * $1.offset) }
        guard length <= UInt64(min(data.count - 8, 16 << 20)) else {
            throw ModelError(
                .truncated, path, "its header has \(length) bytes, the file \(data.count)", "download it again")
        }
        start = 8 + Int(length)
        do { header = try JSONValue(parsing: [UInt8](data[8..<start])) } catch {
            throw ModelError(.malformed, path, "its header is not JSON: \(error)", "download it again")
        }
    }

    /// The numbers of the tensor `name`, whose shape must be `shape`, in single precision.
    func floats(_ name: String, _ shape: [Int]) throws(ModelError) -> [Float] {
        guard let tensor = header[name] else {
            throw ModelError(.inconsistent, path, "has no tensor \"\(name)\"", "name all-MiniLM-L6-v2's file")
        }
        let found = tensor["shape"]?.array?.compactMap { $0.integer.map(Int.init) } ?? []
        guard found == shape, tensor["dtype"]?.string == "F32" else {
            throw ModelError(
                .inconsistent, path,
                "tensor \"\(name)\" is \(tensor["dtype"]?.string ?? "?") \(found) where F32 \(shape) is wanted",
                "name all-MiniLM-L6-v2's file")
        }
        let count = shape.reduce(1, *)
        let offsets = tensor["data_offsets"]?.array?.compactMap { $0.integer.map(Int.init) } ?? []
        guard offsets.count == 2, offsets[0] >= 0, offsets[1] - offsets[0] == count * 4,
            offsets[1] <= data.count - start
        else {
            throw ModelError(.truncated, path, "tensor \"\(name)\" lies outside the file", "download it again")
        }
        return [Float](unsafeUninitializedCapacity: count) { out, initialized in
            data.copyBytes(
                to: UnsafeMutableRawBufferPointer(out), from: start + offsets[0]..<start + offsets[1])
            initialized = count
        }
    }
}
