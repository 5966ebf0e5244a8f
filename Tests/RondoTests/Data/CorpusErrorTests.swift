import Rondo
import Testing

@Suite struct CorpusErrorTests {
  static let cases: [(CorpusError, CorpusError.Kind, String)] = [
    (.noPaths, .noInput, "no text given; name files or folders, or - for standard input"),
    (
      .standardInputTwice, .noInput,
      "standard input (-) is named twice but can be read only once; leave one out"
    ),
    (.notFound("a b.txt"), .noInput, "no such file or folder: 'a b.txt'; check the spelling"),
    (
      .unreadable("a.txt", reason: "Permission denied"), .noInput,
      "cannot open 'a.txt': Permission denied; make it readable or leave it out"
    ),
    (
      .readFailed("a.txt", reason: "Input/output error"), .io,
      "reading 'a.txt' failed: Input/output error; check where it comes from and try again"
    ),
    (
      .changed("a.txt"), .io,
      "'a.txt' changed while it was read; wait until nobody writes to it, or take a copy"
    ),
    (
      .temporaryFile(folder: "/var/tmp", reason: "No space left on device"), .io,
      "a temporary file in '/var/tmp' failed: No space left on device; make room there, or name another folder in TMPDIR"
    ),
    (
      .cache(folder: "cache", reason: "No space left on device"), .io,
      "the cache in 'cache' failed: No space left on device; name another folder, or leave --cache out"
    ),
    (
      .noText("pictures", extensions: ["txt", "md"]), .noInput,
      "no text in folder 'pictures': files count that end in .txt .md; to read others, name their extensions with "
        + "--include, or the files one by one"
    ),
    (
      .noText("pictures", extensions: ["*"]), .noInput,
      "no text in folder 'pictures': all that is in it is hidden; name files one by one"
    ),
    (
      .unknownEncoding("klingon"), .usage,
      "there is no encoding 'klingon' on this system; 'iconv -l' lists those there are"
    ),
    (
      .noPlaceToCut(name: "a.txt", byteCount: 8_400_000, offset: 7, line: 2), .badData,
      "'a.txt' has a word or character of more than 8 MiB at byte 7 (line 2): is it text? If so, take it with "
        + "--tokenizer byte --normalization none"
    ),
    (
      .undecodable(name: "a.txt", encoding: "SHIFT_JIS", offset: 7), .badData,
      "'a.txt' is not SHIFT_JIS at byte 7; check its encoding, and whether it is whole"
    ),
    (
      .binary("pictures"), .badData,
      "no text in folder 'pictures': its files are binary, with bytes of zero; name a folder with text"
    ),
    (
      .damaged(name: "a.txt.gz", reason: "its gzip data are damaged"), .badData,
      "'a.txt.gz' cannot be unpacked: its gzip data are damaged; use another copy"
    ),
    (
      .needsTrait("Gzip", name: "a.txt.gz"), .badData,
      "'a.txt.gz' is compressed, and this rondo was built without the trait Gzip; build it with --traits Gzip, or "
        + "unpack the file"
    ),
    (.empty("a.txt"), .badData, "'a.txt' is empty; give a file that has text in it"),
    (
      .notUTF8(name: "a.txt", offset: 12, line: 3), .badData,
      "'a.txt' is not UTF-8 at byte 12 (line 3); convert it, for example with iconv -t UTF-8, or name the encoding of all "
        + "texts with --encoding"
    ),
    (
      .tooShort(tokenCount: 12, batchSize: 64), .badData,
      "a text of 12 tokens is too short for 64 parallel streams; give more text or a smaller batch size"
    ),
    (
      .tooShort(tokenCount: 1, batchSize: 1), .badData,
      "a text of 1 token is too short for 1 parallel stream; give more text or a smaller batch size"
    ),
  ]

  @Test(arguments: cases)
  func messageAndKind(error: CorpusError, kind: CorpusError.Kind, message: String) {
    #expect(error.description == message)
    #expect(error.kind == kind)
  }

  @Test func aMessageIsOneLineWhateverThePath() {
    let message = CorpusError.notFound("a\nb\r\u{2028}\u{85}\u{1B}[31mé").description
    #expect(
      message == "no such file or folder: 'a\\u{a}b\\u{d}\\u{2028}\\u{85}\\u{1b}[31mé'; check the spelling")
  }
}
