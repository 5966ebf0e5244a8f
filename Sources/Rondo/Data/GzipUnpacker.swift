#if Gzip
  import CZlib

  /// Undoes gzip (RFC 1952) with the system's zlib: all members of a file, one after the other.
  @safe final class GzipUnpacker: Unpacker {
    private let name: String
    // zlib keeps a pointer to it, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    /// Whether a member has ended and no other has begun.
    private var isBetweenMembers = false

    private static let room = 1 << 16

    init(_ name: String) {
      self.name = name
      unsafe stream = .allocate(capacity: 1)
      unsafe stream.initialize(to: z_stream())
      // 15 is the largest window; 16 more asks for the header of gzip.
      let result = unsafe inflateInit2_(stream, 15 + 16, zlibVersion(), Int32(MemoryLayout<z_stream>.size))
      precondition(result == Z_OK, "zlib finds no memory, or is not the one this was built with")
    }

    deinit {
      unsafe _ = inflateEnd(stream)
      unsafe stream.deallocate()
    }

    func unpack(
      _ bytes: [UInt8], receiving receive: ([UInt8]) throws(CorpusError) -> Void
    ) throws(CorpusError) {
      var position = 0, isFull = false
      while position < bytes.count || isFull {
        if isBetweenMembers {
          // Zeros may fill a file up after the last member.
          while position < bytes.count, bytes[position] == 0 { position += 1 }
          guard position < bytes.count else { return }
          unsafe _ = inflateReset(stream)
          isBetweenMembers = false
        }
        let (part, result) = inflatePart(bytes, &position)
        try receive(part)
        // Z_BUF_ERROR says that nothing can be done before there are more bytes.
        guard [Z_OK, Z_STREAM_END, Z_BUF_ERROR].contains(result) else {
          throw .damaged(name: name, reason: "its gzip data are damaged")
        }
        isBetweenMembers = result == Z_STREAM_END
        isFull = result == Z_OK && part.count == Self.room
      }
    }

    func finish() throws(CorpusError) {
      guard isBetweenMembers else { throw .damaged(name: name, reason: "its gzip data end too early") }
    }

    private func inflatePart(_ bytes: [UInt8], _ position: inout Int) -> (part: [UInt8], result: Int32) {
      var result: Int32 = 0
      let part = unsafe [UInt8](unsafeUninitializedCapacity: Self.room) { buffer, count in
        unsafe bytes.withUnsafeBufferPointer { input in
          // zlib only reads what it takes for writable.
          unsafe stream.pointee.next_in = input.baseAddress.map {
            unsafe UnsafeMutablePointer(mutating: $0 + position)
          }
          unsafe stream.pointee.avail_in = UInt32(input.count - position)
          unsafe stream.pointee.next_out = buffer.baseAddress
          unsafe stream.pointee.avail_out = UInt32(Self.room)
          result = unsafe inflate(stream, Z_NO_FLUSH)
          position = unsafe input.count - Int(stream.pointee.avail_in)
          count = unsafe Self.room - Int(stream.pointee.avail_out)
        }
      }
      return (part, result)
    }
  }
#endif
