#if Zstd
  import CZstd

  /// Undoes Zstandard (RFC 8878) with the system's libzstd: all frames of a file, one after the other.
  @safe final class ZstdUnpacker: Unpacker {
    private let name: String
    private let stream: OpaquePointer
    /// Whether the last frame is whole, and all of it was handed on.
    private var isWhole = true

    private static let room = 1 << 16

    init(_ name: String) {
      self.name = name
      guard let stream = unsafe ZSTD_createDStream() else { preconditionFailure("zstd finds no memory") }
      unsafe self.stream = stream
    }

    deinit { unsafe _ = ZSTD_freeDStream(stream) }

    func unpack(
      _ bytes: [UInt8], receiving receive: ([UInt8]) throws(CorpusError) -> Void
    ) throws(CorpusError) {
      var position = 0, isFull = false
      while position < bytes.count || isFull && !isWhole {
        let (part, result) = decompressPart(bytes, &position)
        try receive(part)
        guard ZSTD_isError(result) == 0 else {
          let reason = unsafe String(cString: ZSTD_getErrorName(result))
          throw .damaged(name: name, reason: "zstd says '\(reason)'")
        }
        isWhole = result == 0
        isFull = part.count == Self.room
      }
    }

    func finish() throws(CorpusError) {
      guard isWhole else { throw .damaged(name: name, reason: "its zstd data end too early") }
    }

    private func decompressPart(_ bytes: [UInt8], _ position: inout Int) -> (part: [UInt8], result: Int) {
      var result = 0
      let part = unsafe [UInt8](unsafeUninitializedCapacity: Self.room) { buffer, count in
        unsafe bytes.withUnsafeBytes { input in
          var source = unsafe ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: position)
          var target = unsafe ZSTD_outBuffer(dst: buffer.baseAddress, size: Self.room, pos: 0)
          result = unsafe ZSTD_decompressStream(stream, &target, &source)
          position = unsafe source.pos
          count = unsafe target.pos
        }
      }
      return (part, result)
    }
  }
#endif
