import Testing

@testable import Rondo

struct CheckpointErrorTests {
  private static let all: [(CheckpointError, CheckpointError.Kind)] = [
    (.fileNotFound(path: "a/b"), .noInput),
    (.modelMissing(path: "a/b"), .noInput),
    (.unreadable(path: "a/b", reason: "it is a folder"), .noInput),
    (.notSafetensors(path: "a/b", reason: "it is empty"), .badData),
    (.truncated(path: "a/b", expected: 100, actual: 99), .badData),
    (.notRondo(path: "a/b", reason: "its metadata does not say format = rondo"), .badData),
    (.newerVersion(path: "a/b", found: "2", supported: "1"), .badData),
    (.digestMissing(path: "a/b"), .badData),
    (.digestMismatch(path: "a/b", stored: "00000000", computed: "00000001"), .badData),
    (.tensorMissing(path: "a/b", name: "decoder.bias"), .badData),
    (.tensorShape(path: "a/b", name: "decoder.bias", expected: [2], found: [3]), .badData),
    (.unsupportedDtype(path: "a/b", tensor: "decoder.bias", dtype: "I64"), .badData),
    (.sourcesMissing(path: "a/run.json"), .noInput),
    (.sourcesDamaged(path: "a/run.json"), .badData),
    (.cannotCreate(path: "a/b", reason: "Permission denied"), .cannotCreate),
    (.inUse(path: "a/b"), .cannotCreate),
    (.ioFailed(path: "a/b", reason: "No space left on device"), .io),
    (.headerTooLarge(path: "a/b", size: 100_000_001, limit: 100_000_000), .badData),
    (.nonFinite(tensor: "decoder.bias"), .badData),
    (.outOfRange(tensor: "decoder.bias", dtype: "F16"), .badData),
  ]

  @Test func kinds() {
    for (error, kind) in Self.all { #expect(error.kind == kind) }
  }

  /// One line each: what is wrong, where, what to do.
  @Test func messages() {
    #expect(
      Self.all.map(\.0.description) == [
        "'a/b': no such file; name a .safetensors file or the folder of a run",
        "'a/b': no run, for it has no model; name a .safetensors file or the folder of a run",
        "'a/b': cannot be read: it is a folder; give a file that you may read",
        "'a/b': not a sound safetensors file: it is empty; give a .safetensors file, or another copy of it",
        "'a/b': cut short: 99 bytes of at least 100; copy or download it again",
        "'a/b': not a checkpoint of Rondo: its metadata does not say format = rondo; "
          + "give a file that rondo wrote",
        "'a/b': written in format version '2', this rondo reads '1'; use a newer rondo",
        "'a/b': holds no digest to check it by; use a copy as rondo wrote it",
        "'a/b': damaged: its bytes give '00000001', its header says '00000000'; use another copy",
        "'a/b': has no tensor 'decoder.bias'; `rondo inspect` lists what it has",
        "'a/b': tensor 'decoder.bias' has shape [3], but [2] is needed; the file is of another model",
        "'a/b': tensor 'decoder.bias' has element type 'I64'; convert it to F32, F16 or BF16",
        "'a/run.json': no such file, so the run's text is not known; name it: rondo train FILE --resume RUN",
        "'a/run.json': damaged, so the run's text is not known; name it: rondo train FILE --resume RUN",
        "'a/b': cannot be created: Permission denied; choose another place",
        "'a/b': another process is training into it; wait for it, or choose another folder",
        "'a/b': reading or writing failed: No space left on device; check the disk and try again",
        "'a/b': not written: its header would have 100000001 bytes and 100000000 are allowed; "
          + "use a smaller vocabulary",
        "tensor 'decoder.bias' contains NaN or infinity and was not saved; go back to the last checkpoint "
          + "and lower the learning rate",
        "tensor 'decoder.bias' holds values too large for F16 and was not saved; choose another type",
      ])
  }

  /// Names come out of files: they may neither break the line nor steer the terminal, nor fill the screen.
  @Test func namesAreMadeHarmless() {
    let message = CheckpointError.nonFinite(tensor: "a\n\u{1b}[2J\u{9b}\u{202e}\u{2028}é").description
    #expect(message.hasPrefix(#"tensor 'a\u{a}\u{1b}[2J\u{9b}\u{202e}\u{2028}é' contains"#))
    let long = CheckpointError.nonFinite(tensor: String(repeating: "x", count: 10_000)).description
    #expect(long.hasPrefix("tensor '" + String(repeating: "x", count: 200) + "…' contains"))
  }
}
